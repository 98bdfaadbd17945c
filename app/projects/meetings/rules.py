"""The life of a joint meeting: called, held, written down, confirmed, closed. Pure.

A meeting and what happens to it give the next meeting, or nothing where it cannot happen. Who may
do it is for the service to say.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """What departments meet for."""

    NOTICE = "notice"  # 联合告知
    REVIEW = "review"  # 联审联办
    CONSULTATION = "consultation"  # 疑难会商
    SITE_VISIT = "site_visit"  # 联合踏勘
    ACCEPTANCE = "acceptance"  # 联合验收


KIND_NAMES = {
    Kind.NOTICE: "联合告知",
    Kind.REVIEW: "联审联办",
    Kind.CONSULTATION: "疑难会商",
    Kind.SITE_VISIT: "联合踏勘",
    Kind.ACCEPTANCE: "联合验收",
}
DECIDING = frozenset({Kind.REVIEW, Kind.SITE_VISIT, Kind.ACCEPTANCE})
"""Where departments say whether they agree to an application. A meeting that tells the applicant
something or seeks advice decides nothing, so nobody can agree to anything by staying away."""
OPEN_TO_APPLICANT = frozenset({Kind.NOTICE, Kind.SITE_VISIT, Kind.ACCEPTANCE})
"""Where the applicant is expected and is told the time and the place."""


class State(StrEnum):
    """Where a meeting stands."""

    CALLED = "called"  # 已召集
    HELD = "held"  # 已召开，待写纪要
    MINUTED = "minuted"  # 纪要待确认
    CLOSED = "closed"  # 已归档
    CANCELLED = "cancelled"  # 已取消


STATE_NAMES = {
    State.CALLED: "已召集",
    State.HELD: "待写纪要",
    State.MINUTED: "纪要待确认",
    State.CLOSED: "已归档",
    State.CANCELLED: "已取消",
}
FINAL = frozenset({State.CLOSED, State.CANCELLED})


class Word(StrEnum):
    """What a department says to one item of the agenda."""

    AGREE = "agree"
    DISAGREE = "disagree"  # with a reason and its legal basis
    ABSENT = "absent"  # nobody came: it is on record, and by itself changes nothing


WORD_NAMES = {Word.AGREE: "同意", Word.DISAGREE: "不同意", Word.ABSENT: "缺席"}


class Answer(StrEnum):
    """What a department says to the minutes."""

    CONFIRMED = "confirmed"
    OBJECTED = "objected"


@dataclass(frozen=True)
class Meeting:
    """Where a meeting stands.

    Attributes:
        invited: the departments that were called.
        attended: those that came; empty before it was held.
        answers: what departments say to the minutes as they are now written.
    """

    kind: Kind
    invited: frozenset[UUID]
    state: State = State.CALLED
    attended: frozenset[UUID] = frozenset()
    answers: Mapping[UUID, Answer] = field(default_factory=dict)


def cancelled(meeting: Meeting) -> Meeting | None:
    """It does not take place; afterwards nothing can happen to it."""
    if meeting.state is not State.CALLED:
        return None
    return replace(meeting, state=State.CANCELLED)


def held(meeting: Meeting, attended: Collection[UUID]) -> Meeting | None:
    """It took place; at least one department that was invited came."""
    came = frozenset(attended)
    if meeting.state is not State.CALLED or not came or came - meeting.invited:
        return None
    return replace(meeting, state=State.HELD, attended=came)


def minuted(meeting: Meeting) -> Meeting | None:
    """The minutes are written, or written anew: what was said to the text before is void."""
    if meeting.state not in (State.HELD, State.MINUTED):
        return None
    return replace(meeting, state=State.MINUTED, answers={})


def answered(meeting: Meeting, department: UUID, answer: Answer) -> Meeting | None:
    """An invited department confirms the minutes or objects, once for each text.

    A department that is down as absent may only object: it cannot confirm what it did not see,
    and it must be able to say that it was there.
    """
    if meeting.state is not State.MINUTED or department not in meeting.invited:
        return None
    if department in meeting.answers:
        return None
    if department not in meeting.attended and answer is not Answer.OBJECTED:
        return None
    return replace(meeting, answers={**meeting.answers, department: answer})


def unanswered(meeting: Meeting) -> frozenset[UUID]:
    """The departments that came and have not yet said anything to the minutes."""
    return meeting.attended - meeting.answers.keys()


def closed(meeting: Meeting) -> Meeting | None:
    """Closed for good, once every department that came has confirmed or objected.

    An objection does not hold the meeting up: it stands in the minutes beside the text.
    """
    if meeting.state is not State.MINUTED or unanswered(meeting):
        return None
    return replace(meeting, state=State.CLOSED)


def stayed_away(meeting: Meeting) -> frozenset[UUID]:
    """The departments whose absence counts, where their task says that absence agrees.

    Only of a closed meeting that decides something, and not of a department that objects to being
    down as absent.
    """
    if meeting.state is not State.CLOSED or meeting.kind not in DECIDING:
        return frozenset()
    return meeting.invited - meeting.attended - meeting.answers.keys()


@dataclass(frozen=True)
class Said:
    """One department's word on one item of the agenda."""

    item: int
    department: UUID
    word: Word
    reason: str = ""
    basis: str = ""


def faults(
    items: int, invited: Collection[UUID], attended: Collection[UUID], said: Collection[Said]
) -> list[str]:
    """What is wrong with the record of a meeting with `items` items, counted from 1; in Chinese.

    Every department that came has exactly one word on each item; a "disagree" has its reason and
    its legal basis; of absent departments nothing is written, they are absent on every item.
    """
    came, found = frozenset(attended), []
    if not came:
        found.append("至少要有一个部门到会。")
    if came - frozenset(invited):
        found.append("到会的部门不在受邀部门之中。")
    places = [(one.item, one.department) for one in said]
    wanted = {(item, department) for item in range(1, items + 1) for department in came}
    if len(places) != len(set(places)):
        found.append("同一部门对同一议题只能有一个意见。")
    if wanted - set(places):
        found.append("每个到会部门对每个议题都要有意见。")
    if set(places) - wanted:
        found.append("意见只能由到会部门对已有议题提出。")
    if any(one.word is Word.ABSENT for one in said):
        found.append("到会部门的意见只能是同意或不同意。")
    found += [
        f"第{one.item}个议题：不同意的，要写明理由和依据。"
        for one in said
        if one.word is Word.DISAGREE and not (one.reason.strip() and one.basis.strip())
    ]
    return found

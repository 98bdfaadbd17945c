"""The life of a case: its states, who may move it on, and its deadlines.

Articles are those of the Administrative Licensing Law (行政许可法) unless said otherwise. All days
are working days (art. 82).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.core.calendar import Due, WorkingCalendar

DELIVERY_DAYS = 10
"""Delivery of the decision within 10 days of it (art. 44)."""
CORRECTION_DAYS = 5
"""What must be corrected is told once, all of it, within 5 days of receipt (art. 32)."""
EXTENSION_DAYS = 10
"""A decision may be put off once by at most 10 days, with a reason (art. 42)."""
EXTENSION_DAYS_TOGETHER = 15
"""Where several departments decide together, by at most 15 (art. 42)."""


class State(StrEnum):
    """Where a case stands."""

    SUBMITTED = "submitted"  # 已提交，待受理
    PRE_CHECKED = "pre_checked"  # 预审通过，待受理
    CORRECTION = "correction"  # 待补正
    UNDER_REVIEW = "under_review"  # 已受理，审查中
    SUSPENDED = "suspended"  # 中止：容缺材料逾期未补
    GRANTED = "granted"  # 准予
    REFUSED = "refused"  # 不予
    ISSUED = "issued"  # 已制证
    CLOSED = "closed"  # 已送达，办结
    NOT_ACCEPTED = "not_accepted"  # 不予受理
    WITHDRAWN = "withdrawn"  # 申请人撤回
    TERMINATED = "terminated"  # 终止
    REVOKED = "revoked"  # 承诺不实，准予决定被撤销


class Move(StrEnum):
    """What can happen to a case. Each is one act of one person, or of the clock."""

    PRE_CHECK = "pre_check"
    ACCEPT = "accept"
    ASK_CORRECTION = "ask_correction"
    SUPPLEMENT = "supplement"
    NOT_ACCEPT = "not_accept"
    SUSPEND = "suspend"
    RESUME = "resume"
    TERMINATE = "terminate"
    GRANT = "grant"
    REFUSE = "refuse"
    ISSUE = "issue"
    DELIVER = "deliver"
    WITHDRAW = "withdraw"
    REVOKE = "revoke"


MOVES: dict[tuple[State, Move], State] = {
    (State.SUBMITTED, Move.PRE_CHECK): State.PRE_CHECKED,
    (State.SUBMITTED, Move.ACCEPT): State.UNDER_REVIEW,
    (State.SUBMITTED, Move.ASK_CORRECTION): State.CORRECTION,
    (State.SUBMITTED, Move.NOT_ACCEPT): State.NOT_ACCEPTED,
    (State.SUBMITTED, Move.WITHDRAW): State.WITHDRAWN,
    (State.PRE_CHECKED, Move.ACCEPT): State.UNDER_REVIEW,
    (State.PRE_CHECKED, Move.ASK_CORRECTION): State.CORRECTION,
    (State.PRE_CHECKED, Move.NOT_ACCEPT): State.NOT_ACCEPTED,
    (State.PRE_CHECKED, Move.WITHDRAW): State.WITHDRAWN,
    (State.CORRECTION, Move.SUPPLEMENT): State.SUBMITTED,
    (State.CORRECTION, Move.NOT_ACCEPT): State.NOT_ACCEPTED,
    (State.CORRECTION, Move.WITHDRAW): State.WITHDRAWN,
    (State.UNDER_REVIEW, Move.SUSPEND): State.SUSPENDED,
    (State.UNDER_REVIEW, Move.TERMINATE): State.TERMINATED,
    (State.UNDER_REVIEW, Move.GRANT): State.GRANTED,
    (State.UNDER_REVIEW, Move.REFUSE): State.REFUSED,
    (State.UNDER_REVIEW, Move.WITHDRAW): State.WITHDRAWN,
    (State.SUSPENDED, Move.RESUME): State.UNDER_REVIEW,
    (State.SUSPENDED, Move.TERMINATE): State.TERMINATED,
    (State.SUSPENDED, Move.WITHDRAW): State.WITHDRAWN,
    (State.GRANTED, Move.ISSUE): State.ISSUED,
    (State.GRANTED, Move.REVOKE): State.REVOKED,
    (State.ISSUED, Move.DELIVER): State.CLOSED,
    (State.ISSUED, Move.REVOKE): State.REVOKED,
    (State.REFUSED, Move.DELIVER): State.CLOSED,
    (State.CLOSED, Move.REVOKE): State.REVOKED,
}
"""Every move that there is. What is not here cannot happen.

A closed case is revoked only where its decision was to grant: a refusal gives nothing to revoke.
"""

FINAL = frozenset(
    {State.CLOSED, State.NOT_ACCEPTED, State.WITHDRAWN, State.TERMINATED, State.REVOKED}
)
DECIDED = frozenset({State.GRANTED, State.REFUSED, State.ISSUED, State.CLOSED, State.REVOKED})
"""A decision has been taken. (A case is closed only by delivering one.)"""
WAITS_FOR_ACCEPTANCE = frozenset({State.SUBMITTED, State.PRE_CHECKED})
"""The hall has five days to answer (art. 32)."""


def after(state: State, move: Move) -> State | None:
    """The state that `move` leads to from `state`; None if it cannot be made there."""
    return MOVES.get((state, move))


class Step(StrEnum):
    """A part of a case's way that has a limit of its own, and so a warning light."""

    ACCEPT = "accept"  # 受理
    REVIEW = "review"  # 一个部门的审查
    CASE = "case"  # 整件，承诺时限
    DELIVERY = "delivery"  # 送达


class PauseKind(StrEnum):
    """Why the clock of a case stands still."""

    HEARING = "hearing"
    INSPECTION = "inspection"
    APPRAISAL = "appraisal"
    EXPERT_REVIEW = "expert_review"
    SITE_VISIT = "site_visit"
    CORRECTION = "correction"
    DEFERRAL = "deferral"


PAUSES: dict[PauseKind, str] = {
    PauseKind.HEARING: "听证",
    PauseKind.INSPECTION: "检验检测",
    PauseKind.APPRAISAL: "鉴定",
    PauseKind.EXPERT_REVIEW: "专家评审",
    PauseKind.SITE_VISIT: "现场踏勘",
    PauseKind.CORRECTION: "等待补正材料",
    PauseKind.DEFERRAL: "等待容缺材料",
}
"""What people read for each reason."""

TOLD_IN_WRITING = frozenset(
    {PauseKind.HEARING, PauseKind.INSPECTION, PauseKind.APPRAISAL, PauseKind.EXPERT_REVIEW}
)
"""Of these the applicant is told in writing how long they will take (art. 45)."""
ORDERED_AT_THE_DESK = TOLD_IN_WRITING | {PauseKind.SITE_VISIT}
"""What a reviewer or a clerk begins and ends; the others follow from what the applicant owes."""


class ByDefault(StrEnum):
    """How a department came to agree without a word, where the bundle's configuration says so."""

    OVERDUE = "overdue"  # 超时默认
    ABSENT = "absent"  # 缺席默认


def longest_extension(departments: int) -> int:
    """By how many days a decision of so many departments may be put off, once (art. 42)."""
    return EXTENSION_DAYS_TOGETHER if departments > 1 else EXTENSION_DAYS


class TaskState(StrEnum):
    """Where one department's part of the review stands."""

    WAITING = "waiting"  # its stage has not begun
    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    ENDED = "ended"  # the case was decided or withdrawn without it


@dataclass(frozen=True)
class Task:
    """One department's part: its stage, counted from 1, and where it stands."""

    stage: int
    state: TaskState


class Review(StrEnum):
    """What follows from the tasks of a case."""

    GOES_ON = "goes_on"  # the current stage is not finished
    NEXT_STAGE = "next_stage"
    GRANTED = "granted"
    REFUSED = "refused"


def outcome(tasks: Iterable[Task]) -> Review:
    """What the tasks of a case, all stages, amount to.

    Departments of one stage work in parallel; a stage begins when all of the one before have
    granted. One refusal decides the case.

    Raises:
        ValueError: there are none; nobody has reviewed anything, so nothing follows.
    """
    tasks = list(tasks)
    if not tasks:
        raise ValueError("a case without tasks cannot be decided")
    if any(task.state is TaskState.REFUSED for task in tasks):
        return Review.REFUSED
    if all(task.state is TaskState.GRANTED for task in tasks):
        return Review.GRANTED
    if all(task.state in (TaskState.GRANTED, TaskState.WAITING) for task in tasks):
        return Review.NEXT_STAGE
    return Review.GOES_ON


class Proposal(StrEnum):
    """What takes effect only with a second person's consent.

    The window has no veto (窗口无否决权): a non-acceptance or a refusal needs one. So does a second
    round of corrections, by a supervisor; an extension, which the law leaves to whoever is
    responsible for the department (art. 42); and what ends a case or takes a grant back.
    """

    NOT_ACCEPT = "not_accept"
    REFUSE = "refuse"
    CORRECT_AGAIN = "correct_again"
    EXTEND = "extend"
    TERMINATE = "terminate"
    REVOKE = "revoke"


def may_consent(proposer: object, second: object) -> bool:
    """Whether `second` may consent to what `proposer` proposed: nobody consents to their own."""
    return proposer != second


@dataclass(frozen=True)
class Deadlines:
    """Until when a case that was accepted must be decided."""

    promised: Due
    legal: Due


def deadlines(
    calendar: WorkingCalendar, accepted: date, *, promised_days: int, legal_days: int
) -> Deadlines:
    """The promised limit, which is what is measured, and the legal one (art. 42).

    The day of acceptance is not counted (Civil Code art. 201). A promise is never later than the
    law allows.
    """
    return Deadlines(
        promised=calendar.add(accepted, min(promised_days, legal_days)),
        legal=calendar.add(accepted, legal_days),
    )


def deemed_accepted(calendar: WorkingCalendar, received: date, today: date) -> bool:
    """Whether an application that nobody has answered counts as accepted since it was received.

    It does when the days in which a correction could be asked for are over (art. 32).
    """
    return calendar.working_days_between(received, today) > CORRECTION_DAYS


class Delivery(StrEnum):
    """How the result reaches the applicant."""

    ELECTRONIC = "electronic"
    COUNTER = "counter"
    POST = "post"


PROGRESS: dict[State, str] = {
    State.SUBMITTED: "已提交",
    State.PRE_CHECKED: "预审通过",
    State.CORRECTION: "待补正",
    State.UNDER_REVIEW: "审查中",
    State.SUSPENDED: "已中止",
    State.GRANTED: "准予办理",
    State.REFUSED: "不予办理",
    State.ISSUED: "待领取",
    State.CLOSED: "已办结",
    State.NOT_ACCEPTED: "不予受理",
    State.WITHDRAWN: "已撤回",
    State.TERMINATED: "已终止",
    State.REVOKED: "已撤销",
}
"""What a citizen reads for each state; at most five characters, as a message's phrase must be."""


@dataclass(frozen=True)
class Titles:
    """What the two decisions of a case are called."""

    granted: str
    refused: str


def titles(*, licence: bool) -> Titles:
    """The titles of a decision: only a licence (行政许可) is one of the Licensing Law (art. 38)."""
    if licence:
        return Titles("准予行政许可决定书", "不予行政许可决定书")
    return Titles("准予办理决定书", "不予办理决定书")


APPEAL = "您可以自收到本{}之日起六十日内申请行政复议，或者六个月内提起行政诉讼。"
"""How it can be challenged: Administrative Reconsideration Law art. 20, Administrative
Litigation Law art. 46."""

"""The bad-rating loop on the wire. What a person wrote about a rater is never for managers."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.lights import Light
from app.core.wire import In, Out, PageQuery
from evaluations.ratings.schemas import TagShown
from evaluations.rectification.rules import Claim, State, Verdict

Note = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]
Measures = Annotated[
    str, Meta(min_length=4, max_length=1000, pattern=r"\S", description="No personal data.")
]


class Finding(StrEnum):
    """What a department finds when it verifies; mistaken and malicious are only proposed."""

    TRUE = "true"
    MISTAKEN = "mistaken"
    MALICIOUS = "malicious"
    NOT_REASONABLE = "not_reasonable"


class Way(StrEnum):
    """How an answer reaches the rater; one who is not known is answered in public."""

    INBOX = "inbox"
    CALL = "call"
    POSTED = "posted"


class ObjectionKind(StrEnum):
    """What waits for a second person."""

    RULING = "ruling"
    APPEAL = "appeal"


class ObjectionState(StrEnum):
    """Whether the second person has answered, and how."""

    OPEN = "open"
    AGREED = "agreed"
    DECLINED = "declined"


class AssignIn(In, frozen=True):
    """The department that is responsible, and why it is."""

    department_id: UUID
    reason: Note


class ContactIn(In, frozen=True):
    """A call to the rater. `reached`: they answered; `note`: what was said or tried."""

    reached: bool
    note: Note


class VerifyIn(In, frozen=True):
    """What was found, and on what grounds."""

    finding: Finding
    reason: Note


class AppealIn(In, frozen=True):
    """What the department claims against the rating, and why."""

    claim: Claim
    reason: Note


class SecondOpinionIn(In, frozen=True):
    """A second person's answer to a ruling or an appeal.

    `department_id` is the one that is responsible instead, where an appeal says "not ours".
    """

    agree: bool
    note: Note
    department_id: UUID | None = None


class WhyIn(In, frozen=True):
    """Why something is done."""

    reason: Note


class RectifyIn(In, frozen=True):
    """What was done about it. It stands in the ledger: no names, no numbers of persons."""

    done: Measures


class RaterAnswerIn(In, frozen=True):
    """The answer to the rater, and how it reached them."""

    way: Way
    text: Note


class RevisitIn(In, frozen=True):
    """A call after the answer. `satisfied` is wanted where the rater was reached, only there."""

    reached: bool
    note: Note
    satisfied: bool | None = None


class TopicOwnerIn(In, frozen=True):
    """Who is responsible for a topic: a reviewer of its department."""

    staff_id: UUID


class TopicMeasuresIn(In, frozen=True):
    """What the department does so that it does not recur, and until when."""

    measures: Measures
    until: date


class CloseTopicIn(In, frozen=True):
    """What has come of the measures."""

    note: Measures


class RectificationQuery(PageQuery, frozen=True):
    """Which rectifications, of those that are the caller's to see.

    `by_due`: only those not closed, the first due first, so that overdue ones stand at the top.
    """

    hall_id: UUID | None = None
    department_id: UUID | None = None
    state: State | None = None
    overdue: bool = False
    by_due: bool = False


class TopicQuery(PageQuery, frozen=True):
    """Which topics, of those that are the caller's to see."""

    hall_id: UUID | None = None
    department_id: UUID | None = None
    closed: bool = False


class RectificationRow(Out, frozen=True):
    """A rectification in a list: what it waits for, until when, and its light."""

    id: UUID
    rating_id: UUID
    hall_id: UUID
    department_id: UUID | None
    department: str | None
    item_name: str
    level: int
    tags: list[TagShown]
    named: bool
    state: State
    progress: str
    verdict: Verdict | None
    complex: bool
    sent_back: bool
    received_at: datetime
    due: date | None
    remaining_days: int | None
    light: Light | None


class RectificationEventShown(Out, frozen=True):
    """An entry of the timeline. `note` is null for managers."""

    kind: str
    at: datetime
    by: str
    said: str
    note: str | None


class ObjectionShown(Out, frozen=True):
    """A ruling or an appeal. What was written is null for managers."""

    kind: ObjectionKind
    claim: Claim
    state: ObjectionState
    proposed_by: str
    proposed_at: datetime
    reason: str | None
    second_by: str | None
    second_at: datetime | None
    second_note: str | None


class RectificationShown(Out, frozen=True):
    """All of a rectification. `comment`, `answer` and notes are null for managers."""

    summary: RectificationRow
    comment: str | None
    rectify_due: date | None
    due_provisional: bool
    appeal_until: date | None
    late: bool
    done: str | None
    answer: str | None
    answer_way: Way | None
    answered_at: datetime | None
    satisfied: bool | None
    closed_at: datetime | None
    proposals: list[ObjectionShown]
    timeline: list[RectificationEventShown]


class RectificationStands(Out, frozen=True):
    """Where a rectification stands after an act, and until when the next step is due."""

    id: UUID
    state: State
    progress: str
    due: date | None


class RaterShown(Out, frozen=True):
    """Who gave the rating, in the clear; each reading is recorded."""

    name: str
    phone: str


class MyAnswer(Out, frozen=True):
    """What has become of the citizen's own bad rating."""

    rating_id: UUID
    item_name: str
    received_at: datetime
    progress: str
    verdict: Verdict | None
    done: str | None
    answer: str | None
    answered_at: datetime | None
    closed_at: datetime | None


class TopicRow(Out, frozen=True):
    """An improvement topic in a list."""

    id: UUID
    hall_id: UUID
    department_id: UUID
    department: str
    tag: TagShown
    title: str
    ratings: int
    opened_at: datetime
    owner: str | None
    measures: str | None
    measures_until: date | None
    closing_note: str | None
    closed_at: datetime | None


class TopicShown(Out, frozen=True):
    """An improvement topic with the bad ratings behind it."""

    topic: TopicRow
    behind: list[RectificationRow]


class BadRatingReceived(msgspec.Struct, frozen=True):
    """The outbox's entry for one bad rating."""

    rating_id: UUID

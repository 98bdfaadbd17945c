"""Joint meetings on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.wire import In, Line, Name, Out, PageQuery
from app.projects.meetings.rules import Answer, Kind, State, Word

Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]
LegalBasis = Annotated[str, Meta(min_length=4, max_length=300, pattern=r"\S")]
Conclusion = Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"\S")]
MinutesText = Annotated[str, Meta(min_length=1, max_length=20_000, pattern=r"\S")]
Position = Annotated[int, Meta(ge=1, le=30)]


class VisitPause(In, frozen=True):
    """The clock shall stand still until a site visit is over: why, and by which law.

    `case_ids`: of which cases of a project; of a single case it is always that one.
    """

    reason: Reason
    basis: LegalBasis
    case_ids: Annotated[tuple[UUID, ...], Meta(max_length=50)] = ()


class CallMeeting(In, frozen=True):
    """A meeting is called, about a case, a project or neither. The lead department comes too."""

    hall_id: UUID
    kind: Kind
    lead_id: UUID
    title: Line
    place: Line
    starts_at: Annotated[datetime, Meta(tz=True)]
    agenda: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=30)]
    departments: Annotated[tuple[UUID, ...], Meta(max_length=50)] = ()
    project_id: UUID | None = None
    case_id: UUID | None = None
    pause: VisitPause | None = None


class ReplyToCall(In, frozen=True):
    """Whether a department means to come."""

    department_id: UUID
    coming: bool
    note: Annotated[str, Meta(max_length=500)] = ""


class CancelMeeting(In, frozen=True):
    """Why it does not take place."""

    reason: Reason


class Attended(In, frozen=True):
    """A department that came, and the names of those who came for it, in office."""

    department_id: UUID
    people: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=20)]


class WordIn(In, frozen=True):
    """What a department said to an item; "disagree" with its reason and legal basis."""

    department_id: UUID
    word: Literal["agree", "disagree"]
    reason: Annotated[str, Meta(max_length=500)] = ""
    basis: Annotated[str, Meta(max_length=300)] = ""


class ItemHeld(In, frozen=True):
    """What was concluded about an item of the agenda, and what each department said to it."""

    position: Position
    conclusion: Conclusion
    words: Annotated[tuple[WordIn, ...], Meta(min_length=1, max_length=50)]


class HoldMeeting(In, frozen=True):
    """The record of a meeting that took place: every item of the agenda."""

    attended: Annotated[tuple[Attended, ...], Meta(min_length=1, max_length=50)]
    items: Annotated[tuple[ItemHeld, ...], Meta(min_length=1, max_length=30)]


class MinutesIn(In, frozen=True):
    """The text of the minutes; written anew, it must be confirmed anew."""

    text: MinutesText


class AnswerMinutes(In, frozen=True):
    """A department confirms the minutes of this `round`, or objects and says to what."""

    department_id: UUID
    round: Annotated[int, Meta(ge=1, le=1000)]
    answer: Answer
    text: Annotated[str, Meta(max_length=500)] = ""


class MeetingQuery(PageQuery, kw_only=True, frozen=True):
    """Which meetings: of a hall, or those to which a department was called; in one state."""

    hall_id: UUID | None = None
    department_id: UUID | None = None
    state: State | None = None


class MeetingStands(Out, frozen=True):
    """Where a meeting stands after an act."""

    id: UUID
    number: str
    state: State
    state_name: str
    round: int


class MeetingRow(Out, frozen=True):
    """A meeting in a list."""

    id: UUID
    number: str
    kind: Kind
    kind_name: str
    title: str
    place: str
    starts_at: datetime
    state: State
    state_name: str
    lead_id: UUID
    lead: str


class WordShown(Out, frozen=True):
    """What a department said to an item."""

    department: str
    word: Word
    word_name: str
    reason: str
    basis: str


class AgendaShown(Out, frozen=True):
    """An item of the agenda; `conclusion` and `words` once the meeting was held."""

    position: int
    subject: str
    conclusion: str | None
    words: list[WordShown]


class InvitedShown(Out, frozen=True):
    """A department that was called. `answer` is what it says to the minutes as they are now."""

    department_id: UUID
    department: str
    coming: bool | None
    reply_note: str
    attended: bool | None
    people: list[str]
    answer: Answer | None
    answer_text: str


class AbsenceShown(Out, frozen=True):
    """What a department's absence came to for a case, where its task says that absence agrees."""

    case_number: str
    department: str
    agreed: bool
    at: datetime


class MeetingParts(Out, frozen=True):
    """What everybody who sees a meeting sees of it."""

    id: UUID
    number: str
    kind: Kind
    kind_name: str
    title: str
    place: str
    starts_at: datetime
    state: State
    state_name: str
    hall: str
    lead: str
    cancelled_why: str | None
    agenda: list[AgendaShown]


class MeetingShown(MeetingParts, frozen=True):
    """A meeting as those who take part see it. `waiting_for`: who has yet to answer."""

    hall_id: UUID
    lead_id: UUID
    project_id: UUID | None
    case_id: UUID | None
    called_by: str
    departments: list[InvitedShown]
    minutes: str | None
    round: int
    waiting_for: list[str]
    absences: list[AbsenceShown]


class MeetingForApplicant(MeetingParts, frozen=True):
    """A meeting as the applicant sees it: what departments said is there once it is closed."""

    minutes: str | None


class AbsenceCounts(msgspec.Struct, frozen=True):
    """The outbox's entry: a closed meeting without these departments, for one case."""

    meeting_id: UUID
    case_id: UUID
    department_ids: tuple[UUID, ...]

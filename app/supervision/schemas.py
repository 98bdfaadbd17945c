"""Supervision on the wire. No personal data: neither shown nor to be written."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from app.cases.rules import Step
from app.core.lights import Light
from app.core.wire import In, Out, PageQuery
from app.supervision.rules import Cause, State

Words = Annotated[
    str, Meta(min_length=4, max_length=500, pattern=r"\S", description="No personal data.")
]


class OpenEntryIn(In, frozen=True):
    """What a supervisor opens by hand: on which case, and why.

    `department_id` says whose reviewers must answer; without one the hall's clerks do.
    """

    case_id: UUID
    reason: Words
    cause: Literal["manual", "second_correction"] = "manual"
    department_id: UUID | None = None


class AnswerEntryIn(In, frozen=True):
    """An answer: why it happened, what will be done, and until when."""

    reason: Words
    measures: Words
    until: date


class JudgeEntryIn(In, frozen=True):
    """What a supervisor says to an answer."""

    note: Words


class EntryQuery(PageQuery, frozen=True):
    """Which entries, of those that are the caller's to see; without a state those not closed.

    `light` is that of an answer that is owed. `escalated`: only those told to the manager.
    """

    hall_id: UUID | None = None
    department_id: UUID | None = None
    state: State | None = None
    light: Light | None = None
    escalated: bool = False


class SupervisionBoardQuery(In, frozen=True):
    """Of which halls or department, of those that are the caller's to see."""

    hall_id: UUID | None = None
    department_id: UUID | None = None


class WarningQuery(PageQuery, frozen=True):
    """Which warnings, of those that are the caller's to see."""

    hall_id: UUID | None = None
    department_id: UUID | None = None


class EntryRow(Out, frozen=True):
    """An entry in a list. `due`, `remaining_days` and `light` are those of the answer owed now."""

    id: UUID
    number: str
    hall_id: UUID
    hall: str
    case_id: UUID
    case_number: str
    item_name: str
    department_id: UUID | None
    department: str | None
    cause: Cause
    cause_name: str
    step: Step | None
    step_name: str | None
    step_due: date | None
    why: str
    state: State
    progress: str
    opened_at: datetime
    due: date | None
    remaining_days: int | None
    light: Light | None
    escalated: bool
    step_done: bool


class SupervisionEventShown(Out, frozen=True):
    """One thing that happened to an entry."""

    kind: str
    at: datetime
    by: str
    said: str


class EntryShown(Out, frozen=True):
    """All of an entry."""

    summary: EntryRow
    opened_by: str | None
    reason: str | None
    measures: str | None
    measures_until: date | None
    answered_at: datetime | None
    answered_by: str | None
    judgement: str | None
    judged_at: datetime | None
    judged_by: str | None
    returns: int
    escalated_at: datetime | None
    step_done_at: datetime | None
    closed_at: datetime | None
    timeline: list[SupervisionEventShown]


class EntryStands(Out, frozen=True):
    """Where an entry stands after an act; `due` is that of the answer, if one is owed."""

    id: UUID
    number: str
    state: State
    progress: str
    due: date | None


class SupervisionBoardColumn(Out, frozen=True):
    """How many entries wait for one thing, and how many of the answers owed are of which light."""

    state: State
    name: str
    total: int
    green: int
    yellow: int
    red: int


class SupervisionBoard(Out, frozen=True):
    """What is not closed, by what it waits for."""

    columns: list[SupervisionBoardColumn]
    escalated: Annotated[int, Meta(description="Overdue answers that the manager was told of.")]
    warnings: Annotated[int, Meta(description="Steps whose light is yellow.")]
    overdue: Annotated[int, Meta(description="Steps whose light is red: overdue, not yet done.")]


class WarningRow(Out, frozen=True):
    """A step that will soon be overdue."""

    id: UUID
    hall_id: UUID
    case_id: UUID
    case_number: str
    item_name: str
    department_id: UUID | None
    department: str | None
    step: Step
    step_name: str
    due: date
    remaining_days: int
    turned_at: datetime

"""Cases on the wire where there are many: rows of cases, tasks and proposals, and which ones."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.agency.rules import Capacity
from app.cases.rules import Proposal, State
from app.core.lights import Light
from app.core.wire import Out, PageQuery


class ProposalRow(Out, frozen=True):
    """A proposal in the list of what waits for a second person."""

    id: UUID
    case_id: UUID
    number: str
    item_name: str
    kind: Proposal
    reason: str
    basis: str
    points: list[str]
    days: int | None
    proposed_by: str
    proposed_at: datetime


class CaseRow(Out, frozen=True):
    """A case in a list. The applicant's name is masked, and left out for who handles no cases.

    `promised_due` is None before acceptance and while the clock stands still (`paused`).
    """

    id: UUID
    number: str
    item_name: str
    state: State
    progress: str
    applicant: str
    submitted_at: datetime
    promised_due: date | None
    paused: bool
    remaining_days: int | None
    light: Light | None


class FollowedRow(CaseRow, frozen=True):
    """A case in the list of what one follows: one's own, an enterprise's, or as a helper."""

    capacity: Capacity
    enterprise: str | None


class TaskRow(Out, frozen=True):
    """A task in a reviewer's list."""

    id: UUID
    case_id: UUID
    number: str
    item_name: str
    stage_name: str
    department_id: UUID
    opened_at: datetime
    due: date
    paused: bool
    remaining_days: int
    light: Light


class DeskQuery(PageQuery, kw_only=True, frozen=True):
    """Which cases of a hall: in one state, or all; or the one of a number."""

    hall_id: UUID
    state: State | None = None
    number: Annotated[str, Meta(min_length=1, max_length=21)] | None = None


class TaskQuery(PageQuery, kw_only=True, frozen=True):
    """Which open tasks: those of one department."""

    department_id: UUID

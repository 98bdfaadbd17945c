"""The clock of a case on the wire: pauses, extension, termination, and what is shown of them."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from app.cases.rules import EXTENSION_DAYS_TOGETHER, PauseKind
from app.core.lights import Light
from app.core.wire import In, Out

_Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]
_Basis = Annotated[str, Meta(min_length=4, max_length=300, pattern=r"\S")]


class PauseIn(In, frozen=True):
    """The clock stands still from today.

    `task_id`: for one department only; without it for all whose part is open. `expected_days`:
    working days that it will take, which the applicant must be told of in writing (Administrative
    Licensing Law, article 45); needed for all but a site visit.
    """

    kind: Literal["hearing", "inspection", "appraisal", "expert_review", "site_visit"]
    reason: _Reason
    basis: _Basis
    task_id: UUID | None = None
    expected_days: Annotated[int, Meta(ge=1, le=250)] | None = None


class Extend(In, frozen=True):
    """The decision is to be put off by so many working days, for this reason."""

    days: Annotated[int, Meta(ge=1, le=EXTENSION_DAYS_TOGETHER)]
    reason: _Reason


class PauseShown(Out, frozen=True):
    """A time in which the clock stands, or stood, still. `ended` is None while it does.

    `department` is set where it is the pause of one department.
    """

    id: UUID
    kind: PauseKind
    name: str
    reason: str
    basis: str
    department: str | None
    expected_days: int | None
    began: date
    ended: date | None


class ExtensionShown(Out, frozen=True):
    """By how many working days the decision was put off, on which day, and why."""

    days: int
    day: date
    reason: str


class PauseBegun(Out, frozen=True):
    """A pause after it began or ended. `due`: the promised day, None while the clock stands."""

    id: UUID
    case_id: UUID
    due: date | None


class DeadlineShown(Out, frozen=True):
    """The promised and the legal day, and the working days that remain of the promise.

    `provisional`: they reach into a year whose holidays are not announced yet. `paused_since`: the
    clock stands still since that day; then the days are those on which the limits would end if it
    went on from today, and what remains and the light stand still. `arithmetic` says how the
    promised day came to be, a step a line, to be checked by hand. `used_days` after the decision.
    """

    promised_days: int
    promised_due: date | None
    legal_due: date | None
    provisional: bool
    remaining_days: int | None
    light: Light | None
    text: str
    clock_from: date | None
    paused_since: date | None
    pauses: list[PauseShown]
    extension: ExtensionShown | None
    used_days: int | None
    arithmetic: list[str]

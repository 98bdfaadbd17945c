"""Construction projects on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.cases.rules import State as CaseState
from app.core.lights import Light
from app.core.wire import In, Line, Out, PageQuery
from app.projects.meetings.rules import Kind as MeetingKind
from app.projects.meetings.rules import State as MeetingState
from app.projects.rules import Kind, Progress, ProjectState, Stage

Site = Annotated[str, Meta(min_length=5, max_length=200, pattern=r"\S")]
Why = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]


class ProjectIn(In, frozen=True):
    """A new project of the caller, or of an enterprise for which they may file."""

    hall_id: UUID
    name: Line
    kind: Kind
    site: Site
    enterprise_id: UUID | None = None


class DeskProjectIn(In, frozen=True):
    """A new project made at the hall out of its first case; whoever applies there owns it."""

    case_id: UUID
    stage: Stage
    name: Line
    kind: Kind
    site: Site


class AttachIn(In, frozen=True):
    """A case for the project, and the stage that it belongs to; sent again, it moves there."""

    case_id: UUID
    stage: Stage


class DetachIn(In, frozen=True):
    """A case that does not belong to the project after all."""

    case_id: UUID


class CloseProject(In, frozen=True):
    """Why the project takes no more cases."""

    reason: Why


class SettleClaim(In, frozen=True):
    """What became of a number that could not be followed: a project, or none and why."""

    project_id: UUID | None = None
    stage: Stage | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class StageItemIn(In, frozen=True):
    """An item that the hall counts to a stage; `required` where every project needs it."""

    item_id: UUID
    stage: Stage
    required: bool = False


class StageItemShown(Out, frozen=True):
    """An item that the hall counts to a stage."""

    item_id: UUID
    name: str
    stage: Stage
    required: bool


class ProjectMade(Out, frozen=True):
    """The number under which the whole construction project is followed."""

    id: UUID
    number: str
    state: ProjectState


class ProjectBrief(Out, frozen=True):
    """The project of a case, in the view of that case."""

    id: UUID
    number: str
    name: str
    state: ProjectState


class ProjectCaseShown(Out, frozen=True):
    """A case of the project. `remaining_days` and `light` while its review goes on."""

    case_id: UUID
    number: str
    item_name: str
    state: CaseState
    progress: str
    submitted_at: datetime
    decided_at: datetime | None
    promised_due: date | None
    remaining_days: int | None
    light: Light | None


class StageShown(Out, frozen=True):
    """One of the four stages. `missing`: what every project needs and nobody applied for;
    `optional`: what some need."""

    stage: Stage
    name: str
    progress: Progress
    progress_name: str
    cases: list[ProjectCaseShown]
    missing: list[str]
    optional: list[str]


class MeetingBrief(Out, frozen=True):
    """A joint meeting in the view of its project or case."""

    id: UUID
    number: str
    kind: MeetingKind
    kind_name: str
    title: str
    place: str
    starts_at: datetime
    state: MeetingState
    state_name: str


class ProjectParts(Out, frozen=True):
    """What everybody who sees a project sees: its stages, their cases and lights, what is next.

    `unsorted`: cases whose stage nobody has said yet.
    """

    id: UUID
    number: str
    name: str
    kind: Kind
    kind_name: str
    hall_id: UUID
    hall: str
    owner: str
    state: ProjectState
    created_at: datetime
    closed_at: datetime | None
    closed_why: str | None
    stages: list[StageShown]
    unsorted: list[ProjectCaseShown]
    next: str
    meetings: list[MeetingBrief]


class ProjectShown(ProjectParts, frozen=True):
    """A project as its owner sees it, the site in the clear."""

    site: str


class DeskProject(ProjectParts, frozen=True):
    """A project as staff see it: owner and site are masked."""

    site: str


class SiteShown(Out, frozen=True):
    """Who builds where, in the clear. Each reading is recorded."""

    owner: str
    site: str


class ProjectRow(Out, frozen=True):
    """A project in a list; the owner is masked, but an enterprise."""

    id: UUID
    number: str
    name: str
    kind: Kind
    owner: str
    state: ProjectState
    created_at: datetime
    cases: int


class ProjectQuery(PageQuery, kw_only=True, frozen=True):
    """Which projects of a hall: in one state, or all; or the one of a number."""

    hall_id: UUID
    state: ProjectState | None = None
    number: Annotated[str, Meta(min_length=1, max_length=40)] | None = None


class ClaimQuery(PageQuery, kw_only=True, frozen=True):
    """The open claims of which hall."""

    hall_id: UUID


class ClaimRow(Out, frozen=True):
    """A project number given with an application that could not be followed, and why."""

    id: UUID
    case_id: UUID
    case_number: str
    item_name: str
    number: str
    why: str
    why_text: str
    claimed_at: datetime

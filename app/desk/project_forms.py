"""What the desk's forms about construction projects send, where that is not what the API takes."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.core.wire import In, Line
from app.desk.forms import HallPageQuery
from app.projects.rules import Kind, ProjectState, Stage
from app.projects.schemas import Site

_Number = Annotated[str, Meta(min_length=1, max_length=40)]


class ProjectPageQuery(HallPageQuery, frozen=True):
    """Which projects of a hall: in one state, or the one of a number."""

    state: ProjectState | None = None
    number: Annotated[str, Meta(max_length=40)] | None = None


class NewProjectForm(In, frozen=True):
    """A project made out of a case; whoever applies there owns it."""

    stage: Stage
    name: Line
    kind: Kind
    site: Site


class AttachForm(In, frozen=True):
    """A case for a project by its number, and the stage that it belongs to."""

    case_number: _Number
    stage: Stage


class ClaimForm(In, frozen=True):
    """What became of a number that could not be followed: a project's number, or none and why."""

    hall_id: UUID
    project_number: _Number | None = None
    stage: Stage | None = None
    note: Annotated[str, Meta(max_length=500)] = ""

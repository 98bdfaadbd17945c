"""The meetings of a project or a case, briefly, for whoever sees that."""

from typing import Any
from uuid import UUID

from app.core import db
from app.projects.meetings.rules import KIND_NAMES, STATE_NAMES, Kind, State
from app.projects.schemas import MeetingBrief

_BRIEF = "SELECT id, number, kind, title, place, starts_at, state FROM meetings"


async def of_project(project_id: UUID) -> list[MeetingBrief]:
    """The meetings about a project, oldest first."""
    rows = await db.fetch(f"{_BRIEF} WHERE project_id = $1 ORDER BY id", project_id)
    return [_brief(row) for row in rows]


async def of_case(case_id: UUID) -> list[MeetingBrief]:
    """The meetings about a case, oldest first."""
    rows = await db.fetch(f"{_BRIEF} WHERE case_id = $1 ORDER BY id", case_id)
    return [_brief(row) for row in rows]


def _brief(row: dict[str, Any]) -> MeetingBrief:
    kind, state = Kind(row["kind"]), State(row["state"])
    named = {"kind_name": KIND_NAMES[kind], "state_name": STATE_NAMES[state]}
    return MeetingBrief(**(row | {"kind": kind, "state": state} | named))

"""Reading construction projects: each query is told whose eyes it serves."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.core import db
from app.projects.rules import ProjectState

_ROW = (
    "SELECT p.id, p.number, p.name, p.kind, p.owner_name, p.enterprise_id, p.state, p.created_at,"
    " (SELECT count(*) FROM project_cases c WHERE c.project_id = p.id AND c.detached_at IS NULL)"
    " AS cases FROM projects p"
)


async def case_ids(project_id: UUID) -> list[UUID]:
    """The cases of a project, in the order of their ids."""
    rows = await db.fetch(
        "SELECT case_id FROM project_cases WHERE project_id = $1 AND detached_at IS NULL"
        " ORDER BY case_id",
        project_id,
    )
    return [row["case_id"] for row in rows]


async def placed(project_id: UUID) -> dict[UUID, int | None]:
    """The stage of each case of a project; None where nobody has said it."""
    rows = await db.fetch(
        "SELECT case_id, stage FROM project_cases WHERE project_id = $1 AND detached_at IS NULL"
        " ORDER BY id",
        project_id,
    )
    return {row["case_id"]: row["stage"] for row in rows}


async def project_of(case_id: UUID) -> UUID | None:
    """The project that a case belongs to now."""
    row = await db.fetch_one(
        "SELECT project_id FROM project_cases WHERE case_id = $1 AND detached_at IS NULL", case_id
    )
    return row["project_id"] if row else None


async def of_side(
    owner_ids: Sequence[UUID], enterprise_ids: Sequence[UUID], before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """The projects of these accounts and enterprises, newest first, one more than `limit`.

    A project of an enterprise is not its founder's any more once they have left it.
    """
    return await db.fetch(
        f"{_ROW} WHERE ((p.owner_id = ANY($1::uuid[]) AND p.enterprise_id IS NULL)"
        " OR p.enterprise_id = ANY($2::uuid[]))"
        " AND ($3::uuid IS NULL OR p.id < $3) ORDER BY p.id DESC LIMIT $4",
        list(owner_ids),
        list(enterprise_ids),
        before,
        limit + 1,
    )


async def of_hall(
    hall_id: UUID, state: ProjectState | None, number: str | None, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """The projects of one hall, oldest first, one more than `limit`. The caller checked it."""
    return await db.fetch(
        f"{_ROW} WHERE p.hall_id = $1 AND ($2::text IS NULL OR p.state = $2::text)"
        " AND ($3::text IS NULL OR p.number = $3::text) AND ($4::uuid IS NULL OR p.id > $4)"
        " ORDER BY p.id LIMIT $5",
        hall_id,
        state,
        number,
        after,
        limit + 1,
    )


async def stage_items(hall_id: UUID) -> list[dict[str, Any]]:
    """What a hall counts to the four stages, in their order."""
    return await db.fetch(
        "SELECT item_id, name, stage, required FROM project_stage_items WHERE hall_id = $1"
        " ORDER BY stage, id",
        hall_id,
    )


async def stage_of_item(hall_id: UUID, item_id: UUID) -> int | None:
    """The stage to which a hall counts an item."""
    row = await db.fetch_one(
        "SELECT stage FROM project_stage_items WHERE hall_id = $1 AND item_id = $2",
        hall_id,
        item_id,
    )
    return row["stage"] if row else None


async def open_claims(hall_id: UUID, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """The open claims of a hall, oldest first, one more than `limit`."""
    return await db.fetch(
        "SELECT id, case_id, number, why, claimed_at FROM project_claims"
        " WHERE hall_id = $1 AND state = 'open' AND ($2::uuid IS NULL OR id > $2)"
        " ORDER BY id LIMIT $3",
        hall_id,
        after,
        limit + 1,
    )

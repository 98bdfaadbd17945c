"""Reading cases: each query is told whose eyes it serves."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import msgspec

from app.agency.service import Reach
from app.cases.rules import State
from app.cases.schemas import CorrectionShown
from app.core import db
from app.core.auth import Role, Staff

HANDLERS_OF_CASES = (Role.CLERK, Role.SUPERVISOR)
"""Who sees a hall's cases with the applicant's data; reviewers see those of their tasks."""
READERS_OF_CASES = (*HANDLERS_OF_CASES, Role.MANAGER)
"""Who sees a hall's cases at all."""

_COLUMNS = (
    "SELECT c.id, c.number, c.item_name, c.state, c.hall_id, c.applicant_name, c.submitted_at,"
    " c.promised_due, c.promised_days + c.extended_days AS promised_days, c.paused_since"
)
_ROW = f"{_COLUMNS} FROM cases c"


_BEFORE = "($1::uuid IS NULL OR c.id < $1) ORDER BY c.id DESC LIMIT $2"
_HELPED = (
    "unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[])"
    " AS helped(applicant_id, enterprise_id, item_id, case_id)"
)
_COVERED = (
    "(helped.item_id IS NULL OR c.item_id = helped.item_id)"
    " AND (helped.case_id IS NULL OR c.id = helped.case_id)"
)
_FOLLOWED = (
    "SELECT DISTINCT ON (id) id, capacity FROM ("  # noqa: S608 - out of the constants above
    " SELECT x.id, 1 AS nth, 'applicant' AS capacity FROM unnest($3::uuid[]) AS own(id)"
    " CROSS JOIN LATERAL (SELECT c.id FROM cases c WHERE c.applicant_id = own.id"
    f"  AND c.enterprise_id IS NULL AND {_BEFORE}) x"
    " UNION ALL SELECT x.id, 2, 'enterprise' FROM unnest($4::uuid[]) AS theirs(id)"
    " CROSS JOIN LATERAL (SELECT c.id FROM cases c WHERE c.enterprise_id = theirs.id"
    f"  AND {_BEFORE}) x"
    f" UNION ALL SELECT x.id, 3, 'helper' FROM {_HELPED} CROSS JOIN LATERAL (SELECT c.id"
    "  FROM cases c WHERE c.applicant_id = helped.applicant_id AND c.enterprise_id IS NULL"
    f"  AND {_COVERED} AND {_BEFORE}) x WHERE helped.enterprise_id IS NULL"
    f" UNION ALL SELECT x.id, 3, 'helper' FROM {_HELPED} CROSS JOIN LATERAL (SELECT c.id"
    "  FROM cases c WHERE c.enterprise_id = helped.enterprise_id"
    f"  AND {_COVERED} AND {_BEFORE}) x"
    ") followed ORDER BY id DESC, nth LIMIT $2"
)
"""What somebody follows: each branch reads its index from the newest on, no further than needed."""


async def of_applicant(reach: Reach, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """The cases that somebody follows on the applicant's side, newest first, with the capacity.

    One more than `limit`. A case that is followed in two capacities stands in the nearer one.
    """
    return await db.fetch(
        f"{_COLUMNS}, c.enterprise_name, f.capacity FROM ({_FOLLOWED}) f"
        " JOIN cases c ON c.id = f.id ORDER BY c.id DESC",
        before,
        limit + 1,
        list(reach.own),
        list(reach.enterprises),
        [covered.applicant_id for covered in reach.covered],
        [covered.enterprise_id for covered in reach.covered],
        [covered.item_id for covered in reach.covered],
        [covered.case_id for covered in reach.covered],
    )


async def of_hall(
    hall_id: UUID, state: State | None, number: str | None, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """The cases of one hall, oldest first, one more than `limit`. The caller checked the hall."""
    return await db.fetch(
        f"{_ROW} WHERE c.hall_id = $1 AND ($2::text IS NULL OR c.state = $2::text)"
        " AND ($3::text IS NULL OR c.number = $3::text) AND ($4::uuid IS NULL OR c.id > $4)"
        " ORDER BY c.id LIMIT $5",
        hall_id,
        state,
        number,
        after,
        limit + 1,
    )


async def open_tasks(department_id: UUID, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """The open tasks of one department, oldest first, one more than `limit`."""
    return await db.fetch(
        "SELECT t.id, t.case_id, c.number, c.item_name, c.hall_id, t.stage_name, t.department_id,"
        " t.opened_at, t.due, t.days, p.since AS paused_since"
        " FROM case_tasks t JOIN cases c ON c.id = t.case_id CROSS JOIN LATERAL"
        " (SELECT min((o.began_at AT TIME ZONE 'Asia/Shanghai')::date) AS since FROM case_pauses o"
        "  WHERE o.case_id = t.case_id AND o.ended_at IS NULL"
        "  AND (o.task_id IS NULL OR o.task_id = t.id)) p"
        " WHERE t.department_id = $1 AND t.state = 'open' AND c.state = 'under_review'"
        " AND ($2::uuid IS NULL OR t.id > $2) ORDER BY t.id LIMIT $3",
        department_id,
        after,
        limit + 1,
    )


async def may_see(person: Staff, case_id: UUID, hall_id: UUID) -> bool:
    """Whether a staff member may see a case: their hall's, or one with a task of theirs."""
    if hall_id in person.halls(*READERS_OF_CASES):
        return True
    return await handles(person, case_id, hall_id)


async def handles(person: Staff, case_id: UUID, hall_id: UUID) -> bool:
    """Whether a staff member handles a case and so may read its personal data."""
    if hall_id in person.halls(*HANDLERS_OF_CASES):
        return True
    return await took_part(case_id, person.departments(Role.REVIEWER))


async def took_part(case_id: UUID, departments: Collection[UUID]) -> bool:
    """Whether one of these departments has, or had, a task of the case before it."""
    if not departments:
        return False
    found = await db.fetch_one(
        "SELECT 1 FROM case_tasks WHERE case_id = $1 AND department_id = ANY($2::uuid[])"
        " AND opened_at IS NOT NULL LIMIT 1",
        case_id,
        list(departments),
    )
    return found is not None


async def parts(case_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """All that belongs to a case, from the timeline to what was promised, in one query."""
    row = await db.fetch_one(
        "SELECT"
        " (SELECT coalesce(json_agg(e ORDER BY e.id), '[]') FROM (SELECT id, kind, at,"
        "  by_name AS by, note FROM case_events WHERE case_id = $1) e)::text AS timeline,"
        " (SELECT coalesce(json_agg(t ORDER BY t.stage, t.id), '[]') FROM (SELECT id, stage,"
        "  stage_name, department_id, days, state, due, decided_at, lead, by_default"
        "  FROM case_tasks"
        "  WHERE case_id = $1) t)::text AS tasks,"
        " (SELECT coalesce(json_agg(m ORDER BY m.id), '[]') FROM (SELECT id, requirement,"
        "  material_id, added_at FROM case_materials WHERE case_id = $1) m)::text AS materials,"
        " (SELECT coalesce(json_agg(r ORDER BY r.serial), '[]') FROM (SELECT serial, number, kind,"
        "  title, issued_at, lines FROM case_receipts WHERE case_id = $1) r)::text AS receipts,"
        " (SELECT coalesce(json_agg(p ORDER BY p.id), '[]') FROM (SELECT id, kind, reason, basis,"
        "  points, days, state, proposed_by, proposed_at, second_id, second_note,"
        "  (second_at AT TIME ZONE 'Asia/Shanghai')::date AS second_on FROM case_proposals"
        "  WHERE case_id = $1) p)::text AS proposals,"
        " (SELECT coalesce(json_agg(s ORDER BY s.began, s.id), '[]') FROM (SELECT id, task_id,"
        "  kind, reason, basis, expected_days, (began_at AT TIME ZONE 'Asia/Shanghai')::date"
        "  AS began, (ended_at AT TIME ZONE 'Asia/Shanghai')::date AS ended FROM case_pauses"
        "  WHERE case_id = $1) s)::text AS pauses,"
        " (SELECT coalesce(json_agg(d ORDER BY d.requirement), '[]') FROM (SELECT requirement,"
        "  state, days, due, supplied_at FROM case_deferrals WHERE case_id = $1) d)::text"
        " AS deferrals,"
        " (SELECT coalesce(json_agg(p ORDER BY p.requirement), '[]') FROM (SELECT id, requirement,"
        "  text, signed_at, state, finding FROM case_pledges WHERE case_id = $1) p)::text"
        " AS pledges",
        case_id,
    )
    assert row is not None
    return {name: msgspec.json.decode(text) for name, text in row.items()}


async def correction(case_id: UUID) -> CorrectionShown | None:
    """The last correction that was asked for; None if there was none."""
    row = await db.fetch_one(
        "SELECT lines::text AS lines, issued_at FROM case_receipts"
        " WHERE case_id = $1 AND kind = 'correction' ORDER BY serial DESC LIMIT 1",
        case_id,
    )
    if row is None:
        return None
    points = msgspec.json.decode(row["lines"], type=list[str])
    return CorrectionShown(points=points, asked_at=row["issued_at"])


async def supplied(case_id: UUID) -> dict[str, list[UUID]]:
    """The materials of a case by the line of the material list that they are for."""
    rows = await db.fetch(
        "SELECT requirement, material_id FROM case_materials WHERE case_id = $1 ORDER BY id",
        case_id,
    )
    found: dict[str, list[UUID]] = {}
    for row in rows:
        found.setdefault(row["requirement"], []).append(row["material_id"])
    return found


async def has_material(case_id: UUID, material_id: UUID) -> bool:
    """Whether a material belongs to a case."""
    row = await db.fetch_one(
        "SELECT 1 FROM case_materials WHERE case_id = $1 AND material_id = $2 LIMIT 1",
        case_id,
        material_id,
    )
    return row is not None


async def open_proposals(person: Staff, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """What waits for this person as the second one, oldest first, one more than `limit`."""
    return await db.fetch(
        "SELECT p.id, p.case_id, c.number, c.item_name, p.kind, p.reason, p.basis,"
        " p.points::text AS points, p.days, p.proposed_by, p.proposed_at"
        " FROM case_proposals p JOIN cases c ON c.id = p.case_id"
        " LEFT JOIN case_tasks t ON t.id = p.task_id"
        " WHERE p.state = 'open' AND p.proposed_by IS DISTINCT FROM $1"
        " AND (c.hall_id = ANY($2::uuid[]) OR t.department_id = ANY($3::uuid[]))"
        " AND ($4::uuid IS NULL OR p.id > $4) ORDER BY p.id LIMIT $5",
        person.id,
        list(person.halls(Role.SUPERVISOR)),
        list(person.departments(Role.REVIEWER)),
        after,
        limit + 1,
    )

"""Which other system speaks for which department, and the tasks that it fetches."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from app.cases import queries
from app.cases.approvals.reported import require_client
from app.cases.approvals.schemas import (
    ApprovalApplicant,
    ApprovalMaterial,
    ApprovalTask,
    ApprovalTasksQuery,
    LinkIn,
    LinkShown,
    LinksShown,
)
from app.cases.contents import guide_of
from app.cases.delivery.models import ApprovalLink
from app.cases.models import Case
from app.cases.records import subject
from app.catalog import service as catalog
from app.core import db
from app.core.acts import Act
from app.core.auth import Role, require_over_hall
from app.core.errors import NotFound
from app.core.wire import Page, after_id, page
from app.halls import service as halls
from evaluations.devices import clients


async def link(act: Act, given: LinkIn) -> LinkShown:
    """Let another system speak for a department. Repeating it changes nothing.

    Raises:
        NotFound: no such department, or no live system of its hall. Forbidden: another hall's.
    """
    department = await halls.department(given.department_id)
    person = require_over_hall(act.actor, department.hall_id, [Role.ADMIN])
    systems = {
        one.id for one in await clients.shown_of_hall(act, department.hall_id) if not one.revoked_at
    }
    if given.client_id not in systems:
        raise NotFound("没有找到这个系统，或者它的密钥已停用。")
    async with act.transaction() as tx:
        made = await db.fetch(
            "INSERT INTO approval_links (id, client_id, department_id, hall_id, linked_by,"
            " linked_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id",
            db.new_id(),
            given.client_id,
            department.id,
            department.hall_id,
            person.id,
            act.at,
        )
        if made:
            tx.audit(
                "approval.linked",
                f"client:{given.client_id}",
                hall_id=department.hall_id,
                department=str(department.id),
            )
    found = await ApprovalLink.get(
        client_id=given.client_id, department_id=department.id, ended_at=None
    )
    return (await _shown(act, [found]))[0]


async def links(act: Act, hall_id: UUID) -> LinksShown:
    """The systems that speak for departments of a hall, for its administrators and managers.

    Raises:
        Forbidden: another hall's.
    """
    require_over_hall(act.actor, hall_id, [Role.ADMIN, Role.MANAGER])
    found = await ApprovalLink.filter(hall_id=hall_id, ended_at=None).order_by("id")
    return LinksShown(items=await _shown(act, found))


async def _shown(act: Act, found: list[ApprovalLink]) -> list[LinkShown]:
    names = await halls.names(*(one.department_id for one in found))
    systems = {
        one.id: one.name
        for hall_id in {one.hall_id for one in found}
        for one in await clients.shown_of_hall(act, hall_id)
    }
    return [
        LinkShown(
            id=one.id,
            client_id=one.client_id,
            client=systems[one.client_id],
            department_id=one.department_id,
            department=names[one.department_id],
            linked_at=one.linked_at,
        )
        for one in found
    ]


async def unlink(act: Act, link_id: UUID) -> None:
    """A system speaks for a department no more, at once. Repeating it changes nothing.

    Raises:
        NotFound: there is no such link, or it is another hall's.
    """
    async with act.transaction() as tx:
        found = await ApprovalLink.filter(id=link_id).select_for_update().first()
        if found is None:
            raise NotFound("没有找到这项对接。")
        person = require_over_hall(act.actor, found.hall_id, [Role.ADMIN])
        if found.ended_at is not None:
            return
        found.ended_at, found.ended_by = act.at, person.id
        await found.save(update_fields=["ended_at", "ended_by"])
        tx.audit(
            "approval.unlinked",
            f"client:{found.client_id}",
            hall_id=found.hall_id,
            department=str(found.department_id),
        )


_FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""Before every task: an earlier moment asks for all of them."""
_TASKS = (
    "SELECT t.id, t.case_id, t.department_id, t.stage, t.stage_name, t.opened_at, t.due"
    " FROM approval_links l JOIN case_tasks t ON t.department_id = l.department_id"
    " JOIN cases c ON c.id = t.case_id"
    " WHERE l.client_id = $1 AND l.ended_at IS NULL AND t.state = 'open'"
    " AND c.state = 'under_review' AND t.opened_at >= $2"
    " AND ($3::uuid IS NULL OR t.id > $3) ORDER BY t.id LIMIT $4"
)


async def tasks(act: Act, query: ApprovalTasksQuery) -> Page[ApprovalTask]:
    """The open tasks of the departments for which the system speaks, with the applications.

    Personal data is given in the clear, as to the department's own reviewers: of each case the
    reading is recorded.
    """
    client = require_client(act.actor)
    since = min(max(query.since or _FIRST_DAY, _FIRST_DAY), act.at)
    rows = await db.fetch(_TASKS, client.id, since, after_id(query), query.limit + 1)
    listed = rows[: query.limit]
    cases = {case.id: case for case in await Case.filter(id__in=[r["case_id"] for r in listed])}
    async with act.transaction() as tx:
        for row in listed:
            case = cases[row["case_id"]]
            tx.audit(
                "case.applicant_read", subject(case), hall_id=case.hall_id, task=str(row["id"])
            )
    shown = {row["id"]: await _task(cases[row["case_id"]], row) for row in listed}
    return page(rows, query.limit, lambda row: shown[row["id"]], lambda row: (row["id"],))


async def _task(case: Case, row: dict[str, Any]) -> ApprovalTask:
    supplied = await queries.supplied(case.id)
    names = {line.code: line.name for line in (await guide_of(case)).materials}
    return ApprovalTask(
        task_id=row["id"],
        case_number=case.number,
        item_name=case.item_name,
        implementation_code=(await catalog.version(case.version_id)).implementation_code,
        department_id=row["department_id"],
        stage=row["stage"],
        stage_name=row["stage_name"],
        opened_at=row["opened_at"],
        due=row["due"],
        answers=case.answers,
        form=msgspec.json.decode(case.form.reveal()),
        applicant=ApprovalApplicant(
            name=case.applicant_name.reveal(),
            phone=case.applicant_phone.reveal(),
            id_number=case.applicant_id_number.reveal(),
            enterprise_name=case.enterprise_name,
            enterprise_code=case.enterprise_code,
        ),
        materials=[
            ApprovalMaterial(requirement=code, name=names.get(code, code), material_ids=ids)
            for code, ids in supplied.items()
        ],
    )

"""The list of fees (统一收费清单) of a case or a project: opened once, then shown as it stands."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.cases.facts import CaseFacts
from app.catalog import service as catalog
from app.catalog.guide import FeeLine as Told
from app.core import db
from app.core.acts import Act
from app.core.auth import Role, require_staff
from app.core.errors import Forbidden
from app.halls import service as halls
from app.projects import access
from app.projects.access import About
from app.projects.fees import queries
from app.projects.fees.models import FeeLine
from app.projects.fees.rules import LineState, fen_of, totals, yuan
from app.projects.fees.schemas import FeeLineShown, FeeListShown, RefundShown


async def told(case: CaseFacts) -> tuple[list[Told], str]:
    """The fees of a case by its guide, the free ones left out; and its department's name."""
    offered = catalog.narrowed(await catalog.version(case.version_id), case.answers)
    lines = [line for line in await catalog.fees_of(offered) if fen_of(line.amount) != 0]
    return lines, offered.department_name


async def open_lists(act: Act, cases: Iterable[CaseFacts]) -> None:
    """List the fees of these cases, each once: later versions of a guide change nothing here.

    In the transaction of the act that needs them, the cases in the order of their ids.
    """
    for case in sorted(cases, key=lambda case: case.id):
        made = await db.fetch(
            "INSERT INTO fee_lists (case_id, hall_id, opened_at, opened_by)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING case_id",
            case.id,
            case.hall_id,
            act.at,
            act.actor.key,
        )
        if made:
            await _list(act, case)


async def _list(act: Act, case: CaseFacts) -> None:
    lines, _ = await told(case)
    departments = await halls.ensure_departments(act, case.hall_id, set())
    await FeeLine.bulk_create(
        FeeLine(
            case_id=case.id,
            position=position,
            hall_id=case.hall_id,
            department_id=departments.get(line.department, case.department_id),
            item_name=case.item_name,
            name=line.name,
            basis=line.basis,
            amount_text=line.amount,
            amount_fen=fen_of(line.amount),
            state=LineState.DUE,
        )
        for position, line in enumerate(lines, 1)
    )
    async with act.transaction() as tx:
        tx.audit("fees.listed", f"case:{case.number}", hall_id=case.hall_id, lines=len(lines))


async def open_at_desk(
    act: Act, *, case_id: UUID | None = None, project_id: UUID | None = None
) -> FeeListShown:
    """List the fees of a case, or of all cases of a project, and show them. Once is enough.

    Clerks of the hall may, and reviewers of departments that take part.

    Raises:
        NotFound: not theirs to see. Forbidden: they see it and do not handle it.
    """
    person = require_staff(act.actor)
    about = await access.about_for_desk(act, case_id=case_id, project_id=project_id)
    takes_part = await access.takes_part(person, about.case_ids)
    if about.hall_id not in person.halls(Role.CLERK) and not takes_part:
        raise Forbidden
    async with act.transaction():
        await open_lists(act, about.cases)
    return await shown(about)


async def for_citizen(
    act: Act, *, case_id: UUID | None = None, project_id: UUID | None = None
) -> FeeListShown:
    """The fees of a case or project of the citizen's side. Raises NotFound."""
    return await shown(await access.about_for_citizen(act, case_id=case_id, project_id=project_id))


async def for_desk(
    act: Act, *, case_id: UUID | None = None, project_id: UUID | None = None
) -> FeeListShown:
    """The fees of a case or project for staff who see it. Raises NotFound."""
    return await shown(await access.about_for_desk(act, case_id=case_id, project_id=project_id))


async def shown(about: About) -> FeeListShown:
    """All fees: as they were listed, or as the guide tells them where nobody has listed them."""
    rows = await queries.lines(about.case_ids)
    listed = await queries.listed(about.case_ids)
    numbers = {case.id: case.number for case in about.cases}
    staff = {UUID(who) for row in rows if (who := _staff_id(row["recorded_by"]))}
    names = await halls.names(*{row["department_id"] for row in rows}, *staff)
    lines = [_line(row, numbers[row["case_id"]], names) for row in rows]
    for case in about.cases:
        if case.id not in listed:
            lines += await _expected(case)
    sums = totals(
        queries.as_ruled(line.state, line.amount_fen, sum(one.amount_fen for one in line.refunds))
        for line in lines
    )
    return FeeListShown(
        lines=lines,
        due_fen=sums.due,
        paid_fen=sums.paid,
        refunded_fen=sums.refunded,
        waived_fen=sums.waived,
        unset=sums.unset,
        text=_text(sums.due, sums.unset, bool(lines)),
    )


def _text(due: int, unset: int, there_are: bool) -> str:  # noqa: FBT001 - three facts in a row
    if not there_are:
        return "不收取费用。"
    if due == 0 and unset == 0:
        return "没有待缴费用。"
    said = f"待缴 {yuan(due)}" if due else "暂无确定金额的待缴费用"
    return said + (f"，另有 {unset} 项待部门核定金额。" if unset else "，可一次缴清。")


def _staff_id(actor: str | None) -> str | None:
    kind, _, found = (actor or "").partition(":")
    return found if kind == "staff" else None


def _line(row: dict[str, Any], number: str, names: dict[UUID, str]) -> FeeLineShown:
    by = _staff_id(row["recorded_by"])
    recorded = names.get(UUID(by)) if by else ("其他系统" if row["recorded_by"] else None)
    return FeeLineShown(
        id=row["id"],
        case_id=row["case_id"],
        case_number=number,
        item_name=row["item_name"],
        name=row["name"],
        department=names[row["department_id"]],
        basis=row["basis"],
        amount_text=row["amount_text"],
        amount_fen=row["amount_fen"],
        calculation=row["calculation"],
        state=LineState(row["state"]),
        receipt_number=row["receipt_number"],
        channel=row["channel"],
        paid_at=row["paid_at"],
        recorded_by=recorded,
        waived_why=row["waived_why"],
        refunds=msgspec.json.decode(row["refunds"], type=list[RefundShown]),
    )


async def _expected(case: CaseFacts) -> list[FeeLineShown]:
    lines, own = await told(case)
    none: datetime | None = None
    return [
        FeeLineShown(
            id=None,
            case_id=case.id,
            case_number=case.number,
            item_name=case.item_name,
            name=line.name,
            department=line.department or own,
            basis=line.basis,
            amount_text=line.amount,
            amount_fen=fen_of(line.amount),
            calculation="",
            state=LineState.DUE,
            receipt_number=None,
            channel=None,
            paid_at=none,
            recorded_by=None,
            waived_why=None,
            refunds=[],
        )
        for line in lines
    ]

"""What is done with single fees: an amount is set, one is waived, money is given back."""

from uuid import UUID

from app.core import db
from app.core.acts import Act
from app.core.auth import Role, require_staff
from app.core.errors import Forbidden, NotFound
from app.projects import access
from app.projects.fees import queries
from app.projects.fees.models import FeeLine, FeeRefund
from app.projects.fees.problems import NotDue, ReceiptTaken, TooMuch
from app.projects.fees.rules import LineState, refundable, yuan
from app.projects.fees.schemas import (
    FeeLineStands,
    RefundFee,
    SetAmount,
    WaiveFee,
)


def _no_such_fee() -> NotFound:
    return NotFound("没有找到这项费用。")


async def _locked_line(act: Act, line_id: UUID) -> FeeLine:
    """A fee of a case that the caller sees, or of their own department, locked. Raises NotFound."""
    seen = await FeeLine.get_or_none(id=line_id)
    if seen is None:
        raise _no_such_fee()
    if seen.department_id not in require_staff(act.actor).departments(Role.REVIEWER):
        try:
            await access.about_for_desk(act, case_id=seen.case_id)
        except NotFound:
            raise _no_such_fee() from None
    return await FeeLine.filter(id=line_id).select_for_update().get()


async def _locked_of_department(act: Act, line_id: UUID) -> FeeLine:
    """A due fee, locked, for a reviewer of the department that asks for it."""
    line = await _locked_line(act, line_id)
    if line.department_id not in require_staff(act.actor).departments(Role.REVIEWER):
        raise Forbidden("只有收费部门的审批人员可以核定或免收这项费用。")
    if line.state != LineState.DUE:
        raise NotDue
    return line


async def set_amount(act: Act, line_id: UUID, given: SetAmount) -> FeeLineStands:
    """The department says what a fee comes to in this case; until it is paid it may correct that.

    Raises:
        NotFound, Forbidden: not their department's. NotDue: paid or waived.
    """
    async with act.transaction() as tx:
        line = await _locked_of_department(act, line_id)
        before, line.amount_fen = line.amount_fen, given.amount_fen
        line.calculation = given.calculation
        line.amount_by = require_staff(act.actor).id
        line.amount_at = act.at
        await line.save(update_fields=["amount_fen", "calculation", "amount_by", "amount_at"])
        tx.audit(
            "fees.amount_set",
            f"fee:{line.id}",
            hall_id=line.hall_id,
            before=before,
            amount_fen=given.amount_fen,
        )
    return _stands(line)


async def waive(act: Act, line_id: UUID, given: WaiveFee) -> FeeLineStands:
    """The department does not ask for a fee, with its reason and the rule.

    Raises:
        NotFound, Forbidden: not their department's. NotDue: paid or waived.
    """
    async with act.transaction() as tx:
        line = await _locked_of_department(act, line_id)
        line.state = LineState.WAIVED
        line.waived_by = require_staff(act.actor).id
        line.waived_at = act.at
        line.waived_why = given.reason
        line.waived_basis = given.basis
        await line.save(
            update_fields=["state", "waived_by", "waived_at", "waived_why", "waived_basis"]
        )
        tx.audit("fees.waived", f"fee:{line.id}", hall_id=line.hall_id, basis=given.basis)
    return _stands(line)


def _stands(line: FeeLine, refunded: int = 0) -> FeeLineStands:
    ruled = queries.as_ruled(line.state, line.amount_fen, refunded)
    return FeeLineStands(
        id=line.id,
        case_id=line.case_id,
        state=LineState(line.state),
        amount_fen=line.amount_fen,
        refundable_fen=refundable(ruled),
    )


async def refund(act: Act, line_id: UUID, given: RefundFee) -> FeeLineStands:
    """A clerk of the hall records that money was given back for a fee that was paid.

    Raises:
        NotFound, Forbidden: not a clerk of its hall. TooMuch. ReceiptTaken.
    """
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        line = await _locked_line(act, line_id)
        if line.hall_id not in person.halls(Role.CLERK):
            raise Forbidden("退费由窗口人员登记。")
        before = await queries.refunded(line.id)
        left = refundable(queries.as_ruled(line.state, line.amount_fen, before))
        if given.amount_fen > left:
            raise TooMuch(f"最多可退{yuan(left)}。", refundable_fen=left)
        number = given.voucher_number.strip()
        await _check_voucher(line.hall_id, number)
        await FeeRefund.create(
            line_id=line.id,
            hall_id=line.hall_id,
            amount_fen=given.amount_fen,
            reason=given.reason,
            voucher_number=number,
            refunded_at=act.at,
            recorded_by=person.id,
        )
        tx.audit(
            "fees.refunded",
            f"fee:{line.id}",
            hall_id=line.hall_id,
            amount_fen=given.amount_fen,
            voucher=number,
        )
    return _stands(line, before + given.amount_fen)


async def _check_voucher(hall_id: UUID, number: str) -> None:
    """Raise ReceiptTaken if the hall has given money back with this voucher; until the commit."""
    await db.fetch(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"fees.refund:{hall_id}:{number}"
    )
    if await FeeRefund.filter(hall_id=hall_id, voucher_number=number).exists():
        raise ReceiptTaken

"""What is done with fees: an amount is set, a fee waived, the list paid at once, money given back.

There is no payment gateway here: what was paid elsewhere is recorded, once, with its receipt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.cases import facts as cases
from app.core import db
from app.core.acts import Act, canonical
from app.core.auth import Client, Role, require_staff
from app.core.errors import Conflict, Forbidden, NotFound, Problem
from app.projects import access
from app.projects.access import About
from app.projects.fees import listing, queries
from app.projects.fees.models import FeeLine, FeeRefund
from app.projects.fees.rules import Channel, LineState, refundable, yuan
from app.projects.fees.schemas import (
    FeeLineStands,
    PayFees,
    PaymentShown,
    RefundFee,
    ReportPayment,
    SetAmount,
    WaiveFee,
)
from app.projects.models import Project
from app.projects.rules import tidy_number

CONTEXT = "fee_payments.digest"
AHEAD = timedelta(minutes=5)
"""How far another system's clock may run before the server's."""


class NotDue(Conflict):
    """The fee is paid or waived already."""

    code = "fees.not_due"
    title = "这项费用已经缴纳或免收，不能再变动。"


class NothingDue(Conflict):
    """There is nothing to pay."""

    code = "fees.nothing_due"
    title = "没有待缴的费用，可能已经缴清。"


class AmountUnset(Conflict):
    """A fee cannot be paid before the department has set its amount; `detail` names it."""

    code = "fees.amount_unset"
    title = "有费用尚未核定金额，不能缴费。"


class OtherTotal(Conflict):
    """The payment is not the sum of what it is for; `due_fen` says what that is."""

    code = "fees.other_total"
    title = "缴费金额与待缴金额不一致，请刷新清单后核对。"


class ReceiptTaken(Conflict):
    """A payment or refund with this receipt is on record already."""

    code = "fees.receipt_taken"
    title = "这个票据号码已经登记过，请核对。"


class ReportChanged(Conflict):
    """The system reported another payment under this id before."""

    code = "fees.report_changed"
    title = "同一报送编号的内容与先前不一致。"


class TooMuch(Conflict):
    """More would be given back than was paid; `refundable_fen` says how much is left."""

    code = "fees.too_much"
    title = "退费金额超过可退金额。"


class PaidLater(Problem):
    """A payment cannot have happened in the future."""

    status = 422
    code = "fees.paid_later"
    title = "缴费时间不能晚于现在。"


def _no_such_fee() -> NotFound:
    return NotFound("没有找到这项费用。")


async def _locked_line(act: Act, line_id: UUID) -> FeeLine:
    """A fee that the caller sees, locked. Raises NotFound."""
    seen = await FeeLine.get_or_none(id=line_id).only("id", "case_id")
    if seen is None:
        raise _no_such_fee()
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
        state=LineState(line.state),
        amount_fen=line.amount_fen,
        refundable_fen=refundable(ruled),
    )


@dataclass(frozen=True)
class _Paid:
    """A payment as it is to be recorded; the last three are another system's."""

    total_fen: int
    channel: Channel
    receipt_number: str
    paid_at: datetime
    line_ids: Sequence[UUID]
    client_id: UUID | None = None
    report_id: str | None = None
    digest: bytes | None = None


async def pay(
    act: Act, given: PayFees, *, case_id: UUID | None = None, project_id: UUID | None = None
) -> PaymentShown:
    """A clerk records that all that is due was paid, or some lines of it; all in one act.

    Raises:
        NotFound: not of the clerk's halls. NothingDue, AmountUnset, OtherTotal, ReceiptTaken,
        PaidLater.
    """
    about = await access.about_for_desk(
        act, case_id=case_id, project_id=project_id, roles=(Role.CLERK,)
    )
    paid = _Paid(
        total_fen=given.total_fen,
        channel=given.channel,
        receipt_number=given.receipt_number.strip(),
        paid_at=given.paid_at or act.at,
        line_ids=given.line_ids,
    )
    return await _pay(act, about, paid)


async def report(act: Act, given: ReportPayment) -> tuple[PaymentShown, bool]:
    """Another system of the hall reports a payment. The second value: whether it is new.

    Raises:
        NotFound: no case or project of this number at the system's hall.
        ReportChanged: it reported something else under this id before.
        NothingDue, AmountUnset, OtherTotal, ReceiptTaken, PaidLater.
    """
    client = act.actor
    if not isinstance(client, Client):
        raise Forbidden
    keyring, said = act.house.keyring, canonical(given).decode()
    async with act.transaction():
        # Two deliveries of one report wait here for each other.
        await db.fetch(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
            f"fees.report:{client.id}:{given.report_id}",
        )
        first = await queries.payment_of_report(client.id, given.report_id)
        if first is not None:
            if bytes(first["digest"]) not in keyring.indexes(said, CONTEXT):
                raise ReportChanged
            return await _payment(first), False
        about = await _of_number(client.hall_id, given.number)
        paid = _Paid(
            total_fen=given.total_fen,
            channel=given.channel,
            receipt_number=given.receipt_number.strip(),
            paid_at=given.paid_at,
            line_ids=given.line_ids,
            client_id=client.id,
            report_id=given.report_id,
            digest=keyring.index(said, CONTEXT),
        )
        return await _pay(act, about, paid), True


async def _of_number(hall_id: UUID, typed: str) -> About:
    number = tidy_number(typed)
    project = await Project.get_or_none(number=number, hall_id=hall_id)
    if project is not None:
        return await access.about_project(project)
    case = await cases.by_number(number)
    if case is None or case.hall_id != hall_id:
        raise NotFound("没有找到这个编号的办件或项目。")
    return access.about_case(case)


async def _pay(act: Act, about: About, paid: _Paid) -> PaymentShown:
    if paid.paid_at > act.at + AHEAD:
        raise PaidLater
    async with act.transaction() as tx:
        await listing.open_lists(act, about.cases)
        lines = _chosen(await queries.lock_due(about.case_ids), paid.line_ids)
        _check_sum(lines, paid.total_fen)
        payment_id = await _insert(act, about, paid)
        await db.execute(
            "UPDATE fee_lines SET state = 'paid', payment_id = $2 WHERE id = ANY($1::uuid[])",
            [line["id"] for line in lines],
            payment_id,
        )
        tx.audit(
            "fees.paid",
            about.subject,
            hall_id=about.hall_id,
            total_fen=paid.total_fen,
            channel=paid.channel.value,
            receipt=paid.receipt_number,
            lines=len(lines),
        )
    return PaymentShown(
        id=payment_id,
        total_fen=paid.total_fen,
        channel=paid.channel,
        receipt_number=paid.receipt_number,
        paid_at=paid.paid_at,
        lines=len(lines),
    )


def _chosen(due: list[dict[str, Any]], wanted: Sequence[UUID]) -> list[dict[str, Any]]:
    if not due:
        raise NothingDue
    if not wanted:
        return due
    chosen = [line for line in due if line["id"] in set(wanted)]
    if len(chosen) < len(set(wanted)):
        raise NotDue("所选费用中有的不在这份清单上，或已经缴纳、免收。")
    return chosen


def _check_sum(lines: list[dict[str, Any]], total_fen: int) -> None:
    unset = [line["name"] for line in lines if line["amount_fen"] is None]
    if unset:
        raise AmountUnset(f"以下费用尚未核定金额：{'、'.join(unset)}。")
    due = sum(line["amount_fen"] for line in lines)
    if due != total_fen:
        raise OtherTotal(f"待缴金额为{yuan(due)}，与所报的{yuan(total_fen)}不一致。", due_fen=due)


async def _insert(act: Act, about: About, paid: _Paid) -> UUID:
    rows = await db.fetch(
        "INSERT INTO fee_payments (id, hall_id, case_id, project_id, total_fen, channel,"
        " receipt_number, paid_at, recorded_at, recorded_by, client_id, report_id, digest)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        " ON CONFLICT DO NOTHING RETURNING id",
        db.new_id(),
        about.hall_id,
        about.case_id,
        about.project_id,
        paid.total_fen,
        paid.channel,
        paid.receipt_number,
        paid.paid_at,
        act.at,
        act.actor.key,
        paid.client_id,
        paid.report_id,
        paid.digest,
    )
    if not rows:
        raise ReceiptTaken
    found: UUID = rows[0]["id"]
    return found


async def _payment(row: dict[str, Any]) -> PaymentShown:
    return PaymentShown(
        id=row["id"],
        total_fen=row["total_fen"],
        channel=Channel(row["channel"]),
        receipt_number=row["receipt_number"],
        paid_at=row["paid_at"],
        lines=await queries.paid_lines(row["id"]),
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

"""The list of fees is paid in one act, recorded by a clerk or reported by another system.

There is no payment gateway here: what was paid elsewhere is recorded, once, with its receipt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.cases import facts as cases
from app.cases.numbering import no_such_case
from app.core import db
from app.core.acts import Act, canonical
from app.core.auth import Client, Role
from app.core.errors import Forbidden, NotFound
from app.projects import access
from app.projects.access import About
from app.projects.fees import listing, queries
from app.projects.fees.problems import (
    AmountUnset,
    NotDue,
    NothingDue,
    OtherTotal,
    PaidWhen,
    ReceiptTaken,
    ReportChanged,
)
from app.projects.fees.rules import Channel, yuan
from app.projects.fees.schemas import PayFees, PaymentShown, ReportPayment
from app.projects.models import Project
from app.projects.rules import is_project_number, tidy_number

CONTEXT = "fee_payments.digest"
AHEAD = timedelta(minutes=5)
"""How far another system's clock may be from the server's."""


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
        PaidWhen.
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
        NothingDue, AmountUnset, OtherTotal, ReceiptTaken, PaidWhen.
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
    if is_project_number(number):
        project = await Project.get_or_none(number=number, hall_id=hall_id)
        if project is None:
            raise NotFound("没有找到这个项目。")
        return await access.about_project(project)
    case = await cases.by_number(number)
    if case is None or case.hall_id != hall_id:
        raise no_such_case(number, "没有找到这个编号的办件或项目。")
    return access.about_case(case)


async def _pay(act: Act, about: About, paid: _Paid) -> PaymentShown:
    first = min((case.submitted_at for case in about.cases), default=act.at)
    if not first - AHEAD <= paid.paid_at <= act.at + AHEAD:
        raise PaidWhen
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

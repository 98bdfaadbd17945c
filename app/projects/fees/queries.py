"""Reading fees; whoever calls these has made sure that the caller may see the cases."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.core import db
from app.projects.fees.rules import Line, LineState

_LINES = (
    "SELECT l.id, l.case_id, l.position, l.item_name, l.name, l.department_id, l.basis,"
    " l.amount_text, l.amount_fen, l.calculation, l.state, l.waived_why, p.receipt_number,"
    " p.channel, p.paid_at, p.recorded_by, coalesce((SELECT json_agg(json_build_object("
    "'amount_fen', r.amount_fen, 'reason', r.reason, 'voucher_number', r.voucher_number,"
    " 'refunded_at', r.refunded_at) ORDER BY r.id) FROM fee_refunds r WHERE r.line_id = l.id),"
    " '[]')::text AS refunds FROM fee_lines l LEFT JOIN fee_payments p ON p.id = l.payment_id"
)


async def lines(case_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The fees of these cases as they were listed, by case and place in the list."""
    return await db.fetch(
        f"{_LINES} WHERE l.case_id = ANY($1::uuid[]) ORDER BY l.case_id, l.position",
        list(case_ids),
    )


async def listed(case_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these cases whose fees were listed."""
    rows = await db.fetch(
        "SELECT case_id FROM fee_lists WHERE case_id = ANY($1::uuid[])", list(case_ids)
    )
    return {row["case_id"] for row in rows}


async def refunded(line_id: UUID) -> int:
    """How much of a line was given back, in fen."""
    row = await db.fetch_one(
        "SELECT coalesce(sum(amount_fen), 0)::bigint AS fen FROM fee_refunds WHERE line_id = $1",
        line_id,
    )
    assert row, "an aggregate has one row"
    return int(row["fen"])


async def lock_due(case_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """What is due of these cases, locked in one order until the end of the transaction."""
    return await db.fetch(
        "SELECT id, case_id, department_id, name, amount_fen FROM fee_lines"
        " WHERE case_id = ANY($1::uuid[]) AND state = 'due' ORDER BY case_id, position FOR UPDATE",
        list(case_ids),
    )


async def paid_lines(payment_id: UUID) -> int:
    """How many lines a payment settled."""
    row = await db.fetch_one(
        "SELECT count(*) AS n FROM fee_lines WHERE payment_id = $1", payment_id
    )
    assert row, "an aggregate has one row"
    return int(row["n"])


async def payment_of_report(client_id: UUID, report_id: str) -> dict[str, Any] | None:
    """The payment that a system reported under this id before."""
    return await db.fetch_one(
        "SELECT id, total_fen, channel, receipt_number, paid_at, digest FROM fee_payments"
        " WHERE client_id = $1 AND report_id = $2",
        client_id,
        report_id,
    )


def as_ruled(state: str, fen: int | None, refunded_fen: int = 0) -> Line:
    """A line as the rules see it."""
    return Line(LineState(state), fen, refunded_fen)

"""Fees on the wire. Amounts are integers of fen."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.core.wire import In, Out
from app.projects.fees.rules import MOST_FEN, Channel, LineState

Fen = Annotated[int, Meta(ge=1, le=MOST_FEN, description="Amount in fen.")]
Number = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]
FeeReason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]
FeeBasis = Annotated[str, Meta(min_length=4, max_length=300, pattern=r"\S")]
Moment = Annotated[datetime, Meta(tz=True)]
ReportId = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[!-~]+$")]
"""An id of another system: printable ASCII without spaces."""


class SetAmount(In, frozen=True):
    """What a fee comes to in this case, and how that was worked out."""

    amount_fen: Fen
    calculation: FeeReason


class WaiveFee(In, frozen=True):
    """Why a fee is not asked for, and by which rule."""

    reason: FeeReason
    basis: FeeBasis


class PayFees(In, frozen=True):
    """A payment of all that is due, or of the lines named; `total_fen` must be their sum.

    `paid_at`: when it was paid, if not now.
    """

    total_fen: Fen
    channel: Channel
    receipt_number: Number
    paid_at: Moment | None = None
    line_ids: Annotated[tuple[UUID, ...], Meta(max_length=500)] = ()


class ReportPayment(In, frozen=True):
    """A payment that another system took: of a case's list, or of a project's.

    `report_id` is that system's own, unique; the same report again changes nothing.
    """

    report_id: ReportId
    number: Annotated[str, Meta(min_length=1, max_length=40, description="办件编号或项目代码")]
    total_fen: Fen
    channel: Channel
    receipt_number: Number
    paid_at: Moment
    line_ids: Annotated[tuple[UUID, ...], Meta(max_length=500)] = ()


class RefundFee(In, frozen=True):
    """Money that was given back for a line: how much, why, and the voucher of it."""

    amount_fen: Fen
    reason: FeeReason
    voucher_number: Number


class RefundShown(Out, frozen=True):
    """Money that was given back."""

    amount_fen: int
    reason: str
    voucher_number: str
    refunded_at: datetime


class FeeLineShown(Out, frozen=True):
    """One fee. `id` is None as long as nobody at the hall has listed the case's fees.

    `amount_fen` is None where the department has yet to work it out.
    """

    id: UUID | None
    case_id: UUID
    case_number: str
    item_name: str
    name: str
    department: str
    basis: str
    amount_text: str
    amount_fen: int | None
    calculation: str
    state: LineState
    receipt_number: str | None
    channel: Channel | None
    paid_at: datetime | None
    recorded_by: str | None
    waived_why: str | None
    refunds: list[RefundShown]


class FeeListShown(Out, frozen=True):
    """All fees of a case or a project, listed once. Sums in fen; `unset` lines have no amount yet.

    `text` says it in a sentence.
    """

    lines: list[FeeLineShown]
    due_fen: int
    paid_fen: int
    refunded_fen: int
    waived_fen: int
    unset: int
    text: str


class PaymentShown(Out, frozen=True):
    """A payment that is on record."""

    id: UUID
    total_fen: int
    channel: Channel
    receipt_number: str
    paid_at: datetime
    lines: int


class FeeLineStands(Out, frozen=True):
    """Where a fee stands after an act."""

    id: UUID
    case_id: UUID
    state: LineState
    amount_fen: int | None
    refundable_fen: int

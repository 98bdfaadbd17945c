"""Amounts that people type in yuan, and what the services take in fen."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

from msgspec import Meta

from app.core.errors import InvalidBody
from app.core.wire import In
from app.projects.fees.rules import MOST_FEN, Channel
from app.projects.fees.schemas import FeeBasis, FeeReason, Number

Yuan = Annotated[str, Meta(min_length=1, max_length=16, pattern=r"^[0-9,]+(\.[0-9]{1,2})?$")]
"""An amount in yuan with at most two decimals, as people type it."""


def fen(yuan: str, field: str) -> int:
    """The amount in fen.

    Raises:
        InvalidBody: it is none, or more than one fee can be; `field` says where it was typed.
    """
    try:
        found = int(Decimal(yuan.replace(",", "")) * 100)
    except InvalidOperation:
        found = 0
    if not 1 <= found <= MOST_FEN:
        raise InvalidBody("请填写大于 0 的金额，单位为元。", field=field)
    return found


class AmountForm(In, frozen=True):
    """What a fee comes to, and how that was worked out."""

    amount: Yuan
    calculation: FeeReason


class WaiveForm(In, frozen=True):
    """Why a fee is not asked for."""

    reason: FeeReason
    basis: FeeBasis


class PayForm(In, frozen=True):
    """All that was due when the page was made, `total_fen`, was paid now."""

    total_fen: int
    channel: Channel
    receipt_number: Number


class RefundForm(In, frozen=True):
    """Money that was given back."""

    amount: Yuan
    reason: FeeReason
    voucher_number: Number

"""Fees: amounts in words and in fen, and when a line, a list or a refund may be settled. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MOST_FEN = 100_000_000_000
"""One thousand million yuan: a larger amount is a slip of the keyboard."""
_FREE = re.compile(r"(不收费|免费|无|0+(\.0{1,2})?\s*元?)")
_YUAN = re.compile(r"(?:人民币)?[¥￥]?\s*([0-9]{1,9})(?:\.([0-9]{1,2}))?\s*元?(?:整)?")


class LineState(StrEnum):
    """Where one fee stands."""

    DUE = "due"
    PAID = "paid"
    WAIVED = "waived"


class Channel(StrEnum):
    """How a fee was paid."""

    CASH = "cash"
    CARD = "card"
    TRANSFER = "transfer"
    ONLINE = "online"


CHANNEL_NAMES = {
    Channel.CASH: "现金",
    Channel.CARD: "刷卡",
    Channel.TRANSFER: "转账",
    Channel.ONLINE: "网上缴费",
}


def fen_of(text: str) -> int | None:
    """The amount in fen of a fee's text where it is a plain number of yuan; None where not.

    "200元", "¥1200.50" and "不收费" (0) are; "按面积计算" and "50元/份" are not: there the
    department sets the amount for the case.
    """
    tidy = text.strip().replace(",", "").replace("，", "")
    if _FREE.fullmatch(tidy):
        return 0
    found = _YUAN.fullmatch(tidy)
    if found is None:
        return None
    yuan, fen = found.groups()
    return int(yuan) * 100 + int((fen or "0").ljust(2, "0"))


def yuan(fen: int) -> str:
    """An amount in fen as people read it: 120050 is "1200.50元"."""
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02d}元"


@dataclass(frozen=True)
class Line:
    """One fee of a list. `fen` is None as long as the department has not set the amount."""

    state: LineState
    fen: int | None
    refunded: int = 0


@dataclass(frozen=True)
class Totals:
    """Sums over a list, in fen. `unset`: how many due lines have no amount yet."""

    due: int
    paid: int
    refunded: int
    waived: int
    unset: int


def totals(lines: Iterable[Line]) -> Totals:
    """What a list amounts to."""
    lines = list(lines)

    def of(state: LineState) -> int:
        return sum(line.fen or 0 for line in lines if line.state is state)

    return Totals(
        due=of(LineState.DUE),
        paid=of(LineState.PAID),
        refunded=sum(line.refunded for line in lines),
        waived=of(LineState.WAIVED),
        unset=sum(line.state is LineState.DUE and line.fen is None for line in lines),
    )


def refundable(line: Line) -> int:
    """How much of a line can still be given back, in fen."""
    if line.state is not LineState.PAID or line.fen is None:
        return 0
    return line.fen - line.refunded

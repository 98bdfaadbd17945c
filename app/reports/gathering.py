"""Lists that a page shows a part of at a time, as a whole for a file."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from app.core.errors import Problem

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)
PIECE = 1_000
"""Rows that are read at a time."""
MOST_ROWS = 10_000
"""Rows of a file that is made while its asker waits."""


class Piece(Protocol[Row_co]):
    """A part of a list, and the place from which it goes on."""

    @property
    def items(self) -> Sequence[Row_co]:
        """The rows."""

    @property
    def next(self) -> str | None:
        """The place; None on the last part."""


class TooManyRows(Problem):
    """The list is too long for a file that is made at once."""

    status = 422
    code = "reports.too_many_rows"
    title = f"超过 {MOST_ROWS} 行，请缩小范围后再导出。"


async def rows_of(read: Callable[[str | None], Awaitable[Piece[Row]]]) -> list[Row]:
    """All rows of a list that `read(after)` gives page by page. Raises TooManyRows."""
    found: list[Row] = []
    async for piece in pieces(read):
        found += piece
        if len(found) > MOST_ROWS:
            raise TooManyRows
    return found


async def pieces(
    read: Callable[[str | None], Awaitable[Piece[Row]]],
) -> AsyncIterator[Sequence[Row]]:
    """The rows of a list, page by page."""
    after: str | None = None
    while True:
        page = await read(after)
        yield page.items
        after = page.next
        if after is None:
            return

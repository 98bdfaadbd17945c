"""Lists that a page shows a part of at a time, as a whole for a file."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from app.core.errors import Problem
from app.core.wire import Page

Row = TypeVar("Row")
PIECE = 1_000
"""Rows that are read at a time."""
MOST_ROWS = 10_000
"""Rows of a file that is made while its asker waits."""


class TooManyRows(Problem):
    """The list is too long for a file that is made at once."""

    status = 422
    code = "reports.too_many_rows"
    title = f"超过 {MOST_ROWS} 行，请缩小范围后再导出。"


async def rows_of(read: Callable[[str | None], Awaitable[Page[Row]]]) -> list[Row]:
    """All rows of a list that `read(after)` gives page by page. Raises TooManyRows."""
    found: list[Row] = []
    async for piece in pieces(read):
        found += piece
        if len(found) > MOST_ROWS:
            raise TooManyRows
    return found


async def pieces(read: Callable[[str | None], Awaitable[Page[Row]]]) -> AsyncIterator[list[Row]]:
    """The rows of a list, page by page."""
    after: str | None = None
    while True:
        page = await read(after)
        yield page.items
        after = page.next
        if after is None:
            return

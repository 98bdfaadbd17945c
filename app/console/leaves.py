"""Long tables leaf by leaf: a county has more than a thousand items, which nobody reads at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from msgspec import Meta

from app.console.scope import ConsoleQuery, Scope

MOST_ROWS = 100
"""Rows of a leaf; an export has them all."""
Row = TypeVar("Row")


class LeafQuery(ConsoleQuery, frozen=True, kw_only=True):
    """As `ConsoleQuery`, with how many rows of the table come before."""

    skip: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


@dataclass(frozen=True)
class Leaf(Generic[Row]):
    """Some rows of a table: from the `first` (1 is the table's first) to the `last`, of `count`.

    `before` and `after` are the addresses of the leaves beside it, where there are any.
    """

    rows: Sequence[Row]
    first: int
    last: int
    count: int
    before: str | None
    after: str | None


def leaf(rows: Sequence[Row], skip: int, scope: Scope, path: str, **kept: Any) -> Leaf[Row]:
    """The rows after the first `skip`; `kept` is what else the page's address says."""
    shown = rows[skip : skip + MOST_ROWS]
    end = skip + len(shown)
    earlier = max(0, min(skip, len(rows)) - MOST_ROWS)
    return Leaf(
        shown,
        skip + 1,
        end,
        len(rows),
        scope.url(path, skip=earlier or None, **kept) if skip else None,
        scope.url(path, skip=end, **kept) if end < len(rows) else None,
    )

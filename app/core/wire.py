"""The shapes on the wire: base classes of all schemas, pages, and files."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.clock import day_of
from app.core.errors import InvalidQuery

Row = TypeVar("Row")
Shown = TypeVar("Shown")


class In(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What a client sends. A field that the schema does not know is refused."""


class Out(msgspec.Struct, kw_only=True, frozen=True):
    """What a client gets."""


def known(row: Mapping[str, Any], shape: type[msgspec.Struct]) -> dict[str, Any]:
    """What a row says of the fields that `shape` has."""
    return {name: row[name] for name in shape.__struct_fields__ if name in row}


Text = Annotated[str, Meta(max_length=2000)]
"""Free text of a paragraph."""
Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
"""One line that is not empty."""
Name = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]
"""The name of a person, a hall, a window …"""
Limit = Annotated[int, Meta(ge=1, le=100, description="How many at most.")]


class PageQuery(In, frozen=True):
    """How a list is read on: `after` is the `next` of the page before."""

    after: Annotated[str, Meta(max_length=300)] | None = None
    limit: Limit = 20


class Page(Out, Generic[Shown], frozen=True):
    """One page of a list; `next` is None on the last one."""

    items: list[Shown]
    next: str | None = None


@dataclass(frozen=True)
class File:
    """An answer that is a file and not JSON. `inline` files are shown, the others are saved."""

    content: bytes
    content_type: str
    filename: str | None = None
    inline: bool = False
    cache: str = "private, no-store"
    headers: Mapping[str, str] = field(default_factory=dict)


def encode_cursor(*key: Any) -> str:
    """An opaque text for the place of a row in a list: the values that it is sorted by."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(text: str | None, *types: type) -> tuple[Any, ...] | None:
    """The values in a cursor. Raises InvalidQuery if it is not one of ours."""
    if text is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        values = msgspec.json.decode(raw, type=tuple[types])  # type: ignore[valid-type]
    except (ValueError, msgspec.MsgspecError):
        raise InvalidQuery("翻页位置不正确，请从第一页重新查看。", field="after") from None
    return tuple(values)


def day_before(moment: datetime) -> date:
    """The last day in China with anything before a cursor's moment.

    Raises:
        InvalidQuery: the moment is outside the calendar.
    """
    try:
        return day_of(moment - timedelta(microseconds=1))
    except (OverflowError, ValueError):
        raise InvalidQuery("翻页位置不正确，请从第一页重新查看。", field="after") from None


def after_id(query: PageQuery) -> UUID | None:
    """The id from which a list by ids goes on; None at its begin. Raises InvalidQuery."""
    cursor = decode_cursor(query.after, UUID)
    return cursor[0] if cursor else None


def page(
    rows: Sequence[Row],
    limit: int,
    show: Callable[[Row], Shown],
    key: Callable[[Row], tuple[Any, ...]],
) -> Page[Shown]:
    """A page out of `rows`, of which the query fetched one more than `limit`."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(
        items=[show(row) for row in shown], next=encode_cursor(*key(shown[-1])) if more else None
    )

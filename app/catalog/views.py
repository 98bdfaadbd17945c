"""The catalogue as people see it: stored rows made into lists, guides and counts."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from app.catalog import queries
from app.catalog.guide import FLAGS, Guide, Kind
from app.catalog.schemas import (
    DepartmentCount,
    Facets,
    FlagCounts,
    ItemQuery,
    ItemRow,
    ItemShown,
    KindCount,
    Member,
    Stage,
)
from app.core.errors import NotFound
from app.core.wire import Page, decode_cursor, page
from app.halls import service as halls


async def listed(query: ItemQuery) -> Page[ItemRow]:
    """The published items that fit, a page of them."""
    cursor = decode_cursor(query.after, UUID)
    rows = await queries.published(query, cursor[0] if cursor else None)
    names = await halls.names(*{row["department_id"] for row in rows})
    return page(
        rows,
        query.limit,
        lambda row: msgspec.convert(_light(row, names), ItemRow),
        lambda row: (row["item_id"],),
    )


def _light(row: Mapping[str, Any], names: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        **row,
        "id": row["item_id"],
        "kind": Kind(row["kind_code"]).label,
        "department_name": names.get(row["department_id"], ""),
    }


async def shown(item_id: UUID) -> ItemShown:
    """A published item with its guide. Raises NotFound."""
    row = await queries.published_item(item_id)
    if row is None:
        raise NotFound("没有找到这个事项，它可能已停止办理。")
    guide = msgspec.json.decode(row["guide"], type=Guide)
    members = await queries.published_by_code(row["hall_id"], guide.members)
    return msgspec.convert(
        _light(row, await halls.names(row["department_id"]))
        | {
            "guide": guide,
            "stages": msgspec.json.decode(row["stages"], type=list[Stage]),
            "members": [
                Member(
                    implementation_code=code,
                    id=members[code]["id"] if code in members else None,
                    name=members[code]["name"] if code in members else None,
                )
                for code in guide.members
            ],
        },
        ItemShown,
    )


async def facets(hall_id: UUID | None) -> Facets:
    """What the published items can be filtered by, the most frequent first."""
    departments: Counter[UUID] = Counter()
    kinds: Counter[Kind] = Counter()
    flags: Counter[str] = Counter(dict.fromkeys((*FLAGS, "bundle"), 0))
    for row in await queries.counts(hall_id):
        departments[row["department_id"]] += row["count"]
        kinds[Kind(row["kind_code"])] += row["count"]
        for flag in flags:
            flags[flag] += row[flag]
    names = await halls.names(*departments)
    return Facets(
        total=sum(departments.values()),
        departments=[
            DepartmentCount(id=found, name=names.get(found, ""), count=count)
            for found, count in sorted(
                departments.items(), key=lambda entry: (-entry[1], names.get(entry[0], ""))
            )
        ],
        kinds=[
            KindCount(code=kind, label=kind.label, count=count)
            for kind, count in sorted(kinds.items(), key=lambda entry: (-entry[1], entry[0]))
        ],
        flags=FlagCounts(**flags),
    )

"""The catalogue as people see it: stored rows made into lists, guides and counts."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from app.catalog import finding, queries, samples, service, telling, versions
from app.catalog.comparison import VersionComparison, compare
from app.catalog.guide import FLAGS, Guide, Kind, VersionState
from app.catalog.schemas import (
    DepartmentCount,
    Facets,
    FlagCounts,
    ItemQuery,
    ItemRow,
    ItemShown,
    KindCount,
    Member,
    ReducedShown,
)
from app.catalog.situation_schemas import SituationTold
from app.core.acts import Act
from app.core.errors import NotFound
from app.core.wire import Page, page
from app.halls import service as halls


async def listed(query: ItemQuery) -> Page[ItemRow]:
    """The published items that fit, a page of them."""
    rows, key = await finding.published(query)
    names = await halls.names(*{row["department_id"] for row in rows})
    return page(
        rows,
        query.limit,
        lambda row: msgspec.convert(_light(row, names), ItemRow),
        lambda row: tuple(row[column] for column in key),
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
    light = _light(row, await halls.names(row["department_id"]))
    fees = await telling.fee_lines(
        guide,
        row["hall_id"],
        name=row["name"],
        department=light["department_name"],
        bundle=row["bundle"],
    )
    return msgspec.convert(
        light
        | {
            "guide": guide,
            "fees": fees,
            "samples": samples.addresses(guide),
            "stages": versions.stages_in(row["stages"]),
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


async def compared(act: Act, item_id: UUID, earlier: int, later: int) -> VersionComparison:
    """Two versions of an item side by side, by their numbers, drafts too; for staff of its hall.

    Raises:
        NotFound: no such item or version, or it belongs to a hall where the caller has no role.
    """
    await service.versions_of(act, item_id)
    rows = await queries.numbered(item_id, earlier, later)
    if not {earlier, later} <= rows.keys():
        raise NotFound("没有找到事项的这个版本。")
    return compare(versions.content_of(rows[earlier]), versions.content_of(rows[later]))


async def reduced(item_id: UUID) -> ReducedShown:
    """What the published version asks less for than the published one before. Raises NotFound."""
    rows = await queries.published_versions(item_id)
    if not rows or rows[0]["state"] != VersionState.PUBLISHED:
        raise NotFound("没有找到这个事项，它可能已停止办理。")
    if len(rows) == 1:
        return ReducedShown(since=None, cut=[], said=[])
    now, before = map(versions.content_of, rows)
    found = compare(before, now)
    return ReducedShown(
        since=rows[0]["published_at"], cut=[m.name for m in found.cut], said=found.said
    )


async def told(item_id: UUID, answers: Mapping[str, list[str]]) -> SituationTold:
    """What a published item asks of somebody with these answers. Raises NotFound,
    SituationProblem."""
    return await telling.tell(await service.published(item_id), answers)


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


async def halls_that_publish() -> set[UUID]:
    """The halls that have a published item."""
    return await queries.halls_that_publish()

"""From a participation rate to the services that should have been rated and were not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.acts import Act
from app.core.clock import day_of
from app.core.errors import InvalidQuery
from app.core.wire import day_before, decode_cursor, encode_cursor
from app.halls import service as halls
from evaluations.ratings.counting import Dimension
from evaluations.scores import drill_queries, queries, unrated_queries
from evaluations.scores.asked import TOTAL_NAME, checked
from evaluations.scores.drill_queries import Figure
from evaluations.scores.names import names_of
from evaluations.scores.periods import Period
from evaluations.scores.rules import Counts
from evaluations.scores.service import BY
from evaluations.scores.unrated_queries import HallDay, Lack
from evaluations.scores.unrated_schemas import Unrated, UnratedQuery, UnratedService
from evaluations.scores.walks import Walk

SPANS = (timedelta(days=62), timedelta(days=400))
"""So far back days are looked for first; most pages are filled within the first span."""
MOST_LOOKED_AT = 20_000
"""Services that a page looks through for its key, but for the last day that it opens.

Those of other keys count as a tenth: they are only passed over (measured)."""
_NAMED = ("hall_id", "department_id", "window_id", "staff_id")


@dataclass(frozen=True)
class _Days:
    """The days of halls to read for a page; `ends` is the first moment of the last, if more do."""

    days: list[HallDay]
    ends: datetime | None


async def services(act: Act, query: UnratedQuery) -> Unrated:
    """The services of a period that should have been rated and were not, the last ended first.

    Raises:
        Forbidden, InvalidQuery: as `service.checked`; or a key is missing.
    """
    period, lack = checked(act, query), _lack(query)
    after = decode_cursor(query.after, datetime, UUID)
    before = (after[0], after[1]) if after else None
    top = min(day_before(before[0]), period.last) if before else period.last
    walk = await _walk(lack, period.first, top, query.limit + 1)
    rows = await unrated_queries.page(lack, walk.days, before, query.limit + 1)
    shown = rows[: query.limit]
    names = await halls.names(*{row[name] for row in shown for name in _NAMED})
    total = await _total(lack, period)
    return Unrated(
        hall_id=query.hall_id,
        hall_name=(await halls.hall(query.hall_id)).name,
        by=query.by,
        key=query.key,
        name=await _name(lack),
        first=query.first,
        last=query.last,
        due=total.due,
        counted=total.due - total.due_rated,
        items=[_row(row, names) for row in shown],
        next=_next(shown, walk, more=len(rows) > query.limit),
    )


def _lack(query: UnratedQuery) -> Lack:
    dimension = BY[query.by]
    if query.key is None and dimension is not Dimension.HALL:
        raise InvalidQuery("请说明要查看哪一个对象的服务。", field="key")
    return Lack(query.hall_id, dimension, query.key)


async def _total(lack: Lack, period: Period) -> Counts:
    """What is counted under the key in the whole period."""
    keys = [lack.key] if lack.key else None
    found = await queries.divided(lack.hall_id, lack.dimension, keys, [period])
    return sum((counts for by_bucket in found.values() for counts in by_bucket.values()), Counts())


async def _name(lack: Lack) -> str:
    """What the key is called, if this hall has counted it: a foreign id tells nothing."""
    if lack.key is None:
        return TOTAL_NAME
    counted = Figure(lack.hall_id, lack.dimension, [lack.key], levels=[])
    if not await drill_queries.knows(counted):
        return lack.key
    return (await names_of(lack.dimension, [lack.key])).get(lack.key, lack.key)


async def _walk(lack: Lack, first: date, top: date, enough: int) -> _Days:
    """The newest days up to `top` that lack `enough` ratings.

    A key that is rare in a large hall gets fewer: see `MOST_LOOKED_AT`. Days are read whole, in all
    halls, because a page goes on below a moment of all of them.
    """
    found: list[HallDay] = []
    begin = first
    for begin in [top - span for span in SPANS if top - span > first] + [first]:
        found = await unrated_queries.days(lack, begin, top)
        if sum(one.n for one in found if one.day < top) >= enough:
            break
    walk: Walk[HallDay] = Walk(top, enough, MOST_LOOKED_AT)
    more = walk.take(found) or begin > first
    return _Days(walk.days, walk.days[-1].begin if walk.days and more else None)


def _next(shown: list[dict[str, Any]], walk: _Days, *, more: bool) -> str | None:
    if more:
        return encode_cursor(shown[-1]["ended_at"], shown[-1]["id"])
    return encode_cursor(walk.ends, UUID(int=0)) if walk.ends else None


def _row(row: Mapping[str, Any], names: Mapping[UUID, str]) -> UnratedService:
    of_case = row["kind"] in ("case", "case_node")
    return UnratedService(
        id=row["id"],
        kind=row["kind"],
        day=day_of(row["ended_at"]),
        ended_at=row["ended_at"],
        rateable_until=row["rateable_until"],
        item_name=row["item_name"],
        hall_id=row["hall_id"],
        hall=names[row["hall_id"]],
        department=names.get(row["department_id"]),
        window=names.get(row["window_id"]),
        staff=names.get(row["staff_id"]),
        case_number=row["project_no"] if of_case else None,
        ruled_out=row["ruled_out"],
    )

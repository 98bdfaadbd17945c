"""Two periods side by side."""

from collections.abc import Callable, Mapping

from app.core.acts import Act
from app.core.errors import InvalidQuery
from evaluations.ratings.counting import Dimension
from evaluations.scores import periods, queries, rules
from evaluations.scores.names import names_of
from evaluations.scores.periods import Period
from evaluations.scores.rules import Counts
from evaluations.scores.schemas import (
    Change,
    Compared,
    Comparison,
    ComparisonQuery,
    Figures,
    ScoreQuery,
)
from evaluations.scores.service import (
    BY,
    LONGEST_PERIOD,
    TOTAL,
    TOTAL_NAME,
    checked,
    said_of,
    shower,
    total_of,
)


async def comparison(act: Act, query: ComparisonQuery | ScoreQuery) -> Comparison:
    """Two periods side by side; without an earlier one it is that before it, of equal length.

    Raises:
        InvalidQuery: as `checked`; or only one end of the earlier period is given, or it ends
            before it begins.
    """
    period, dimension = checked(act, query), BY[query.by]
    earlier = _earlier(query, period)
    said, shown = await said_of(act, query), await shower(act, query.hall_id)
    wanted = {dimension, Dimension.HALL}
    now = await queries.period(query.hall_id, wanted, period.first, period.last)
    before = await queries.period(query.hall_id, wanted, earlier.first, earlier.last)
    keys = {key for of, key in (*now, *before) if of is dimension}
    names = await names_of(dimension, sorted(keys))
    rows = [
        _compared(
            shown, key, names.get(key, key), now.get((dimension, key)), before.get((dimension, key))
        )
        for key in keys
    ]
    rows.sort(key=lambda row: (row.now is None, -(row.now.rated if row.now else 0), row.name))
    return Comparison(
        **said,
        by=query.by,
        before_first=earlier.first,
        before_last=earlier.last,
        total=_compared(shown, TOTAL, TOTAL_NAME, _counted(now), _counted(before)),
        rows=rows,
    )


def _earlier(query: ScoreQuery, period: Period) -> Period:
    chosen = query if isinstance(query, ComparisonQuery) else None
    first = chosen.before_first if chosen else None
    last = chosen.before_last if chosen else None
    if (first is None) != (last is None):
        raise InvalidQuery("请同时填写对比时间段的起止日期。", field="before_from")
    try:
        earlier = Period(first, last) if first and last else periods.before(period)
    except ValueError:
        raise InvalidQuery("没有可以比较的上一时间段。", field="before_from") from None
    if earlier.last - earlier.first > LONGEST_PERIOD:
        raise InvalidQuery("查询的时间段最长为五年。", field="before_to")
    return earlier


def _counted(found: Mapping[tuple[Dimension, str], Counts]) -> Counts | None:
    """The counts of the whole hall; None where nothing was counted."""
    any_hall = any(dimension is Dimension.HALL for dimension, _ in found)
    return total_of(found) if any_hall else None


def _compared(
    shown: Callable[[Counts], Figures],
    key: str,
    name: str,
    found: Counts | None,
    found_before: Counts | None,
) -> Compared:
    now, before = found or Counts(), found_before or Counts()
    return Compared(
        key=key,
        name=name,
        now=shown(now) if found else None,
        before=shown(before) if found_before else None,
        change=Change(
            satisfaction=rules.change(rules.satisfaction(now), rules.satisfaction(before)),
            good_rate=rules.change(rules.good_rate(now), rules.good_rate(before)),
            mean_level=rules.change(rules.mean_level(now), rules.mean_level(before)),
            participation=rules.change(rules.participation(now), rules.participation(before)),
        ),
    )

"""Two periods side by side."""

from collections.abc import Callable, Mapping

from app.core.acts import Act
from app.core.ratios import change
from evaluations.ratings.counting import Dimension
from evaluations.scores import queries, rules
from evaluations.scores.asked import TOTAL, TOTAL_NAME, checked, earlier
from evaluations.scores.names import names_of
from evaluations.scores.rules import Counts
from evaluations.scores.schemas import (
    Change,
    Compared,
    Comparison,
    ComparisonQuery,
    Figures,
    ScoreQuery,
)
from evaluations.scores.service import BY, said_of, shower, total_of


async def comparison(act: Act, query: ComparisonQuery | ScoreQuery) -> Comparison:
    """Two periods side by side; without an earlier one it is that before it, of equal length.

    Raises:
        Forbidden, InvalidQuery: as `asked.checked` and `asked.earlier`.
    """
    period, dimension = checked(act, query), BY[query.by]
    chosen = (query.before_first, query.before_last) if isinstance(query, ComparisonQuery) else ()
    before_that = earlier(period, *(chosen or (None, None)))
    said, shown = await said_of(act, query), await shower(act, query.hall_id)
    wanted = {dimension, Dimension.HALL}
    now = await queries.period(query.hall_id, wanted, period.first, period.last)
    before = await queries.period(query.hall_id, wanted, before_that.first, before_that.last)
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
        before_first=before_that.first,
        before_last=before_that.last,
        total=_compared(shown, TOTAL, TOTAL_NAME, _counted(now), _counted(before)),
        rows=rows,
    )


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
            satisfaction=change(rules.satisfaction(now), rules.satisfaction(before)),
            good_rate=change(rules.good_rate(now), rules.good_rate(before)),
            mean_level=change(rules.mean_level(now), rules.mean_level(before)),
            participation=change(rules.participation(now), rules.participation(before)),
        ),
    )

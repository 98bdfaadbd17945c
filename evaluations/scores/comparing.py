"""Two periods side by side."""

from collections.abc import Callable, Mapping
from functools import partial

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
from evaluations.scores.tables import Beside, ComparisonTable, Rows


async def comparison(act: Act, query: ComparisonQuery | ScoreQuery) -> Comparison:
    """As `comparison_table`, with every row."""
    return (await comparison_table(act, query)).whole()


async def comparison_table(act: Act, query: ComparisonQuery | ScoreQuery) -> ComparisonTable:
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
    lines = [
        Beside(key, names.get(key, key), now.get((dimension, key)), before.get((dimension, key)))
        for key in keys
    ]
    lines.sort(key=lambda line: line.order)
    row_of = partial(_compared, shown)
    return ComparisonTable(
        **said,
        by=query.by,
        before_first=before_that.first,
        before_last=before_that.last,
        total=row_of(Beside(TOTAL, TOTAL_NAME, _counted(now), _counted(before))),
        rows=Rows(lines, row_of),
    )


def _counted(found: Mapping[tuple[Dimension, str], Counts]) -> Counts | None:
    """The counts of the whole hall; None where nothing was counted."""
    any_hall = any(dimension is Dimension.HALL for dimension, _ in found)
    return total_of(found) if any_hall else None


def _compared(shown: Callable[[Counts], Figures], line: Beside) -> Compared:
    now, before = line.now or Counts(), line.before or Counts()
    return Compared(
        key=line.key,
        name=line.name,
        now=shown(now) if line.now else None,
        before=shown(before) if line.before else None,
        change=Change(
            satisfaction=change(rules.satisfaction(now), rules.satisfaction(before)),
            good_rate=change(rules.good_rate(now), rules.good_rate(before)),
            mean_level=change(rules.mean_level(now), rules.mean_level(before)),
            participation=change(rules.participation(now), rules.participation(before)),
        ),
    )

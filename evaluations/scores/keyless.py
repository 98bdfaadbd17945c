"""The ratings that count for a hall and under no key of a dimension: at no window, of no item …

A table of windows and its total differ by them. The score table has no line of their own; a day's
are what its hall counts less what all keys of the dimension count. A page reads the days on which
that is anything, and of those ratings the ones that lack the key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.core import db
from evaluations.ratings.counting import Dimension
from evaluations.scores.drill_queries import ASKED, BELOW, BESIDE, MONTH, SHOWN, UNDER_LINES, Figure
from evaluations.scores.periods import Period, Step, buckets
from evaluations.scores.queries import SPANS, days_and_changes, from_sums, whole_spans

WITHOUT_KEY = "none"
"""Asked for as a key: the ratings that have none."""
NAMES = {
    Dimension.DEPARTMENT: "没有对应的部门",
    Dimension.WINDOW: "没有对应的窗口",
    Dimension.STAFF: "没有对应的人员",
    Dimension.ITEM: "没有对应的事项",
}
"""Of which dimensions a rating can lack a key, and what those that do are called."""
_COLUMNS = {
    Dimension.DEPARTMENT: "s.department_id",
    Dimension.WINDOW: "s.window_id",
    Dimension.STAFF: "s.staff_id",
    Dimension.ITEM: "s.item_id",
}
_OF_BOTH = f"dimension IN ({Dimension.HALL}, $2::smallint)"
_SIGNED = f"CASE dimension WHEN {Dimension.HALL} THEN {{n}} ELSE -({{n}}) END"
_OF_DAY = f"{MONTH.format('day')}, {_SIGNED.format(n='n')} AS n"
_OF_SUM = f"{MONTH.format('begin')}, {_SIGNED.format(n=ASKED.format(levels='$11'))} AS n"
_MONTHS = (
    f"WITH {SPANS} SELECT month, sum(n)::bigint AS n FROM ("  # noqa: S608 - constants
    + days_and_changes(
        f"{BELOW} AND {_OF_BOTH} AND measure = ANY ($11::smallint[])", _OF_DAY, _OF_DAY
    )
    + f" UNION ALL {from_sums(_OF_BOTH, _OF_SUM)}"
    ") m GROUP BY month HAVING sum(n) > 0 ORDER BY month DESC"
)
_LINE = "score_line(hall_id, dimension, day, key, measure)"
_DAYS = (
    f"SELECT day, sum({_SIGNED.format(n='n')})::int AS n,"  # noqa: S608 - constants
    f" sum(n) FILTER (WHERE dimension = {Dimension.HALL})::int AS read,"
    f" array_agg({_LINE}) FILTER (WHERE dimension = {Dimension.HALL}) AS lines"
    f" FROM score_days WHERE {BELOW} AND {_OF_BOTH} AND measure = ANY ($3::smallint[])"
    " AND day BETWEEN $4 AND $5 GROUP BY day"
    f" HAVING sum({_SIGNED.format(n='n')}) > 0 ORDER BY day DESC"
)
_PAGE = (
    f"{SHOWN} FROM (SELECT o.* FROM {UNDER_LINES} JOIN services s ON s.id = o.service_id"  # noqa: S608
    " WHERE {column} IS NULL"
    " AND (o.day, o.id) < ($2::date, $3::uuid) AND ($4 OR o.comment <> '')"
    " AND NOT EXISTS (SELECT FROM rating_rulings u WHERE u.rating_id = o.id)"
    " ORDER BY o.day DESC, o.id DESC LIMIT $5) r"
    f"{BESIDE} ORDER BY r.day DESC, r.id DESC"
)


@dataclass(frozen=True)
class Day:
    """A day on which `n` ratings lack the key, and the halls' lines, which have `read` in all."""

    day: date
    n: int
    read: int
    lines: list[int]


async def months(figure: Figure, period: Period) -> list[tuple[date, int]]:
    """How many ratings lack the key in each month of the period, the newest first."""
    spans = whole_spans(buckets(period, Step.MONTH))
    rows = await db.fetch(
        _MONTHS,
        figure.hall_id,
        figure.dimension,
        period.first,
        period.last,
        *spans,
        figure.levels,
    )
    return [(row["month"], row["n"]) for row in rows]


async def days(figure: Figure, first: date, last: date) -> list[Day]:
    """The days of [first, last] on which ratings lack the key, the newest first."""
    rows = await db.fetch(_DAYS, figure.hall_id, figure.dimension, figure.levels, first, last)
    return [Day(**row) for row in rows]


async def page(
    figure: Figure,
    lines: Sequence[int],
    before: tuple[date, UUID],
    limit: int,
    *,
    commented: bool,
) -> list[dict[str, Any]]:
    """The valid ratings of these lines that lack the key, before a place, the newest first."""
    statement = _PAGE.format(column=_COLUMNS[figure.dimension])
    return await db.fetch(statement, list(lines), *before, not commented, limit)

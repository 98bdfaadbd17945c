"""Sums of the score table by month: made, kept in step with late changes, checked.

A month is summed once, in one statement. Whoever changes one of its days notes the change in the
same transaction (a trigger, see the migration), which waits for nobody. A change that the sum's
snapshot sees is in the sum, and its note is deleted; one that it does not see keeps its note,
which every reader adds until it is folded in. So neither ratings nor readers wait for a sum.

Only one transaction at a time writes sums (`_alone`); none of them locks the score table.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core import db
from app.core.acts import Act, Transaction
from evaluations.ratings.counting import Dimension
from evaluations.scores.periods import Step, begin_of_next, month_begin
from evaluations.scores.queries import COLUMNS, MEASURES, PIVOTED

RIPE = timedelta(days=21)
"""So long after its last day a month is summed; late ratings have come in, mostly."""
SUM_SECONDS = 600.0
"""How long summing one month, or comparing all, may take at most."""

_ROWS = (
    "SELECT hall_id, dimension, date_trunc('month', day::timestamp)::date AS month, key,"  # noqa: S608
    f" {PIVOTED} FROM score_days WHERE hall_id = ANY (ARRAY (SELECT id FROM halls))"
    " AND dimension = ANY ('{1, 2, 3, 4, 5, 6, 7}'::smallint[]) AND day >= $1 AND day < $2"
    " GROUP BY hall_id, dimension, month, key"
)
_SUM_UP = (
    "WITH seen AS (DELETE FROM score_changes WHERE month = $1)"  # noqa: S608 - constants
    f" INSERT INTO score_months (hall_id, dimension, month, key, {COLUMNS})"
    f" {_ROWS} ORDER BY hall_id, dimension, key"
)
_ADDED = ", ".join(f"m.{name} + s.{name} AS {name}" for name in MEASURES)
_LEFT = " + ".join(f"{{of}}.{name}" for name in MEASURES)
_SAME = "(m.hall_id, m.dimension, m.month, m.key) = (s.hall_id, s.dimension, s.month, s.key)"
_FOLD_IN = (
    # Notes of months that are not summed yet are dropped: their days are read, and will be summed.
    "WITH noted AS (DELETE FROM score_changes RETURNING *), sums AS ("  # noqa: S608 - constants
    f" SELECT hall_id, dimension, month, key, {PIVOTED} FROM noted"
    " WHERE month < (SELECT summed_before FROM score_boundary)"
    " GROUP BY hall_id, dimension, month, key"
    f"), found AS MATERIALIZED (SELECT m.id, {_ADDED} FROM score_months m JOIN sums s ON {_SAME}"
    f"), emptied AS (DELETE FROM score_months m USING found f"
    f" WHERE m.id = f.id AND {_LEFT.format(of='f')} = 0"
    "), changed AS (UPDATE score_months m SET"
    f" {', '.join(f'{name} = f.{name}' for name in MEASURES)}"
    f" FROM found f WHERE m.id = f.id AND {_LEFT.format(of='f')} > 0)"
    f" INSERT INTO score_months (hall_id, dimension, month, key, {COLUMNS})"
    f" SELECT hall_id, dimension, month, key, {COLUMNS} FROM sums s WHERE NOT EXISTS"
    f" (SELECT FROM score_months m WHERE {_SAME}) AND {_LEFT.format(of='s')} > 0"
)
_OLDEST = (
    "SELECT min(day) AS day FROM halls h CROSS JOIN generate_series(1, 7) AS d(dimension)"
    " CROSS JOIN LATERAL (SELECT day FROM score_days WHERE hall_id = h.id"
    " AND dimension = d.dimension ORDER BY day LIMIT 1) k"
)
_WRONG = (
    "WITH kept AS (SELECT hall_id, dimension, month, key, m.measure, sum(m.n) AS n FROM"  # noqa: S608
    " (SELECT hall_id, dimension, month, key, v.measure, v.n FROM score_months"
    "  CROSS JOIN LATERAL (VALUES"
    f" {', '.join(f'({measure}, {name})' for name, measure in MEASURES.items())}) v(measure, n)"
    "  UNION ALL SELECT hall_id, dimension, month, key, measure, n FROM score_changes"
    "  WHERE month < (SELECT summed_before FROM score_boundary)) m"
    " GROUP BY 1, 2, 3, 4, 5"
    "), counted AS (SELECT hall_id, dimension, date_trunc('month', day::timestamp)::date AS month,"
    " key, measure, sum(n) AS n FROM score_days"
    " WHERE day < (SELECT summed_before FROM score_boundary) GROUP BY 1, 2, 3, 4, 5)"
    " SELECT hall_id, dimension, month, key, measure, coalesce(k.n, 0)::bigint AS kept,"
    " coalesce(c.n, 0)::bigint AS counted FROM kept k"
    " FULL JOIN counted c USING (hall_id, dimension, month, key, measure)"
    " WHERE coalesce(k.n, 0) <> coalesce(c.n, 0)"
)


@dataclass(frozen=True)
class SumDifference:
    """A month whose sum is not what its days hold."""

    hall_id: UUID
    dimension: Dimension
    month: date
    key: str
    measure: int
    kept: int
    counted: int


@asynccontextmanager
async def _alone(act: Act) -> AsyncIterator[Transaction]:
    """A transaction that alone writes sums; readers and ratings go on."""
    async with act.transaction() as tx:
        await db.execute("LOCK TABLE score_months IN SHARE ROW EXCLUSIVE MODE")
        yield tx


async def keep_up(act: Act) -> int:
    """Fold late changes in and sum up every month that is ripe, one in a transaction.

    Ripe by the act's clock and by the database's, whichever is behind.

    Returns:
        How many months were summed up.
    """
    await fold_in(act)
    done = 0
    while await _sum_next(act):
        done += 1
    return done


async def fold_in(act: Act) -> None:
    """Add the late changes that are noted to the sums of their months."""
    async with _alone(act):
        await db.patiently(_FOLD_IN, seconds=SUM_SECONDS)


async def _sum_next(act: Act) -> bool:
    async with _alone(act):
        place = await db.fetch_one(
            "SELECT CURRENT_DATE AS today, (SELECT summed_before FROM score_boundary) AS month"
        )
        assert place is not None
        month = place["month"] or await _first_month()
        ripe = min(act.today, place["today"]) - RIPE
        if month is None or (end := begin_of_next(Step.MONTH, month)) > ripe:
            return False
        await _sum_up(month)
        await db.execute(
            "INSERT INTO score_boundary (id, summed_before) VALUES (1, $1)"
            " ON CONFLICT (id) DO UPDATE SET summed_before = $1",
            end,
        )
    return True


async def _first_month() -> date | None:
    """The month of the oldest day; None where nothing has ever been counted."""
    oldest = await db.fetch_one(_OLDEST)
    return month_begin(oldest["day"]) if oldest and oldest["day"] else None


async def _sum_up(month: date) -> None:
    """Make the sums of a month from its days, whatever stood there; inside `_alone`."""
    await db.execute("DELETE FROM score_months WHERE month = $1", month)
    await db.patiently(_SUM_UP, month, begin_of_next(Step.MONTH, month), seconds=SUM_SECONDS)


async def verify(most: int) -> list[SumDifference]:
    """Compare sums with days as of one moment; empty when they agree. At most `most` are told."""
    rows = await db.patiently(
        f"{_WRONG} ORDER BY month, hall_id, dimension, key, measure LIMIT $1",
        most,
        seconds=SUM_SECONDS,
    )
    return [_difference(row) for row in rows]


def _difference(row: dict[str, Any]) -> SumDifference:
    return SumDifference(**row | {"dimension": Dimension(row["dimension"])})


async def mend(act: Act) -> int:
    """Make anew the sums of each month that has a wrong one; returns how many figures were wrong.

    What stands for a month that is not summed yet is taken away.
    """
    wrong = await db.patiently(
        "SELECT month, count(*)::int AS figures,"  # noqa: S608 - a constant
        " month < (SELECT summed_before FROM score_boundary) AS summed"
        f" FROM ({_WRONG}) w GROUP BY month ORDER BY month",
        seconds=SUM_SECONDS,
    )
    for row in wrong:
        async with _alone(act) as tx:
            if row["summed"]:
                await _sum_up(row["month"])
            else:
                await db.execute("DELETE FROM score_months WHERE month = $1", row["month"])
            tx.audit("scores.rebuilt", "scores:months", differences=row["figures"])
    return sum(row["figures"] for row in wrong)

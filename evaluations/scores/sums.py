"""Sums of the score table: made, kept in step with late changes, checked.

Days are summed up by parts of weeks, months and years (`periods.Span`), under each hall with all
below it. A part is summed once, in one statement; months are made of parts, years of months, in
the same transaction. Whoever changes a day that is past notes the change in the same transaction
(a trigger, see the migration), which waits for nobody. A change that the sum's snapshot sees is in
the sum, and its note is deleted; one that it does not see keeps its note, which every reader adds
until it is folded in. So neither ratings nor readers wait for a sum.

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
from evaluations.scores.periods import Span, span_begin, span_end
from evaluations.scores.queries import COLUMNS, MEASURES, PIVOTED, SUMS

RIPE = timedelta(days=7)
"""So long after its last day a part is summed; late ratings have come in, mostly."""
SUM_SECONDS = 600.0
"""How long summing one part, or comparing all, may take at most."""

_ALL_KEYS = (
    "hall_id = ANY (ARRAY (SELECT id FROM halls))"
    " AND dimension = ANY ('{1, 2, 3, 4, 5, 6, 7}'::smallint[])"
)
"""Everything, but so that the unique key's ranges of days are read."""
_ABOVE = (
    "RECURSIVE above AS (SELECT id AS below, id AS hall_id, parent_id FROM halls"
    " UNION SELECT a.below, h.id, h.parent_id FROM above a JOIN halls h ON h.id = a.parent_id)"
)
"""Each hall with itself and every hall above it."""
_BEGIN = {
    Span.PART: (
        "greatest(date_trunc('week', {0}::timestamp), date_trunc('month', {0}::timestamp))::date"
    ),
    Span.MONTH: "date_trunc('month', {0}::timestamp)::date",
    Span.YEAR: "date_trunc('year', {0}::timestamp)::date",
}
"""The first day of the span in which a day lies, as `periods.span_begin` has it."""
_BOUNDARY = "(SELECT summed_before FROM score_boundary)"
_FORGET = f"DELETE FROM score_sums WHERE {_ALL_KEYS} AND span = $1 AND begin = $2"  # noqa: S608
_SUM_UP = (
    f"WITH {_ABOVE}, seen AS (DELETE FROM score_changes WHERE day >= $1::date AND day < $2)"  # noqa: S608
    f" INSERT INTO score_sums (hall_id, dimension, span, begin, key, {COLUMNS})"
    f" SELECT a.hall_id, dimension, {Span.PART}, $1::date, key, {PIVOTED}"
    f" FROM (SELECT hall_id AS below, dimension, key, measure, n FROM score_days WHERE {_ALL_KEYS}"
    "  AND day >= $1::date AND day < $2) d JOIN above a USING (below)"
    " GROUP BY a.hall_id, dimension, key ORDER BY a.hall_id, dimension, key"
)
_ADD_UP = (
    f"INSERT INTO score_sums (hall_id, dimension, span, begin, key, {COLUMNS})"  # noqa: S608
    f" SELECT hall_id, dimension, $1::smallint, $3::date, key, {SUMS} FROM score_sums"
    f" WHERE {_ALL_KEYS} AND span = $2 AND begin >= $3::date AND begin < $4"
    " GROUP BY hall_id, dimension, key ORDER BY hall_id, dimension, key"
)
_ADDED = ", ".join(f"m.{name} + s.{name} AS {name}" for name in MEASURES)
_LEFT = " + ".join(f"{{of}}.{name}" for name in MEASURES)
_SAME = (
    "(m.hall_id, m.dimension, m.span, m.begin, m.key)"
    " = (s.hall_id, s.dimension, s.span, s.begin, s.key)"
)
_SPANS_OF_DAY = ", ".join(
    f"({span}, {begin.format('day')}, {begin.format(_BOUNDARY)})" for span, begin in _BEGIN.items()
)
"""Each span in which `day` lies, with the day before which such spans are summed up."""
_FOLD_IN = (
    # Notes of days that are not summed yet are dropped: the days are read, and will be summed.
    f"WITH {_ABOVE}, noted AS (DELETE FROM score_changes RETURNING *"  # noqa: S608 - constants
    f"), sums AS (SELECT a.hall_id, dimension, v.span, v.begin, key, {PIVOTED}"
    " FROM noted JOIN above a ON a.below = noted.hall_id"
    f" CROSS JOIN LATERAL (VALUES {_SPANS_OF_DAY}) v(span, begin, upto) WHERE day < v.upto"
    " GROUP BY a.hall_id, dimension, v.span, v.begin, key"
    f"), found AS MATERIALIZED (SELECT m.id, {_ADDED} FROM score_sums m JOIN sums s ON {_SAME}"
    f"), emptied AS (DELETE FROM score_sums m USING found f"
    f" WHERE m.id = f.id AND {_LEFT.format(of='f')} = 0"
    "), changed AS (UPDATE score_sums m SET"
    f" {', '.join(f'{name} = f.{name}' for name in MEASURES)}"
    f" FROM found f WHERE m.id = f.id AND {_LEFT.format(of='f')} > 0)"
    f" INSERT INTO score_sums (hall_id, dimension, span, begin, key, {COLUMNS})"
    f" SELECT hall_id, dimension, span, begin, key, {COLUMNS} FROM sums s WHERE NOT EXISTS"
    f" (SELECT FROM score_sums m WHERE {_SAME}) AND {_LEFT.format(of='s')} > 0"
)
_OLDEST = (
    "SELECT min(day) AS day FROM halls h CROSS JOIN generate_series(1, 7) AS d(dimension)"
    " CROSS JOIN LATERAL (SELECT day FROM score_days WHERE hall_id = h.id"
    " AND dimension = d.dimension ORDER BY day LIMIT 1) k"
)
_MEASURED = ", ".join(f"({measure}, {name})" for name, measure in MEASURES.items())
_PART = _BEGIN[Span.PART].format("day")


def _made_of(span: Span) -> str:
    """What the sums of months or years must be: those of what they are made of."""
    begin = _BEGIN[span].format("begin")
    return (
        f" SELECT hall_id, dimension, {span} AS span, {begin} AS begin, key, measure, n"  # noqa: S608
        f" FROM held WHERE span = {span - 1} AND begin < {_BEGIN[span].format(_BOUNDARY)}"
    )


_WRONG = (
    f"WITH {_ABOVE}, held AS MATERIALIZED ("  # noqa: S608 - constants
    "SELECT hall_id, dimension, span, begin, key, v.measure, v.n FROM score_sums"
    f" CROSS JOIN LATERAL (VALUES {_MEASURED}) v(measure, n) WHERE v.n > 0"
    "), noted AS (SELECT a.hall_id, dimension, day, key, measure, n FROM score_changes c"
    f" JOIN above a ON a.below = c.hall_id WHERE day < {_BOUNDARY}"
    "), kept AS (SELECT hall_id, dimension, span, begin, key, measure, sum(n) AS n FROM ("
    f"SELECT * FROM held UNION ALL SELECT hall_id, dimension, {Span.PART}, {_PART}, key, measure, n"
    " FROM noted) k GROUP BY 1, 2, 3, 4, 5, 6"
    "), by_hall AS MATERIALIZED (SELECT hall_id AS below, dimension,"
    f" {_PART} AS begin, key, measure, sum(n) AS n FROM score_days WHERE day < {_BOUNDARY}"
    " GROUP BY 1, 2, 3, 4, 5"
    "), counted AS (SELECT hall_id, dimension, span, begin, key, measure, sum(n) AS n FROM ("
    f"SELECT a.hall_id, dimension, {Span.PART} AS span, begin, key, measure, n"
    " FROM by_hall JOIN above a USING (below)"
    f" UNION ALL{_made_of(Span.MONTH)} UNION ALL{_made_of(Span.YEAR)}"
    ") c GROUP BY 1, 2, 3, 4, 5, 6)"
    " SELECT hall_id, dimension, span, begin, key, measure, coalesce(k.n, 0)::bigint AS kept,"
    " coalesce(c.n, 0)::bigint AS counted FROM kept k"
    " FULL JOIN counted c USING (hall_id, dimension, span, begin, key, measure)"
    " WHERE coalesce(k.n, 0) <> coalesce(c.n, 0)"
)


@dataclass(frozen=True)
class SumDifference:
    """A sum that is not what its days hold, or not what the spans hold of which it is made."""

    hall_id: UUID
    dimension: Dimension
    span: Span
    begin: date
    key: str
    measure: int
    kept: int
    counted: int


@asynccontextmanager
async def _alone(act: Act) -> AsyncIterator[Transaction]:
    """A transaction that alone writes sums; readers and ratings go on."""
    async with act.transaction() as tx:
        await db.execute("LOCK TABLE score_sums IN SHARE ROW EXCLUSIVE MODE")
        yield tx


async def keep_up(act: Act) -> int:
    """Fold late changes in and sum up every part that is ripe, one in a transaction.

    Ripe by the act's clock and by the database's, whichever is behind.

    Returns:
        How many parts were summed up.
    """
    await fold_in(act)
    done = 0
    while await _sum_next(act):
        done += 1
    return done


async def fold_in(act: Act) -> None:
    """Add the late changes that are noted to the sums of their spans."""
    async with _alone(act):
        await db.patiently(_FOLD_IN, seconds=SUM_SECONDS)


async def _sum_next(act: Act) -> bool:
    async with _alone(act):
        place = await db.fetch_one(f"SELECT CURRENT_DATE AS today, {_BOUNDARY} AS begin")
        assert place is not None
        begin = place["begin"] or await _first_part()
        ripe = min(act.today, place["today"]) - RIPE
        if begin is None or (end := span_end(Span.PART, begin)) > ripe:
            return False
        await _sum_up(begin, end)
        await db.execute(
            "INSERT INTO score_boundary (id, summed_before) VALUES (1, $1)"
            " ON CONFLICT (id) DO UPDATE SET summed_before = $1",
            end,
        )
    return True


async def _first_part() -> date | None:
    """The part of the oldest day; None where nothing has ever been counted."""
    oldest = await db.fetch_one(_OLDEST)
    return span_begin(Span.PART, oldest["day"]) if oldest and oldest["day"] else None


async def _sum_up(begin: date, upto: date) -> None:
    """Make the sums of a part anew, and of the month and year that it is in; inside `_alone`.

    Args:
        begin: the part's first day.
        upto: months and years that end by this day are made, others are not over.
    """
    await db.execute(_FORGET, Span.PART, begin)
    await db.patiently(_SUM_UP, begin, span_end(Span.PART, begin), seconds=SUM_SECONDS)
    for span in (Span.MONTH, Span.YEAR):
        first = span_begin(span, begin)
        end = span_end(span, first)
        if end <= upto:
            await db.execute(_FORGET, span, first)
            await db.patiently(_ADD_UP, span, span - 1, first, end, seconds=SUM_SECONDS)


async def verify(most: int) -> list[SumDifference]:
    """Compare sums with days as of one moment; empty when they agree. At most `most` are told.

    Months are compared with their parts, years with their months.
    """
    rows = await db.patiently(
        f"{_WRONG} ORDER BY begin, span, hall_id, dimension, key, measure LIMIT $1",
        most,
        seconds=SUM_SECONDS,
    )
    return [_difference(row) for row in rows]


def _difference(row: dict[str, Any]) -> SumDifference:
    named = {"dimension": Dimension(row["dimension"]), "span": Span(row["span"])}
    return SumDifference(**row | named)


async def mend(act: Act) -> int:
    """Make anew each part that has a wrong sum, or is in a month or year that has one.

    What stands for a span that is not summed yet is taken away.

    Returns:
        How many figures were wrong.
    """
    wrong = await db.patiently(
        f"SELECT span, begin, count(*)::int AS figures, {_BOUNDARY} AS upto"  # noqa: S608
        f" FROM ({_WRONG}) w GROUP BY span, begin ORDER BY begin, span",
        seconds=SUM_SECONDS,
    )
    for row in wrong:
        span, begin, upto = Span(row["span"]), row["begin"], row["upto"]
        async with _alone(act) as tx:
            if upto and span_end(span, begin) <= upto:
                await _sum_up(begin, upto)
            else:
                await db.execute(_FORGET, span, begin)
            tx.audit("scores.rebuilt", "scores:sums", differences=row["figures"])
    return sum(row["figures"] for row in wrong)

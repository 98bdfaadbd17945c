"""Reading the score table: whole months from their sums, the rest from the days.

Every query names the halls as an array that is made first: the planner then knows that it is a
few, and reads the unique key's ranges of days, however many ratings there are. Sums, notes of
changes and days are read by one statement, hence as of one moment (`evaluations.scores.sums`).
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.core import db
from evaluations.ratings.counting import DUE, DUE_RATED, Dimension
from evaluations.scores.periods import Period, whole_months
from evaluations.scores.rules import Counts

MEASURES = {
    **{f"level_{level}": level for level in range(1, 6)},
    "due": DUE,
    "due_rated": DUE_RATED,
}
"""The columns of a month's sums, each with the measure that it is of."""
SPAN = (
    "span AS (SELECT greatest($5::date, least($6::date, coalesce((SELECT summed_before"
    " FROM score_boundary), $5::date))) AS upto)"
)
"""Of the whole months from $5 up to $6: before which day they are read from their sums."""
COLUMNS = ", ".join(MEASURES)
SUMS = ", ".join(f"sum({name})::bigint AS {name}" for name in MEASURES)
ANY_AT_ALL = " + ".join(f"sum({name})" for name in MEASURES) + " > 0"
PIVOTED = ", ".join(
    f"coalesce(sum(n) FILTER (WHERE measure = {measure}), 0)::bigint AS {name}"
    for name, measure in MEASURES.items()
)


def _statement(of: tuple[str, ...], chosen: str, *, names: str) -> str:
    """The counts of [$3, $4] by `of`, where {day} stands for a day or for a month's first day.

    Args:
        chosen: of which rows of the tables; $1 is the hall, $2 the dimensions.
        names: what `of` is called.
    """
    by_day, by_month = (", ".join(of).format(day=column) for column in ("day", "month"))
    daily = f"SELECT {by_day}, measure, n FROM score_days WHERE {chosen}"  # noqa: S608 - constants
    upto = "(SELECT upto FROM span)"
    return (
        f"WITH {SPAN}, counted AS MATERIALIZED ("  # noqa: S608 - constants
        f"SELECT {names}, measure, sum(n)::bigint AS n FROM ({daily} AND day >= $3 AND day < $5"
        f" UNION ALL {daily} AND day >= {upto} AND day <= $4"
        f" UNION ALL SELECT {by_month}, measure, n FROM score_changes WHERE {chosen}"
        f" AND month >= $5 AND month < {upto}) d GROUP BY {names}, measure"
        # Materialized, each part is summed up in a hash table, and not sorted by texts before.
        f"), summed AS MATERIALIZED (SELECT {by_month}, {SUMS} FROM score_months WHERE {chosen}"
        f" AND month >= $5 AND month < {upto} GROUP BY {names})"
        f" SELECT {names}, {SUMS} FROM (SELECT {names}, {PIVOTED} FROM counted GROUP BY {names}"
        f" UNION ALL SELECT * FROM summed) s"
        # What was counted out again is as if it had never been counted.
        f" GROUP BY {names} HAVING {ANY_AT_ALL}"
    )


_CHOSEN = (
    "hall_id = ANY (ARRAY (SELECT id FROM hall_and_below($1))) AND dimension = ANY ($2::smallint[])"
)
_PERIOD = _statement(("dimension", "key"), _CHOSEN, names="dimension, key")
_DIVIDED = _statement(
    ("key", "width_bucket({day}, $8::date[]) - 1 AS bucket"),
    f"{_CHOSEN} AND ($7::text[] IS NULL OR key = ANY ($7))",
    names="key, bucket",
)


async def period(
    hall_id: UUID, dimensions: set[Dimension], first: date, last: date
) -> dict[tuple[Dimension, str], Counts]:
    """The counts of every key of `dimensions`, of a hall with all below it, both days included."""
    months = whole_months([Period(first, last)])
    rows = await db.fetch(_PERIOD, hall_id, sorted(dimensions), first, last, *months)
    return {(Dimension(row["dimension"]), row["key"]): _counts(row) for row in rows}


async def divided(
    hall_id: UUID, dimension: Dimension, keys: Sequence[str] | None, buckets: Sequence[Period]
) -> dict[str, dict[int, Counts]]:
    """The counts of each key in each bucket where there are any, by the bucket's place in the list.

    Args:
        keys: only these; None for all.
        buckets: one after the other without a gap, as `periods.buckets` gives them.
    """
    rows = await db.fetch(
        _DIVIDED,
        hall_id,
        [dimension],
        buckets[0].first,
        buckets[-1].last,
        *whole_months(buckets),
        keys if keys is None else list(keys),
        [bucket.first for bucket in buckets],
    )
    found: dict[str, dict[int, Counts]] = defaultdict(dict)
    for row in rows:
        found[row["key"]][row["bucket"]] = _counts(row)
    return dict(found)


def _counts(row: dict[str, Any]) -> Counts:
    levels = (row["level_1"], row["level_2"], row["level_3"], row["level_4"], row["level_5"])
    return Counts(levels, row["due"], row["due_rated"])


async def item_names(keys: list[UUID]) -> dict[str, str]:
    """The name under which each of these items was last served."""
    rows = await db.fetch(
        "SELECT wanted.id, s.item_name FROM unnest($1::uuid[]) AS wanted(id) CROSS JOIN LATERAL"
        " (SELECT item_name FROM services WHERE item_id = wanted.id"
        "  ORDER BY started_at DESC LIMIT 1) s",
        keys,
    )
    return {str(row["id"]): row["item_name"] for row in rows}


async def proposal(proposal_id: UUID) -> dict[str, Any] | None:
    """A month that was proposed for publication; None if there is none of this id."""
    return await db.fetch_one("SELECT * FROM score_proposals WHERE id = $1", proposal_id)


async def hold_proposal(proposal_id: UUID) -> None:
    """Have whoever else answers this proposal wait for the end of the transaction."""
    await db.fetch("SELECT id FROM score_proposals WHERE id = $1 FOR UPDATE", proposal_id)


async def proposals(hall_id: UUID, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """The months that a hall proposed, the newest proposal first; one more than `limit`."""
    return await db.fetch(
        "SELECT * FROM score_proposals WHERE hall_id = $1 AND ($2::uuid IS NULL OR id < $2)"
        " ORDER BY id DESC LIMIT $3",
        hall_id,
        before,
        limit + 1,
    )


async def published(hall_id: UUID, month: date) -> dict[str, Any] | None:
    """A hall's published month; None if it is not published."""
    return await db.fetch_one(
        "SELECT * FROM published_scores WHERE hall_id = $1 AND month = $2", hall_id, month
    )


async def published_months(hall_id: UUID) -> list[dict[str, Any]]:
    """What a hall has published, the newest month first, without the contents."""
    return await db.fetch(
        "SELECT hall_id, month, seq, digest, published_at FROM published_scores"
        " WHERE hall_id = $1 ORDER BY month DESC",
        hall_id,
    )


async def neighbours(hall_id: UUID, seq: int) -> list[dict[str, Any]]:
    """The publications before and after this one in a hall's chain, where there are such."""
    return await db.fetch(
        "SELECT * FROM published_scores WHERE hall_id = $1 AND seq = ANY ($2::int[]) ORDER BY seq",
        hall_id,
        [seq - 1, seq + 1],
    )


async def end_of_chain(hall_id: UUID) -> dict[str, Any] | None:
    """The last publication of a hall, in the order of publishing; None if there is none."""
    return await db.fetch_one(
        "SELECT month, seq, digest FROM published_scores WHERE hall_id = $1"
        " ORDER BY seq DESC LIMIT 1",
        hall_id,
    )


async def chain(hall_id: UUID) -> list[dict[str, Any]]:
    """Everything that a hall published, in the order of publishing."""
    return await db.fetch("SELECT * FROM published_scores WHERE hall_id = $1 ORDER BY seq", hall_id)


async def published_totals(hall_id: UUID | None, most: int) -> list[dict[str, Any]]:
    """The hall's total of each published month, the newest first; at most so many of a hall.

    Without a hall, those of every hall that has published, by hall. `total` is JSON.
    """
    return await db.fetch(
        "SELECT hall_id, month, published_at, (content::jsonb -> 'total')::text AS total"
        " FROM (SELECT hall_id, month, published_at, content,"
        " row_number() OVER (PARTITION BY hall_id ORDER BY month DESC) AS place"
        " FROM published_scores WHERE $1::uuid IS NULL OR hall_id = $1) p"
        " WHERE place <= $2 ORDER BY hall_id, month DESC",
        hall_id,
        most,
    )


async def halls_that_published() -> list[UUID]:
    """Every hall with a published month."""
    rows = await db.fetch("SELECT DISTINCT hall_id FROM published_scores ORDER BY hall_id")
    return [row["hall_id"] for row in rows]

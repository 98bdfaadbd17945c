"""Reading the score table: what is summed up from the sums, the rest from the days.

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
from evaluations.scores.periods import Period, Span, whole
from evaluations.scores.rules import Counts

MEASURES = {
    **{f"level_{level}": level for level in range(1, 6)},
    "due": DUE,
    "due_rated": DUE_RATED,
}
"""The columns of sums, each with the measure that it is of."""
COLUMNS = ", ".join(MEASURES)
SUMS = ", ".join(f"sum({name})::int AS {name}" for name in MEASURES)
"""As integers, of which sums are made without a detour by decimals; a county's lifetime fits."""
ANY_AT_ALL = " + ".join(f"sum({name})" for name in MEASURES) + " > 0"
PIVOTED = ", ".join(
    f"coalesce(sum(n) FILTER (WHERE measure = {measure}), 0)::int AS {name}"
    for name, measure in MEASURES.items()
)
SPANS = (
    # Before which day parts, months and years of [$3, $4] are read from their sums: as far as
    # the spans that lie in it reach, and as far as days are summed up.
    "summed AS (SELECT coalesce((SELECT summed_before FROM score_boundary), '0001-01-01') AS day"  # noqa: S608
    "), upto AS (SELECT greatest($5::date, least($6::date, day)) AS part,"
    " greatest($7::date, least($8::date, date_trunc('month', day::timestamp)::date)) AS month,"
    " greatest($9::date, least($10::date, date_trunc('year', day::timestamp)::date)) AS year"
    " FROM summed"
    # Parts before and after the months, months before and after the years.
    "), spans AS (SELECT s.* FROM upto CROSS JOIN LATERAL (VALUES"
    f" ({Span.PART}, $5::date, least($7::date, part)), ({Span.PART}, month, part),"
    f" ({Span.MONTH}, $7::date, least($9::date, month)), ({Span.MONTH}, year, month),"
    f" ({Span.YEAR}, $9::date, year)) s(span, first, upto))"
)
"""Which sums make up a period, and from when to when; `whole_spans` are its values from $5 on."""
UPTO = "(SELECT part FROM upto)"
_BELOW = "hall_id = ANY (ARRAY (SELECT id FROM hall_and_below($1)))"


def whole_spans(divided: Sequence[Period]) -> list[date]:
    """The whole parts, months and years of buckets, as `SPANS` takes them: $5 to $10."""
    return [day for span in Span for day in whole(divided, span)]


def days_and_changes(chosen: str, of_days: str, of_changes: str) -> str:
    """What is not in the sums: the period's days before and after them, and notes of changes.

    Args:
        chosen: which rows of both tables.
        of_days: what is selected of a day.
        of_changes: the same of a note, which names its day as well.
    """
    daily = f"SELECT {of_days} FROM score_days WHERE {chosen}"  # noqa: S608 - constants
    return (
        f"{daily} AND day >= $3 AND day < $5 UNION ALL {daily} AND day >= {UPTO} AND day <= $4"  # noqa: S608
        f" UNION ALL SELECT {of_changes} FROM score_changes WHERE {chosen}"
        f" AND day >= $5 AND day < {UPTO}"
    )


def from_sums(chosen: str, selected: str) -> str:
    """The period's sums, read by ranges of their unique key, or of a key; `m` is the row."""
    return (
        f"SELECT {selected} FROM spans CROSS JOIN LATERAL (SELECT * FROM score_sums"  # noqa: S608
        f" WHERE hall_id = $1 AND {chosen} AND score_sums.span = spans.span"
        " AND begin >= spans.first AND begin < spans.upto OFFSET 0) m"
    )


def _statement(of: tuple[str, ...], chosen: str, *, names: str) -> str:
    """The counts of [$3, $4] by `of`, where {day} stands for a day or for a span's first day.

    Args:
        chosen: of which rows of the tables; $2 is the dimensions.
        names: what `of` is called.
    """
    by_day, by_span = (", ".join(of).format(day=column) for column in ("day", "begin"))
    each = f"{by_day}, measure, n"
    return (
        f"WITH {SPANS}, counted AS MATERIALIZED ("  # noqa: S608 - constants
        f"SELECT {names}, measure, sum(n)::int AS n"
        f" FROM ({days_and_changes(f'{_BELOW} AND {chosen}', each, each)}) d"
        f" GROUP BY {names}, measure"
        # Materialized, each part is summed up in a hash table, and not sorted by texts before.
        f"), added AS MATERIALIZED ({from_sums(chosen, f'{by_span}, {SUMS}')} GROUP BY {names})"
        f" SELECT {names}, {SUMS} FROM (SELECT {names}, {PIVOTED} FROM counted GROUP BY {names}"
        f" UNION ALL SELECT * FROM added) s"
        # What was counted out again is as if it had never been counted.
        f" GROUP BY {names} HAVING {ANY_AT_ALL}"
    )


_CHOSEN = "dimension = ANY ($2::smallint[])"
_PERIOD = _statement(("dimension", "key"), _CHOSEN, names="dimension, key")
_BUCKETS = ("key", "width_bucket({day}, $11::date[]) - 1 AS bucket")
_DIVIDED = _statement(_BUCKETS, _CHOSEN, names="key, bucket")
_DIVIDED_OF_KEYS = _statement(
    _BUCKETS, f"{_CHOSEN} AND key = ANY ($12::text[])", names="key, bucket"
)


async def period(
    hall_id: UUID, dimensions: set[Dimension], first: date, last: date
) -> dict[tuple[Dimension, str], Counts]:
    """The counts of every key of `dimensions`, of a hall with all below it, both days included."""
    spans = whole_spans([Period(first, last)])
    rows = await db.fetch(_PERIOD, hall_id, sorted(dimensions), first, last, *spans)
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
        _DIVIDED if keys is None else _DIVIDED_OF_KEYS,
        hall_id,
        [dimension],
        buckets[0].first,
        buckets[-1].last,
        *whole_spans(buckets),
        [bucket.first for bucket in buckets],
        *([] if keys is None else [list(keys)]),
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

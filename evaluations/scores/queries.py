"""Reading the score table, and counting it again from the ratings themselves."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.core import db
from evaluations.ratings.counting import DUE, DUE_RATED, Dimension
from evaluations.scores.rules import Counts

_PERIOD = (
    "SELECT dimension, key, measure, sum(n)::bigint AS n FROM score_days"
    " WHERE hall_id IN (SELECT id FROM hall_and_below($1)) AND dimension = ANY($2::smallint[])"
    " AND day BETWEEN $3 AND $4 GROUP BY dimension, key, measure"
)

RECOUNT = """
WITH facts AS (
    SELECT s.id, r.day, r.level AS measure, r.channel, r.tags
    FROM ratings r JOIN services s ON s.id = r.service_id
    UNION ALL
    SELECT s.id, (s.ended_at AT TIME ZONE 'Asia/Shanghai')::date, 0, NULL, NULL
    FROM services s WHERE s.ended_at IS NOT NULL
    UNION ALL
    SELECT s.id, (s.ended_at AT TIME ZONE 'Asia/Shanghai')::date, 9, NULL, NULL
    FROM services s JOIN ratings r ON r.service_id = s.id WHERE s.ended_at IS NOT NULL
)
SELECT s.hall_id, k.dimension::smallint AS dimension, f.day, k.key,
       f.measure::smallint AS measure, count(*)::int AS n
FROM facts f JOIN services s ON s.id = f.id
CROSS JOIN LATERAL (
    VALUES (1, s.hall_id::text), (2, s.department_id::text), (3, s.window_id::text),
           (4, s.staff_id::text), (5, s.item_id::text), (6, f.channel::text)
    UNION ALL SELECT 7, t.tag FROM unnest(f.tags) AS t(tag)
) AS k(dimension, key)
WHERE k.key IS NOT NULL
GROUP BY 1, 2, 3, 4, 5
"""
"""What the score table must hold: one count for each hall, dimension, day, key and measure."""

_DIFFERENCES = (
    f"WITH counted AS ({RECOUNT}) "  # noqa: S608 - a constant
    "SELECT hall_id, dimension, day, key, measure, coalesce(k.n, 0) AS kept,"
    " coalesce(c.n, 0) AS counted FROM score_days k"
    " FULL JOIN counted c USING (hall_id, dimension, day, key, measure)"
    " WHERE coalesce(k.n, 0) <> coalesce(c.n, 0)"
    " ORDER BY hall_id, dimension, day, key, measure"
)


@dataclass(frozen=True)
class Difference:
    """A place where the score table does not hold what the ratings say."""

    hall_id: UUID
    dimension: Dimension
    day: date
    key: str
    measure: int
    kept: int
    counted: int


async def period(
    hall_id: UUID, dimensions: set[Dimension], first: date, last: date
) -> dict[tuple[Dimension, str], Counts]:
    """The counts of every key of `dimensions`, of a hall with all below it, both days included."""
    rows = await db.fetch(_PERIOD, hall_id, sorted(dimensions), first, last)
    found: dict[tuple[Dimension, str], dict[int, int]] = defaultdict(dict)
    for row in rows:
        found[Dimension(row["dimension"]), row["key"]][row["measure"]] = row["n"]
    return {key: _counts(measures) for key, measures in found.items()}


def _counts(measures: dict[int, int]) -> Counts:
    one, two, three, four, five = (measures.get(level, 0) for level in range(1, 6))
    return Counts((one, two, three, four, five), measures.get(DUE, 0), measures.get(DUE_RATED, 0))


async def item_names(keys: list[UUID]) -> dict[str, str]:
    """The name under which each of these items was last served."""
    rows = await db.fetch(
        "SELECT wanted.id, s.item_name FROM unnest($1::uuid[]) AS wanted(id) CROSS JOIN LATERAL"
        " (SELECT item_name FROM services WHERE item_id = wanted.id"
        "  ORDER BY started_at DESC LIMIT 1) s",
        keys,
    )
    return {str(row["id"]): row["item_name"] for row in rows}


async def differences() -> list[Difference]:
    """Where the score table and a full recount differ; both are read at one moment."""
    return [_difference(row) for row in await db.fetch(_DIFFERENCES)]


def _difference(row: dict[str, Any]) -> Difference:
    return Difference(**row | {"dimension": Dimension(row["dimension"])})

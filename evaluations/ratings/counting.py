"""Raising the score table: what is counted of a service and its rating, and under which keys.

The table is per dimension (day × dimension × key × measure). One over the cross product of
window, staff, item, department and channel would have as many rows as there are ratings.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from uuid import UUID

from app.core import db

DUE = 0
"""Measure: visits and cases that should have been rated, on the day in China of their end."""
DUE_RATED = 9
"""Measure: those of `DUE` with a valid rating, on the same day. Measures 1 to 5 are the levels."""


class Dimension(IntEnum):
    """What a score is about; the numbers stand in the score table and never change."""

    HALL = 1
    DEPARTMENT = 2
    WINDOW = 3
    STAFF = 4
    ITEM = 5
    CHANNEL = 6
    TAG = 7


@dataclass(frozen=True)
class Place:
    """Where a service belongs: the dimensions in which it counts."""

    hall_id: UUID
    department_id: UUID | None = None
    window_id: UUID | None = None
    staff_id: UUID | None = None
    item_id: UUID | None = None

    def keys(self) -> list[tuple[Dimension, str]]:
        """Each dimension that applies, with the key under which it counts."""
        found = (
            (Dimension.HALL, self.hall_id),
            (Dimension.DEPARTMENT, self.department_id),
            (Dimension.WINDOW, self.window_id),
            (Dimension.STAFF, self.staff_id),
            (Dimension.ITEM, self.item_id),
        )
        return [(dimension, str(key)) for dimension, key in found if key is not None]


async def count_due(place: Place, day: date, *, rated: bool) -> None:
    """Count a service that ended on `day` as one that should have been rated.

    Call it last in a transaction, once: every writer locks services before scores, and scores in
    the order of their keys, so that no two wait for each other crosswise.

    Args:
        rated: it was rated while it was still open.
    """
    keys = place.keys()
    await db.execute(
        "INSERT INTO score_days (hall_id, dimension, day, key, measure, n)"
        " SELECT $1, k.dimension, $2, k.key, m.measure, 1"
        " FROM unnest($3::smallint[], $4::text[]) AS k(dimension, key)"
        " CROSS JOIN unnest($5::smallint[]) AS m(measure)"
        " ORDER BY k.dimension, k.key, m.measure"
        " ON CONFLICT (hall_id, dimension, day, key, measure)"
        " DO UPDATE SET n = score_days.n + excluded.n",
        place.hall_id,
        day,
        [dimension for dimension, _ in keys],
        [key for _, key in keys],
        [DUE, DUE_RATED] if rated else [DUE],
    )


_COUNT_OUT = """
WITH facts AS (
    SELECT s.hall_id, c.dimension, c.day, c.key, c.measure
    FROM ratings r JOIN services s ON s.id = r.service_id
    CROSS JOIN LATERAL (
        SELECT k.dimension, m.day, k.key, m.measure
        FROM (VALUES (1, s.hall_id::text), (2, s.department_id::text), (3, s.window_id::text),
                     (4, s.staff_id::text), (5, s.item_id::text)) AS k(dimension, key)
        CROSS JOIN (VALUES (r.day, r.level::int),
                           ((s.ended_at AT TIME ZONE 'Asia/Shanghai')::date, 9)) AS m(day, measure)
        UNION ALL SELECT 6, r.day, r.channel::text, r.level
        UNION ALL SELECT 7, r.day, t.tag, r.level FROM unnest(r.tags) AS t(tag)
    ) AS c
    WHERE r.id = $1 AND c.key IS NOT NULL AND c.day IS NOT NULL
), held AS MATERIALIZED (
    SELECT k.id, k.n FROM score_days k JOIN facts USING (hall_id, dimension, day, key, measure)
    ORDER BY k.hall_id, k.dimension, k.day, k.key, k.measure FOR UPDATE OF k
), emptied AS (
    DELETE FROM score_days k USING held h WHERE k.id = h.id AND h.n = 1
)
UPDATE score_days k SET n = k.n - 1 FROM held h WHERE k.id = h.id AND h.n > 1
"""


async def count_out(rating_id: UUID) -> None:
    """Take a rating that was ruled invalid out of the score table; last in its transaction.

    The caller holds the rating's service, so that a visit does not end meanwhile.
    """
    await db.execute(_COUNT_OUT, rating_id)

"""Finding the services that should have been rated and were not.

The score table says on which days, and in which halls, a key lacks ratings and how many. A page
reads those days of those halls and no others (index `services_ended`), each from its end, and asks
of each service whether it has a valid rating.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from app.core import db
from app.core.clock import CHINA
from evaluations.ratings.counting import DUE, DUE_RATED, Dimension

_LACKING = (
    "FROM score_days WHERE hall_id = ANY (ARRAY (SELECT id FROM hall_and_below($1)))"  # noqa: S608
    " AND dimension = $2::smallint AND key = ANY (CASE WHEN $3::text IS NULL"
    " THEN ARRAY (SELECT id::text FROM hall_and_below($1)) ELSE ARRAY[$3::text] END)"
    f" AND measure IN ({DUE}, {DUE_RATED}) AND day BETWEEN $4 AND $5"
)
_DUE = f"CASE measure WHEN {DUE} THEN n ELSE 0 END"
_LEFT = f"CASE measure WHEN {DUE} THEN n ELSE -n END"
_DAYS = (
    "SELECT k.day, k.hall_id, k.n, k.due, h.n AS services FROM"  # noqa: S608 - constants
    f" (SELECT day, hall_id, sum({_LEFT})::int AS n, sum({_DUE})::int AS due"
    f" {_LACKING} GROUP BY day, hall_id) k"
    " JOIN score_days h ON (h.hall_id, h.dimension, h.day, h.key, h.measure)"
    f" = (k.hall_id, {Dimension.HALL.value}, k.day, k.hall_id::text, {DUE})"
    " WHERE k.n > 0 ORDER BY k.day DESC, k.hall_id"
)
_OF_KEY = {
    Dimension.HALL: "s.hall_id = $3::text::uuid",
    Dimension.DEPARTMENT: "s.department_id = $3::text::uuid",
    Dimension.WINDOW: "s.window_id = $3::text::uuid",
    Dimension.STAFF: "s.staff_id = $3::text::uuid",
    Dimension.ITEM: "s.item_id = $3::text::uuid",
}
_VALID = (
    "SELECT 1 AS rated FROM ratings r WHERE r.service_id = s.id"
    " AND NOT EXISTS (SELECT FROM rating_rulings u WHERE u.rating_id = r.id) LIMIT 1"
)
"""With its limit the planner cannot turn it into a join with all ratings."""

_OF_OTHERS = 10
"""So many services of other keys are passed over in the time that one of the key takes."""


@dataclass(frozen=True)
class Lack:
    """What lacks ratings: a key of a dimension, of a hall with all below it.

    `key` None: of the dimension of halls, all of these halls.
    """

    hall_id: UUID
    dimension: Dimension
    key: str | None

    def values(self, first: date, last: date) -> list[Any]:
        """What the queries of the score table begin with."""
        return [self.hall_id, self.dimension, self.key, first, last]


@dataclass(frozen=True)
class HallDay:
    """A hall's day: how many services of the key nobody rated, of how many that ended.

    `services`: how many ended there in all, whatever their key.
    """

    day: date
    hall_id: UUID
    n: int
    due: int
    services: int

    @property
    def read(self) -> int:
        """The key's, and a share of the others."""
        return self.due + (self.services - self.due) // _OF_OTHERS

    @property
    def begin(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.day, time(), CHINA)


async def days(lack: Lack, first: date, last: date) -> list[HallDay]:
    """The days of halls in [first, last] on which ratings lack, the newest first."""
    return [HallDay(**row) for row in await db.fetch(_DAYS, *lack.values(first, last))]


async def page(
    lack: Lack, halls_days: list[HallDay], before: tuple[datetime, UUID] | None, limit: int
) -> list[dict[str, Any]]:
    """The services of these days that nobody rated, before a place, the last ended first.

    At most `limit`. No personal data.
    """
    if not halls_days:
        return []
    # The key is named in every variant, so that all have the same parameters.
    of_key = _OF_KEY[lack.dimension] if lack.key else "$3::text IS NULL"
    return await db.fetch(
        "SELECT f.*, EXISTS (SELECT FROM ratings r WHERE r.service_id = f.id) AS ruled_out"  # noqa: S608
        " FROM unnest($1::uuid[], $2::timestamptz[]) AS d(hall_id, begin) CROSS JOIN LATERAL ("
        " SELECT s.id, s.kind, s.ended_at, s.rateable_until, s.item_name, s.hall_id,"
        "  s.department_id, s.window_id, s.staff_id, s.project_no FROM services s"
        f" LEFT JOIN LATERAL ({_VALID}) v ON true"
        " WHERE s.hall_id = d.hall_id AND s.ended_at >= d.begin"
        "  AND s.ended_at < d.begin + interval '1 day'"
        f" AND {of_key} AND v.rated IS NULL"
        "  AND ($4::timestamptz IS NULL OR (s.ended_at, s.id) < ($4::timestamptz, $5::uuid))"
        " ORDER BY s.ended_at DESC, s.id DESC LIMIT $6) f"
        " ORDER BY f.ended_at DESC, f.id DESC LIMIT $6",
        [one.hall_id for one in halls_days],
        [one.begin for one in halls_days],
        lack.key,
        *(before or (None, None)),
        limit,
    )

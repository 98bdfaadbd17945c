"""Score tables of any days, put there as they would have been counted."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from app.core import db
from evaluations.ratings.counting import DUE, DUE_RATED, Dimension


async def count(
    hall_id: UUID,
    day: date,
    levels: Mapping[int, int] | None = None,
    *,
    due: int = 0,
    due_rated: int = 0,
    of: Dimension = Dimension.HALL,
    key: object = None,
) -> None:
    """What was counted of one key on one day; without a key, of the hall."""
    measures = dict(levels or {}) | {DUE: due, DUE_RATED: due_rated}
    for measure, n in measures.items():
        if n:
            await db.execute(
                "INSERT INTO score_days (hall_id, dimension, day, key, measure, n)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                hall_id,
                of,
                day,
                str(key or hall_id),
                measure,
                n,
            )

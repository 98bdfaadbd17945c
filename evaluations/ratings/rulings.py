"""Ruling a rating invalid (误评, 恶意差评): it stays as it is, and falls out of the scores."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from prometheus_client import Counter

from app.core import db
from app.core.acts import Act
from app.core.auth import require_staff
from app.core.wire import Out
from evaluations.ratings.counting import count_out
from evaluations.ratings.refusals import NoSuchRating

rulings = Counter("zhangban_rating_rulings_total", "Ratings ruled invalid.", ["verdict"])


class Verdict(StrEnum):
    """Why a rating does not count."""

    MISTAKEN = "mistaken"  # 误评
    MALICIOUS = "malicious"  # 恶意差评


class Ruling(Out, frozen=True):
    """Who ruled a rating invalid, when and why."""

    rating_id: UUID
    verdict: Verdict
    why: str
    ruled_by: UUID
    ruled_at: datetime


async def rule_invalid(act: Act, rating_id: UUID, verdict: Verdict | str, why: str) -> bool:
    """Rule a rating mistaken or malicious, in the act's transaction, and count it out.

    Who may rule, and that a second person agreed, is for the caller to check; the actor is a
    staff member and is named as the one who ruled. Call it last in a transaction: the score table
    is locked after everything else. Repeating it changes nothing, whatever the second verdict.

    Returns:
        Whether the ruling is new.

    Raises:
        NoSuchRating: there is none of this id. ValueError: `verdict` is none of `Verdict`.
    """
    person, ruled = require_staff(act.actor), Verdict(verdict)
    async with act.transaction() as tx:
        # Holding the service makes its visit's end wait: one of the two counts DUE_RATED right.
        row = await db.fetch_one(
            "SELECT s.id, s.hall_id FROM ratings r JOIN services s ON s.id = r.service_id"
            " WHERE r.id = $1 FOR SHARE OF s",
            rating_id,
        )
        if row is None:
            raise NoSuchRating
        made = await db.fetch(
            "INSERT INTO rating_rulings (id, rating_id, verdict, why, ruled_by, ruled_at)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (rating_id) DO NOTHING RETURNING id",
            db.new_id(),
            rating_id,
            ruled.value,
            why.strip(),
            person.id,
            act.at,
        )
        if not made:
            return False
        await count_out(rating_id)
        tx.audit("rating.ruled", f"rating:{rating_id}", hall_id=row["hall_id"], verdict=ruled.value)
    rulings.labels(ruled.value).inc()
    return True


async def ruling(rating_id: UUID) -> Ruling | None:
    """How a rating was ruled invalid; None if it counts."""
    row = await db.fetch_one(
        "SELECT rating_id, verdict, why, ruled_by, ruled_at FROM rating_rulings"
        " WHERE rating_id = $1",
        rating_id,
    )
    return msgspec.convert(row, Ruling) if row else None

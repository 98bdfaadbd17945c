"""追评: what a rater adds to their rating, once, within five working days; the level stays."""

from uuid import UUID

from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.clock import day_of
from app.halls import service as halls
from evaluations.ratings import moderated, queries
from evaluations.ratings.refusals import NoSuchRating, SupplementedAlready, TooLate, Unfit
from evaluations.ratings.rules import supplement_fault, supplement_until
from evaluations.ratings.schemas import RatingShown, tags_shown


async def add(act: Act, rating_id: UUID, comment: str) -> RatingShown:
    """Add a comment to the citizen's own rating; sending the same again changes nothing.

    Raises:
        NoSuchRating: there is none, or another gave it. Unfit: empty or too long.
        TooLate: five working days have passed. SupplementedAlready: with another text.
    """
    citizen = require_citizen(act.actor)
    row = await queries.rating_of(rating_id)
    if row is None or row["citizen_id"] not in await citizens.identities(citizen.id):
        raise NoSuchRating
    wrong = supplement_fault(comment)
    if wrong:
        raise Unfit(wrong, field="comment")
    calendar = await halls.calendar(row["hall_id"])
    text = comment.strip()
    async with act.transaction() as tx:
        found = await _kept(rating_id)
        if found is None:
            if act.at >= supplement_until(day_of(row["received_at"]), calendar):
                raise TooLate("已超过追评的时间，评价后五个工作日内可以追评一次。")
            made = await db.fetch(
                "INSERT INTO rating_supplements (id, rating_id, comment, added_at)"
                " VALUES ($1, $2, $3, $4) ON CONFLICT (rating_id) DO NOTHING RETURNING id",
                db.new_id(),
                rating_id,
                text,
                act.at,
            )
            if made:
                tx.audit("rating.supplemented", f"rating:{rating_id}", hall_id=row["hall_id"])
                await moderated.submit_supplement(act, rating_id, citizen.id, text, row["hall_id"])
            found = await _kept(rating_id)
    if found != text:
        raise SupplementedAlready
    return RatingShown(
        id=row["id"],
        service_id=row["service_id"],
        level=row["level"],
        tags=tags_shown(row["tags"]),
        comment=row["comment"],
        received_at=row["received_at"],
        supplement=found,
    )


async def _kept(rating_id: UUID) -> str | None:
    row = await db.fetch_one(
        "SELECT comment FROM rating_supplements WHERE rating_id = $1", rating_id
    )
    return row["comment"] if row else None

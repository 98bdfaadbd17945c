"""What raters write is checked, and what others read of it meanwhile; a rating counts as it is.

The statement that takes ratings in puts each text into the outbox (`intake.TAKE_IN`); what is
added later is submitted here. Whoever wrote a text always sees it as it was written.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.core import db
from app.core.acts import Act
from app.moderation import service as moderation

RATING, SUPPLEMENT = "rating", "supplement"


async def shown_texts(act: Act, comments: Mapping[UUID, str]) -> dict[UUID, str]:
    """The texts of these ratings, as others than their raters see them."""
    subject_of = {rating_id: f"{RATING}:{rating_id}" for rating_id in comments}
    shown = await moderation.shown_texts(
        act, {subject_of[rating_id]: text for rating_id, text in comments.items()}
    )
    return {rating_id: shown[subject] for rating_id, subject in subject_of.items()}


async def shown_text(act: Act, rating_id: UUID, comment: str) -> str:
    """As `shown_texts`, of one rating."""
    return (await shown_texts(act, {rating_id: comment}))[rating_id]


async def shown_supplement(act: Act, rating_id: UUID, comment: str) -> str:
    """What was added to a rating, as others than its rater see it."""
    return await moderation.shown_text(act, f"{SUPPLEMENT}:{rating_id}", comment)


async def submit_supplement(
    act: Act, rating_id: UUID, author: UUID, comment: str, hall_id: UUID
) -> None:
    """Have what a rater added checked, in the act's transaction."""
    subject = f"{SUPPLEMENT}:{rating_id}"
    await moderation.submit_text(act, subject, author, comment, hall_id=hall_id)


async def _comments(ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await db.fetch("SELECT id, comment FROM ratings WHERE id = ANY($1::uuid[])", list(ids))
    return {row["id"]: row["comment"] for row in rows}


async def _supplements(ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await db.fetch(
        "SELECT rating_id, comment FROM rating_supplements WHERE rating_id = ANY($1::uuid[])",
        list(ids),
    )
    return {row["rating_id"]: row["comment"] for row in rows}


SOURCES = (
    moderation.Source(RATING, "评价", texts=_comments),
    moderation.Source(SUPPLEMENT, "追评", texts=_supplements),
)

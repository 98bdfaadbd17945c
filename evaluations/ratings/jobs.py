"""What runs by itself: forgotten visits end, cards are drawn, invitations go out."""

from datetime import timedelta

from app.core.acts import Act
from app.core.schedule import Periodic
from evaluations.ratings import entering, invitations, visits

HANDLERS = (*invitations.HANDLERS,)


async def _end_forgotten(act: Act) -> None:
    await visits.end_forgotten(act)


async def _draw_cards(act: Act) -> None:
    await entering.draw(act)


PERIODICS = (
    Periodic("ratings.end_forgotten_visits", timedelta(minutes=10), _end_forgotten),
    Periodic("ratings.draw_cards", timedelta(hours=1), _draw_cards),
)

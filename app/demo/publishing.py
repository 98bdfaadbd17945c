"""The month before is published, so that the demonstration's citizens have scores to read."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

from app.core.clock import day_of
from app.demo.players import Players
from evaluations.scores import publication
from evaluations.scores.publication_schemas import AnswerIn, PublicationIn

Plot = AsyncIterator[datetime]
Back = Callable[..., datetime]


async def published(players: Players, back: Back) -> Plot:
    """The manager proposes the last whole month, a second person agrees."""
    yield back(1, 10)
    before = day_of(players.now).replace(day=1) - timedelta(days=1)
    new = PublicationIn(hall_id=players.hall_id, month=f"{before:%Y-%m}")
    proposed = await publication.propose(await players.staff("manager"), new)
    yield back(1, 14)
    supervisor = await players.staff("supervisor")
    await publication.answer(supervisor, proposed.id, AnswerIn(agree=True))

"""What runs by itself: the index of the ratings behind each figure is kept sorted."""

from datetime import timedelta

from app.core.acts import Act
from app.core.schedule import Periodic
from evaluations.scores import drill_queries


async def _sort_in(act: Act) -> None:  # noqa: ARG001
    await drill_queries.sort_in()


PERIODICS = (Periodic("scores.sort_ratings_in", timedelta(minutes=1), _sort_in),)

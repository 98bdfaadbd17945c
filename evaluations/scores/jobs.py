"""What runs by itself: the ratings' index is kept sorted, months that are over are summed up."""

from datetime import timedelta

from app.core.acts import Act
from app.core.schedule import Periodic
from evaluations.scores import drill_queries, sums


async def _sort_in(act: Act) -> None:  # noqa: ARG001
    await drill_queries.sort_in()


async def _sum_months(act: Act) -> None:
    await sums.keep_up(act)


PERIODICS = (
    Periodic("scores.sort_ratings_in", timedelta(minutes=1), _sort_in),
    Periodic("scores.sum_months", timedelta(hours=1), _sum_months),
)

"""What runs on a schedule: names that an older program has indexed are indexed anew."""

from datetime import timedelta

from app.catalog import indexing
from app.core.acts import Act
from app.core.schedule import Periodic


async def _refresh(act: Act) -> None:
    await indexing.refresh(act)


PERIODICS: list[Periodic] = [Periodic("catalog.index", timedelta(minutes=10), _refresh)]

"""The demonstration's story: what has happened in the hall during the last weeks.

Played once, into an empty hall, before the server starts: cases finished and under way,
corrections, deferred materials, lights, a helper, an enterprise. All days are counted back from
today, in working days, so that it looks alive on any day. A plot is a generator: it
yields the moment of its next scene, and what follows is done at that moment. The plots are merged,
scene by scene, so that the hall's lists are in the order in which things happened.
"""

import heapq
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import httpx

from app.core import db
from app.core.calendar import WorkingCalendar
from app.core.clock import CHINA, day_of
from app.core.house import House
from app.demo import plots_large, plots_small, publishing, visits
from app.demo.players import Players, photo_folder
from app.halls import service as halls

Plot = AsyncIterator[datetime]


@dataclass(frozen=True)
class Days:
    """Moments counted back from today, in the hall's working days."""

    today: date
    calendar: WorkingCalendar

    def back(self, days: int, hour: int = 9, minute: int = 30) -> datetime:
        """A moment on the working day that is `days` before today; 1 is the last one before it."""
        day = self.today
        for _ in range(days):
            day -= timedelta(days=1)
            while not self.calendar.is_working(day):
                day -= timedelta(days=1)
        return datetime.combine(day, time(hour, minute), CHINA)


async def play(house: House, hall_id: UUID) -> int:
    """Play the story in this hall, unless it has cases; returns how many it has now.

    One that was cut off is not gone on with: what it left behind is a smaller story.
    """
    if not await _cases(hall_id):
        real, ahead = house.clock.now(), house.clock.now() - datetime.now(UTC)
        days = Days(day_of(real), await halls.calendar(hall_id))
        try:
            with photo_folder() as folder:
                async with httpx.AsyncClient() as sandbox:
                    players = Players(house, hall_id, Path(folder), sandbox)
                    plots = (
                        visits.weeks,
                        publishing.published,
                        *plots_large.PLOTS,
                        *plots_small.PLOTS,
                    )
                    await _merged(players, [plot(players, days.back) for plot in plots])
        finally:
            house.clock.shift(datetime.now(UTC) + ahead - house.clock.now())
    return await _cases(hall_id)


async def _cases(hall_id: UUID) -> int:
    row = await db.fetch_one("SELECT count(*) AS n FROM cases WHERE hall_id = $1", hall_id)
    assert row
    found: int = row["n"]
    return found


async def _merged(players: Players, plots: Iterable[Plot]) -> None:
    """Play every plot to its end, always the one whose next scene is the earliest."""
    waiting: list[tuple[datetime, int, Plot]] = []
    for number, plot in enumerate(plots):
        async for moment in plot:
            heapq.heappush(waiting, (moment, number, plot))
            break
    while waiting:
        moment, number, plot = heapq.heappop(waiting)
        players.go_to(moment)
        async for following in plot:
            heapq.heappush(waiting, (following, number, plot))
            break

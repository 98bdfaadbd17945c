"""Jobs that run again and again: each by one worker at a time, whichever comes first."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from app.core import db
from app.core.acts import Act, system_act
from app.core.background import Background
from app.core.house import House

log = structlog.get_logger(__name__)
LOOK_EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class Periodic:
    """A job and how often it runs. `run` is one act, or several, of the system."""

    name: str
    every: timedelta
    run: Callable[[Act], Awaitable[None]]


class Scheduler(Background):
    """Runs periodic jobs; one cut off in the middle runs again when it is next due."""

    def __init__(self, house: House, jobs: Sequence[Periodic]) -> None:
        self._house = house
        self._jobs = jobs

    async def _run(self) -> None:
        while True:
            for job in self._jobs:
                try:
                    if await self._claim(job):
                        await job.run(system_act(self._house, job.name))
                except Exception:
                    log.exception("schedule.failed", job=job.name)
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _claim(self, job: Periodic) -> bool:
        now = self._house.clock.now()
        rows = await db.fetch(
            "INSERT INTO periodic_runs (name, last_at) VALUES ($1, $2)"
            " ON CONFLICT (name) DO UPDATE SET last_at = $2"
            " WHERE periodic_runs.last_at <= $3 RETURNING name",
            job.name,
            now,
            now - job.every,
        )
        return bool(rows)

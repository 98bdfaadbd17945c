"""Jobs that run again and again: each by one worker at a time, whichever comes first."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from app.core import db
from app.core.acts import Act, system_act
from app.core.house import House

log = structlog.get_logger(__name__)
LOOK_EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class Periodic:
    """A job and how often it runs. `run` is one act, or several, of the system."""

    name: str
    every: timedelta
    run: Callable[[Act], Awaitable[None]]


class Scheduler:
    """Runs periodic jobs in the background of a worker."""

    def __init__(self, house: House, jobs: Sequence[Periodic]) -> None:
        self._house = house
        self._jobs = jobs
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for jobs that are due."""
        self._task = asyncio.create_task(self._run(), name="schedule")

    async def stop(self) -> None:
        """Stop; a job cut off in the middle runs again when it is next due."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

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

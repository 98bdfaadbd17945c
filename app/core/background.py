"""Work that goes on beside the requests, for as long as the process runs."""

import asyncio
import contextlib
from abc import ABC, abstractmethod


class Background(ABC):
    """One task in the background, started and stopped by whoever opened the house.

    Start it outside of any transaction: the task would inherit it.
    """

    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work."""
        self._task = asyncio.create_task(self._run(), name=type(self).__name__)

    async def stop(self) -> None:
        """Stop at the next point where the work waits."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    @abstractmethod
    async def _run(self) -> None:
        """The work; it returns only when it is cancelled."""

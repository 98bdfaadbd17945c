"""Work that goes on beside the requests, for as long as the process runs."""

import asyncio
from abc import ABC, abstractmethod

ASK_AGAIN_SECONDS = 0.5


class Background(ABC):
    """One task in the background, started and stopped by whoever opened the house.

    Start it outside of any transaction: the task would inherit it.
    """

    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work."""
        self._task = asyncio.create_task(self._run(), name=type(self).__name__)

    async def stop(self) -> None:
        """Stop at the next point where the work waits.

        It is told again and again, because what the work waits in may lose a cancellation: up to
        Python 3.11 `asyncio.wait_for` does, when what it waited for comes at the same moment.
        """
        while self._task and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=ASK_AGAIN_SECONDS)
        self._task = None

    @abstractmethod
    async def _run(self) -> None:
        """The work; it returns only when it is cancelled."""

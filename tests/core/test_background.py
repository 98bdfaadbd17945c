"""Background work stops when it is told, also when what it waits in loses the telling."""

import asyncio

from app.core.background import Background


class Deaf(Background):
    """Loses the first cancellation, as `asyncio.wait_for` up to Python 3.11 may."""

    lost = 0

    async def _run(self) -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if self.lost:
                    raise
                self.lost += 1


async def test_it_stops_although_a_cancellation_was_lost() -> None:
    work = Deaf()
    work.start()
    await asyncio.sleep(0.01)
    await asyncio.wait_for(work.stop(), 5)
    assert work.lost == 1


async def test_stopping_what_never_started_or_has_stopped_is_nothing() -> None:
    work = Deaf()
    await work.stop()
    work.start()
    await work.stop()
    await work.stop()

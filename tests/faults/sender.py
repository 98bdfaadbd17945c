"""A process that sends messages until it is killed."""

import asyncio
from datetime import timedelta

from app import server
from app.core import logs
from app.core.dispatcher import Dispatcher
from app.notices.jobs import HANDLERS
from app.settings import Settings, read


def work(settings: dict[str, str], ahead: float) -> None:
    """Handle what is due, for as long as the process lives.

    Args:
        settings: as `app.settings.environment` gives them.
        ahead: seconds by which its clock is ahead, so that pauses need not be waited for.
    """
    found = read(env=settings)
    logs.configure(found.log_format, found.log_level)
    asyncio.run(_send(found, ahead))


async def _send(settings: Settings, ahead: float) -> None:
    async with server.open_house(settings) as house:
        house.clock.shift(timedelta(seconds=ahead))
        Dispatcher(house, HANDLERS).start()
        await asyncio.Event().wait()

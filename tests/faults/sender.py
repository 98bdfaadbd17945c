"""A process that sends messages until it is killed: `python -m tests.faults.sender AHEAD`.

`AHEAD` is by how many seconds its clock is ahead, so that pauses need not be waited for.
"""

import asyncio
import sys
from datetime import timedelta

from app import server
from app.core.dispatcher import Dispatcher
from app.notices.jobs import HANDLERS
from app.settings import read

DISPATCHERS = 2
"""Each takes twenty entries at a time, and waits for the slowest of them."""


async def send(ahead: float) -> None:
    """Handle what is due, for as long as the process lives."""
    async with server.open_house(read()) as house:
        house.clock.shift(timedelta(seconds=ahead))
        for _ in range(DISPATCHERS):
            Dispatcher(house, HANDLERS).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(send(float(sys.argv[1])))

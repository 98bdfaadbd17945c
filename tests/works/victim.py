"""A process that takes up long work and never ends it: `python -m tests.works.victim`."""

import asyncio

from app import server
from app.core.acts import Act
from app.core.auth import Role
from app.core.dispatcher import Dispatcher
from app.settings import read
from app.works import jobs
from app.works.kinds import Kind, Kinds, Outcome, Running
from tests.works.hands import Params


async def _slow(act: Act, params: Params, running: Running) -> Outcome:
    running.tell(2, 4, "由别的进程处理")
    await asyncio.sleep(600)
    return Outcome()


async def main() -> None:
    async with server.open_house(read()) as house:
        house.part(Kinds).add(Kind("test.slow", Params, (Role.MANAGER,), _slow))
        Dispatcher(house, jobs.HANDLERS).start()
        await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(main())

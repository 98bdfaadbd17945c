"""A house of the walkthrough's own, whose days it moves: what takes weeks is played in seconds.

A fresh database beside the stage's, migrated and seeded like the demonstration, served over HTTP in
this process, and dropped at the end. Its clock is set to each day in turn; what otherwise runs by
itself, the periodic jobs and the outbox, is worked by hand once a day.
"""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit

import asyncpg
import httpx
import msgspec

from app import server
from app.core import db, inprocess, outbox
from app.core.acts import system_act
from app.core.clock import CHINA
from app.core.dispatcher import Dispatcher
from app.core.house import House
from app.demo.seed import PASSWORD, seed
from app.demo.stage import Stage
from app.settings import Settings
from app.walkthrough.cast import Client, Desk, Phone
from app.walkthrough.report import WrongError

MORNING = time(9, 0)
"""When a day begins: the hall opens."""
ATTEMPTS = 6
LATER = timedelta(seconds=30)
"""The platform takes one message at a time for each person, and refuses a second meanwhile."""


@dataclass
class MovedHouse:
    """The house, and who plays in it. Times are those of China."""

    house: House
    settings: Settings
    http: httpx.AsyncClient
    sandbox: httpx.AsyncClient
    hall: str
    departments: dict[str, str]
    _desks: dict[str, Desk] = field(default_factory=dict)
    _phones: dict[str, Phone] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day that it is in this house."""
        return self.house.clock.now().astimezone(CHINA).date()

    def set_clock(self, day: date, at: time = MORNING) -> None:
        """Make it this moment. Whoever was signed in signs in again."""
        clock = self.house.clock
        clock.shift(datetime.combine(day, at, CHINA) - clock.now())
        self._desks.clear()
        self._phones.clear()

    async def begin_day(self, day: date) -> None:
        """A new day begins: all that runs by itself has run once, all messages are sent."""
        self.set_clock(day)
        for job in server.PERIODICS:
            await job.run(system_act(self.house, job.name))
        await self.deliver()

    async def deliver(self) -> None:
        """Do what waits in the outbox and is due; what did not go through is tried again, later.

        Raises:
            WrongError: something does not go through.
        """
        dispatcher = Dispatcher(self.house, server.HANDLERS)
        for _ in range(ATTEMPTS):
            while await dispatcher.work_once():
                pass
            failed = [row for row in await outbox.listing() if row["last_error"]]
            if not failed:
                return
            self.house.clock.shift(LATER)
        raise WrongError(f"the outbox: {failed[0]['topic']}: {failed[0]['last_error']}")

    async def desk(self, login: str) -> Desk:
        """A staff member, signed in today."""
        if login not in self._desks:
            self._desks[login] = await Desk.sign_in(self.http, login, PASSWORD)
        return self._desks[login]

    async def phone(self, person: str) -> Phone:
        """A citizen's phone, logged in today."""
        if person not in self._phones:
            phone = Phone(self.http, self.sandbox, person)
            await phone.log_in()
            self._phones[person] = phone
        return self._phones[person]


@asynccontextmanager
async def moved_house(stage: Stage, first: date) -> AsyncIterator[MovedHouse]:
    """A moved house beside the stage's, on the morning of `first`; gone when it is left."""
    base = stage.settings.database_url
    name = f"{urlsplit(base).path.strip('/')}_walkthrough"
    admin = await asyncpg.connect(base)
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    try:
        await admin.execute(drop)
        await admin.execute(f'CREATE DATABASE "{name}"')
        with tempfile.TemporaryDirectory(prefix="zhangban-moved-") as folder:
            settings = msgspec.structs.replace(
                stage.settings,
                database_url=server.with_database(base, name),
                storage_url="",
                state_dir=folder,
                exchange_url="",
            )
            async with _opened(stage, settings, first) as found:
                yield found
    finally:
        await admin.execute(drop)
        await admin.close()


@asynccontextmanager
async def _opened(stage: Stage, settings: Settings, first: date) -> AsyncIterator[MovedHouse]:
    await db.migrate(server.database(settings))
    async with server.open_house(settings) as house:
        clock = house.clock
        clock.shift(datetime.combine(first, MORNING, CHINA) - clock.now())
        hall = str((await seed(system_act(house, "walkthrough"))).hall_id)
        app = server.create_app(settings, house, name="zhangban-moved")
        async with (
            inprocess.serving(app) as url,
            httpx.AsyncClient(base_url=url, timeout=30) as http,
            httpx.AsyncClient(base_url=stage.sandbox_url, timeout=10) as sandbox,
        ):
            departments = await _departments(http, hall)
            yield MovedHouse(house, settings, http, sandbox, hall, departments)


async def _departments(http: httpx.AsyncClient, hall: str) -> dict[str, str]:
    """The departments' ids by their names."""
    found = await Client(http).get(f"/api/v1/halls/{hall}/departments")
    return {row["name"]: row["id"] for row in found["items"]}

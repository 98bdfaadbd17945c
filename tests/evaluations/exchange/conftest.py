"""The province's stand-in, and the hub's line to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core import db, sm2
from app.core.acts import Act
from app.core.envelopes import Post
from app.core.house import House
from evaluations.exchange import jobs
from evaluations.exchange.line import ProvinceLine
from evaluations.exchange.province import create_province, serving
from evaluations.exchange.province.book import Arrival, Book
from evaluations.exchange.province.faults import Fault
from evaluations.exchange.province.server import RunningProvince
from evaluations.ratings import visits
from tests.evaluations.hub import RATE, Evaluator, decided_case, visit
from tests.places import Place

APP_ID = "hub-test"
HUB, HUB_PUBLIC = sm2.new_pair()
PROVINCE, PROVINCE_PUBLIC = sm2.new_pair()
PATIENT, IMPATIENT = 8.0, 0.5
"""Seconds that the hub waits for an answer; the short ones only where none will come."""


@pytest.fixture(scope="session")
async def running_province() -> AsyncIterator[RunningProvince]:
    async with serving(create_province(APP_ID, PROVINCE, HUB_PUBLIC)) as running:
        yield running


@dataclass
class Exchange:
    """The hub with its line to the province, and what a test does with both."""

    house: House
    url: str
    book: Book
    act_as: Callable[..., Act]
    place: Place
    evaluator: Evaluator
    numbers: list[str] = field(default_factory=list)

    def post(self) -> Post:
        """The hub's own end, to seal what the hub would not."""
        return Post(HUB, PROVINCE_PUBLIC)

    async def round(self) -> None:
        """One round of the exchange."""
        first = self.book.faults.in_force[:1]
        self.connect(IMPATIENT if first and first[0].kind in ("timeout", "lost") else PATIENT)
        await jobs.go_on(self.act_as())

    def connect(self, timeout: float = PATIENT) -> None:
        """Have the hub reach the province, and wait so long for its answers."""
        self.house.put(ProvinceLine(self.url, APP_ID, self.post(), timeout))

    def disconnect(self) -> None:
        """Have the hub know no province."""
        self.house.put(ProvinceLine("", "", None))

    async def until_recorded(self) -> None:
        """Wait for the province to have a record."""
        async with asyncio.timeout(8):
            while not self.book.records:  # noqa: ASYNC110 - another thread fills it
                await asyncio.sleep(0.02)

    async def case(self, **more: Any) -> UUID:
        """The service of a case that was just decided."""
        self.numbers.append(f"5116022026102100{len(self.numbers):05d}")
        act = self.act_as()
        async with act.transaction():
            return await decided_case(act, self.place, self.numbers[-1], **more)

    async def rated_visit(self, level: int = 5, *, ended: bool = True) -> UUID:
        """The service of a visit that was rated on the window's evaluator."""
        served = await visit(self.act_as, self.place, about="咨询")
        answer = await self.evaluator.post(RATE, self.evaluator.tap(served.id, level))
        assert answer.status_code == 201, answer.text
        if ended:
            await self.end(served.id)
        return served.id

    async def end(self, visit_id: UUID) -> None:
        await visits.end(self.act_as(await self.place.actor(self.act_as(), "clerk")), visit_id)

    def fault(self, kind: Any, **more: Any) -> None:
        self.book.faults.add(Fault(kind, **more))

    def later(self, **by: float) -> None:
        """Move the hub's and the province's clock on."""
        self.house.clock.shift(timedelta(**by))

    async def states(self) -> dict[str, str]:
        """Kind → state, where there is one of each; the state alone must be the same for all."""
        rows = await db.fetch("SELECT DISTINCT kind, state FROM exchange_pushes ORDER BY 1, 2")
        found: dict[str, str] = {}
        for row in rows:
            assert row["kind"] not in found, rows
            found[row["kind"]] = row["state"]
        return found

    async def push(self, push_id: UUID) -> dict[str, Any]:
        row = await db.fetch_one("SELECT * FROM exchange_pushes WHERE id = $1", push_id)
        assert row
        return row

    def arrived(self, code: str | None = None) -> list[Arrival]:
        return [one for one in self.book.arrivals if code in (None, one.code)]


@pytest.fixture
async def exchange(
    house: House,
    running_province: RunningProvince,
    act_as: Callable[..., Act],
    place: Place,
    evaluator: Evaluator,
) -> AsyncIterator[Exchange]:
    """A hub that is connected to an empty province."""
    book = running_province.book
    book.forget()
    book.now = lambda: house.clock.now().timestamp()
    before = house.part(ProvinceLine)
    exchange = Exchange(house, running_province.url, book, act_as, place, evaluator)
    exchange.connect()
    yield exchange
    house.put(before)
    book.forget()

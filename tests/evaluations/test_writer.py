"""Group commit: what a row, a caller or the database does to itself never harms another's row."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.core import db
from app.core.db import new_id
from app.core.errors import Problem
from evaluations.ratings import intake, writer
from evaluations.ratings.intake import Entry, Outcome
from evaluations.ratings.writer import NotKept, QueueFull, RatingWriter, Unstorable
from evaluations.scores import service as scores
from tests.evaluations.hub import decided_case
from tests.places import Place, citizen_actor


@pytest.fixture
async def running(house):
    made = RatingWriter(most_waiting=100)
    made.start()
    yield made
    await made.stop()


class Many:
    """Cases of one citizen, and ratings of them."""

    def __init__(self, citizen_id: UUID, services: list[UUID], at: Any) -> None:
        self.citizen_id, self.services, self.at = citizen_id, services, at

    def entry(self, n: int, **more: Any) -> Entry:
        given = {"level": 1 + n % 5, "tags": (), "comment": "原因"} | more
        return Entry(
            service_id=self.services[n],
            tags_version="national-1",
            channel=8,
            happened_at=self.at,
            received_at=self.at,
            citizen_id=self.citizen_id,
            **given,
        )


@pytest.fixture
async def many(act_as, place: Place) -> Many:
    citizen, _ = await citizen_actor(act_as())
    services = [
        await decided_case(act_as(), place, f"5116022026010100{n:04}", citizen.id)
        for n in range(30)
    ]
    return Many(citizen.id, services, act_as().at)


def counting(monkeypatch) -> list[int]:
    sizes: list[int] = []

    async def counted(entries: list[Entry]) -> list[Outcome]:
        sizes.append(len(entries))
        return await intake.take_in(entries)

    monkeypatch.setattr(writer, "take_in", counted)
    return sizes


async def test_ratings_in_flight_share_commits(running, many, monkeypatch):
    sizes = counting(monkeypatch)
    outcomes = await asyncio.gather(*(running.write(many.entry(n)) for n in range(30)))
    assert {outcome.verdict for outcome in outcomes} == {"kept"}
    assert sum(sizes) == 30
    assert len(sizes) <= 2
    assert await scores.verify() == []


async def test_one_bad_row_fails_alone(running, many):
    entries = [many.entry(n, **({"comment": "\x00"} if n == 7 else {})) for n in range(20)]
    results = await asyncio.gather(*map(running.write, entries), return_exceptions=True)
    assert isinstance(results[7], Unstorable)
    assert {r.verdict for r in results if isinstance(r, Outcome)} == {"kept"}
    rows = await db.fetch("SELECT service_id FROM ratings")
    assert {row["service_id"] for row in rows} == set(many.services[:20]) - {many.services[7]}
    assert await scores.verify() == []


async def test_two_ratings_of_one_service_in_one_batch_are_told_apart(running, many):
    first, second, other = await asyncio.gather(
        running.write(many.entry(0, level=5)),
        running.write(many.entry(0, level=1)),
        running.write(many.entry(1)),
    )
    assert (first.verdict, second.verdict, other.verdict) == ("kept", "taken", "kept")
    assert second.rating == first.rating
    assert await scores.verify() == []


async def test_past_the_bound_a_rating_is_refused_and_says_when_to_come_again(
    running, many, monkeypatch
):
    gate = held(monkeypatch)
    running._most_waiting = 10
    first = asyncio.create_task(running.write(many.entry(0)))
    await asyncio.sleep(0.01)
    waiting = [asyncio.create_task(running.write(many.entry(n))) for n in range(1, 11)]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull) as refused:
        await running.write(many.entry(11))
    assert refused.value.status == 503
    assert int(refused.value.headers["Retry-After"]) > 0
    gate.set()
    assert {o.verdict for o in await asyncio.gather(first, *waiting)} == {"kept"}
    assert len(await db.fetch("SELECT id FROM ratings")) == 11


def held(monkeypatch) -> asyncio.Event:
    """Nothing is written until the event is set; what comes meanwhile is one batch."""
    gate = asyncio.Event()

    async def wait(entries: list[Entry]) -> list[Outcome]:
        await gate.wait()
        return await intake.take_in(entries)

    monkeypatch.setattr(writer, "take_in", wait)
    return gate


async def test_a_caller_that_hangs_up_takes_nothing_back(running, many, monkeypatch):
    gate = held(monkeypatch)
    first = asyncio.create_task(running.write(many.entry(0)))
    await asyncio.sleep(0.01)
    gone = [asyncio.create_task(running.write(many.entry(n))) for n in range(1, 10)]
    # A bad row in the same batch makes the writer go through the others one by one.
    bad = asyncio.create_task(running.write(many.entry(10, comment="\x00")))
    await asyncio.sleep(0)
    for task in gone:
        task.cancel()
    gate.set()
    assert (await first).verdict == "kept"
    with pytest.raises(Unstorable):
        await bad
    await running.stop()
    assert len(await db.fetch("SELECT id FROM ratings")) == 10
    assert await scores.verify() == []


async def test_stopping_writes_what_waits_and_takes_nothing_more(running, many):
    tasks = [asyncio.create_task(running.write(many.entry(n))) for n in range(10)]
    await asyncio.sleep(0)
    await running.stop()
    assert {(await task).verdict for task in tasks} == {"kept"}
    with pytest.raises(QueueFull):
        await running.write(many.entry(11))


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(), TimeoutError(), asyncpg.InterfaceError("gone")]
)
async def test_while_the_database_is_away_every_caller_is_told_to_try_again(
    running, many, monkeypatch, error
):
    tries: list[int] = []

    async def away(entries: list[Entry]) -> list[Outcome]:
        tries.append(len(entries))
        raise error

    monkeypatch.setattr(writer, "take_in", away)
    results = await asyncio.gather(
        *(running.write(many.entry(n)) for n in range(10)), return_exceptions=True
    )
    assert all(isinstance(result, NotKept) for result in results)
    assert len({id(result) for result in results}) == 10
    assert sum(tries) == 10, "nothing is tried one by one while the database is away"
    monkeypatch.undo()
    assert (await running.write(many.entry(0))).verdict == "kept"


async def test_an_event_under_another_service_is_still_that_event(running, act_as, many, place):
    device_id = new_id()
    await db.execute(
        "INSERT INTO devices (id, hall_id, name, model, created_at) VALUES ($1, $2, 'd', '', $3)",
        device_id,
        place.hall_id,
        many.at,
    )
    event = {"device_id": device_id, "event_id": new_id(), "citizen_id": None}

    def tap(n: int) -> Entry:
        base = many.entry(n)
        values = {name: getattr(base, name) for name in Entry.__slots__}
        return Entry(**values | event)

    first = await running.write(tap(0))
    again = await running.write(tap(1))
    assert (first.verdict, again.verdict) == ("kept", "repeat")
    assert again.rating == first.rating


async def test_two_writers_that_raise_the_same_scores_never_wait_crosswise(house, many):
    writers = [RatingWriter(1000), RatingWriter(1000)]
    for made in writers:
        made.start()
    results = await asyncio.gather(
        *(made.write(many.entry(n)) for n in range(30) for made in writers),
        *(made.write(many.entry(n)) for n in reversed(range(30)) for made in writers),
        return_exceptions=True,
    )
    await asyncio.gather(*(made.stop() for made in writers))
    assert not [r for r in results if isinstance(r, BaseException | Problem)]
    assert sum(r.verdict == "kept" for r in results if isinstance(r, Outcome)) == 30
    assert await scores.verify() == []

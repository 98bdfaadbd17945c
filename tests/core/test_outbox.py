"""What must happen after a commit happens: once for each key, again after a failure, or is dead."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import db, outbox
from app.core.acts import Act
from app.core.dispatcher import Dispatcher
from app.core.house import House
from app.core.outbox import GiveUp, Handler, NotYet, back_off


class Note(msgspec.Struct):
    text: str


class Post:
    """A handler that does what its script says at each call, then succeeds."""

    def __init__(self, *script: Exception) -> None:
        self.script = list(script)
        self.sent: list[tuple[str, str]] = []

    async def __call__(self, act: Act, note: Note, key: str) -> None:
        if self.script:
            raise self.script.pop(0)
        self.sent.append((key, note.text))


def _dispatcher(house: House, post: Post) -> Dispatcher:
    return Dispatcher(house, [Handler("test.post", Note, post)])


async def _put(act: Act, key: str, text: str = "您好") -> None:
    async with act.transaction() as tx:
        tx.later("test.post", Note(text), key=key)


async def _state(key: str) -> dict:
    found = await db.fetch_one("SELECT * FROM outbox WHERE key = $1", key)
    assert found
    return found


async def test_a_key_is_handled_once_however_often_it_is_put(
    house: House, act_as: Callable[..., Act]
) -> None:
    post = Post()
    for text in ("first", "second"):
        await _put(act_as(), "a", text)
    dispatcher = _dispatcher(house, post)
    assert await dispatcher.work_once() == 1
    assert await dispatcher.work_once() == 0
    await _put(act_as(), "a", "third")
    assert await dispatcher.work_once() == 0
    assert post.sent == [("a", "first")]


async def test_nothing_is_put_by_an_act_that_fails(
    house: House, act_as: Callable[..., Act]
) -> None:
    async def failing() -> None:
        async with act_as().transaction() as tx:
            tx.later("test.post", Note("x"), key="a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert await _dispatcher(house, Post()).work_once() == 0


async def test_a_failure_is_tried_again_after_a_pause(
    house: House, act_as: Callable[..., Act]
) -> None:
    post = Post(RuntimeError("down"), RuntimeError("down"))
    dispatcher = _dispatcher(house, post)
    await _put(act_as(), "a")
    for _ in range(3):
        assert await dispatcher.work_once() == 1
        assert await dispatcher.work_once() == 0
        house.clock.shift(timedelta(minutes=1))
    assert post.sent == [("a", "您好")]
    assert (await _state("a"))["state"] == "done"


async def test_giving_up_puts_it_aside_until_somebody_replays_it(
    house: House, act_as: Callable[..., Act]
) -> None:
    post = Post(GiveUp("no such user"))
    dispatcher = _dispatcher(house, post)
    await _put(act_as(), "a")
    await dispatcher.work_once()
    state = await _state("a")
    assert (state["state"], state["last_error"]) == ("dead", "no such user")
    assert [row["key"] for row in await outbox.listing()] == ["a"]
    assert await outbox.replay(now=house.clock.now()) == 1
    await dispatcher.work_once()
    assert post.sent == [("a", "您好")]


async def test_not_yet_waits_without_counting_as_a_failure(
    house: House, act_as: Callable[..., Act]
) -> None:
    post = Post(NotYet(house.clock.now() + timedelta(hours=8)))
    dispatcher = _dispatcher(house, post)
    await _put(act_as(), "a")
    await dispatcher.work_once()
    assert (await _state("a"))["attempts"] == 0
    house.clock.shift(timedelta(hours=7))
    assert await dispatcher.work_once() == 0
    house.clock.shift(timedelta(hours=2))
    assert await dispatcher.work_once() == 1
    assert post.sent


async def test_after_the_last_attempt_it_is_dead(house: House, act_as: Callable[..., Act]) -> None:
    post = Post(*(RuntimeError("down") for _ in range(100)))
    dispatcher = _dispatcher(house, post)
    await _put(act_as(), "a")
    for _ in range(outbox.MOST_ATTEMPTS + 3):
        await dispatcher.work_once()
        house.clock.shift(timedelta(hours=7))
    state = await _state("a")
    assert (state["state"], state["attempts"]) == ("dead", outbox.MOST_ATTEMPTS)


async def test_two_workers_never_take_the_same_entry(
    house: House, act_as: Callable[..., Act]
) -> None:
    post = Post()
    for number in range(50):
        await _put(act_as(), str(number))
    workers = [_dispatcher(house, post) for _ in range(4)]
    for _ in range(4):
        await asyncio.gather(*(worker.work_once() for worker in workers))
    assert sorted(int(key) for key, _ in post.sent) == list(range(50))


async def test_a_worker_that_died_loses_its_claim(house: House, act_as: Callable[..., Act]) -> None:
    await _put(act_as(), "a")
    await db.execute(
        "UPDATE outbox SET claimed_until = $1, attempts = 1",
        house.clock.now() + outbox.LEASE,
    )
    post = Post()
    assert await _dispatcher(house, post).work_once() == 0
    house.clock.shift(outbox.LEASE + timedelta(seconds=1))
    assert await _dispatcher(house, post).work_once() == 1
    assert post.sent


async def test_a_payload_that_does_not_fit_is_no_endless_loop(
    house: House, act_as: Callable[..., Act]
) -> None:
    await _put(act_as(), "a")
    await db.execute("UPDATE outbox SET payload = '{\"other\": 1}'")
    await _dispatcher(house, Post()).work_once()
    state = await _state("a")
    assert state["state"] == "waiting"
    assert "ValidationError" in state["last_error"]


@given(st.integers(1, 40))
def test_the_pause_grows_and_stays_below_six_hours(attempts: int) -> None:
    assert back_off(attempts) <= back_off(attempts + 1) <= timedelta(hours=6)

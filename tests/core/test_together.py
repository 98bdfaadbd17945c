"""Questions in flight share a round trip, and none of them harms another."""

import asyncio
import contextvars

import pytest

from app.core.together import Together


class Far:
    """Something far away: answers many at once when it is let, and counts the journeys."""

    def __init__(self) -> None:
        self.journeys: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def work(self, questions: list[int]) -> list[int]:
        self.journeys.append(questions)
        await self.open.wait()
        if -13 in questions:
            raise ValueError("thirteen")
        return [question * 2 for question in questions]


async def test_alone_a_question_travels_at_once() -> None:
    far = Far()
    together = Together(far.work, 10)
    assert await together.ask(4) == 8
    assert far.journeys == [[4]]


async def test_what_comes_meanwhile_goes_together_and_each_gets_its_own_answer() -> None:
    far = Far()
    together = Together(far.work, 10)
    far.open.clear()
    first = asyncio.create_task(together.ask(0))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(together.ask(n)) for n in range(1, 26)]
    await asyncio.sleep(0.01)
    far.open.set()
    assert await asyncio.gather(first, *others) == [n * 2 for n in range(26)]
    assert [len(journey) for journey in far.journeys] == [1, 10, 10, 5]


async def test_a_journey_that_fails_fails_for_those_on_it_and_no_others() -> None:
    far = Far()
    together = Together(far.work, 2)
    results = await asyncio.gather(
        *(together.ask(n) for n in (1, 2, -13, 3, 4)), return_exceptions=True
    )
    assert [type(result) for result in results] == [int, int, ValueError, ValueError, int]
    assert await together.ask(5) == 10


async def test_a_caller_that_leaves_disturbs_nobody() -> None:
    far = Far()
    together = Together(far.work, 10)
    far.open.clear()
    leaving, staying = (asyncio.create_task(together.ask(n)) for n in (1, 2))
    await asyncio.sleep(0.01)
    leaving.cancel()
    far.open.set()
    assert await staying == 4
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_what_is_only_told_is_gone_when_finish_returns() -> None:
    far = Far()
    together = Together(far.work, 10)
    for n in range(3):
        together.tell(n)
    await together.finish()
    assert [n for journey in far.journeys for n in journey] == [0, 1, 2]


async def test_the_journey_is_in_nobodys_context() -> None:
    transaction: contextvars.ContextVar[str] = contextvars.ContextVar("transaction")
    seen: list[str | None] = []

    async def look(questions: list[int]) -> list[None]:
        seen.append(transaction.get(None))
        return [None] * len(questions)

    transaction.set("somebody's")
    await Together(look, 10).ask(1)
    assert seen == [None]


async def test_what_was_begun_travels_while_its_caller_does_something_else() -> None:
    far = Far()
    together = Together(far.work, 10)
    begun = together.begin(3)
    await asyncio.sleep(0.01)
    assert far.journeys == [[3]]
    assert await begun == 6


async def test_what_was_begun_and_given_up_disturbs_nobody() -> None:
    far = Far()
    together = Together(far.work, 10)
    far.open.clear()
    given_up, kept = together.begin(1), together.begin(2)
    await asyncio.sleep(0.01)
    given_up.cancel()
    far.open.set()
    assert await kept == 4
    assert given_up.cancelled()

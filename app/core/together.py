"""Requests in flight share one round trip: whoever asks while one is under way goes with the next.

It needs no timer. Under no load a question travels alone and at once; under load hundreds share a
round trip, and it is the other side's pace that makes them wait for each other.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Together(Generic[Question, Answer]):
    """Gathers questions for `work`, which answers many at once, in their order.

    What `work` raises, every one of that batch gets. A caller who is cancelled takes nothing back
    and disturbs no other.
    """

    def __init__(
        self, work: Callable[[list[Question]], Awaitable[Sequence[Answer]]], most: int
    ) -> None:
        """`most` questions go in one batch."""
        self._work = work
        self._most = most
        self._waiting: deque[tuple[Question, asyncio.Future[Answer] | None]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Answer:
        """The answer to `question`, after the round trip that it shared."""
        return await self.begin(question)

    def begin(self, question: Question) -> "asyncio.Future[Answer]":
        """As `ask`, for a caller who does something else meanwhile, and then waits or cancels."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        self._begin()
        return answer

    def tell(self, question: Question) -> None:
        """Have `question` go with the others, and do not wait for what becomes of it."""
        self._waiting.append((question, None))
        self._begin()

    async def finish(self) -> None:
        """Wait until everything that was asked has been answered."""
        while self._task:
            await asyncio.wait([self._task])

    def _begin(self) -> None:
        if self._task is None:
            # In a context of its own: the batch is nobody's request and in nobody's transaction.
            self._task = asyncio.get_running_loop().create_task(
                self._run(), context=contextvars.Context()
            )

    async def _run(self) -> None:
        try:
            while self._waiting:
                size = min(len(self._waiting), self._most)
                await self._go([self._waiting.popleft() for _ in range(size)])
        finally:
            self._task = None

    async def _go(self, batch: list[tuple[Question, "asyncio.Future[Answer] | None"]]) -> None:
        try:
            answers = await self._work([question for question, _ in batch])
        except BaseException as error:
            for _, waits in batch:
                if waits and not waits.done():
                    waits.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for (_, waits), answer in zip(batch, answers, strict=True):
            if waits and not waits.done():
                waits.set_result(answer)

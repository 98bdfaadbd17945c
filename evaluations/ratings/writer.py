"""Group commit: ratings in flight share one statement, and each is answered after its commit.

It needs no timer. One flusher takes whatever queued up during the last commit: under no load a
rating is alone in its statement, under load hundreds share one fsync.
"""

import asyncio
from collections import Counter as Tally
from collections import deque

import asyncpg
import structlog
from prometheus_client import Counter, Histogram
from tortoise.exceptions import DBConnectionError

from app.core.errors import Problem, Unavailable
from evaluations.ratings.intake import Entry, Outcome, take_in, with_firsts
from evaluations.ratings.refusals import refused

log = structlog.get_logger(__name__)
MOST_AT_ONCE = 512
"""Ratings in one statement, at most: more gain nothing, and a lock on a score lasts longer."""

batches = Histogram(
    "zhangban_ratings_batch", "Ratings in one commit.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 512)
)
outcomes_total = Counter("zhangban_ratings_total", "Ratings by outcome.", ["verdict"])
_AWAY = (
    DBConnectionError,
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
"""Errors of the connection, not of a row: trying the rows one by one cannot help."""


class QueueFull(Unavailable):
    """More ratings wait than `ratings_queue` allows; nothing of this one is kept."""

    code = "rating.queue_full"
    title = "评价提交较多，请稍后再试。"


class NotKept(Unavailable):
    """The database is away or did not answer; sending the same rating again is safe."""

    code = "rating.not_kept"
    title = "评价暂时没有保存，请稍后再试。"


class Unstorable(Problem):
    """The database refuses this one rating; the others of its batch are not touched by that."""

    status = 422
    code = "rating.unstorable"
    title = "评价内容无法保存，请修改后重试。"


class RatingWriter:
    """The writer of one worker. `app.server` starts it when the database is open."""

    def __init__(self, most_waiting: int) -> None:
        self._most_waiting = most_waiting
        self._waiting: deque[tuple[Entry, asyncio.Future[Outcome]]] = deque()
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write. Not from inside a transaction: the task would inherit it."""
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name="ratings")

    async def stop(self) -> None:
        """Take nothing more, write what waits, and end."""
        self._stopping = True
        self._wake.set()
        if self._task:
            await self._task
            self._task = None

    async def write(self, entry: Entry) -> Outcome:
        """What became of `entry`, once it is committed.

        A caller that is cancelled while waiting does not take the rating back.

        Raises:
            QueueFull: too many wait, or the worker is stopping.
            NotKept: the database is away. Whether this rating was kept may not be known; a
                repeat is answered with the first one's result.
            Unstorable: the database refuses this rating.
        """
        if self._stopping or self._task is None or len(self._waiting) >= self._most_waiting:
            refused.labels(QueueFull.code).inc()
            raise QueueFull
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, answer))
        self._wake.set()
        return await answer

    async def _run(self) -> None:
        while self._waiting or not self._stopping:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
                continue
            size = min(len(self._waiting), MOST_AT_ONCE)
            await self._flush([self._waiting.popleft() for _ in range(size)])

    async def _flush(self, batch: list[tuple[Entry, asyncio.Future[Outcome]]]) -> None:
        batches.observe(len(batch))
        try:
            await self._write(batch)
        except _AWAY as error:
            log.warning("ratings.database_away", error=type(error).__name__, ratings=len(batch))
            _fail(batch, NotKept)
        except Exception as error:
            if len(batch) == 1:
                log.warning("ratings.refused", error=type(error).__name__)
                _fail(batch, _verdict_of(error))
                return
            log.warning("ratings.one_by_one", error=type(error).__name__, ratings=len(batch))
            for pair in batch:
                # A caller who went away is not answered, but the rating is still to be kept.
                if not pair[1].done() or pair[1].cancelled():
                    await self._flush([pair])

    async def _write(self, batch: list[tuple[Entry, asyncio.Future[Outcome]]]) -> None:
        outcomes = await take_in([entry for entry, _ in batch])
        tally: Tally[str] = Tally()
        met: list[tuple[Entry, asyncio.Future[Outcome], Outcome]] = []
        for (entry, answer), outcome in zip(batch, outcomes, strict=True):
            if outcome.verdict in ("taken", "closed"):
                met.append((entry, answer, outcome))
            else:
                _answer(answer, outcome)
                tally[outcome.verdict] += 1
        if met:
            entries, answers, firsts = zip(*met, strict=True)
            for answer, outcome in zip(
                answers, await with_firsts(list(entries), list(firsts)), strict=True
            ):
                _answer(answer, outcome)
                tally[outcome.verdict] += 1
        for verdict, number in tally.items():
            outcomes_total.labels(verdict).inc(number)


def _verdict_of(error: Exception) -> type[Problem]:
    # A deadlock or a statement cut off is the moment's fault, not the rating's.
    passing = (asyncpg.TransactionRollbackError, asyncpg.OperatorInterventionError)
    return NotKept if isinstance(error, passing) else Unstorable


def _answer(answer: "asyncio.Future[Outcome]", outcome: Outcome) -> None:
    if not answer.done():
        answer.set_result(outcome)


def _fail(batch: list[tuple[Entry, "asyncio.Future[Outcome]"]], problem: type[Problem]) -> None:
    refused.labels(problem.code).inc(len(batch))
    for _, answer in batch:
        if not answer.done():
            answer.set_exception(problem())

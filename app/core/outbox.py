"""What must happen after a commit: kept in that commit, done at least once, made idempotent.

A handler gets the entry's `key`, which is the same at every attempt; it makes its effect happen
once for each key. An entry that keeps failing is put aside as `dead`, with its reason, for a
person to look at (`zhangban outbox list`) and to send again (`zhangban outbox replay`).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import structlog
from prometheus_client import Counter

from app.core import db

if TYPE_CHECKING:
    from app.core.acts import Act
    from app.core.house import House
    from app.core.live import Live

log = structlog.get_logger(__name__)
CHANNEL = "outbox"
BATCH = 20
LEASE = timedelta(seconds=60)
"""How long a worker may take over an entry before another takes it up again."""
POLL_SECONDS = 1.0
MOST_ATTEMPTS = 12
"""With the back-off below, the last attempt comes about 17 hours after the first."""

outcomes = Counter("zhangban_outbox_total", "Outbox entries by outcome.", ["topic", "outcome"])


@dataclass(frozen=True)
class Entry:
    """Something to be done after the commit, once for each `key`."""

    topic: str
    key: str
    payload: msgspec.Struct
    due_at: datetime


@dataclass(frozen=True)
class Handler:
    """How a topic is handled. `run(act, payload, key)` must be safe to repeat with the same key."""

    topic: str
    payload: type[msgspec.Struct]
    run: Callable[["Act", Any, str], Awaitable[None]]


class GiveUp(Exception):  # noqa: N818 - it is a verdict, not an error
    """Raised by a handler: trying again cannot help; the message says why."""


class NotYet(Exception):  # noqa: N818
    """Raised by a handler: try again at `at`, without counting this as a failure."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


def back_off(attempts: int) -> timedelta:
    """The pause after the n-th failed attempt: 2, 4, 8 … seconds, at most 6 hours."""
    return timedelta(seconds=min(2**attempts, 6 * 3600)) if attempts < 16 else timedelta(hours=6)


async def put(entries: Sequence[Entry], *, now: datetime) -> None:
    """Keep `entries` in the open transaction; a key that is there already stays as it is."""
    await db.execute(
        "INSERT INTO outbox (id, topic, key, payload, state, created_at, due_at, attempts)"
        " SELECT id, topic, key, payload, 'waiting', $6, due_at, 0 FROM unnest($1::uuid[],"
        " $2::text[], $3::text[], $4::jsonb[], $5::timestamptz[]) AS t(id, topic, key, payload,"
        " due_at) ON CONFLICT (topic, key) DO NOTHING",
        [db.new_id() for _ in entries],
        [entry.topic for entry in entries],
        [entry.key for entry in entries],
        [msgspec.json.encode(entry.payload).decode() for entry in entries],
        [entry.due_at for entry in entries],
        now,
    )


async def wake(live: "Live") -> None:
    """Tell the workers that there is something to do, so that they need not wait for their poll."""
    await live.publish(CHANNEL, b"")


async def listing(limit: int = 200) -> list[dict[str, Any]]:
    """What waits or is dead, the oldest first. Payloads may hold personal data and stay out."""
    return await db.fetch(
        "SELECT id, topic, key, state, attempts, due_at, last_error FROM outbox"
        " WHERE state <> 'done' ORDER BY due_at LIMIT $1",
        limit,
    )


async def replay(*, now: datetime, entry_id: UUID | None = None) -> int:
    """Put dead entries (all, or one) back into the queue; returns how many."""
    return await db.execute(
        "UPDATE outbox SET state = 'waiting', attempts = 0, due_at = $1, claimed_until = NULL"
        " WHERE state = 'dead' AND ($2::uuid IS NULL OR id = $2)",
        now,
        entry_id,
    )


async def forget_done(now: datetime, keep: timedelta = timedelta(days=30)) -> int:
    """Delete entries that were done longer ago than `keep`."""
    return await db.execute("DELETE FROM outbox WHERE state = 'done' AND done_at < $1", now - keep)


class Dispatcher:
    """Takes due entries, a few at a time, and hands them to their handlers."""

    def __init__(self, house: "House", handlers: Sequence[Handler]) -> None:
        self._house = house
        self._handlers = {handler.topic: handler for handler in handlers}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work in the background."""
        self._task = asyncio.create_task(self._run(), name="outbox")

    async def stop(self) -> None:
        """Stop; an entry in work is taken up again later by whoever comes first."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        async with self._house.live.listen(CHANNEL) as hints:
            while True:
                try:
                    worked = await self.work_once()
                except Exception as error:
                    log.warning("outbox.round_failed", error=type(error).__name__)
                    worked = 0
                    await asyncio.sleep(POLL_SECONDS)
                if worked < BATCH:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(hints.get(), POLL_SECONDS)

    async def work_once(self) -> int:
        """Handle what is due now, at most `BATCH` entries; returns how many there were."""
        now = self._house.clock.now()
        rows = await db.fetch(
            "UPDATE outbox SET claimed_until = $2, attempts = attempts + 1 WHERE id IN"
            " (SELECT id FROM outbox WHERE state = 'waiting' AND due_at <= $1"
            "  AND (claimed_until IS NULL OR claimed_until < $1) AND topic = ANY($4::text[])"
            "  ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)"
            " RETURNING id, topic, key, payload::text AS payload, attempts",
            now,
            now + LEASE,
            BATCH,
            list(self._handlers),
        )
        await asyncio.gather(*(self._handle(row) for row in rows))
        return len(rows)

    async def _handle(self, row: dict[str, Any]) -> None:
        from app.core.acts import system_act  # noqa: PLC0415 - acts write to the outbox

        handler = self._handlers[row["topic"]]
        act = system_act(self._house, row["topic"])
        try:
            payload = msgspec.json.decode(row["payload"], type=handler.payload)
            await handler.run(act, payload, row["key"])
        except GiveUp as verdict:
            await self._settle(row, "dead", act.at, error=str(verdict))
        except NotYet as verdict:
            await self._settle(row, "waiting", verdict.at, counted=False)
        except Exception as error:
            log.warning(
                "outbox.failed", topic=row["topic"], entry=str(row["id"]), error=repr(error)[:200]
            )
            dead = row["attempts"] >= MOST_ATTEMPTS
            due_at = self._house.clock.now() + back_off(row["attempts"])
            await self._settle(row, "dead" if dead else "waiting", due_at, error=repr(error))
        else:
            await self._settle(row, "done", act.at)

    async def _settle(
        self,
        row: dict[str, Any],
        state: str,
        due_at: datetime,
        *,
        error: str | None = None,
        counted: bool = True,
    ) -> None:
        outcomes.labels(row["topic"], state if not error or state == "dead" else "retry").inc()
        await db.execute(
            "UPDATE outbox SET state = $2::text, due_at = $3, claimed_until = NULL,"
            " last_error = $4, attempts = attempts - $6::int,"
            " done_at = CASE WHEN $2::text = 'done' THEN $5::timestamptz END WHERE id = $1",
            row["id"],
            state,
            due_at,
            error[:300] if error else None,
            self._house.clock.now(),
            0 if counted else 1,
        )

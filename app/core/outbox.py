"""What must happen after a commit: kept in that commit, done at least once, made idempotent.

A handler gets the entry's `key`, which is the same at every attempt; it makes its effect happen
once for each key. An entry that keeps failing is put aside as `dead`, with its reason, for a
person to look at (`zhangban outbox list`) and to send again (`zhangban outbox replay`).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from app.core import db

if TYPE_CHECKING:
    from app.core.acts import Act
    from app.core.live import Live

CHANNEL = "outbox"
LEASE = timedelta(seconds=60)
"""How long a worker may take over an entry before another takes it up again."""
MOST_ATTEMPTS = 12
"""With the back-off below, the last attempt comes about 17 hours after the first."""


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

"""What must happen after a commit: kept in that commit, done at least once, made idempotent.

A handler gets the entry's `key`, which is the same at every attempt; it makes its effect happen
once for each key. An entry that keeps failing is put aside as `dead`, with its reason, for a
person to look at (`zhangban outbox dead`) and to send again (`zhangban outbox replay`).
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


async def listing(limit: int = 200, *, dead: bool = False) -> list[dict[str, Any]]:
    """What waits or is dead, or with `dead` that alone, the oldest first.

    Payloads may hold personal data and stay out.
    """
    return await db.fetch(
        "SELECT id, topic, key, state, attempts, due_at, last_error FROM outbox"
        " WHERE state <> 'done' AND (NOT $2 OR state = 'dead') ORDER BY due_at LIMIT $1",
        limit,
        dead,
    )


async def due(topic: str, keys: Sequence[str]) -> dict[str, datetime]:
    """When those of these entries that wait are looked at next, by key."""
    rows = await db.fetch(
        "SELECT key, due_at FROM outbox"
        " WHERE topic = $1 AND key = ANY($2::text[]) AND state = 'waiting'",
        topic,
        list(keys),
    )
    return {row["key"]: row["due_at"] for row in rows}


async def replay(*, now: datetime, entry_id: UUID | None = None, topic: str | None = None) -> int:
    """Put dead entries (all, of one topic, or one) back into the queue; returns how many."""
    return await db.execute(
        "UPDATE outbox SET state = 'waiting', attempts = 0, due_at = $1, claimed_until = NULL"
        " WHERE state = 'dead' AND ($2::uuid IS NULL OR id = $2)"
        " AND ($3::text IS NULL OR topic = $3)",
        now,
        entry_id,
        topic,
    )


async def again(topic: str, key: str, *, now: datetime) -> bool:
    """Put one dead entry back into the queue, in the open transaction; whether there was one."""
    return bool(
        await db.execute(
            "UPDATE outbox SET state = 'waiting', attempts = 0, due_at = $3, claimed_until = NULL"
            " WHERE topic = $1 AND key = $2 AND state = 'dead'",
            topic,
            key,
            now,
        )
    )


async def drop(topic: str, key: str, *, now: datetime) -> bool:
    """Have one entry not done any more, in the open transaction; whether it still was to be."""
    return bool(
        await db.execute(
            "UPDATE outbox SET state = 'done', done_at = $3, claimed_until = NULL"
            " WHERE topic = $1 AND key = $2 AND state <> 'done'",
            topic,
            key,
            now,
        )
    )


async def forget_done(now: datetime, keep: timedelta = timedelta(days=30)) -> int:
    """Delete entries that were done longer ago than `keep`."""
    return await db.execute("DELETE FROM outbox WHERE state = 'done' AND done_at < $1", now - keep)

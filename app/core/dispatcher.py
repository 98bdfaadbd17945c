"""Handing out what the outbox holds: due entries, a few at a time, to their handlers."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog
from prometheus_client import Counter

from app.core import db
from app.core.acts import system_act
from app.core.background import Background
from app.core.house import House
from app.core.outbox import CHANNEL, LEASE, MOST_ATTEMPTS, GiveUp, Handler, NotYet, back_off

log = structlog.get_logger(__name__)
BATCH = 20
POLL_SECONDS = 1.0
"""How long an entry may lie until it is found, when the hint that it is there was lost."""

outcomes = Counter("zhangban_outbox_total", "Outbox entries by outcome.", ["topic", "outcome"])


class Dispatcher(Background):
    """Takes due entries, a few at a time, and hands them to their handlers.

    An entry in work when it is stopped is taken up again later by whoever comes first.
    """

    def __init__(self, house: House, handlers: Sequence[Handler]) -> None:
        self._house = house
        self._handlers = {handler.topic: handler for handler in handlers}

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

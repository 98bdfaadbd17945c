"""One act: who does it, when, and the one transaction in which all of it happens.

    async with act.transaction() as tx:
        ...                                  # load and lock, ask the rules, write rows
        tx.audit("case.accepted", f"case:{case.id}", hall_id=case.hall_id)
        tx.later("notices.send", notice, key=f"case:{case.id}:accepted")

The audit entries and the outbox entries are written with the rows, just before the commit.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from tortoise.transactions import in_transaction

from app.core import audit, outbox
from app.core.auth import Actor, System
from app.core.clock import day_of
from app.core.house import House


class Transaction:
    """What one act adds to its commit, and what shall happen right after it."""

    def __init__(self, act: "Act") -> None:
        self._act = act
        self._entries: list[audit.Entry] = []
        self._later: list[outbox.Entry] = []
        self._after: list[Callable[[], Awaitable[None]]] = []

    def audit(
        self, verb: str, subject: str, *, hall_id: UUID | None = None, **data: audit.Plain
    ) -> None:
        """Leave a trace: this actor did `verb` to `subject` ("case:…"). No personal data."""
        self._entries.append(
            audit.Entry(
                at=self._act.at,
                actor=self._act.actor.key,
                verb=verb,
                subject=subject,
                hall_id=hall_id,
                request_id=self._act.request_id,
                data=data,
            )
        )

    def later(
        self, topic: str, payload: msgspec.Struct, *, key: str, due_at: datetime | None = None
    ) -> None:
        """Have `topic` handled after the commit, once for each `key`, at `due_at` or at once."""
        self._later.append(outbox.Entry(topic, key, payload, due_at or self._act.at))

    def after_commit(self, do: Callable[[], Awaitable[None]]) -> None:
        """Run `do` once the commit stands: a hint to other workers, never work that must happen."""
        self._after.append(do)

    async def _flush(self) -> None:
        if self._later:
            await outbox.put(self._later, now=self._act.at)
            self._after.append(lambda: outbox.wake(self._act.house.live))
        # The chain's lock is taken last and held for the commit alone.
        if self._entries:
            await audit.append(self._act.house.keyring, self._entries)


@dataclass
class Act:
    """An actor at a moment, with the house to act in. One for each request, job or command."""

    house: House
    actor: Actor
    at: datetime
    request_id: str | None = None
    _open: Transaction | None = field(default=None, repr=False)

    @property
    def today(self) -> date:
        """The day in China on which this act happens."""
        return day_of(self.at)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """The act's transaction; inside one that is open already, that same one."""
        if self._open is not None:
            yield self._open
            return
        transaction = Transaction(self)
        async with in_transaction("default"):
            self._open = transaction
            try:
                yield transaction
                await transaction._flush()
            finally:
                self._open = None
        for do in transaction._after:
            await do()


def system_act(house: House, job: str) -> Act:
    """An act of the system itself, now."""
    return Act(house, System(job), house.clock.now())


def canonical(value: Any) -> bytes:
    """JSON with sorted keys: the same bytes for the same value, for digests."""
    return msgspec.json.encode(value, order="sorted")

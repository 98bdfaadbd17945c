"""Answers about what is published, kept ready as JSON: everybody asks for the same few.

A worker drops all of them when it publishes or withdraws something itself, and when another worker
says on the live channel that it did. That message may be lost, so that every `LOOK_SECONDS` it
looks which versions are published: what anybody reads is no older than that. Whoever then applies
by an old guide is told so, because an application names the version that its applicant read. What
is shown besides, names of departments and how often an item was used, may be `KEEP_SECONDS` old.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar, cast
from uuid import UUID

import msgspec

from app.catalog.schemas import Offered
from app.core import db
from app.core.acts import Act
from app.core.background import Background
from app.core.kept import Kept
from app.core.live import Live
from app.core.privacy import encode_hook
from app.core.together import Together

CHANNEL = "catalog"
"""The live channel on which a worker says that what is published has changed."""
LOOK_SECONDS = 5.0
KEEP_SECONDS = 60.0
MOST_ANSWERS = 4_000
MOST_BYTES = 24_000_000
_encode = msgspec.json.Encoder(enc_hook=encode_hook).encode
Shown = TypeVar("Shown")
versions: Kept[UUID, Offered] = Kept(300)
"""The versions that this worker has handled lately: what one says stays, its state may change."""


class Shelf(Background):
    """The answers that this worker has given lately. `app.server` puts one in the house."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._kept: dict[Hashable, tuple[float, bytes]] = {}
        self._bytes = 0
        self._edition = 0
        self._published: str | None = None
        self._looked_at = -LOOK_SECONDS
        self._looks: Together[None, str] = Together(_look, 10_000)

    async def answer(self, key: Hashable, make: Callable[[], Awaitable[Shown]]) -> Shown:
        """The answer under `key`, made where there is none that is fresh. It is JSON already and
        only fit to be sent; what `make` raises is not kept."""
        now = asyncio.get_running_loop().time()
        if now - self._looked_at >= LOOK_SECONDS:
            await self._look_again(now)
        kept = self._kept.get(key)
        if kept and now - kept[0] < KEEP_SECONDS:
            return cast(Shown, msgspec.Raw(kept[1]))
        edition = self._edition
        made = _encode(await make())
        if edition == self._edition:  # nothing was published while it was being read
            self._keep(key, now, made)
        return cast(Shown, msgspec.Raw(made))

    def clear(self) -> None:
        """Drop everything, also what is just being read."""
        versions.clear()
        self._edition += 1
        self._kept.clear()
        self._bytes = 0

    async def changed(self) -> None:
        """Have every worker drop its answers, this one at once."""
        self.clear()
        await self._live.publish(CHANNEL, b"")

    async def _look_again(self, now: float) -> None:
        published = await self._looks.ask(None)
        if published != self._published:
            self.clear()
        self._published, self._looked_at = published, now

    def _keep(self, key: Hashable, now: float, made: bytes) -> None:
        self._drop(key)
        while self._kept and (
            len(self._kept) >= MOST_ANSWERS or self._bytes + len(made) > MOST_BYTES
        ):
            self._drop(next(iter(self._kept)))
        self._kept[key] = (now, made)
        self._bytes += len(made)

    def _drop(self, key: Hashable) -> None:
        gone = self._kept.pop(key, None)
        self._bytes -= len(gone[1]) if gone else 0

    async def _run(self) -> None:
        async with self._live.listen(CHANNEL) as changes:
            while True:
                await changes.get()
                self.clear()


async def _look(asked: list[None]) -> list[str]:
    """Which versions are published, as a text that is another one when they are others."""
    row = await db.fetch_one(
        "SELECT concat(count(*), '.', sum(hashtext(version_id::text))) AS published FROM item_index"
    )
    assert row is not None
    return [row["published"]] * len(asked)


async def changed(act: Act) -> None:
    """After a commit that changed what is published: every worker drops its answers."""
    await act.house.part(Shelf).changed()

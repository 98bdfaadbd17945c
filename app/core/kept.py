"""What a worker has read lately and may go on with for a few seconds: names, calendars, guides.

For what changes rarely and where an answer from a moment ago does no harm: whoever acted a moment
earlier had got the same. What must be right at this very moment is read from the database.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable
from typing import Generic, TypeVar

KEEP_SECONDS = 5.0
"""Bounds how long a worker goes on with what another has changed."""
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """The last values of one kind, each for `KEEP_SECONDS` at most. Nobody may change them."""

    def __init__(self, most: int) -> None:
        """Keep `most` values; the one that was read longest ago goes first."""
        self._most = most
        self._values: dict[Key, tuple[float, Value]] = {}
        self._edition = 0

    async def of(self, key: Key, read: Callable[[], Awaitable[Value]]) -> Value:
        """The value of `key`, by `read` where there is none that is fresh. What raises is not kept.

        Not for what the open transaction has changed itself: it may still be undone.
        """
        fresh = self._fresh([key])
        if key in fresh:
            return fresh[key]
        edition = self._edition
        value = await read()
        self._keep({key: value}, edition)
        return value

    async def of_all(
        self, keys: Collection[Key], read: Callable[[list[Key]], Awaitable[dict[Key, Value]]]
    ) -> dict[Key, Value]:
        """The values of several keys; `read` gets those that are not fresh, and may find fewer."""
        found = self._fresh(keys)
        missing = [key for key in keys if key not in found]
        if missing:
            edition = self._edition
            read_now = await read(missing)
            self._keep(read_now, edition)
            found |= read_now
        return found

    def clear(self) -> None:
        """Drop everything, also what is just being read: something has changed."""
        self._edition += 1
        self._values.clear()

    def _fresh(self, keys: Collection[Key]) -> dict[Key, Value]:
        since = asyncio.get_running_loop().time() - KEEP_SECONDS
        return {
            key: kept[1]
            for key in keys
            if (kept := self._values.get(key)) is not None and kept[0] > since
        }

    def _keep(self, values: dict[Key, Value], edition: int) -> None:
        """Keep what was read, unless something was changed while it was being read."""
        if edition != self._edition:
            return
        now = asyncio.get_running_loop().time()
        for key, value in values.items():
            self._values.pop(key, None)
            if len(self._values) >= self._most:
                del self._values[next(iter(self._values))]
            self._values[key] = (now, value)

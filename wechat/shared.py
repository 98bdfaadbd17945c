"""What the workers share through Redis, as long as Redis answers soon."""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from wechat.errors import PlatformDown

log = logging.getLogger(__name__)

SOON = 1.0
"""Seconds. redis-py by itself tries for up to ten seconds to reach a server that is down."""

_POLL = 0.05
_RELEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""

_Answer = TypeVar("_Answer")


class RedisAway(Exception):  # noqa: N818 - not an error here: the caller goes on without
    """Redis is down or too slow; the text is the name of what happened."""


async def ask(command: Awaitable[_Answer]) -> _Answer:
    """Redis's answer to `command`.

    Raises:
        RedisAway: it did not come within a second.
    """
    try:
        async with asyncio.timeout(SOON):
            return await command
    except (RedisError, OSError, TimeoutError) as error:
        raise RedisAway(type(error).__name__) from None


async def one_fetch(
    redis: "Redis | None",
    claim_key: str,
    *,
    patience: float,
    read: Callable[[], Awaitable[_Answer | None]],
    fetch: Callable[[], Awaitable[_Answer]],
) -> _Answer:
    """One of all workers fetches; the others wait for what it leaves where `read` finds it.

    `patience` (seconds) is how long one fetch may take; what a worker claimed that then died is
    free again a little later. Without `redis`, each worker fetches for itself.

    Raises:
        RedisAway: fetch alone.
        PlatformDown: others were at it for too long.
    """
    if redis is None:
        found = await read()
        return await fetch() if found is None else found
    owner = secrets.token_hex(16)
    claim_ms = int((patience + 2) * 1000)
    give_up = time.monotonic() + 2 * (patience + 2)
    while time.monotonic() < give_up:
        found = await read()
        if found is not None:
            return found
        if await ask(redis.set(claim_key, owner, nx=True, px=claim_ms)):
            try:
                # Another worker may have finished between our reading and our claim.
                found = await read()
                return await fetch() if found is None else found
            finally:
                await _release(redis, claim_key, owner)
        await asyncio.sleep(_POLL)
    raise PlatformDown


async def _release(redis: "Redis", claim_key: str, owner: str) -> None:
    try:
        await ask(redis.eval(_RELEASE, 1, claim_key, owner))
    except RedisAway as away:
        log.warning("wechat: a claim was not released, redis is away (%s)", away)


class Flights(Generic[_Answer]):
    """Callers of one process that want the same thing at the same time share one journey for it,
    and its failure. One who hangs up does not stop it.
    """

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[_Answer]] = {}

    async def join(self, key: str, start: Callable[[], Coroutine[Any, Any, _Answer]]) -> _Answer:
        """What the journey for `key` brings; it is started if none is under way."""
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(start())
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Stop what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _landed(self, key: str, task: "asyncio.Task[_Answer]") -> None:
        self._under_way.pop(key, None)
        if not task.cancelled():
            # Every waiting caller has had the failure; looked at, asyncio does not report it.
            task.exception()

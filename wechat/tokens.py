"""The access token: fetched once for all callers and workers, renewed before it ends.

The platform's stable token stays the same for up to two hours; within its last five minutes a
call gives the next one, and both are good until the old one ends. So a token is due for renewal
once those five minutes have begun.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable

import msgspec
from redis.asyncio import Redis

from wechat.errors import PlatformDown
from wechat.shared import RedisAway, ask

log = logging.getLogger(__name__)

RENEW_BEFORE = 270
"""Seconds before its end at which a token is renewed: safely inside the platform's five minutes."""

_SHORTEST = 30
_POLL = 0.05
_RELEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""

Fetch = Callable[[], Awaitable[tuple[str, float]]]
"""Asks the platform for the token: the token, and the seconds that it still lives."""


class _Kept(msgspec.Struct, frozen=True):
    token: str
    due: float

    def __repr__(self) -> str:
        return f"_Kept(due={self.due})"


class TokenKeeper:
    """Keeps one mini program's access token in memory and, for the other workers, in Redis.

    `patience` (seconds) is how long one fetch may take. Without Redis, or while it is down, each
    process fetches for itself: the stable token is the same for all.
    """

    def __init__(
        self,
        appid: str,
        fetch: Fetch,
        redis: "Redis | None",
        *,
        patience: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._key = f"wechat:{appid}:token"
        self._claim_key = f"wechat:{appid}:token-claim"
        self._fetch = fetch
        self._redis = redis
        self._patience = patience
        self._now = now
        self._kept: _Kept | None = None
        self._renewal: asyncio.Task[_Kept] | None = None

    async def get(self, stale: str | None = None) -> str:
        """A token that is not due. `stale` is one that the platform has just refused.

        Callers at the same time share one renewal, and its failure. One who hangs up does not
        stop it. The answer may equal `stale` if the platform itself still stands by it.

        Raises:
            WeChatError: the platform did not give a token.
        """
        usable = self._usable(self._kept, stale)
        if usable:
            return usable.token
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(stale))
            self._renewal.add_done_callback(_look_at)
        kept = await asyncio.shield(self._renewal)
        return kept.token

    async def aclose(self) -> None:
        """Stop a renewal that is under way."""
        if self._renewal and not self._renewal.done():
            self._renewal.cancel()
            await asyncio.wait([self._renewal])

    def _usable(self, kept: _Kept | None, stale: str | None) -> _Kept | None:
        if kept and kept.token != stale and self._now() < kept.due:
            return kept
        return None

    async def _renew(self, stale: str | None) -> _Kept:
        try:
            kept = await self._renew_together(stale)
        except RedisAway as away:
            log.warning("wechat token: redis is away (%s), fetching alone", away)
            kept = await self._ask()
        self._kept = kept
        return kept

    async def _renew_together(self, stale: str | None) -> _Kept:
        """One of all workers fetches; the others wait for what it puts into Redis."""
        if self._redis is None:
            return await self._ask()
        owner = secrets.token_hex(16)
        claim_ms = int((self._patience + 2) * 1000)
        give_up = time.monotonic() + 2 * (self._patience + 2)
        while time.monotonic() < give_up:
            shared = self._usable(await self._read(), stale)
            if shared:
                return shared
            if await ask(self._redis.set(self._claim_key, owner, nx=True, px=claim_ms)):
                return await self._fetch_for_all(owner, stale)
            await asyncio.sleep(_POLL)
        raise PlatformDown

    async def _fetch_for_all(self, owner: str, stale: str | None) -> _Kept:
        assert self._redis is not None
        try:
            # Another worker may have finished between our reading and our claim.
            shared = self._usable(await self._read(), stale)
            if shared:
                return shared
            kept = await self._ask()
            await self._share(kept)
            return kept
        finally:
            await self._release(owner)

    async def _ask(self) -> _Kept:
        token, expires_in = await self._fetch()
        return _Kept(token, self._now() + max(expires_in - RENEW_BEFORE, _SHORTEST))

    async def _read(self) -> _Kept | None:
        assert self._redis is not None
        raw = await ask(self._redis.get(self._key))
        if raw is None:
            return None
        try:
            return msgspec.json.decode(raw, type=_Kept)
        except msgspec.MsgspecError:
            return None

    async def _share(self, kept: _Kept) -> None:
        assert self._redis is not None
        seconds = max(int(kept.due - self._now()), 1)
        try:
            await ask(self._redis.set(self._key, msgspec.json.encode(kept), ex=seconds))
        except RedisAway as away:
            log.warning("wechat token: not shared, redis is away (%s)", away)

    async def _release(self, owner: str) -> None:
        assert self._redis is not None
        try:
            await ask(self._redis.eval(_RELEASE, 1, self._claim_key, owner))
        except RedisAway as away:
            log.warning("wechat token: claim not released (%s)", away)


def _look_at(task: "asyncio.Task[_Kept]") -> None:
    """Look at the failure that every waiting caller has had, so that asyncio does not report it."""
    if not task.cancelled():
        task.exception()

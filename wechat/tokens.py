"""The access token: fetched once for all callers and workers, renewed before it ends.

The platform's stable token stays the same for up to two hours; within its last five minutes a
call gives the next one, and both are good until the old one ends. So a token is due for renewal
once those five minutes have begun.
"""

import logging
import time
from collections.abc import Awaitable, Callable

import msgspec
from redis.asyncio import Redis

from wechat.shared import Flights, RedisAway, ask, one_fetch

log = logging.getLogger(__name__)

RENEW_BEFORE = 270
"""Seconds before its end at which a token is renewed: safely inside the platform's five minutes."""

REFUSALS_APART = 10
"""Seconds for which a token that came after a refusal is not asked about again, when it is refused
too: while the platform refuses whatever it gives, we neither fetch nor repeat call after call.
"""

_SHORTEST = 30

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
        self._renewals: Flights[_Kept] = Flights()
        self._after_refusal: tuple[str, float] | None = None

    async def get(self) -> str:
        """A token that is not due.

        Callers at the same time share one renewal, and its failure. One who hangs up does not
        stop it.

        Raises:
            WeChatError: the platform did not give a token.
        """
        return (await self._usable_or_new(None)).token

    async def after_refusal(self, refused: str) -> str | None:
        """The token with which to repeat a call, once, that the platform refused with `refused`.

        It equals `refused` if the platform still stands by it. None: it was asked just now, and
        gave the very token that is refused; do not repeat the call.

        Raises:
            WeChatError: the platform did not give a token.
        """
        if self._after_refusal:
            token, until = self._after_refusal
            if token == refused and self._now() < until:
                return None
        kept = await self._usable_or_new(refused)
        self._after_refusal = (kept.token, self._now() + REFUSALS_APART)
        return kept.token

    async def aclose(self) -> None:
        """Stop a renewal that is under way."""
        await self._renewals.aclose()

    async def _usable_or_new(self, stale: str | None) -> _Kept:
        usable = self._usable(self._kept, stale)
        return usable or await self._renewals.join("token", lambda: self._renew(stale))

    def _usable(self, kept: _Kept | None, stale: str | None) -> _Kept | None:
        if kept and kept.token != stale and self._now() < kept.due:
            return kept
        return None

    async def _renew(self, stale: str | None) -> _Kept:
        async def read() -> _Kept | None:
            return self._usable(await self._read(), stale)

        try:
            kept = await one_fetch(
                self._redis,
                self._claim_key,
                patience=self._patience,
                read=read,
                fetch=self._fetch_for_all,
            )
        except RedisAway as away:
            log.warning("wechat token: redis is away (%s), fetching alone", away)
            kept = await self._ask()
        self._kept = kept
        return kept

    async def _fetch_for_all(self) -> _Kept:
        kept = await self._ask()
        await self._share(kept)
        return kept

    async def _ask(self) -> _Kept:
        token, expires_in = await self._fetch()
        return _Kept(token, self._now() + max(expires_in - RENEW_BEFORE, _SHORTEST))

    async def _read(self) -> _Kept | None:
        raw = await ask(self._redis.get(self._key)) if self._redis is not None else None
        if raw is None:
            return None
        try:
            return msgspec.json.decode(raw, type=_Kept)
        except msgspec.MsgspecError:
            return None

    async def _share(self, kept: _Kept) -> None:
        if self._redis is None:
            return
        seconds = max(int(kept.due - self._now()), 1)
        try:
            await ask(self._redis.set(self._key, msgspec.json.encode(kept), ex=seconds))
        except RedisAway as away:
            log.warning("wechat token: not shared, redis is away (%s)", away)

"""Nonces: each is good once, in every worker. Requests in flight ask Redis together."""

import asyncio
from collections.abc import Sequence

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from app.core.together import Together

WAIT_SECONDS = 0.5
"""How long Redis may take; then the requests go on without this check."""
MOST_TOGETHER = 512
_CLAIM = """
local fresh = {}
for place, key in ipairs(KEYS) do
    fresh[place] = redis.call('SET', key, '', 'NX', 'EX', ARGV[1]) and '1' or '0'
end
return table.concat(fresh)
"""


class Nonces:
    """The nonces that signed requests have used. `app.server` puts one in the house."""

    def __init__(self, redis: Redis, keep_seconds: int) -> None:
        """`keep_seconds`: for how long a nonce is remembered; longer than a signature holds."""
        self._claim: AsyncScript = redis.register_script(_CLAIM)
        self._keep_seconds = keep_seconds
        self._asked: Together[str, bool] = Together(self._claim_all, MOST_TOGETHER)

    async def use(self, name: str) -> bool:
        """Use up the nonce of this name (signer and nonce); False if it was used before.

        Raises:
            RedisError, OSError: Redis is away or slow (TimeoutError); it is not known.
        """
        return await self._asked.ask(f"nonce:{name}")

    async def _claim_all(self, names: list[str]) -> Sequence[bool]:
        async with asyncio.timeout(WAIT_SECONDS):
            fresh = await self._claim(keys=names, args=[self._keep_seconds])
        return [byte == ord("1") for byte in fresh]

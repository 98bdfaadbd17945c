"""How often something may be done: counted in Redis, and let through while Redis is away."""

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string
from prometheus_client import Counter

from app.core.errors import TooMany

log = structlog.get_logger(__name__)
unguarded = Counter("zhangban_limits_unguarded_total", "Checks let through without a counter.")


class Limits:
    """The limiter of a process. `hit` raises TooMany; a lost Redis never blocks a citizen."""

    def __init__(self, redis_url: str) -> None:
        storage = storage_from_string(f"async+{redis_url}", implementation="redispy")
        assert isinstance(storage, Storage)
        self._limiter = SlidingWindowCounterRateLimiter(storage)
        self._parsed: dict[str, RateLimitItem] = {}

    async def hit(self, limit: str, *names: str) -> None:
        """Count one use of `names` (what, and by whom) against `limit`, such as "5/minute".

        Raises:
            TooMany: the limit is used up; its `Retry-After` is the length of the window.
        """
        item = self._parsed.setdefault(limit, parse(limit))
        try:
            allowed = await self._limiter.hit(item, *names)
        except Exception as error:
            unguarded.inc()
            log.warning("limits.unguarded", error=type(error).__name__)
            return
        if not allowed:
            raise TooMany(retry_after=item.get_expiry())

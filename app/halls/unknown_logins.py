"""Wrong passwords for logins that nobody has: refused in the same steps and the same time.

Else the lock that only accounts have, or the time that it takes to count a wrong password, would
tell which logins there are.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from redis.exceptions import RedisError

from app.core.acts import Act
from app.core.errors import Problem

log = structlog.get_logger(__name__)
KEPT = timedelta(days=1)
"""For how long the tries below the lock are remembered."""

REFUSED_AFTER = 0.15
"""Seconds: longer than it takes to compare a password and to count a wrong one."""


@asynccontextmanager
async def no_sooner() -> AsyncIterator[None]:
    """Whatever is refused in here is refused no sooner than after `REFUSED_AFTER`."""
    began = asyncio.get_running_loop().time()
    try:
        yield
    except Problem:
        await asyncio.sleep(began + REFUSED_AFTER - asyncio.get_running_loop().time())
        raise


async def seconds_locked(act: Act, login: str) -> int | None:
    """Count one try; for how many seconds the login is locked from now on, None if it is not.

    While Redis is away nothing is counted, and nothing is locked.
    """
    settings = act.house.settings
    lock = timedelta(minutes=settings.login_lock_minutes)
    # Of whoever types a password in the wrong field, nothing readable is kept.
    key = f"staff.unknown_login:{hashlib.sha256(login.lower().encode()).hexdigest()}"
    redis = act.house.redis
    try:
        tries = await redis.incr(key)
        if tries <= settings.login_attempts:
            await redis.expire(key, lock if tries == settings.login_attempts else KEPT)
        return max(await redis.ttl(key), 1) if tries >= settings.login_attempts else None
    except (RedisError, OSError) as error:
        log.warning("logins.uncounted", error=type(error).__name__)
        return None

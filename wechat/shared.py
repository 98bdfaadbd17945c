"""What the workers share through Redis, as long as Redis answers soon."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from redis.exceptions import RedisError

SOON = 1.0
"""Seconds. redis-py by itself tries for up to ten seconds to reach a server that is down."""

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

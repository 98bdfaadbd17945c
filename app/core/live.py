"""Messages between workers and open sockets: one Redis subscription a worker, bounded queues.

A live message is a hint, never the truth: it may be lost while Redis is away. Whoever listens
reads the database when it connects, and again whenever a hint comes.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
PREFIX = "live:"
BACKLOG = 64
"""Messages that may wait for one listener; a listener that is slower misses the oldest."""


class Live:
    """Publishes to, and listens on, named channels across all workers."""

    def __init__(self, redis: Redis, subscriber: Redis) -> None:
        """`subscriber` waits without a time limit, which `redis` must not."""
        self._redis = redis
        self._subscriber = subscriber
        self._listeners: dict[str, set[asyncio.Queue[bytes]]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()

    def start(self) -> None:
        """Begin to listen to the other workers."""
        self._task = asyncio.create_task(self._run(), name="live")

    async def stop(self) -> None:
        """Stop listening and drop the subscription."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def ready(self, timeout: float) -> bool:  # noqa: ASYNC109 - a bound on waiting is all it is
        """Wait until the subscription stands; False if it does not within `timeout` seconds."""
        try:
            await asyncio.wait_for(self._connected.wait(), timeout)
        except TimeoutError:
            return False
        return True

    async def publish(self, channel: str, message: bytes) -> None:
        """Tell every listener of `channel`, in whichever worker; never raises."""
        if self._connected.is_set():
            try:
                await self._redis.publish(PREFIX + channel, message)
            except (RedisError, OSError) as error:
                log.warning("live.publish_failed", channel=channel, error=type(error).__name__)
            else:
                return
        self._deliver(channel, message)

    @contextlib.asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[asyncio.Queue[bytes]]:
        """A queue of the messages on `channel` for as long as the block runs."""
        queue: asyncio.Queue[bytes] = asyncio.Queue(BACKLOG)
        self._listeners[channel].add(queue)
        try:
            yield queue
        finally:
            self._listeners[channel].discard(queue)
            if not self._listeners[channel]:
                del self._listeners[channel]

    def _deliver(self, channel: str, message: bytes) -> None:
        for queue in self._listeners.get(channel, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(message)

    async def _run(self) -> None:
        while True:
            try:
                async with self._subscriber.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.psubscribe(PREFIX + "*")
                    self._connected.set()
                    async for message in subscription.listen():
                        channel = message["channel"].decode().removeprefix(PREFIX)
                        self._deliver(channel, message["data"])
            except (RedisError, OSError) as error:
                log.warning("live.redis_lost", error=type(error).__name__)
            finally:
                self._connected.clear()
            await asyncio.sleep(1)

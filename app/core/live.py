"""Messages between workers and open sockets: one Redis subscription a worker, bounded queues.

A live message is a hint, never the truth: it may be lost while Redis is away. Whoever listens
reads the database when it connects, and again whenever a hint comes.

All messages travel on one Redis channel, those of the same moment together, and the same one only
once: reading a message off Redis costs a worker as much as a good part of a request.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.background import Background
from app.core.together import Together

log = structlog.get_logger(__name__)
WIRE = "live"
"""The Redis channel: lists of channel and message, in MessagePack."""
BACKLOG = 64
"""Messages that may wait for one listener; a listener that is slower misses the oldest."""
MOST_TOGETHER = 1_000
Message = tuple[str, bytes]
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Message]).decode


class Live(Background):
    """Publishes to, and listens on, named channels across all workers."""

    def __init__(self, redis: Redis, subscriber: Redis) -> None:
        """`subscriber` waits without a time limit, which `redis` must not."""
        self._redis = redis
        self._subscriber = subscriber
        self._listeners: dict[str, set[asyncio.Queue[bytes]]] = defaultdict(set)
        self._connected = asyncio.Event()
        self._leaving: Together[Message, None] = Together(self._send, MOST_TOGETHER)

    async def stop(self) -> None:
        """Send what waits, stop listening and drop the subscription."""
        await self._leaving.finish()
        await super().stop()

    async def ready(self, timeout: float) -> bool:  # noqa: ASYNC109 - a bound on waiting is all it is
        """Wait until the subscription stands; False if it does not within `timeout` seconds."""
        try:
            await asyncio.wait_for(self._connected.wait(), timeout)
        except TimeoutError:
            return False
        return True

    async def publish(self, channel: str, message: bytes) -> None:
        """Tell every listener of `channel`, in whichever worker; never raises."""
        await self._leaving.ask((channel, message))

    def hint(self, channel: str) -> None:
        """Tell every listener of `channel` to look, and do not wait until that has left."""
        self._leaving.tell((channel, b""))

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

    async def _send(self, messages: list[Message]) -> Sequence[None]:
        different = list(dict.fromkeys(messages))
        sent = False
        if self._connected.is_set():
            try:
                await self._redis.publish(WIRE, _encode(different))
                sent = True
            except (RedisError, OSError) as error:
                log.warning("live.publish_failed", error=type(error).__name__)
        if not sent:
            self._deliver(different)
        return [None] * len(messages)

    def _deliver(self, messages: list[Message]) -> None:
        for channel, message in messages:
            for queue in self._listeners.get(channel, ()):
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(message)

    async def _run(self) -> None:
        while True:
            try:
                async with self._subscriber.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.subscribe(WIRE)
                    self._connected.set()
                    async for message in subscription.listen():
                        self._receive(message["data"])
            except (RedisError, OSError) as error:
                log.warning("live.redis_lost", error=type(error).__name__)
            finally:
                self._connected.clear()
            await asyncio.sleep(1)

    def _receive(self, data: bytes) -> None:
        try:
            self._deliver(_decode(data))
        except msgspec.MsgspecError:
            log.warning("live.unreadable", bytes=len(data))

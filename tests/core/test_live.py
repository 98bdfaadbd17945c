"""Live messages reach every worker, never block, and do without Redis."""

import asyncio

import redis.asyncio as aioredis

from app.core.house import House
from app.core.live import BACKLOG, WIRE, Live


async def test_a_message_reaches_listeners_in_another_worker(house: House) -> None:
    url = house.settings.redis_url
    other = Live(aioredis.Redis.from_url(url), aioredis.Redis.from_url(url))
    other.start()
    assert await other.ready(30)
    async with other.listen("window:1") as there, house.live.listen("window:1") as here:
        await house.live.publish("window:1", b"prompt")
        assert await asyncio.wait_for(there.get(), 30) == b"prompt"
        assert await asyncio.wait_for(here.get(), 30) == b"prompt"
    await other.stop()


async def test_only_the_channel_itself_is_heard(house: House) -> None:
    async with house.live.listen("window:1") as queue:
        await house.live.publish("window:11", b"other")
        await house.live.publish("window:1", b"own")
        assert await asyncio.wait_for(queue.get(), 30) == b"own"
        assert queue.empty()


async def test_a_slow_listener_misses_the_oldest_and_blocks_nobody(house: House) -> None:
    async with house.live.listen("wall") as queue, house.live.listen("wall") as quick:
        for number in range(BACKLOG + 10):
            await house.live.publish("wall", str(number).encode())
        async with asyncio.timeout(30):
            while await quick.get() != str(BACKLOG + 9).encode():
                pass
        assert queue.qsize() == BACKLOG
        assert queue.get_nowait() == b"10"


async def test_hints_of_one_moment_travel_together_and_the_same_one_once(house: House) -> None:
    sent: list[bytes] = []
    url = house.settings.redis_url

    class Counting(aioredis.Redis):
        async def publish(self, channel: str, message: bytes, **more: object) -> int:
            sent.append(message)
            return await super().publish(channel, message, **more)

    live = Live(Counting.from_url(url), aioredis.Redis.from_url(url))
    live.start()
    assert await live.ready(30)
    async with live.listen("window:1") as one, live.listen("window:2") as two:
        for _ in range(50):
            live.hint("window:1")
            live.hint("window:2")
        assert await asyncio.wait_for(one.get(), 30) == b""
        assert await asyncio.wait_for(two.get(), 30) == b""
        await asyncio.sleep(0.1)
        assert one.empty()
        assert two.empty()
    assert len(sent) == 1
    await live.stop()


async def test_a_message_that_is_not_ours_is_passed_over(house: House) -> None:
    async with house.live.listen("window:1") as queue:
        await house.redis.publish(WIRE, b"\xc1 nonsense")
        await house.live.publish("window:1", b"own")
        assert await asyncio.wait_for(queue.get(), 30) == b"own"


async def test_without_redis_this_worker_still_hears_itself() -> None:
    dead = aioredis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    live = Live(dead, dead)
    live.start()
    assert not await live.ready(0.2)
    async with live.listen("window:1") as queue:
        await live.publish("window:1", b"prompt")
        assert await asyncio.wait_for(queue.get(), 30) == b"prompt"
    await live.stop()

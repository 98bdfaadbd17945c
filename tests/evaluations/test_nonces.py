"""A nonce is good once, in whichever worker, however many are asked about at the same moment."""

import asyncio

import pytest
import redis.asyncio as aioredis
from redis.exceptions import RedisError

from app.core.house import House
from evaluations.devices.nonces import Nonces


@pytest.fixture
def workers(house: House) -> tuple[Nonces, Nonces]:
    return Nonces(house.redis, 60), Nonces(aioredis.Redis.from_url(house.settings.redis_url), 60)


async def test_once_in_one_batch(workers: tuple[Nonces, Nonces]) -> None:
    here, _ = workers
    answers = await asyncio.gather(*(here.use(name) for name in ("a", "b", "a", "c", "a")))
    assert answers == [True, True, False, True, False]


async def test_once_in_all_workers(workers: tuple[Nonces, Nonces]) -> None:
    names = [f"device:{n}" for n in range(700)]
    answers = await asyncio.gather(*(worker.use(name) for name in names for worker in workers))
    assert sum(answers) == len(names)
    assert not await workers[0].use(names[0])


async def test_it_is_kept_for_as_long_as_a_signature_holds(house: House) -> None:
    nonces = Nonces(house.redis, 60)
    await nonces.use("device:once")
    assert 0 < await house.redis.ttl("nonce:device:once") <= 60


async def test_after_redis_forgot_its_scripts_it_goes_on(house: House) -> None:
    nonces = Nonces(house.redis, 60)
    assert await nonces.use("before")
    await house.redis.script_flush()
    assert await nonces.use("after")
    assert not await nonces.use("before")


async def test_without_redis_it_says_so() -> None:
    dead = aioredis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    with pytest.raises((RedisError, OSError)):
        await Nonces(dead, 60).use("any")

"""One access token for all callers and workers, renewed before it ends."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from wechat.client import WeChat
from wechat.errors import BadCredentials, PlatformDown

TOKEN = "/cgi-bin/stable_token"
CODE = "/wxa/getwxacodeunlimit"


async def use(client: WeChat) -> None:
    """Any call that needs a token."""
    await client.get_unlimited_qrcode("a=1", "pages/index/index")


async def test_fifty_callers_cause_one_fetch(client: WeChat, controls: Any) -> None:
    await asyncio.gather(*(use(client) for _ in range(50)))
    assert await controls.calls(TOKEN) == 1
    assert await controls.calls(CODE) == 50


async def test_several_workers_cause_one_fetch(
    new_client: Callable[..., WeChat], redis: Redis, controls: Any
) -> None:
    await controls.fault("latency", path=TOKEN, seconds=0.1)
    workers = [new_client(redis=redis) for _ in range(5)]
    await asyncio.gather(*(use(worker) for worker in workers for _ in range(4)))
    assert await controls.calls(TOKEN) == 1


async def test_a_worker_that_comes_later_takes_the_token_that_is_there(
    new_client: Callable[..., WeChat], redis: Redis, controls: Any
) -> None:
    await use(new_client(redis=redis))
    await use(new_client(redis=redis))
    assert await controls.calls(TOKEN) == 1


async def test_without_redis_a_process_fetches_for_itself_once(
    new_client: Callable[..., WeChat], no_redis: Redis, controls: Any
) -> None:
    client = new_client(redis=no_redis)
    await asyncio.gather(*(use(client) for _ in range(10)))
    await use(client)
    assert await controls.calls(TOKEN) == 1


async def test_a_token_is_renewed_before_it_ends(client: WeChat, controls: Any) -> None:
    await use(client)
    await controls.post("clock", forward=7200 - 280)
    await use(client)
    assert await controls.calls(TOKEN) == 1
    await controls.post("clock", forward=20)
    await use(client)
    assert await controls.calls(TOKEN) == 2
    await use(client)
    assert await controls.calls(TOKEN) == 2
    assert await controls.calls(CODE) == 4, "no call was refused on the way"


async def test_a_refused_token_is_renewed_and_the_call_made_again(
    client: WeChat, controls: Any
) -> None:
    await use(client)
    await controls.post("tokens/revoke")
    await asyncio.gather(*(use(client) for _ in range(10)))
    assert await controls.calls(TOKEN) == 2


async def test_an_expired_token_is_renewed_and_the_call_made_again(
    new_client: Callable[..., WeChat], controls: Any
) -> None:
    stopped = new_client(now=lambda: 0.0)
    await use(stopped)
    await controls.post("clock", forward=7300)
    await use(stopped)
    assert await controls.calls(CODE) == 3


async def test_a_storm_of_refused_tokens_ends_after_one_more_try(
    client: WeChat, controls: Any
) -> None:
    await controls.fault("token", path="/wxa")
    with pytest.raises(BadCredentials) as caught:
        await use(client)
    assert caught.value.errcode == 40001
    assert await controls.calls(CODE) == 2


async def test_a_wrong_secret_is_told_as_such(
    new_client: Callable[..., WeChat], redis: Redis, controls: Any
) -> None:
    with pytest.raises(BadCredentials) as caught:
        await use(new_client(redis=redis, secret="wrong"))
    assert caught.value.errcode == 40125
    assert await controls.calls(CODE) == 0


async def test_callers_share_one_failure_and_the_next_one_tries_again(
    client: WeChat, controls: Any
) -> None:
    await controls.fault("http_5xx", path=TOKEN, times=1)
    outcomes = await asyncio.gather(*(use(client) for _ in range(20)), return_exceptions=True)
    assert all(isinstance(outcome, PlatformDown) for outcome in outcomes)
    assert await controls.calls(TOKEN) == 1
    await use(client)


async def test_a_caller_who_hangs_up_does_not_stop_the_fetch(client: WeChat, controls: Any) -> None:
    await controls.fault("latency", path=TOKEN, seconds=0.2, times=1)
    first = asyncio.create_task(use(client))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(use(client))
    await asyncio.sleep(0.02)
    first.cancel()
    await second
    assert await controls.calls(TOKEN) == 1


async def test_what_a_dead_worker_claimed_is_free_again(
    new_client: Callable[..., WeChat], redis: Redis, appid: str, controls: Any
) -> None:
    await redis.set(f"wechat:{appid}:token-claim", "dead", px=300)
    await use(new_client(redis=redis))
    assert await controls.calls(TOKEN) == 1

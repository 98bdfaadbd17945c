"""One access token for all callers and workers, renewed before it ends."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from wechat.client import WeChat
from wechat.errors import BadCredentials, PlatformDown
from wechat.tokens import REFUSALS_APART

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


async def test_while_all_tokens_are_refused_neither_fetches_nor_repeats_go_on(
    client: WeChat, controls: Any
) -> None:
    await use(client)
    await controls.fault("token", path="/wxa")
    for _ in range(20):
        with pytest.raises(BadCredentials):
            await use(client)
    assert await controls.calls(TOKEN) == 2, "asked once whether the token still stands"
    assert await controls.calls(CODE) == 1 + 2 + 19, "one call was repeated, once"
    await controls.post("clock", forward=REFUSALS_APART + 1)
    with pytest.raises(BadCredentials):
        await use(client)
    assert await controls.calls(TOKEN) == 3
    await controls.http.delete("/_sandbox/faults")
    await use(client)


async def test_fifty_callers_in_a_storm_ask_once(client: WeChat, controls: Any) -> None:
    await use(client)
    await controls.fault("token", path="/wxa")
    outcomes = await asyncio.gather(*(use(client) for _ in range(50)), return_exceptions=True)
    assert all(isinstance(outcome, BadCredentials) for outcome in outcomes)
    assert await controls.calls(TOKEN) <= 3


async def test_a_token_that_comes_after_a_storm_is_used_at_once(
    client: WeChat, controls: Any
) -> None:
    await use(client)
    await controls.fault("token", path="/wxa", times=2)
    with pytest.raises(BadCredentials):
        await use(client)
    await controls.post("tokens/revoke")
    with pytest.raises(BadCredentials):
        await use(client)
    await controls.post("clock", forward=REFUSALS_APART + 1)
    await use(client)


async def _worker(url: str, redis_url: str, appid: str, secret: str) -> None:
    redis = Redis.from_url(redis_url)
    client = WeChat(appid=appid, secret=secret, redis=redis, base_url=url)
    await asyncio.gather(*(use(client) for _ in range(10)))
    await client.aclose()
    await redis.aclose()


def _process(url: str, redis_url: str, appid: str, secret: str, gate: Any) -> None:
    gate.wait(30)
    asyncio.run(_worker(url, redis_url, appid, secret))


@pytest.mark.slow
async def test_three_processes_cause_one_fetch(
    sandbox: Any, controls: Any, appid: str, secret: str
) -> None:
    await controls.fault("latency", path=TOKEN, seconds=0.3)
    spawn = multiprocessing.get_context("spawn")
    gate = spawn.Barrier(3)
    given = (sandbox.url, os.environ["REDIS_URL"], appid, secret, gate)
    processes = [spawn.Process(target=_process, args=given) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        await asyncio.to_thread(process.join, 60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert await controls.calls(TOKEN) == 1
    assert await controls.calls(CODE) == 30


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

"""A login code becomes an identity, once."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis

from wechat.client import WeChat
from wechat.errors import CodeInvalid, CodeUsed, HighRiskUser, PlatformDown, TooOften
from wechat.login import exchange

PATH = "/sns/jscode2session"


@asynccontextmanager
async def stalled() -> AsyncIterator[int]:
    """The port of a server that takes connections and never says a word."""
    held: list[asyncio.StreamWriter] = []

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for writer in held:
            writer.close()


async def test_the_same_person_has_the_same_openid(
    client: WeChat, redis: Redis, controls: Any
) -> None:
    first = await exchange(client, redis, await controls.login_code("王芳"))
    second = await exchange(client, redis, await controls.login_code("王芳"))
    other = await exchange(client, redis, await controls.login_code("李四"))
    assert first.openid == second.openid != other.openid
    assert first.session_key not in repr(first)


async def test_a_replayed_code_is_refused_without_asking_the_platform(
    client: WeChat, redis: Redis, controls: Any
) -> None:
    code = await controls.login_code()
    await exchange(client, redis, code)
    with pytest.raises(CodeUsed):
        await exchange(client, redis, code)
    assert await controls.calls(PATH) == 1


async def test_of_ten_at_once_with_one_code_one_gets_in(
    client: WeChat, redis: Redis, controls: Any
) -> None:
    code = await controls.login_code()
    outcomes = await asyncio.gather(
        *(exchange(client, redis, code) for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(outcome, CodeUsed) for outcome in outcomes) == 9
    assert await controls.calls(PATH) == 1


async def test_after_a_lost_answer_the_code_is_not_tried_again(
    new_client: Callable[..., WeChat], redis: Redis, controls: Any
) -> None:
    client, code = new_client(redis=redis, timeout=0.4), await controls.login_code()
    await controls.fault("lost", path="/sns", seconds=20, times=1)
    with pytest.raises(PlatformDown):
        await exchange(client, redis, code)
    with pytest.raises(CodeUsed):
        await exchange(client, redis, code)
    assert await controls.calls(PATH) == 1


async def test_the_claim_ends_with_the_codes_own_life_and_does_not_hold_the_code(
    client: WeChat, redis: Redis, controls: Any, appid: str
) -> None:
    code = await controls.login_code()
    await exchange(client, redis, code)
    (key,) = [key async for key in redis.scan_iter(f"wechat:{appid}:code:*")]
    assert code.encode() not in key
    assert 290 < await redis.ttl(key) <= 300


async def test_without_redis_the_platforms_single_use_is_the_guard(
    new_client: Callable[..., WeChat],
    no_redis: Redis,
    controls: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client, code = new_client(), await controls.login_code()
    with caplog.at_level(logging.WARNING):
        assert (await exchange(client, no_redis, code)).openid
    assert "redis is away" in caplog.text
    assert code not in caplog.text
    with pytest.raises(CodeUsed) as caught:
        await exchange(client, no_redis, code)
    assert caught.value.errcode == 40163


async def test_a_redis_that_does_not_answer_delays_a_login_by_a_second_at_most(
    new_client: Callable[..., WeChat], controls: Any
) -> None:
    code = await controls.login_code()
    async with stalled() as port, asyncio.timeout(3):
        hung = Redis(host="127.0.0.1", port=port)
        assert (await exchange(new_client(), hung, code)).openid
        await hung.aclose()


async def test_an_old_code_is_invalid(client: WeChat, redis: Redis, controls: Any) -> None:
    code = await controls.login_code()
    await controls.post("clock", forward=301)
    with pytest.raises(CodeInvalid):
        await exchange(client, redis, code)


@pytest.mark.parametrize("code", ["", " ", "a b", "码", "x" * 257, "a\x00b", "a\n"])
async def test_what_cannot_be_a_code_never_reaches_the_platform(
    client: WeChat, redis: Redis, controls: Any, code: str
) -> None:
    with pytest.raises(CodeInvalid):
        await exchange(client, redis, code)
    assert await controls.calls(PATH) == 0


async def test_a_high_risk_user_is_kept_out(client: WeChat, redis: Redis, controls: Any) -> None:
    await controls.post("users", person="王芳", high_risk=True)
    with pytest.raises(HighRiskUser):
        await exchange(client, redis, await controls.login_code("王芳"))


async def test_too_many_logins_of_one_user_are_too_often(
    client: WeChat, redis: Redis, controls: Any
) -> None:
    for _ in range(100):
        await client.code_to_session(await controls.login_code())
    with pytest.raises(TooOften) as caught:
        await exchange(client, redis, await controls.login_code())
    assert caught.value.headers["Retry-After"] == "60"

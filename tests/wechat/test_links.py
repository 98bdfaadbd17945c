"""URL links for text messages: fetched once, given again while they live long enough."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from wechat.client import WeChat
from wechat.errors import (
    BadExpiry,
    BadPage,
    BadQuery,
    NotPublished,
    QuotaUsedUp,
    TooOften,
    WeChatError,
)
from wechat.links import url_link

LINK = "/wxa/generate_urllink"
PAGE = "pages/case/detail"


async def test_opens_a_page_with_its_query_for_thirty_days(
    client: WeChat, redis: Redis, controls: Any, sandbox: Any
) -> None:
    url = await url_link(client, redis, PAGE, "id=5116&from=sms")
    (made,) = await controls.get("links")
    assert (made["url"], made["path"], made["query"]) == (url, PAGE, "id=5116&from=sms")
    days = (made["ends"] - sandbox.platform.clock.now()) / 86_400
    assert 29.9 < days <= 30


async def test_many_callers_in_several_workers_cause_one_fetch(
    new_client: Callable[..., WeChat], redis: Redis, controls: Any
) -> None:
    await controls.fault("latency", path=LINK, seconds=0.1)
    workers = [new_client(redis=redis) for _ in range(3)]
    urls = await asyncio.gather(
        *(url_link(worker, redis, PAGE, "id=1") for worker in workers for _ in range(5))
    )
    assert len(set(urls)) == 1
    assert await controls.calls(LINK) == 1


async def test_another_page_query_or_build_is_another_link(client: WeChat, redis: Redis) -> None:
    urls = {
        await url_link(client, redis, PAGE, "id=1"),
        await url_link(client, redis, PAGE, "id=2"),
        await url_link(client, redis, "pages/rate/index", "id=1"),
        await url_link(client, redis, PAGE, "id=1", state="trial"),
    }
    assert len(urls) == 4


async def test_a_link_that_ends_too_soon_is_made_anew(
    client: WeChat, redis: Redis, controls: Any
) -> None:
    first = await url_link(client, redis, PAGE)
    await controls.post("clock", forward=22 * 86_400)
    assert await url_link(client, redis, PAGE) == first
    assert await url_link(client, redis, PAGE, at_least=timedelta(days=9)) != first


async def test_thirty_days_can_be_asked_for(client: WeChat, redis: Redis, controls: Any) -> None:
    whole = timedelta(days=30)
    first = await url_link(client, redis, PAGE, at_least=whole)
    assert await url_link(client, redis, PAGE, at_least=whole) == first
    await controls.post("clock", forward=3_600)
    assert await url_link(client, redis, PAGE, at_least=whole) != first


async def test_without_redis_each_call_fetches(
    new_client: Callable[..., WeChat], no_redis: Redis
) -> None:
    client = new_client()
    assert await url_link(client, no_redis, PAGE) != await url_link(client, no_redis, PAGE)
    assert await url_link(client, None, PAGE)


@pytest.mark.parametrize(
    ("page", "query", "more", "error"),
    [
        ("/pages/case/detail", "", {}, BadPage),
        ("pages/case/detail?id=1", "", {}, BadPage),
        (PAGE, "名=王", {}, BadQuery),
        (PAGE, "x" * 1025, {}, BadQuery),
        (PAGE, "", {"at_least": timedelta(days=31)}, BadExpiry),
        (PAGE, "", {"at_least": timedelta(0)}, BadExpiry),
        (PAGE, "", {"state": "release"}, WeChatError),
    ],
)
async def test_what_the_platform_would_refuse_is_not_asked(
    *,
    client: WeChat,
    redis: Redis,
    controls: Any,
    page: str,
    query: str,
    more: dict[str, Any],
    error: type[WeChatError],
) -> None:
    with pytest.raises(error):
        await url_link(client, redis, page, query, **more)
    assert await controls.calls(LINK) == 0


@pytest.mark.parametrize(
    ("errcode", "error"),
    [
        (40165, BadPage),
        (40212, BadQuery),
        (44990, TooOften),
        (44993, QuotaUsedUp),
        (85079, NotPublished),
        (85401, BadExpiry),
    ],
)
async def test_the_platforms_refusals_are_typed(
    *,
    client: WeChat,
    redis: Redis,
    controls: Any,
    errcode: int,
    error: type[WeChatError],
) -> None:
    await controls.fault("errcode", path=LINK, errcode=errcode, times=1)
    with pytest.raises(error) as caught:
        await url_link(client, redis, PAGE)
    assert caught.value.errcode == errcode
    assert await url_link(client, redis, PAGE), "a refusal is not kept"


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"path": "pages/none", "expire_type": 1, "expire_interval": 3}, 40165),
        ({"path": PAGE, "query": "名", "expire_type": 1, "expire_interval": 3}, 40212),
        ({"path": PAGE, "expire_type": 1, "expire_interval": 31}, 85401),
        ({"path": PAGE, "expire_type": 1, "expire_interval": 0}, 85401),
        ({"path": PAGE, "expire_time": 1}, 85401),
        ({"path": PAGE}, 85401),
        ({"path": PAGE, "env_version": "old", "expire_type": 1, "expire_interval": 3}, 40097),
    ],
)
async def test_the_sandbox_refuses_as_the_page_says(
    controls: Any, body: dict[str, Any], errcode: int
) -> None:
    assert (await controls.api(LINK, body)).json()["errcode"] == errcode


async def test_a_hundred_links_a_second_are_enough(controls: Any, sandbox: Any) -> None:
    token = (await controls.stable_token())["access_token"]
    stopped = sandbox.platform.clock.now()
    sandbox.platform.clock.now = lambda: stopped
    body = {"path": PAGE, "expire_type": 1, "expire_interval": 1}
    answers = [(await controls.api(LINK, body, token)).json()["errcode"] for _ in range(101)]
    assert answers == [0] * 100 + [44990]

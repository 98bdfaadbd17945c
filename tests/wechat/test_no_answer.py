"""Whether what was asked may have been done: told apart, because a message must not come twice."""

from collections.abc import Callable
from typing import Any

import pytest

from wechat.client import WeChat
from wechat.errors import NoAnswer, PlatformDown
from wechat.messages import send

PATH = "/cgi-bin/message/subscribe/send"


async def try_to_send(client: WeChat, controls: Any, values: dict[str, str]) -> PlatformDown:
    openid = await controls.subscribe("submitted", count=9)
    with pytest.raises(PlatformDown) as caught:
        await send(client, openid, "sandbox-submitted", values)
    return caught.value


@pytest.mark.parametrize("kind", ["timeout", "lost"])
async def test_what_was_sent_and_not_answered_may_have_been_done(
    new_client: Callable[..., WeChat], controls: Any, submitted: dict[str, str], kind: str
) -> None:
    await controls.fault(kind, path=PATH, seconds=1)
    error = await try_to_send(new_client(timeout=0.4), controls, submitted)
    assert isinstance(error, NoAnswer)
    assert error.retryable, "for whatever may happen twice"
    assert error.__cause__ is None


@pytest.mark.parametrize("kind", ["http_5xx", "html", "busy"])
async def test_another_answer_means_that_nothing_was_done(
    client: WeChat, controls: Any, submitted: dict[str, str], kind: str
) -> None:
    await controls.fault(kind, path=PATH, times=1)
    assert not isinstance(await try_to_send(client, controls, submitted), NoAnswer)


@pytest.mark.parametrize("kind", ["timeout", "lost"])
async def test_without_a_token_nothing_was_sent(
    new_client: Callable[..., WeChat], controls: Any, submitted: dict[str, str], kind: str
) -> None:
    await controls.fault(kind, path="/cgi-bin/stable_token", seconds=1)
    error = await try_to_send(new_client(timeout=0.4), controls, submitted)
    assert not isinstance(error, NoAnswer)


async def test_with_nobody_listening_nothing_was_sent(
    new_client: Callable[..., WeChat], controls: Any, submitted: dict[str, str]
) -> None:
    client = new_client(base_url="http://127.0.0.1:1")
    assert not isinstance(await try_to_send(client, controls, submitted), NoAnswer)

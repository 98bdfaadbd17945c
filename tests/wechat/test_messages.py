"""Subscribe messages reach those who agreed, and nothing is refused for its form."""

import asyncio
from typing import Any

import pytest

from wechat.client import WeChat
from wechat.errors import (
    BadPage,
    BadTemplate,
    Banned,
    InvalidUser,
    NotSubscribed,
    SensitiveWord,
    SeveralAtOnce,
    ValueDoesNotFit,
)
from wechat.messages import compose, send
from wechat.templates import TEMPLATES

SEND = "/cgi-bin/message/subscribe/send"
GOOD = {
    "character_string1": "511602202611210000019",
    "thing2": "公共场所卫生许可（新办、变更、延续、注销）综合窗口受理",
    "phrase3": "已受理",
    "time4": "2026年11月21日 09:30",
    "date4": "2026年11月30日",
    "thing5": "请带身份证\n原件",
}


def values_for(name: str) -> dict[str, str]:
    return {key: GOOD[key] for key in TEMPLATES[name].fields}


@pytest.mark.parametrize("name", list(TEMPLATES))
async def test_each_of_the_four_messages_arrives(client: WeChat, controls: Any, name: str) -> None:
    openid = await controls.subscribe(name)
    data = compose(name, values_for(name))
    await send(
        client, openid, f"sandbox-{name}", data, page="pages/case/detail?id=1", state="trial"
    )
    (message,) = await controls.get("sent", openid=openid)
    assert message["data"] == data
    assert message["data"]["thing2"] == "公共场所卫生许可（新办、变更、延续、注…"
    assert message["data"]["thing5"] == "请带身份证 原件"
    assert message["labels"] == dict(TEMPLATES[name].fields)
    assert (message["page"], message["state"]) == ("pages/case/detail?id=1", "trial")


class TestSubscriptions:
    async def test_who_has_not_agreed_gets_nothing(
        self, client: WeChat, controls: Any, submitted: dict[str, str]
    ) -> None:
        with pytest.raises(NotSubscribed):
            await send(client, await controls.openid(), "sandbox-submitted", submitted)
        assert await controls.get("sent") == []

    async def test_agreed_twice_is_two_messages(
        self, client: WeChat, controls: Any, submitted: dict[str, str]
    ) -> None:
        openid = await controls.subscribe("submitted", count=2)
        for _ in range(2):
            await send(client, openid, "sandbox-submitted", submitted)
        with pytest.raises(NotSubscribed):
            await send(client, openid, "sandbox-submitted", submitted)
        assert len(await controls.get("sent")) == 2

    async def test_long_term_does_not_run_out(
        self, client: WeChat, controls: Any, submitted: dict[str, str]
    ) -> None:
        openid = await controls.subscribe("submitted", long_term=True)
        for _ in range(5):
            await send(client, openid, "sandbox-submitted", submitted)
        assert len(await controls.get("sent", openid=openid)) == 5

    async def test_several_at_once_to_one_user_are_refused_and_use_nothing_up(
        self, client: WeChat, controls: Any, sandbox: Any, submitted: dict[str, str]
    ) -> None:
        sandbox.platform.send_seconds = 0.3
        openid = await controls.subscribe("submitted", count=1)
        outcomes = await asyncio.gather(
            *(send(client, openid, "sandbox-submitted", submitted) for _ in range(5)),
            return_exceptions=True,
        )
        assert outcomes.count(None) == 1
        refused = [outcome for outcome in outcomes if outcome]
        assert [type(outcome) for outcome in refused] == [SeveralAtOnce] * 4
        assert len(await controls.get("sent")) == 1


class TestRefusals:
    async def test_a_value_that_cannot_fit_is_never_sent(
        self, client: WeChat, controls: Any, submitted: dict[str, str]
    ) -> None:
        openid = await controls.subscribe("submitted")
        with pytest.raises(ValueDoesNotFit) as caught:
            await send(client, openid, "sandbox-submitted", submitted | {"phrase3": "等待补正材料"})
        assert caught.value.field == "phrase3"
        assert await controls.calls(SEND) == 0

    async def test_the_platforms_own_refusal_names_the_field_too(
        self, client: WeChat, controls: Any, submitted: dict[str, str]
    ) -> None:
        openid = await controls.subscribe("submitted")
        with pytest.raises(ValueDoesNotFit) as caught:
            await client.send_subscribe_message(
                openid, "sandbox-submitted", submitted | {"thing2": "事" * 21}
            )
        assert (caught.value.errcode, caught.value.field) == (47003, "thing2")

    async def test_an_unknown_user(self, client: WeChat, submitted: dict[str, str]) -> None:
        with pytest.raises(InvalidUser):
            await send(client, "oNobody", "sandbox-submitted", submitted)

    async def test_an_unknown_template(
        self, client: WeChat, controls: Any, submitted: dict[str, str]
    ) -> None:
        with pytest.raises(BadTemplate):
            await send(client, await controls.openid(), "none", submitted)

    async def test_a_page_with_a_leading_slash_is_never_sent(
        self, client: WeChat, controls: Any, submitted: dict[str, str]
    ) -> None:
        openid = await controls.subscribe("submitted")
        with pytest.raises(BadPage):
            await send(client, openid, "sandbox-submitted", submitted, page="/pages/case/detail")
        assert await controls.calls(SEND) == 0

    async def test_a_page_that_is_not_published(
        self, client: WeChat, controls: Any, submitted: dict[str, str]
    ) -> None:
        openid = await controls.subscribe("submitted")
        with pytest.raises(BadPage) as caught:
            await send(client, openid, "sandbox-submitted", submitted, page="pages/none")
        assert caught.value.errcode == 41030

    async def test_a_banned_user(
        self, client: WeChat, controls: Any, submitted: dict[str, str]
    ) -> None:
        openid = await controls.subscribe("submitted")
        await controls.post("users", openid=openid, banned=True)
        with pytest.raises(Banned):
            await send(client, openid, "sandbox-submitted", submitted)

    async def test_a_sensitive_word(
        self, client: WeChat, controls: Any, submitted: dict[str, str]
    ) -> None:
        openid = await controls.subscribe("submitted")
        with pytest.raises(SensitiveWord):
            await send(client, openid, "sandbox-submitted", submitted | {"thing5": "有敏感词"})


class TestCompose:
    def test_keeps_the_templates_order(self, submitted: dict[str, str]) -> None:
        data = compose("submitted", dict(reversed(submitted.items())))
        assert list(data) == list(TEMPLATES["submitted"].fields)

    def test_a_missing_or_extra_key_is_named(self, submitted: dict[str, str]) -> None:
        del submitted["thing5"]
        with pytest.raises(BadTemplate, match="thing5"):
            compose("submitted", submitted)
        with pytest.raises(BadTemplate, match="date9"):
            compose("submitted", submitted | {"thing5": "x", "date9": "2026-01-01"})

    def test_an_unknown_template_is_refused(self) -> None:
        with pytest.raises(BadTemplate):
            compose("nope", {})

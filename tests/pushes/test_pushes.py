"""What the platform pushes is verified, taken once, and answered `success` when it is kept."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from prometheus_client import REGISTRY

from app.core import db
from app.core.house import House
from app.pushes import service
from app.pushes.service import PushDoor
from app.settings import read
from tests.places import code_of
from tests.pushes.conftest import ADDRESS, AES_KEY, APPID, TOKEN, Platform, in_outbox
from wechat.push import PushKeys
from wechat.sandbox.envelopes import Envelope, Target, sign

CHECKED = {
    "trace_id": "6926a000-11112222-33334444",
    "version": 2,
    "errcode": 0,
    "result": {"suggest": "risky", "label": 20002},
}
ACCEPTED = {"List": {"TemplateId": "sandbox-rate", "SubscribeStatusString": "accept"}}


def counted(event: str, outcome: str) -> float:
    labels = {"event": event, "outcome": outcome}
    return REGISTRY.get_sample_value("zhangban_wechat_pushes_total", labels) or 0.0


@pytest.mark.parametrize("mode", ["plain", "compatible", "secure"])
@pytest.mark.parametrize("form", ["json", "xml"])
async def test_a_verdict_is_in_the_outbox_when_success_is_said(
    *, platform: Platform, door: PushDoor, mode: Any, form: Any
) -> None:
    platform.target = Target("http://h/", TOKEN, AES_KEY, mode, form)
    door.keys = PushKeys(TOKEN, "" if mode == "plain" else AES_KEY, APPID)
    answer = await platform.push("wxa_media_check", **CHECKED)
    assert (answer.status_code, answer.text) == (200, "success")
    [(topic, payload)] = await in_outbox()
    assert topic == "wechat.media_checked"
    assert payload["received_at"]
    assert {name: payload[name] for name in ("trace_id", "errcode", "suggest", "label")} == {
        "trace_id": CHECKED["trace_id"],
        "errcode": 0,
        "suggest": "risky",
        "label": 20002,
    }


async def test_what_users_chose_goes_to_the_messages(platform: Platform) -> None:
    entries = [
        {"TemplateId": "sandbox-rate", "SubscribeStatusString": "accept"},
        {"TemplateId": "sandbox-ready", "SubscribeStatusString": "reject"},
    ]
    await platform.push("subscribe_msg_popup_event", List=entries)
    [(topic, payload)] = await in_outbox()
    assert topic == "wechat.subscriptions"
    assert payload["openid"] == "o-wangfang"
    assert [(e["template_id"], e["scene"], e["status"]) for e in payload["entries"]] == [
        ("sandbox-rate", "popup", "accept"),
        ("sandbox-ready", "popup", "reject"),
    ]


async def test_the_same_push_again_is_answered_and_dropped(
    platform: Platform, house: House
) -> None:
    message = platform.message("subscribe_msg_change_event", **ACCEPTED)
    before = counted("subscribe_msg_change_event", "repeated")
    for _ in range(3):  # each with a nonce and a sealing of its own
        assert (await platform.send(platform.written(message))).text == "success"
    assert len(await in_outbox()) == 1
    assert counted("subscribe_msg_change_event", "repeated") == before + 2


async def test_of_two_copies_at_once_one_is_taken(platform: Platform) -> None:
    message = platform.message("wxa_media_check", **CHECKED)
    answers = await asyncio.gather(*(platform.send(platform.written(message)) for _ in range(8)))
    assert {answer.text for answer in answers} == {"success"}
    assert len(await in_outbox()) == 1


async def test_a_push_is_known_for_a_day(platform: Platform, house: House, act_as: Any) -> None:
    message = platform.message("wxa_media_check", **CHECKED)
    await platform.send(platform.written(message))
    house.clock.shift(timedelta(hours=23))
    assert await service.forget_old(act_as()) == 0
    await platform.send(platform.written(message))
    assert len(await in_outbox()) == 1
    house.clock.shift(timedelta(hours=2))
    assert await service.forget_old(act_as()) == 1


@pytest.mark.parametrize("event", ["user_enter_tempsession", "weapp_audit_success", "x" * 500])
async def test_an_event_that_nobody_uses_is_accepted_and_counted(
    platform: Platform, event: str
) -> None:
    before = counted("other", "ignored")
    assert (await platform.push(event, More={"a": ["b"]})).text == "success"
    assert await in_outbox() == []
    assert counted("other", "ignored") == before + 1


async def test_a_message_of_a_user_is_let_be(platform: Platform) -> None:
    told = {"FromUserName": "o-1", "MsgType": "text", "Content": "你好", "MsgId": 7}
    assert (await platform.send(platform.written(told))).text == "success"
    assert await in_outbox() == []


def spoilt_signature(envelope: Envelope) -> Envelope:
    query = envelope.query | {"msg_signature": "0" * 40}
    return msgspec.structs.replace(envelope, query=query)


def without_signature(envelope: Envelope) -> Envelope:
    query = {k: v for k, v in envelope.query.items() if k != "msg_signature"}
    return msgspec.structs.replace(envelope, query=query)


def other_body(envelope: Envelope) -> Envelope:
    body = envelope.body.replace(b'"Encrypt":"', b'"Encrypt":"AAAA')
    assert body != envelope.body
    return msgspec.structs.replace(envelope, body=body)


def plain_body(envelope: Envelope) -> Envelope:
    """Signed as in plain mode, which says nothing of the body."""
    body = msgspec.json.encode({"MsgType": "event", "Event": "wxa_media_check"} | CHECKED)
    return msgspec.structs.replace(envelope, body=body)


def huge(envelope: Envelope) -> Envelope:
    return msgspec.structs.replace(envelope, body=b'{"Encrypt":"' + b"A" * 70_000 + b'"}')


@pytest.mark.parametrize(
    "spoil", [spoilt_signature, without_signature, other_body, plain_body, huge]
)
async def test_a_forged_push_is_refused_without_a_word_of_why(
    platform: Platform, spoil: Any
) -> None:
    envelope = platform.written(platform.message("wxa_media_check", **CHECKED))
    answer = await platform.send(spoil(envelope))
    assert (answer.status_code, code_of(answer)) == (403, "pushes.refused")
    assert "detail" not in answer.json()
    assert await in_outbox() == []
    assert await db.fetch("SELECT key FROM wechat_pushes") == []


async def test_a_captured_push_cannot_be_sent_again_later(platform: Platform, house: House) -> None:
    envelope = platform.written(platform.message("wxa_media_check", **CHECKED))
    house.clock.shift(timedelta(minutes=6))
    answer = await platform.send(envelope)
    assert code_of(answer) == "pushes.refused"


@pytest.mark.parametrize(
    "odd",
    [
        {"trace_id": "t-1", "errcode": 0},  # no verdict
        {"trace_id": "", "errcode": 0, "result": {"suggest": "pass", "label": 100}},
        {"trace_id": "t-1", "errcode": "x"},
    ],
)
async def test_what_the_platform_itself_garbles_is_told_so_and_not_remembered(
    platform: Platform, odd: dict[str, Any]
) -> None:
    answer = await platform.push("wxa_media_check", **odd)
    assert (answer.status_code, code_of(answer)) == (400, "pushes.unreadable")
    # Sent again in full, it is taken.
    good = {"result": {"suggest": "pass", "label": 100}, "errcode": 0, "trace_id": "t-1"}
    assert (await platform.push("wxa_media_check", **good)).text == "success"


async def test_another_mini_programs_push_is_not_ours(platform: Platform) -> None:
    message = platform.message("wxa_media_check", **CHECKED)
    answer = await platform.send(platform.written(message, appid="wx-other"))
    assert code_of(answer) == "pushes.unreadable"
    assert await in_outbox() == []


async def test_the_console_can_check_the_address(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    stamp = str(platform.now())
    query = {"timestamp": stamp, "nonce": "n", "echostr": "5893"}
    right = query | {"signature": sign(TOKEN, stamp, "n")}
    answer = await client.get(ADDRESS, params=right)
    assert (answer.status_code, answer.text) == (200, "5893")
    for wrong in (
        right | {"signature": "0" * 40},
        right | {"timestamp": str(platform.now() - 400)},
        query,
        right | {"echostr": ["1", "2"]},
    ):
        assert (await client.get(ADDRESS, params=wrong)).status_code == 403


async def test_pushes_are_limited_by_address(
    client: httpx.AsyncClient, platform: Platform, settings_with: Any
) -> None:
    settings_with(wechat_pushes_per_minute=10)
    for _ in range(10):
        await client.post(ADDRESS, content=b"{}")
    answer = await platform.push("wxa_media_check", **CHECKED)
    assert answer.status_code == 429


async def test_a_house_without_a_token_takes_none(client: httpx.AsyncClient, house: House) -> None:
    for answer in (await client.get(ADDRESS), await client.post(ADDRESS, content=b"{}")):
        assert (answer.status_code, code_of(answer)) == (404, "not_found")


@pytest.mark.parametrize(
    "given",
    [{"wechat_push_aes_key": AES_KEY}, {"wechat_push_token": "t", "wechat_push_aes_key": "short"}],
)
def test_keys_that_do_not_fit_stop_the_start(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="ZHANGBAN_WECHAT_PUSH_"):
        PushDoor.from_settings(read(env={}, **given))


async def test_the_sandbox_and_the_house_understand_each_other(
    *, wechat: Any, door: PushDoor, server_url: str, work_outbox: Any
) -> None:
    """The whole way: the sandbox pushes with duplicates, the ledger of messages counts one."""
    platform = wechat.platform
    platform.pushes.aim(Target(f"{server_url}{ADDRESS}", TOKEN, AES_KEY))
    habits = platform.pushes.habits
    platform.pushes.habits = msgspec.structs.replace(habits, delay=0, duplicates=1)
    try:
        user = platform.people.user(person="推送")
        await db.execute(
            "INSERT INTO citizens (id, openid, created_at, seen_at) VALUES ($1, $2, now(), now())",
            db.new_id(),
            user.openid,
        )
        platform.answer_popup(user, {"sandbox-rate": "accept"}, long_term=False)
        await platform.pushes.settled()
        (pushed,) = [p for p in platform.pushes.log if p.openid == user.openid]
        assert [answer[:3] for answer in pushed.answers] == ["200", "200"]
        await work_outbox()
        rows = await db.fetch("SELECT remaining FROM subscriptions")
        assert rows == [{"remaining": 1}]
    finally:
        platform.pushes.aim(None)
        platform.pushes.habits = habits
        platform.pushes.log.clear()

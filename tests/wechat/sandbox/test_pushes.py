"""The sandbox pushes as the platform does: late, encrypted, sometimes twice, again on silence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sanic import HTTPResponse, Request, Sanic
from sanic.response import raw, text

from app.core import inprocess
from wechat.client import WeChat
from wechat.events import media_checked, subscription_entries
from wechat.messages import send
from wechat.moderation import Scene, check_image
from wechat.push import Event, PushKeys, PushRefused, read, verify_echo

TOKEN = "push-token"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


class Receiver:
    """A house that reads pushes; `answers` are the statuses with which it answers next."""

    def __init__(self, keys: PushKeys) -> None:
        self.keys = keys
        self.url = ""
        self.events: list[Event] = []
        self.refused: list[PushRefused] = []
        self.answers: list[int] = []
        self.picture = b"\x89PNG picture"

    async def post(self, request: Request) -> HTTPResponse:
        kind = request.headers.get("content-type", "")
        try:
            self.events.append(read(self.keys, request.args, request.body, kind))
        except PushRefused as refused:
            self.refused.append(refused)
            return text("", status=403)
        return text("success", status=self.answers.pop(0) if self.answers else 200)

    async def echo(self, request: Request) -> HTTPResponse:
        return text(verify_echo(self.keys.token, request.args))

    async def give_picture(self, _: Request, name: str) -> HTTPResponse:
        return raw(self.picture, status=404 if "missing" in name else 200)


@asynccontextmanager
async def receiving(keys: PushKeys) -> AsyncIterator[Receiver]:
    receiver = Receiver(keys)
    app: Sanic[Any, Any] = Sanic(f"receiver-{id(receiver)}", configure_logging=False)
    app.config.TOUCHUP = False
    app.add_route(receiver.post, "/push", methods=["POST"])
    app.add_route(receiver.echo, "/push", methods=["GET"])
    app.add_route(receiver.give_picture, "/pictures/<name:str>", methods=["GET"])
    async with inprocess.serving(app) as url:
        receiver.url = url
        yield receiver


@pytest.fixture
async def receiver(appid: str) -> AsyncIterator[Receiver]:
    async with receiving(PushKeys(TOKEN, AES_KEY, appid)) as found:
        yield found


@pytest.fixture
async def aimed(receiver: Receiver, controls: Any) -> Receiver:
    """The sandbox pushes to the receiver, at once and without oddities."""
    await aim(receiver, controls)
    return receiver


async def aim(receiver: Receiver, controls: Any, **more: Any) -> None:
    target = {"url": f"{receiver.url}/push", "token": TOKEN, "aes_key": AES_KEY}
    await controls.post("pushes/target", **(target | more))
    await calm(controls)


async def calm(controls: Any, **oddities: Any) -> None:
    habits = {
        "delay": 0,
        "duplicates": 0,
        "without_errcode": 0,
        "label_as_text": 0,
        "retry_seconds": 0,
    }
    await controls.post("pushes/habits", **(habits | oddities))


class TestDelivery:
    @pytest.mark.parametrize("mode", ["plain", "compatible", "secure"])
    @pytest.mark.parametrize("form", ["json", "xml"])
    async def test_an_event_arrives_in_the_mode_and_format_of_the_console(
        self, *, controls: Any, sandbox: Any, appid: str, mode: str, form: str
    ) -> None:
        async with receiving(PushKeys(TOKEN, "" if mode == "plain" else AES_KEY, appid)) as house:
            await aim(house, controls, mode=mode, format=form)
            openid = await controls.subscribe("submitted")
            await sandbox.platform.pushes.settled()
            (event,) = house.events
            assert (event.event, event.openid) == ("subscribe_msg_popup_event", openid)
            (entry,) = subscription_entries(event)
            assert (entry.template_id, entry.status) == ("sandbox-submitted", "accept")

    async def test_some_come_twice_with_the_same_key(
        self, aimed: Receiver, controls: Any, sandbox: Any
    ) -> None:
        await calm(controls, duplicates=1)
        await controls.subscribe("submitted")
        await sandbox.platform.pushes.settled()
        one, two = aimed.events
        assert one.key == two.key

    async def test_they_come_late_by_the_sandboxs_clock(
        self, aimed: Receiver, controls: Any, sandbox: Any
    ) -> None:
        await calm(controls, delay=1_000)
        await controls.subscribe("submitted")
        await asyncio.sleep(0.15)
        assert aimed.events == []
        await controls.post("clock", forward=1_001)
        await sandbox.platform.pushes.settled()
        assert len(aimed.events) == 1
        assert aimed.refused == [], "a moved clock does not make a push look old"

    @pytest.mark.parametrize(
        ("answers", "arrivals", "outcome"),
        [
            ([], 1, "delivered"),
            ([500], 2, "delivered"),
            ([500, 404], 3, "delivered"),
            ([500, 500, 500], 3, "failed"),
        ],
    )
    async def test_what_is_not_answered_with_success_comes_again_three_times_in_all(
        self,
        *,
        aimed: Receiver,
        controls: Any,
        sandbox: Any,
        answers: list[int],
        arrivals: int,
        outcome: str,
    ) -> None:
        aimed.answers = answers
        await controls.subscribe("submitted")
        await sandbox.platform.pushes.settled()
        assert len(aimed.events) == arrivals
        assert len({event.key for event in aimed.events}) == 1
        (pushed,) = (await controls.get("pushes"))["log"]
        assert pushed["outcome"] == outcome
        assert len(pushed["answers"]) == arrivals

    async def test_a_house_with_other_keys_refuses_them(
        self, aimed: Receiver, controls: Any, sandbox: Any, appid: str
    ) -> None:
        aimed.keys = PushKeys("other", AES_KEY, appid)
        await controls.subscribe("submitted")
        await sandbox.platform.pushes.settled()
        assert {refused.reason for refused in aimed.refused} == {"signature"}
        assert aimed.events == []

    async def test_without_an_address_a_push_is_noted_and_goes_nowhere(self, controls: Any) -> None:
        await controls.subscribe("submitted")
        (pushed,) = (await controls.get("pushes"))["log"]
        assert (pushed["outcome"], pushed["event"]) == ("nowhere", "subscribe_msg_popup_event")
        await controls.http.delete("/_sandbox/pushes")
        assert (await controls.get("pushes"))["log"] == []

    async def test_an_address_where_nobody_listens_fails(self, controls: Any, sandbox: Any) -> None:
        await controls.post("pushes/target", url="http://127.0.0.1:1/push")
        await calm(controls)
        await controls.subscribe("submitted")
        await sandbox.platform.pushes.settled()
        (pushed,) = (await controls.get("pushes"))["log"]
        assert (pushed["outcome"], pushed["answers"]) == ("failed", ["ConnectError"] * 3)

    async def test_the_address_can_be_checked_as_the_console_does(
        self, aimed: Receiver, controls: Any, appid: str
    ) -> None:
        assert (await controls.post("pushes/check"))["result"] == "ok"
        aimed.keys = PushKeys("other", AES_KEY, appid)
        assert (await controls.post("pushes/check"))["result"].startswith("500")

    async def test_a_target_that_is_none_is_refused(self, controls: Any) -> None:
        for wrong in (
            {"url": "nowhere"},
            {"url": "http://x/", "aes_key": "short"},
            {"url": "http://x/", "mode": "odd"},
        ):
            answer = await controls.http.post("/_sandbox/pushes/target", json=wrong)
            assert answer.status_code == 422
        answer = await controls.http.post("/_sandbox/pushes/target", content=b"null")
        assert answer.json()["target"] is None


class TestSubscriptions:
    async def test_several_templates_at_once_are_a_list_and_one_is_itself(
        self, aimed: Receiver, controls: Any, sandbox: Any
    ) -> None:
        choices = {"sandbox-submitted": "accept", "sandbox-ready": "reject"}
        shown = await controls.post("popups", person="王芳", choices=choices)
        assert shown["subscriptions"] == {"sandbox-submitted": 1}
        await controls.post("popups", person="王芳", choices={"sandbox-rate": "ban"})
        await sandbox.platform.pushes.settled()
        lists = sorted((event.data["List"] for event in aimed.events), key=len)
        assert isinstance(lists[0], list)
        assert isinstance(lists[1], dict)
        entries = [entry for event in aimed.events for entry in subscription_entries(event)]
        assert {(entry.template_id, entry.status) for entry in entries} == {
            ("sandbox-submitted", "accept"),
            ("sandbox-ready", "reject"),
            ("sandbox-rate", "ban"),
        }

    async def test_turning_messages_off_leaves_nothing_and_is_pushed(
        self, aimed: Receiver, controls: Any, sandbox: Any
    ) -> None:
        await controls.subscribe("submitted", count=3)
        shown = await controls.post(
            "refusals", person="王芳", template_ids=["sandbox-submitted", "sandbox-ready"]
        )
        assert set(shown["subscriptions"].values()) == {0}
        await sandbox.platform.pushes.settled()
        (change,) = [e for e in aimed.events if e.event == "subscribe_msg_change_event"]
        assert [entry.status for entry in subscription_entries(change)] == ["reject", "reject"]

    async def test_a_message_that_was_sent_is_reported(
        self,
        *,
        aimed: Receiver,
        client: WeChat,
        controls: Any,
        sandbox: Any,
        submitted: dict[str, str],
    ) -> None:
        openid = await controls.subscribe("submitted", count=2)
        for _ in range(2):
            await send(client, openid, "sandbox-submitted", submitted)
        await sandbox.platform.pushes.settled()
        sent = [e for e in aimed.events if e.event == "subscribe_msg_sent_event"]
        entries = [entry for event in sent for entry in subscription_entries(event)]
        assert [entry.error for entry in entries] == [0, 0]
        assert len({entry.msg_id for entry in entries}) == 2
        assert len({event.key for event in sent}) == 2

    async def test_an_unknown_template_is_told(self, controls: Any) -> None:
        body = {"person": "王芳", "choices": {"none": "accept"}}
        answer = await controls.http.post("/_sandbox/popups", json=body)
        assert answer.status_code == 404


class TestPictures:
    @pytest.fixture
    async def openid(self, client: WeChat, controls: Any) -> str:
        return (await client.code_to_session(await controls.login_code())).openid

    async def judged(self, aimed: Receiver, client: WeChat, openid: str, name: str) -> Any:
        url = f"{aimed.url}/pictures/{name}"
        trace_id = await check_image(client, openid, Scene.COMMENT, url)
        for _ in range(200):
            if aimed.events:
                break
            await asyncio.sleep(0.02)
        (event,) = aimed.events
        aimed.events.clear()
        found = media_checked(event)
        assert found.trace_id == trace_id
        return event, found

    @pytest.mark.parametrize(
        ("name", "suggest", "label"),
        [("cat.jpg", "pass", 100), ("risky.jpg", "risky", 20002), ("review.jpg", "review", 21000)],
    )
    async def test_are_fetched_and_judged_by_their_address(
        self,
        *,
        aimed: Receiver,
        client: WeChat,
        openid: str,
        name: str,
        suggest: str,
        label: int,
    ) -> None:
        _, found = await self.judged(aimed, client, openid, name)
        assert (found.errcode, found.suggest, found.label) == (0, suggest, label)

    async def test_that_cannot_be_fetched_are_not_judged(
        self, aimed: Receiver, client: WeChat, openid: str
    ) -> None:
        _, found = await self.judged(aimed, client, openid, "missing.jpg")
        assert (found.errcode, found.suggest) == (-1008, None)

    async def test_larger_than_ten_megabytes_are_not_judged(
        self, aimed: Receiver, client: WeChat, openid: str
    ) -> None:
        aimed.picture = bytes(10_000_001)
        _, found = await self.judged(aimed, client, openid, "large.jpg")
        assert found.errcode == -1008

    async def test_a_rule_can_be_set_for_the_next_ones(
        self, aimed: Receiver, client: WeChat, openid: str, controls: Any
    ) -> None:
        await controls.post("moderation", suggest="risky", label=20001, kind="image", times=1)
        _, found = await self.judged(aimed, client, openid, "cat.jpg")
        assert (found.suggest, found.label) == ("risky", 20001)
        _, found = await self.judged(aimed, client, openid, "cat.jpg")
        assert found.suggest == "pass"
        checked = (await controls.get("moderation"))["checked"]
        assert [one["suggest"] for one in checked] == ["risky", "pass"]

    async def test_results_come_without_a_code_or_with_a_label_as_text(
        self, aimed: Receiver, client: WeChat, openid: str, controls: Any
    ) -> None:
        await calm(controls, without_errcode=1, label_as_text=1)
        event, found = await self.judged(aimed, client, openid, "risky.jpg")
        assert "errcode" not in event.data
        assert event.data["result"]["label"] == "20002"
        assert (found.errcode, found.label) == (0, 20002)


class TestTexts:
    @pytest.mark.parametrize(
        ("body", "errcode"),
        [
            ({"version": 1, "content": "违禁词"}, 87014),
            ({"version": 1, "content": "好"}, 0),
            ({"version": 2, "content": ""}, 40097),
            ({"version": 2, "content": "字" * 2501}, 40097),
            ({"version": 2, "content": "好", "scene": 5, "openid": "o"}, 40097),
            ({"version": 2, "content": "好", "scene": 2, "openid": "o"}, 40003),
        ],
    )
    async def test_are_refused_as_the_page_says(
        self, controls: Any, body: dict[str, Any], errcode: int
    ) -> None:
        answer = await controls.api("/wxa/msg_sec_check", body)
        assert answer.json()["errcode"] == errcode

    async def test_rules_can_be_reset(self, controls: Any) -> None:
        before = await controls.get("moderation")
        await controls.post("moderation", suggest="review", contains="排队")
        assert len((await controls.get("moderation"))["rules"]) == len(before["rules"]) + 1
        await controls.http.delete("/_sandbox/moderation")
        assert (await controls.get("moderation"))["rules"] == before["rules"]

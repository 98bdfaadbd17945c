"""The sandbox answers as the platform's documentation says."""

import re
from typing import Any

import httpx
import pytest

from wechat.sandbox import create_sandbox, serving
from wechat.sandbox.clock import Clock
from wechat.sandbox.refusals import Refused
from wechat.sandbox.tokens import Tokens


class TestStableToken:
    async def test_is_the_same_with_what_is_left_of_it(self, controls: Any) -> None:
        first = await controls.stable_token()
        assert 7198 <= first["expires_in"] <= 7200
        await controls.post("clock", forward=1000)
        second = await controls.stable_token()
        assert second["access_token"] == first["access_token"]
        assert 6195 <= second["expires_in"] <= 6200

    async def test_changes_five_minutes_before_its_end_and_both_are_good_until_then(
        self, controls: Any, submitted: dict[str, str]
    ) -> None:
        old = (await controls.stable_token())["access_token"]
        await controls.post("clock", forward=6890)
        assert (await controls.stable_token())["access_token"] == old
        await controls.post("clock", forward=15)
        new = (await controls.stable_token())["access_token"]
        assert new != old
        assert await self.errcode(controls, old) == await self.errcode(controls, new) == 40003
        await controls.post("clock", forward=300)
        assert await self.errcode(controls, old) == 42001
        assert await self.errcode(controls, new) == 40003

    async def test_forced_it_ends_the_one_before_at_once(self, controls: Any) -> None:
        old = (await controls.stable_token())["access_token"]
        new = (await controls.stable_token(force=True))["access_token"]
        assert new != old
        assert await self.errcode(controls, old) == 40001

    async def test_forcing_again_within_thirty_seconds_changes_nothing(self, controls: Any) -> None:
        first = await controls.stable_token(force=True)
        await controls.post("clock", forward=29)
        again = await controls.stable_token(force=True)
        assert again["access_token"] == first["access_token"]
        await controls.post("clock", forward=2)
        assert (await controls.stable_token(force=True))["access_token"] != first["access_token"]

    async def test_can_be_forced_twenty_times_a_day(self, controls: Any) -> None:
        for _ in range(20):
            assert "access_token" in await controls.stable_token(force=True)
            await controls.post("clock", forward=31)
        assert (await controls.stable_token(force=True))["errcode"] == 45009
        await controls.post("clock", forward=86_400)
        assert "access_token" in await controls.stable_token(force=True)

    async def test_the_older_kind_is_separate_and_ends_its_own_forerunner(
        self, controls: Any
    ) -> None:
        stable = (await controls.stable_token())["access_token"]
        params = controls.account | {"grant_type": "client_credential"}
        first = (await controls.http.get("/cgi-bin/token", params=params)).json()["access_token"]
        second = (await controls.http.get("/cgi-bin/token", params=params)).json()["access_token"]
        assert len({stable, first, second}) == 3
        await controls.post("clock", forward=301)
        assert await self.errcode(controls, first) == 42001
        assert await self.errcode(controls, second) == 40003
        assert (await controls.stable_token())["access_token"] == stable

    def test_has_a_minutes_and_a_days_quota(self) -> None:
        clock = Clock()
        tokens = Tokens(clock, a_minute=2, a_day=3)
        outcomes = [self.refusal(tokens) for _ in range(3)]
        clock.forward(61)
        outcomes += [self.refusal(tokens) for _ in range(2)]
        clock.forward(86_400)
        assert [*outcomes, self.refusal(tokens)] == [None, None, 45011, None, 45009, None]

    @staticmethod
    def refusal(tokens: Tokens) -> int | None:
        try:
            tokens.stable(force=False)
        except Refused as refused:
            return refused.errcode
        return None

    @pytest.mark.parametrize(
        ("wrong", "errcode"),
        [
            ({"appid": "wxother"}, 40013),
            ({"secret": "other"}, 40125),
            ({"grant_type": "authorization_code"}, 40002),
            ({"appid": ""}, 41002),
            ({"secret": ""}, 41004),
        ],
    )
    async def test_a_wrong_account_is_refused(
        self, controls: Any, wrong: dict[str, str], errcode: int
    ) -> None:
        assert (await controls.stable_token(**wrong))["errcode"] == errcode

    @staticmethod
    async def errcode(controls: Any, token: str) -> int:
        """40003, an unknown user, is what a good token gets here."""
        answer = await controls.api("/cgi-bin/message/subscribe/send", {"touser": "o"}, token)
        return answer.json()["errcode"]


class TestErrors:
    async def test_have_status_200_and_end_in_a_request_id(self, controls: Any) -> None:
        answer = await controls.log_in("unknown")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.json()["errcode"] == 40029
        assert re.search(r"rid: [0-9a-f]+-[0-9a-f]+-[0-9a-f]+$", answer.json()["errmsg"])

    async def test_a_call_without_token_or_json_is_refused(self, controls: Any) -> None:
        path = "/cgi-bin/message/subscribe/send"
        assert (await controls.http.post(path, json={})).json()["errcode"] == 41001
        answer = await controls.http.post("/cgi-bin/stable_token", content=b"{")
        assert answer.json()["errcode"] == 47001


class TestLoginCodes:
    async def test_work_once(self, controls: Any) -> None:
        code = await controls.login_code()
        first = (await controls.log_in(code)).json()
        assert set(first) == {"openid", "session_key"}
        assert (await controls.log_in(code)).json()["errcode"] == 40163

    async def test_work_for_five_minutes(self, controls: Any) -> None:
        fresh, old = await controls.login_code(), await controls.login_code()
        await controls.post("clock", forward=295)
        assert "openid" in (await controls.log_in(fresh)).json()
        await controls.post("clock", forward=10)
        assert (await controls.log_in(old)).json()["errcode"] == 40029

    async def test_a_wrong_secret_does_not_use_the_code_up(self, controls: Any) -> None:
        code = await controls.login_code()
        assert (await controls.log_in(code, secret="x")).json()["errcode"] == 40125
        assert "openid" in (await controls.log_in(code)).json()


class TestControls:
    async def test_a_fault_strikes_as_often_as_told_and_where(self, controls: Any) -> None:
        await controls.fault("busy", path="/cgi-bin/stable_token", times=2)
        assert (await controls.log_in("x")).json()["errcode"] == 40029
        codes = [(await controls.stable_token()).get("errcode") for _ in range(3)]
        assert codes == [-1, -1, None]

    async def test_a_fault_of_some_probability_strikes_sometimes(self, controls: Any) -> None:
        await controls.fault("busy", probability=0.5)
        codes = [(await controls.stable_token()).get("errcode") for _ in range(40)]
        assert 5 < codes.count(-1) < 35
        await controls.http.delete("/_sandbox/faults")
        assert "access_token" in await controls.stable_token()

    async def test_what_is_wrong_is_said(self, controls: Any) -> None:
        for path, body in (
            ("login-codes", {"persn": "王芳"}),
            ("phone-codes", {"phone": "123"}),
            ("clock", {"forward": -1}),
            ("faults", {"kind": "earthquake"}),
        ):
            answer = await controls.http.post(f"/_sandbox/{path}", json=body)
            assert answer.status_code == 422
            assert answer.json()["error"]

    async def test_an_unknown_template_cannot_be_subscribed_to(self, controls: Any) -> None:
        body = {"person": "王芳", "template_id": "none"}
        answer = await controls.http.post("/_sandbox/subscriptions", json=body)
        assert answer.status_code == 404

    async def test_messages_can_be_forgotten(
        self, client: Any, controls: Any, submitted: dict[str, str]
    ) -> None:
        openid = await controls.subscribe("submitted")
        await client.send_subscribe_message(openid, "sandbox-submitted", submitted)
        assert len(await controls.get("sent", template_id="sandbox-submitted")) == 1
        assert await controls.get("sent", openid="someone else") == []
        assert len(await controls.get("sent", last=5)) == 1
        await controls.http.delete("/_sandbox/sent")
        assert await controls.get("sent") == []

    async def test_the_page_is_chinese_and_loads_nothing_from_elsewhere(
        self, controls: Any
    ) -> None:
        answer = await controls.http.get("/")
        assert answer.headers["content-type"].startswith("text/html")
        assert "微信平台沙箱" in answer.text
        assert not re.search(r"(src|href)=|https?://", answer.text)


async def test_several_sandboxes_in_one_process_know_nothing_of_each_other() -> None:
    one, two = (create_sandbox(f"wx{n}", "s", {"t": {"thing1": "事项"}}) for n in (1, 2))
    async with serving(one) as first, serving(two) as second, httpx.AsyncClient() as http:
        await http.post(f"{first.url}/_sandbox/users", json={"person": "王芳"})
        assert len((await http.get(f"{first.url}/_sandbox/users")).json()) == 1
        assert (await http.get(f"{second.url}/_sandbox/users")).json() == []

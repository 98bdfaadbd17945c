"""Bad days, quotas, sessions, and who may use the controls at all."""

from collections import Counter
from typing import Any

import httpx
import pytest

from wechat.client import WeChat
from wechat.errors import PlatformDown, QuotaUsedUp
from wechat.messages import send
from wechat.sandbox import Target, create_sandbox, run, serving, token_for
from wechat.sandbox.faults import USUAL, Faults, Mix

TEMPLATES = {"t": {"thing1": "事项"}}


class TestMix:
    def test_strikes_about_as_often_as_told_with_each_kind(self) -> None:
        faults = Faults(seed=7)
        faults.mix = Mix(30)
        struck = [faults.strike("/wxa/x") for _ in range(4_000)]
        kinds = Counter(fault.kind for fault in struck if fault)
        assert 0.27 < sum(kinds.values()) / 4_000 < 0.33
        assert set(kinds) == set(USUAL)
        assert min(kinds.values()) > 100

    def test_keeps_to_its_path_and_its_kinds(self) -> None:
        faults = Faults()
        faults.mix = Mix(100, ["busy"], path="/cgi-bin")
        assert faults.strike("/wxa/x") is None
        struck = faults.strike("/cgi-bin/token")
        assert struck is not None
        assert struck.kind == "busy"

    async def test_is_set_and_ended_over_http(self, controls: Any) -> None:
        told = await controls.post("faults/mix", percent=100, kinds=["busy"], seconds=0)
        assert told["mix"]["percent"] == 100
        assert (await controls.stable_token())["errcode"] == -1
        ended = await controls.http.delete("/_sandbox/faults")
        assert ended.json() == {"in_force": [], "mix": None}
        assert "access_token" in await controls.stable_token()

    async def test_a_callers_errors_are_those_of_a_bad_day_only(
        self, new_client: Any, redis: Any, controls: Any, submitted: dict[str, str]
    ) -> None:
        client = new_client(redis=redis, timeout=0.2)
        openid = await controls.subscribe("submitted", count=100)
        await controls.post("faults/mix", percent=60, seconds=0.3, path="/cgi-bin/message")
        outcomes: Counter[str] = Counter()
        for _ in range(30):
            try:
                await send(client, openid, "sandbox-submitted", submitted)
                outcomes["sent"] += 1
            except Exception as error:
                outcomes[type(error).__name__] += 1
        assert set(outcomes) <= {"sent", "PlatformDown", "NoAnswer", "BadCredentials"}
        assert outcomes["sent"] > 3
        assert len(outcomes) > 2


class TestQuotas:
    async def test_every_call_can_be_given_one(
        self, client: WeChat, controls: Any, submitted: dict[str, str]
    ) -> None:
        path = "/cgi-bin/message/subscribe/send"
        openid = await controls.subscribe("submitted", count=5)
        await controls.post("quotas", path=path, most=2, seconds=86_400)
        for _ in range(2):
            await send(client, openid, "sandbox-submitted", submitted)
        with pytest.raises(QuotaUsedUp):
            await send(client, openid, "sandbox-submitted", submitted)
        await controls.post("clock", forward=86_401)
        await send(client, openid, "sandbox-submitted", submitted)

    async def test_the_platforms_own_are_there_and_come_back(self, controls: Any) -> None:
        before = (await controls.get("quotas"))["in_force"]
        assert {
            "path": "/wxa/getwxacodeunlimit",
            "most": 5000,
            "seconds": 60,
            "errcode": 45009,
        } in [quota | {"seconds": int(quota["seconds"])} for quota in before]
        await controls.post(
            "quotas", path="/cgi-bin/stable_token", most=0, seconds=60, errcode=45011
        )
        assert (await controls.stable_token())["errcode"] == 45011
        await controls.http.delete("/_sandbox/quotas")
        assert (await controls.get("quotas"))["in_force"] == before
        assert "access_token" in await controls.stable_token()


class TestPeople:
    async def test_data_is_encrypted_only_for_who_has_logged_in(self, controls: Any) -> None:
        answer = await controls.http.post("/_sandbox/encrypted-data", json={"person": "王芳"})
        assert answer.status_code == 422
        await controls.log_in(await controls.login_code())
        made = await controls.post("encrypted-data", person="王芳", data={"nickName": "芳"})
        assert set(made) == {"encryptedData", "iv", "rawData", "signature"}

    async def test_users_are_shown_with_what_they_agreed_to(self, controls: Any) -> None:
        await controls.subscribe("ready", long_term=True)
        await controls.subscribe("rate", count=2)
        (user,) = await controls.get("users")
        assert user["subscriptions"] == {"sandbox-ready": None, "sandbox-rate": 2}
        assert user["active_at"] is None
        await controls.post("visits", person="王芳")
        (user,) = await controls.get("users")
        assert user["active_at"] > 0


class TestSecurity:
    async def test_wrong_keys_are_told_and_it_can_be_turned_off(self, controls: Any) -> None:
        wrong = {"serial": "s", "key": "QUJD", "public_key": "x"}
        answer = await controls.http.post("/_sandbox/security", json=wrong)
        assert answer.status_code == 422
        assert (await controls.http.post("/_sandbox/security/rotate")).status_code == 409
        assert (await controls.http.delete("/_sandbox/security")).status_code == 200


class TestDoors:
    async def test_without_a_token_another_pages_script_is_kept_out(self, controls: Any) -> None:
        for origin, status in (("http://evil.example", 403), (str(controls.http.base_url), 200)):
            answer = await controls.http.post(
                "/_sandbox/clock", json={"forward": 0}, headers={"origin": origin.rstrip("/")}
            )
            assert answer.status_code == status

    async def test_without_a_token_another_name_of_this_machine_is_kept_out(
        self, controls: Any
    ) -> None:
        answer = await controls.http.get("/_sandbox/users", headers={"host": "evil.example"})
        assert answer.status_code == 403

    async def test_with_a_token_it_is_wanted_and_the_platforms_calls_need_none(self) -> None:
        app = create_sandbox("wx1", "s", TEMPLATES, admin_token="let-me-in")
        async with serving(app) as sandbox, httpx.AsyncClient(base_url=sandbox.url) as http:
            assert (await http.get("/_sandbox/users")).status_code == 401
            assert (await http.get("/")).status_code == 401
            assert (await http.get("/?token=wrong")).status_code == 401
            assert (await http.get("/?token=let-me-in")).status_code == 200
            assert (await http.get("/_sandbox/users?token=let-me-in")).status_code == 401
            bearer = {"authorization": "Bearer let-me-in"}
            assert (await http.get("/_sandbox/users", headers=bearer)).status_code == 200
            body = {"grant_type": "client_credential", "appid": "wx1", "secret": "s"}
            assert "access_token" in (await http.post("/cgi-bin/stable_token", json=body)).json()

    def test_where_others_can_reach_it_there_is_always_a_token(self) -> None:
        assert (
            token_for("127.0.0.1", "") == token_for("localhost", "") == token_for("::1", "") == ""
        )
        assert token_for("127.0.0.1", "mine") == token_for("0.0.0.0", "mine") == "mine"
        assert len(token_for("0.0.0.0", "")) >= 20
        assert token_for("0.0.0.0", "") != token_for("0.0.0.0", "")
        with pytest.raises(ValueError, match="token"):
            run("0.0.0.0", 1, appid="wx1", secret="s", templates=TEMPLATES)

    async def test_from_another_address_the_controls_are_closed(self) -> None:
        app = create_sandbox("wx1", "s", TEMPLATES)
        async with serving(app, "0.0.0.0") as sandbox:
            port = httpx.URL(sandbox.url).port
            address = own_address()
            if address is None:
                pytest.skip("this machine has no other address")
            async with httpx.AsyncClient(base_url=f"http://{address}:{port}") as http:
                assert (await http.get("/_sandbox/users")).status_code == 403
                assert (await http.post("/cgi-bin/stable_token", json={})).json()["errcode"]


def own_address() -> str | None:
    """An address of this machine that is not its loopback."""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        found: str = probe.getsockname()[0]
    return None if found.startswith("127.") else found


class TestTarget:
    def test_a_mode_that_encrypts_gets_a_key(self) -> None:
        made = Target.checked("http://house/push", "t", "", "secure", "json")
        assert len(made.aes_key) == 43
        assert Target.checked("http://house/push", "t", "", "plain", "xml").aes_key == ""

    @pytest.mark.parametrize(
        "wrong",
        [
            ("house", "t", "", "secure", "json"),
            ("http://house/", "t", "short", "secure", "json"),
            ("http://house/", "t", "", "odd", "json"),
            ("http://house/", "t", "", "plain", "yaml"),
        ],
    )
    def test_what_does_not_fit_is_said(self, wrong: tuple[str, ...]) -> None:
        with pytest.raises(ValueError, match=r"wanted|modes|EncodingAESKey"):
            Target.checked(*wrong)


async def test_a_platform_that_answers_nothing_in_time_is_down(
    new_client: Any, controls: Any
) -> None:
    await controls.fault("timeout", path="/wxa", seconds=5)
    with pytest.raises(PlatformDown):
        await new_client(timeout=0.2).get_unlimited_qrcode("a", "pages/index/index")

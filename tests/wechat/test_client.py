"""The client against the sandbox: answers, faults, and what never leaks."""

import asyncio
import io
import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from redis.asyncio import Redis

from app.settings import read
from wechat.client import WeChat
from wechat.errors import CodeInvalid, PlatformDown, WeChatError


class TestCodeToSession:
    async def test_gives_openid_and_session_key_and_fetches_no_token(
        self, client: WeChat, controls: Any
    ) -> None:
        session = await client.code_to_session(await controls.login_code())
        assert session.openid == await controls.openid()
        assert session.unionid is None
        assert len(session.session_key) == 24
        assert session.session_key not in repr(session)
        assert await controls.calls("/cgi-bin/stable_token") == 0

    async def test_gives_the_unionid_where_there_is_one(
        self, client: WeChat, controls: Any
    ) -> None:
        await controls.post("users", person="王芳", unionid="uXYZ")
        session = await client.code_to_session(await controls.login_code())
        assert session.unionid == "uXYZ"

    async def test_another_mini_programs_code_is_invalid(
        self, client: WeChat, controls: Any
    ) -> None:
        with pytest.raises(CodeInvalid):
            await client.code_to_session(await controls.login_code(appid="wxother"))


class TestPhoneNumber:
    async def test_gives_the_number_once(self, client: WeChat, controls: Any) -> None:
        given = await controls.post("phone-codes", person="王芳", phone="13812345678")
        phone = await client.phone_number(given["code"], given["openid"])
        assert (phone.local, phone.country_code) == ("13812345678", "86")
        assert "138" not in repr(phone)
        with pytest.raises(CodeInvalid):
            await client.phone_number(given["code"])

    async def test_a_login_code_is_not_a_phone_code(self, client: WeChat, controls: Any) -> None:
        with pytest.raises(CodeInvalid):
            await client.phone_number(await controls.login_code())

    async def test_another_users_code_is_invalid(self, client: WeChat, controls: Any) -> None:
        given = await controls.post("phone-codes", person="王芳", phone="13812345678")
        with pytest.raises(CodeInvalid):
            await client.phone_number(given["code"], await controls.openid("李四"))


async def test_a_code_comes_as_a_picture(client: WeChat) -> None:
    picture = await client.get_unlimited_qrcode("w=3", "pages/rate/index", width=280)
    image = Image.open(io.BytesIO(picture))
    assert image.size == (280, 280)
    assert image.info["scene"] == "w=3"


async def test_the_settings_say_which_platform(sandbox: Any, appid: str, secret: str) -> None:
    settings = read({}, wechat_base_url=sandbox.url + "/", wechat_appid=appid, wechat_secret=secret)
    client = WeChat.from_settings(settings)
    try:
        assert await client.get_unlimited_qrcode("a", "pages/index/index")
    finally:
        await client.aclose()


@pytest.mark.parametrize("url", ["", "api.weixin.qq.com", "ftp://api.weixin.qq.com", "http://"])
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="wechat_base_url"):
        WeChat(appid="a", secret="s", base_url=url)


class TestFaults:
    @pytest.mark.parametrize("kind", ["http_5xx", "html", "busy"])
    async def test_an_answer_that_is_not_the_apis_is_platform_down(
        self, client: WeChat, controls: Any, kind: str
    ) -> None:
        await controls.fault(kind, path="/sns")
        with pytest.raises(PlatformDown) as caught:
            await client.code_to_session(await controls.login_code())
        assert caught.value.retryable
        assert caught.value.headers["Retry-After"]

    @pytest.mark.parametrize("kind", ["timeout", "lost"])
    async def test_no_answer_in_time_is_platform_down(
        self, new_client: Callable[..., WeChat], controls: Any, kind: str
    ) -> None:
        await controls.fault(kind, path="/sns", seconds=20)
        with pytest.raises(PlatformDown):
            await new_client(timeout=0.4).code_to_session(await controls.login_code())
        assert await controls.calls("/sns/jscode2session") == 1

    async def test_nobody_listening_is_platform_down(
        self, new_client: Callable[..., WeChat]
    ) -> None:
        with pytest.raises(PlatformDown):
            await new_client(base_url="http://127.0.0.1:1").code_to_session("abc")

    async def test_html_instead_of_a_token_is_platform_down(
        self, client: WeChat, controls: Any
    ) -> None:
        await controls.fault("html", path="/cgi-bin/stable_token")
        with pytest.raises(PlatformDown):
            await client.get_unlimited_qrcode("a", "pages/index/index")

    async def test_a_slow_answer_in_time_is_an_answer(self, client: WeChat, controls: Any) -> None:
        await controls.fault("latency", path="/sns", seconds=0.2)
        assert (await client.code_to_session(await controls.login_code())).openid

    async def test_an_unknown_refusal_keeps_its_number(self, client: WeChat, controls: Any) -> None:
        await controls.fault("errcode", path="/wxa", errcode=88888)
        with pytest.raises(WeChatError) as caught:
            await client.get_unlimited_qrcode("a", "pages/index/index")
        assert caught.value.errcode == 88888
        assert caught.value.rid

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b'"x"',
            b"null",
            b"{}",
            b'{"errcode": "many"}',
            b'{"errcode": null}',
            b'{"errcode": [1]}',
            b'{"openid": 7, "session_key": "k"}',
            b'{"openid": "o"}',
            b'{"base_resp": 3}',
            b"\xff\xfe\x00",
            b"[" * 20000,
        ],
    )
    async def test_any_other_body_is_platform_down(
        self, new_client: Callable[..., WeChat], body: bytes
    ) -> None:
        async def serve(_: Any, writer: asyncio.StreamWriter) -> None:
            head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(PlatformDown):
                await new_client(base_url=f"http://127.0.0.1:{port}").code_to_session("abc")


def everything_in(error: BaseException | None) -> str:
    """All that a log or an error reporter could print of an error, and of those behind it."""
    if error is None:
        return ""
    return " ".join(
        (
            repr(error),
            str(error),
            repr(vars(error)),
            "".join(traceback.format_exception(error)),
            everything_in(error.__cause__),
            everything_in(error.__context__),
        )
    )


@pytest.mark.parametrize("kind", ["http_5xx", "html", "busy", "token", "timeout", "none"])
async def test_no_secret_is_in_an_error_or_a_log(
    *,
    new_client: Callable[..., WeChat],
    redis: Redis,
    controls: Any,
    sandbox: Any,
    secret: str,
    caplog: pytest.LogCaptureFixture,
    kind: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="httpx")
    client = new_client(redis=redis, timeout=0.3)
    await client.get_unlimited_qrcode("a", "pages/index/index")
    token = sandbox.platform.tokens.stable(force=False)["access_token"]
    code = await controls.login_code()
    if kind != "none":
        await controls.fault(kind, seconds=5)
    seen = ""
    for call in (
        client.code_to_session(code),
        client.code_to_session("unknown-login-code"),
        client.get_unlimited_qrcode("a", "pages/none"),
        client.send_subscribe_message("o", "none", {}),
        new_client(redis=redis, timeout=0.3, secret=secret + "x", appid="other").phone_number("c"),
    ):
        try:
            seen += repr(await call)
        except WeChatError as error:
            seen += everything_in(error)
    seen += caplog.text
    for hidden in (secret, token, code, "unknown-login-code"):
        assert hidden not in seen

"""A login code becomes an identity, once."""

import asyncio
import base64
import hashlib
import hmac
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.wechat import published
from wechat.client import WeChat
from wechat.errors import (
    CodeInvalid,
    CodeUsed,
    DataRefused,
    HighRiskUser,
    InvalidUser,
    PlatformDown,
    TooOften,
)
from wechat.login import check_session, decrypt, exchange

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
    async with stalled() as port, asyncio.timeout(10):
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


class TestSession:
    async def test_the_present_session_key_is_valid_until_another_login(
        self, client: WeChat, redis: Redis, controls: Any
    ) -> None:
        first = await exchange(client, redis, await controls.login_code())
        assert await check_session(client, first.openid, first.session_key)
        second = await exchange(client, redis, await controls.login_code())
        assert not await check_session(client, first.openid, first.session_key)
        assert await check_session(client, second.openid, second.session_key)
        await controls.post("session-keys", openid=second.openid)
        assert not await check_session(client, second.openid, second.session_key)

    async def test_the_key_itself_is_not_sent(
        self, client: WeChat, redis: Redis, controls: Any, sandbox: Any
    ) -> None:
        seen: list[Any] = []
        check = sandbox.platform.people.check_session
        sandbox.platform.people.check_session = lambda *given: (seen.extend(given), check(*given))
        identity = await exchange(client, redis, await controls.login_code())
        assert await check_session(client, identity.openid, identity.session_key)
        assert identity.session_key not in seen
        right = hmac.new(identity.session_key.encode(), b"", hashlib.sha256).hexdigest()
        assert seen == [identity.openid, right, "hmac_sha256"]

    def test_the_signature_is_the_published_one(self) -> None:
        key, data = published.SESSION_SIGNATURE_KEY, published.SESSION_SIGNATURE_DATA
        made = hmac.new(key.encode(), data, hashlib.sha256).hexdigest()
        assert made == published.SESSION_SIGNATURE

    async def test_an_unknown_user(self, client: WeChat) -> None:
        with pytest.raises(InvalidUser):
            await check_session(client, "oNobody", "k")


class TestEncryptedData:
    def test_the_published_sample_opens(self) -> None:
        data = decrypt(
            published.DATA_APPID,
            published.DATA_SESSION_KEY,
            published.DATA_ENCRYPTED,
            published.DATA_IV,
            now=1477314187,
        )
        assert (data["nickName"], data["unionId"]) == ("Band", "ocMvos6NjeKLIBqg5Mr9QjxrP1FA")

    def test_the_published_signature_of_the_raw_data_is_the_one_that_is_asked_for(self) -> None:
        made = hashlib.sha1((published.RAW_DATA + published.RAW_SESSION_KEY).encode()).hexdigest()
        assert made == published.RAW_SIGNATURE

    @pytest.fixture
    async def given(self, client: WeChat, controls: Any, sandbox: Any, appid: str) -> Any:
        """What a phone of a signed-in user received, as `decrypt` takes it."""
        session = await client.code_to_session(await controls.login_code())
        made = await controls.post("encrypted-data", openid=session.openid, phone="13812345678")
        return {
            "appid": appid,
            "session_key": session.session_key,
            "encrypted_data": made["encryptedData"],
            "iv": made["iv"],
            "raw_data": made["rawData"],
            "signature": made["signature"],
            "now": sandbox.platform.clock.now(),
        }

    async def test_a_phones_data_opens_with_the_session_key(self, given: Any) -> None:
        assert decrypt(**given)["purePhoneNumber"] == "13812345678"
        unsigned = given | {"raw_data": None, "signature": None}
        assert decrypt(**unsigned)["purePhoneNumber"] == "13812345678"

    async def test_another_session_key_opens_nothing(
        self, given: Any, client: WeChat, controls: Any
    ) -> None:
        later = await client.code_to_session(await controls.login_code())
        with pytest.raises(DataRefused):
            decrypt(**(given | {"session_key": later.session_key}))

    @pytest.mark.parametrize(
        "change",
        [
            {"appid": "wxother"},
            {"signature": "0" * 40},
            {"signature": "签名"},
            {"signature": None},
            {"raw_data": "{}"},
            {"session_key": ""},
            {"session_key": "not base64!"},
            {"session_key": base64.b64encode(b"k" * 32).decode()},
            {"iv": "AAAA"},
            {"iv": base64.b64encode(b"i" * 16).decode()},
            {"encrypted_data": ""},
            {"encrypted_data": "AAAA"},
            {"encrypted_data": base64.b64encode(b"x" * 64).decode()},
            {"encrypted_data": "编码"},
        ],
    )
    async def test_whatever_was_changed_is_refused(self, given: Any, change: Any) -> None:
        with pytest.raises(DataRefused):
            decrypt(**(given | change))

    async def test_old_data_is_refused(self, given: Any) -> None:
        assert decrypt(**(given | {"now": given["now"] + 290}))
        for off in (310, -310):
            with pytest.raises(DataRefused):
                decrypt(**(given | {"now": given["now"] + off}))

    async def test_an_altered_block_is_refused_although_there_is_no_mac(self, given: Any) -> None:
        sealed = bytearray(base64.b64decode(given["encrypted_data"]))
        sealed[40] ^= 1
        with pytest.raises(DataRefused):
            decrypt(**(given | {"encrypted_data": base64.b64encode(bytes(sealed)).decode()}))

"""The SMS provider's HTTP API: signed as published, refusals told apart, repeats recognised."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core import inprocess
from app.core.house import House
from app.core.privacy import Personal
from app.notices.aliyun import AliyunSms, authorization, canonical_query
from app.notices.delivery_rules import Failure
from app.notices.providers import from_settings
from app.notices.rules import Kind
from app.notices.sms import FolderSms, Message, Sms, SmsError, own_id
from app.settings import read
from tests.notices import sms_house
from tests.notices.conftest import NUMBER, PHONE, Applicant, text_of
from tests.notices.sms_house import SmsHouse

SendDue = Callable[[], Awaitable[int]]
MESSAGE = Message("ready", {"item": "取水许可", "number": "1"}, "【青河县政务】…")
TO = Personal(PHONE, "phone")


@pytest.fixture
async def provider() -> AsyncIterator[tuple[SmsHouse, AliyunSms]]:
    stand_in = SmsHouse()
    async with inprocess.serving(stand_in.app()) as url:
        client = client_of(url)
        yield stand_in, client
        await client.aclose()


def client_of(url: str, **given: Any) -> AliyunSms:
    usual: dict[str, Any] = {
        "access_key": sms_house.KEY,
        "secret": sms_house.SECRET,
        "sign_name": sms_house.SIGN,
        "templates": sms_house.TEMPLATES,
        "endpoint": url,
        "timeout": 2.0,
    }
    return AliyunSms(**(usual | given))


def now() -> datetime:
    return datetime.now(UTC)


async def refusal(client: AliyunSms, at: datetime | None = None) -> SmsError:
    with pytest.raises(SmsError) as caught:
        await client.send(TO, MESSAGE, key="k", now=at or now())
    assert PHONE not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


def test_the_published_example_of_the_signature() -> None:
    """The provider's documentation, "V3版本请求体&签名机制", example with fixed parameters."""
    query = canonical_query(
        {
            "RegionId": "cn-shanghai",
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        }
    )
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    assert authorization(
        "YourAccessKeyId",
        "YourAccessKeySecret",
        method="POST",
        path="/",
        query=query,
        headers=headers,
    ) == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_parameters_are_encoded_by_rfc_3986() -> None:
    assert canonical_query({"b": "取 水*~", "a": "1+1/2"}) == (
        "a=1%2B1%2F2&b=%E5%8F%96%20%E6%B0%B4%2A~"
    )


async def test_a_text_is_taken_with_its_template_and_its_own_key(
    provider: tuple[SmsHouse, AliyunSms],
) -> None:
    stand_in, client = provider
    taken_as = await client.send(TO, MESSAGE, key="case:1:ready", now=now())
    (taken,) = stand_in.taken
    assert taken_as.endswith("^0")
    assert (taken.phone, taken.template) == (PHONE, "SMS_2")
    assert json.loads(taken.params) == {"item": "取水许可", "number": "1"}
    assert taken.out_id == own_id("case:1:ready")


async def test_a_wrong_secret_is_not_let_in(provider: tuple[SmsHouse, AliyunSms]) -> None:
    stand_in, client = provider
    wrong = client_of(client._endpoint, secret="other")
    error = await refusal(wrong)
    assert (error.failure, stand_in.taken) == (Failure.DOWN, [])
    assert "访问密钥不正确" in error.reason
    await wrong.aclose()


@pytest.mark.parametrize(
    ("code", "failure", "says"),
    [
        ("isv.AMOUNT_NOT_ENOUGH", Failure.DOWN, "余额不足"),
        ("isv.OUT_OF_SERVICE", Failure.DOWN, "停机"),
        ("isv.MOBILE_NUMBER_ILLEGAL", Failure.REFUSED, "手机号无效"),
        ("isv.SMS_TEMPLATE_ILLEGAL", Failure.REFUSED, "没有接受"),
        ("isp.SYSTEM_ERROR", Failure.DOWN, "暂时不可用"),
        ("Throttling.User", Failure.TOO_OFTEN, "过于频繁"),
        ("isv.DAY_LIMIT_CONTROL", Failure.WAIT, "当日发送上限"),
    ],
)
async def test_refusals_say_what_follows(
    provider: tuple[SmsHouse, AliyunSms], code: str, failure: Failure, says: str
) -> None:
    stand_in, client = provider
    stand_in.refuse.append(code)
    error = await refusal(client)
    assert error.failure is failure
    assert says in error.reason
    assert code in error.reason


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("触发分钟级流控Permits:1", datetime(2026, 10, 9, 2, 32, tzinfo=UTC)),
        ("触发小时级流控Permits:5", datetime(2026, 10, 9, 3, 0, tzinfo=UTC)),
        ("触发天级流控Permits:10", datetime(2026, 10, 9, 16, 0, tzinfo=UTC)),
    ],
)
async def test_a_persons_limit_ends_when_the_provider_says(
    provider: tuple[SmsHouse, AliyunSms], said: str, until: datetime
) -> None:
    stand_in, client = provider
    stand_in.refuse.append(("isv.BUSINESS_LIMIT_CONTROL", said))
    error = await refusal(client, datetime(2026, 10, 9, 2, 30, 20, tzinfo=UTC))
    assert (error.failure, error.until) == (Failure.WAIT, until)


async def test_a_template_that_is_not_set_is_refused_without_a_call(
    provider: tuple[SmsHouse, AliyunSms],
) -> None:
    stand_in, client = provider
    with pytest.raises(SmsError) as caught:
        await client.send(TO, Message("rate", {}, "…"), key="k", now=now())
    assert (caught.value.failure, stand_in.calls["SendSms"]) == (Failure.REFUSED, 0)


async def test_a_page_in_place_of_an_answer_means_that_nothing_was_done(
    provider: tuple[SmsHouse, AliyunSms],
) -> None:
    stand_in, client = provider
    stand_in.bad = 1.0
    stand_in.chance.choice = lambda kinds: "page"  # type: ignore[method-assign]
    assert (await refusal(client)).failure is Failure.DOWN


async def test_nobody_there_means_that_nothing_was_done() -> None:
    client = client_of("http://127.0.0.1:9")
    assert (await refusal(client)).failure is Failure.DOWN
    await client.aclose()


async def test_an_answer_that_is_lost_may_have_been_taken_and_is_found_by_its_key(
    provider: tuple[SmsHouse, AliyunSms],
) -> None:
    stand_in, client = provider
    stand_in.lose = 1
    stand_in.slow_seconds = 1.0
    impatient = client_of(client._endpoint, timeout=0.3)
    begun = now()
    assert (await refusal(impatient)).failure is Failure.NO_ANSWER
    assert await client.has(TO, key="k", since=begun, now=now())
    assert not await client.has(TO, key="another", since=begun, now=now())
    assert not await client.has(Personal("13900000000", "phone"), key="k", since=begun, now=now())
    await impatient.aclose()


async def test_the_records_are_read_page_by_page_and_day_by_day(
    provider: tuple[SmsHouse, AliyunSms],
) -> None:
    stand_in, client = provider
    for number in range(120):
        await client.send(TO, MESSAGE, key=f"k{number}", now=now())
    begun = now() - timedelta(days=1)
    assert await client.has(TO, key="k119", since=begun, now=now())
    assert stand_in.calls["QuerySendDetails"] == 4, "nothing yesterday, and three pages today"


async def test_a_message_goes_all_the_way(
    applicant: Applicant,
    send_due: SendDue,
    house: House,
    provider: tuple[SmsHouse, AliyunSms],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand_in, client = provider
    monkeypatch.setitem(house._parts, Sms, Sms(client))
    stand_in.refuse.append("isp.SYSTEM_ERROR")
    await applicant.has_phone()
    await applicant.tell(Kind.READY)
    for _ in range(3):
        await send_due()
        house.clock.shift(timedelta(seconds=5))
    (taken,) = stand_in.taken
    params = json.loads(taken.params)
    assert (taken.phone, params["item"], params["number"]) == (PHONE, "食品小作坊登记", NUMBER)
    assert params["link"].startswith("https://")
    kept = await text_of()
    assert (kept["state"], kept["tries"]) == ("sent", 2)
    assert kept["provider_id"].endswith("^0")


def test_the_settings_choose_the_provider() -> None:
    assert isinstance(from_settings(read(env={})).provider, FolderSms)
    whole = {
        "sms_provider": "aliyun",
        "sms_access_key": "a",
        "sms_access_secret": "b",
        "sms_sign_name": "c",
        "sms_templates": {"reminder": "SMS_1", "ready": "SMS_2"},
    }
    assert isinstance(from_settings(read(env={}, **whole)).provider, AliyunSms)
    for name, wrong in (
        ("sms_access_secret", ""),
        ("sms_sign_name", ""),
        ("sms_templates", {"ready": "SMS_2"}),
        ("sms_templates", {"reminder": "SMS_1", "ready": "SMS_2", "other": "x"}),
        ("sms_endpoint", "dysmsapi.aliyuncs.com"),
    ):
        with pytest.raises(ValueError, match=f"ZHANGBAN_{name.upper()}"):
            from_settings(read(env={}, **(whole | {name: wrong})))

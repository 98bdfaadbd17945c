"""The stand-in refuses what a province refuses, so that the hub is held to it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import uuid4

import httpx
import msgspec
import pytest

from app.core.envelopes import Envelope, Post
from app.core.sm2 import new_pair
from app.settings import read
from evaluations.exchange.line import NoAnswer, ProvinceLine
from evaluations.exchange.messages import (
    ANSWER,
    Answer,
    Evaluation,
    Result,
    ServiceRecord,
    Signed,
    sign_answer,
)
from evaluations.exchange.province.book import Book
from evaluations.exchange.rules import (
    Code,
    Kind,
    State,
    back_off,
    message_size,
    national_channel,
    state_after,
)
from tests.evaluations.exchange.conftest import (
    APP_ID,
    HUB,
    HUB_PUBLIC,
    PROVINCE,
    PROVINCE_PUBLIC,
    Exchange,
)

RECORD = ServiceRecord(
    project_no="511602202610210000017",
    service_number=1,
    service_name="小餐饮登记",
    task_code="11511602MB1234567X3000131012000",
    task_name="小餐饮登记",
    dept_code="SCJG",
    dept_name="市场监管局",
    area_code="511602",
    user_prop="1",
    pro_status="3",
    accept_date="2026-10-21 09:00:00",
    result_date="2026-10-23 16:30:00",
    service_time="2026-10-23 16:30:00",
    promise_day="5",
    pro_channel="1",
)
RATING = Evaluation(
    project_no=RECORD.project_no,
    service_number=1,
    assess_number="1",
    pf="8",
    satisfaction="5",
    eval_detail="517",
    writing_evaluation="",
    assess_time="2026-10-23 17:00:00",
)


HUB_POST = Post(HUB, PROVINCE_PUBLIC)


@pytest.fixture
def book() -> Book:
    """An empty province, without a server around it."""
    return Book(APP_ID, Post(PROVINCE, HUB_PUBLIC))


def message(book: Book, content: Any, kind: str = "record", **other: Any) -> bytes:
    """A message of the hub; `other` is what it does otherwise than the real one."""
    post = other.pop("post", HUB_POST)
    header = {
        "sender": APP_ID,
        "kind": kind,
        "message_id": uuid4().hex,
        "timestamp": int(book.now() * 1000),
    } | other
    return msgspec.json.encode(post.seal(msgspec.json.encode(content), **header))


def send(book: Book, content: Any, kind: str = "record", **other: Any) -> Answer:
    return book.take(kind, message(book, content, kind, **other))


def test_a_record_then_its_rating_each_once(book: Book) -> None:
    for content, kind in ((RECORD, "record"), (RATING, "rating")):
        codes = [send(book, [content], kind).results[0].code for _ in range(2)]
        assert codes == [Code.ACCEPTED, Code.DUPLICATE]


def test_a_rating_without_its_record_is_refused(book: Book) -> None:
    (result,) = send(book, [RATING], "rating").results
    assert result.code == Code.RECORD_MISSING
    send(book, [RECORD])
    (result,) = send(book, [RATING], "rating").results
    assert result.code == Code.ACCEPTED


def test_only_the_hubs_own_signature_counts(book: Book) -> None:
    forger = Post(new_pair()[0], PROVINCE_PUBLIC)
    assert send(book, [RECORD], post=forger).refused == "签名验证不通过"
    assert book.records == {}
    assert book.refusals == {"signature": 1}


def test_what_is_sealed_for_another_cannot_be_read(book: Book) -> None:
    elsewhere = Post(HUB, new_pair()[1])
    assert send(book, [RECORD], post=elsewhere).refused == "报文解密失败"


@pytest.mark.parametrize(
    ("other", "said"),
    [({"sender": "another"}, "应用标识未登记"), ({"timestamp": 1}, "报文时间超出允许范围")],
)
def test_nor_another_sender_or_an_old_message(book: Book, other: dict[str, Any], said: str) -> None:
    assert send(book, [RECORD], **other).refused == said


def test_a_message_counts_once(book: Book) -> None:
    sent = message(book, [RECORD])
    assert book.take("record", sent).refused == ""
    assert book.take("record", sent).refused == "报文重复"


def test_records_do_not_pass_as_evaluations(book: Book) -> None:
    assert book.take("rating", message(book, [RECORD])).refused == "报文类型不正确"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"version": "1"}'])
def test_nonsense_is_refused(book: Book, body: bytes) -> None:
    assert book.take("record", body).refused == "报文内容无法识别"


def test_every_member_of_a_record_is_checked(book: Book) -> None:
    wrong: list[dict[str, Any]] = [
        {"area_code": "青河"},
        {"task_name": ""},
        {"user_prop": ""},
        {"accept_date": ""},
        {"result_date": "昨天"},
        {"promise_day": "五"},
        {"service_number": 0},
        {"project_no": ""},
        {"project_no": "1" * 41},
    ]
    answer = send(book, [msgspec.structs.replace(RECORD, **one) for one in wrong])
    assert [result.code for result in answer.results] == [Code.INVALID] * len(wrong)
    assert all(result.reason for result in answer.results)
    assert book.records == {}


def test_and_of_an_evaluation(book: Book) -> None:
    send(book, [RECORD])
    wrong = [
        {"satisfaction": "0"},
        {"pf": "9"},
        {"eval_detail": "115"},
        {"eval_detail": "517，510"},
        {"writing_evaluation": "好" * 151},
        {"assess_time": ""},
    ]
    content = [msgspec.structs.replace(RATING, **one) for one in wrong]
    answer = send(book, content, "rating")
    assert [result.code for result in answer.results] == [Code.INVALID] * len(wrong)


async def test_its_page_and_its_lists_show_what_arrived(exchange: Exchange) -> None:
    async with httpx.AsyncClient(base_url=exchange.url) as client:
        sent = message(exchange.book, [RECORD])
        answer = await client.post("/exchange/records", content=sent)
        signed = msgspec.json.decode(answer.content, type=Signed)
        assert HUB_POST.verify(signed.answer.encode(), ANSWER, signed.signature)
        refused = await client.post("/exchange/records", content=sent)
        assert refused.status_code == 400
        assert RECORD.project_no in (await client.get("/")).text
        (kept,) = (await client.get("/_province/records")).json()
        assert kept["projectNo"] == RECORD.project_no
        (came,) = (await client.get("/_province/arrivals")).json()
        assert (came["serial"], came["code"]) == (1, "0000")
        assert (await client.get("/_province/refusals")).json() == {"replayed": 1}


class TestTheRules:
    def test_a_duplicate_counts_as_accepted(self) -> None:
        assert state_after("0000") is state_after("1001") is State.ACCEPTED
        assert {state_after(code) for code in ("2001", "2002", "", "9")} == {State.REJECTED}

    def test_the_pauses_grow_up_to_six_hours(self) -> None:
        pauses = [back_off(n).total_seconds() for n in range(1, 40)]
        assert pauses[:3] == [10, 20, 40]
        assert pauses == sorted(pauses)
        assert pauses[-1] == back_off(30_000).total_seconds() == 6 * 3600

    def test_messages_shrink_down_to_one(self) -> None:
        assert [message_size(50, n) for n in (0, 1, 2, 6, 500)] == [50, 25, 12, 1, 1]

    def test_every_channel_has_a_national_code(self) -> None:
        assert [national_channel(n) for n in (1, 5, 8, 9, 10)] == [1, 5, 8, 5, 5]


class TestTheLine:
    KEYS: ClassVar = {
        "exchange_url": "https://example.gov.cn",
        "exchange_app_id": "hub",
        "exchange_private_key": HUB.hex(),
        "exchange_province_key": "04" + PROVINCE_PUBLIC.hex(),
    }

    def test_without_an_address_it_is_not_open(self) -> None:
        assert not ProvinceLine.from_settings(read(env={})).open

    def test_with_everything_it_is(self) -> None:
        assert ProvinceLine.from_settings(read(env={}, **self.KEYS)).open

    @pytest.mark.parametrize(
        "missing", ["exchange_app_id", "exchange_private_key", "exchange_province_key"]
    )
    def test_what_is_missing_is_named(self, missing: str) -> None:
        settings = read(env={}, **(self.KEYS | {missing: ""}))
        with pytest.raises(ValueError, match=f"ZHANGBAN_{missing.upper()}"):
            ProvinceLine.from_settings(settings)

    def test_a_wrong_key_is_not_shown(self) -> None:
        settings = read(env={}, **(self.KEYS | {"exchange_private_key": "ab" * 40}))
        with pytest.raises(ValueError, match="EXCHANGE_PRIVATE_KEY") as refused:
            ProvinceLine.from_settings(settings)
        assert "abab" not in str(refused.value)

    async def _sent(self, answer: Callable[[str], Answer], post: Post | None = None) -> Any:
        """What the line makes of an answer to its one message, made from the message's id."""
        line = ProvinceLine("https://example.gov.cn", APP_ID, HUB_POST)

        def province(request: httpx.Request) -> httpx.Response:
            message_id = msgspec.json.decode(request.content, type=Envelope).message_id
            signed = sign_answer(post or Post(PROVINCE, HUB_PUBLIC), answer(message_id))
            return httpx.Response(200, content=msgspec.json.encode(signed))

        async with httpx.AsyncClient(
            base_url="https://example.gov.cn", transport=httpx.MockTransport(province)
        ) as client:
            return await line.send(client, Kind.RECORD, [RECORD], datetime.now(UTC))

    async def test_the_results_are_found_by_their_key(self) -> None:
        result = Result(project_no=RECORD.project_no, number="1", code="0000")
        stray = Result(project_no="another", number="1", code="0000")
        found = await self._sent(lambda m: Answer(message_id=m, results=[stray, result]))
        assert found == {(RECORD.project_no, "1"): result}

    async def test_an_answer_to_another_message_is_none(self) -> None:
        with pytest.raises(NoAnswer, match="不是对这批数据的答复"):
            await self._sent(lambda _: Answer(message_id="another"))

    async def test_nor_one_that_somebody_else_signed(self) -> None:
        with pytest.raises(NoAnswer, match="签名不正确"):
            await self._sent(lambda m: Answer(message_id=m), Post(new_pair()[0], HUB_PUBLIC))

    async def test_a_refused_message_is_not_answered_and_says_why(self) -> None:
        with pytest.raises(NoAnswer, match="应用标识未登记"):
            await self._sent(lambda m: Answer(message_id=m, refused="应用标识未登记"))

    async def test_an_endless_answer_is_cut_off(self) -> None:
        def endless(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200, content=b" " * 2_000_001)

        line = ProvinceLine("https://example.gov.cn", APP_ID, HUB_POST)
        async with httpx.AsyncClient(
            base_url="https://example.gov.cn", transport=httpx.MockTransport(endless)
        ) as client:
            with pytest.raises(NoAnswer, match="过长"):
                await line.send(client, Kind.RECORD, [RECORD], datetime.now(UTC))

"""Text messages: where WeChat cannot bring what matters; once, also where a worker was killed."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.core import db
from app.core.acts import Act
from app.core.house import House
from app.core.privacy import Personal
from app.notices import service, texts
from app.notices.delivery_rules import MOST_FAILURES, Failure
from app.notices.rules import Kind
from app.notices.service import Text, Texting
from app.notices.sms import FolderSms, Message, Sms, SmsError
from tests.notices.conftest import NUMBER, PHONE, Applicant, entry, text_of, texts_in, wechat_of
from tests.places import Place
from wechat.sandbox.faults import Fault

SendDue = Callable[[], Awaitable[int]]
SEND = "/cgi-bin/message/subscribe/send"


class Scripted(FolderSms):
    """A provider that does what its script says at each call, then sends; it may know of keys."""

    def __init__(self, folder: Path, *script: SmsError, after: bool = False) -> None:
        super().__init__(folder)
        self.script = list(script)
        self.after = after
        self.calls = 0
        self.silent = False

    async def send(self, phone: Personal, message: Message, *, key: str, now: datetime) -> str:
        self.calls += 1
        if self.script and not self.after:
            raise self.script.pop(0)
        sent = await super().send(phone, message, key=key, now=now)
        if self.script:
            raise self.script.pop(0)
        return sent

    async def has(self, phone: Personal, *, key: str, since: datetime, now: datetime) -> bool:
        if self.silent:
            raise SmsError(Failure.DOWN, "短信服务暂时没有响应。")
        return await super().has(phone, key=key, since=since, now=now)


@pytest.fixture
def script(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Scripted]:
    """`script(SmsError(…))` puts a provider in place that fails so, once for each."""

    def put(*errors: SmsError, after: bool = False) -> Scripted:
        provider = Scripted(tmp_path / "sms", *errors, after=after)
        monkeypatch.setitem(house._parts, Sms, Sms(provider))
        return provider

    return put


async def run(send_due: SendDue, house: House, *, steps: int = 3, by: timedelta) -> None:
    for _ in range(steps):
        while await send_due():
            pass
        house.clock.shift(by)


async def test_who_did_not_agree_gets_what_matters_by_text(
    applicant: Applicant, send_due: SendDue, folder: Path
) -> None:
    await applicant.has_phone()
    await applicant.tell(Kind.READY)
    await send_due()
    await send_due()
    (sent,) = texts_in(folder)
    assert sent["phone"] == PHONE
    assert NUMBER in sent["text"]
    assert "食品小作坊登记" in sent["text"]
    assert "张三" not in sent["text"]
    found = await text_of()
    assert (found["state"], found["segments"], found["tries"]) == ("sent", 2, 1)
    assert (await wechat_of())["state"] == "not_subscribed"


async def test_a_text_has_a_link_into_the_mini_program(
    applicant: Applicant, send_due: SendDue, folder: Path
) -> None:
    await applicant.has_phone()
    await applicant.tell(Kind.READY)
    await send_due()
    await send_due()
    (sent,) = texts_in(folder)
    (link,) = [word for word in sent["text"].replace("。", " ").split() if "https://" in word]
    made = applicant.sandbox.platform.links
    assert link in {found.url for found in made}


async def test_a_link_that_cannot_be_made_does_not_keep_the_text_back(
    applicant: Applicant, send_due: SendDue, folder: Path
) -> None:
    await applicant.has_phone()
    await applicant.tell(Kind.READY, case_number="511602202610010000025", key="other")
    await send_due()
    applicant.sandbox.platform.faults.add(Fault(kind="busy", path="/wxa/generate_urllink"))
    await send_due()
    (sent,) = texts_in(folder)
    assert "请打开微信小程序查看" in sent["text"]


@pytest.mark.parametrize("kind", [Kind.SUBMITTED, Kind.RATE])
async def test_other_messages_stay_in_the_inbox(
    applicant: Applicant, send_due: SendDue, folder: Path, kind: Kind
) -> None:
    await applicant.has_phone()
    await applicant.tell(kind)
    await send_due()
    assert await send_due() == 0
    assert await db.fetch("SELECT id FROM texts") == []


async def test_the_hall_says_which_kinds_matter(
    applicant: Applicant, send_due: SendDue, folder: Path, settings_with: Callable[..., Any]
) -> None:
    settings_with(sms_kinds="rate")
    await applicant.has_phone()
    for kind in (Kind.RATE, Kind.READY):
        await applicant.tell(kind)
        await send_due()
        await send_due()
    (sent,) = texts_in(folder)
    assert "请评价" in sent["text"]


async def test_without_a_number_the_inbox_is_all_there_is(
    applicant: Applicant, send_due: SendDue, folder: Path
) -> None:
    await applicant.tell(Kind.READY)
    await send_due()
    assert await send_due() == 0
    assert (await wechat_of())["state"] == "not_subscribed"


async def test_whoever_has_no_wechat_gets_a_text(
    applicant: Applicant, send_due: SendDue, folder: Path, place: Place
) -> None:
    await applicant.has_phone()
    await db.execute(
        "UPDATE citizens SET openid = NULL, made_by = $1, phone_index = '1', id_number_index = '2',"
        " consented_at = now()",
        place.staff["clerk"],
    )
    await applicant.tell(Kind.REMINDER)
    await send_due()
    await send_due()
    assert len(texts_in(folder)) == 1
    assert (await wechat_of())["state"] == "unreachable"


@pytest.mark.parametrize(("errcode", "state"), [(43107, "banned"), (40037, "given_up")])
async def test_banned_and_given_up_messages_go_by_text(
    applicant: Applicant, send_due: SendDue, folder: Path, errcode: int, state: str
) -> None:
    await applicant.has_phone()
    applicant.subscribe(Kind.READY)
    fault = Fault(kind="errcode", path=SEND, errcode=errcode, times=1)
    applicant.sandbox.platform.faults.add(fault)
    await applicant.tell(Kind.READY)
    await send_due()
    await send_due()
    assert len(texts_in(folder)) == 1
    assert (await wechat_of())["state"] == state
    assert (await entry())["state"] == "done", "the text has taken over: no dead letter"


async def test_what_may_have_arrived_through_wechat_does_not_go_by_text_as_well(
    applicant: Applicant, send_due: SendDue, folder: Path, house: House
) -> None:
    await applicant.has_phone()
    await applicant.tell(Kind.READY)
    await db.execute(
        "UPDATE notices SET wechat_state = 'unsure', wechat_at = $1", house.clock.now()
    )
    await run(send_due, house, by=timedelta(hours=1))
    assert (await wechat_of())["state"] == "doubtful"
    assert await db.fetch("SELECT id FROM texts") == []


async def test_a_provider_that_is_down_is_tried_again_and_then_is_a_dead_letter(
    applicant: Applicant, send_due: SendDue, house: House, script: Callable[..., Scripted]
) -> None:
    down = SmsError(Failure.DOWN, "短信账户余额不足，请充值。")
    provider = script(*[down] * 99)
    await applicant.has_phone()
    await applicant.tell(Kind.READY)
    await run(send_due, house, steps=40, by=timedelta(hours=1))
    found = await text_of()
    assert (found["state"], found["tries"]) == ("dead", MOST_FAILURES)
    assert provider.calls == MOST_FAILURES
    assert "余额不足" in found["error"]
    assert (await entry("notices.sms"))["state"] == "dead"


async def test_a_wrong_number_is_a_dead_letter_at_once(
    applicant: Applicant, send_due: SendDue, house: House, script: Callable[..., Scripted]
) -> None:
    script(SmsError(Failure.REFUSED, "手机号无效。"))
    await applicant.has_phone()
    await applicant.tell(Kind.READY)
    await run(send_due, house, by=timedelta(hours=1))
    assert ((await text_of())["state"], (await text_of())["tries"]) == ("dead", 1)


async def test_a_persons_limit_is_waited_for_and_is_no_failure(
    applicant: Applicant, send_due: SendDue, house: House, script: Callable[..., Scripted]
) -> None:
    until = house.clock.now() + timedelta(hours=5)
    script(SmsError(Failure.WAIT, "过于频繁", until=until))
    await applicant.has_phone()
    await applicant.tell(Kind.READY)
    await run(send_due, house, steps=5, by=timedelta(hours=1))
    found = await text_of()
    assert (found["state"], found["failures"]) == ("failed", 0)
    await run(send_due, house, steps=2, by=timedelta(minutes=2))
    assert (await text_of())["state"] == "sent"


async def test_without_an_answer_the_providers_records_say_whether_it_was_taken(
    applicant: Applicant, send_due: SendDue, house: House, script: Callable[..., Scripted]
) -> None:
    provider = script(SmsError(Failure.NO_ANSWER, "没有响应。"), after=True)
    await applicant.has_phone()
    await applicant.tell(Kind.READY)
    await run(send_due, house, steps=3, by=timedelta(minutes=3))
    assert ((await text_of())["state"], provider.calls) == ("sent", 1)


async def test_what_was_certainly_not_taken_is_sent_again(
    applicant: Applicant, send_due: SendDue, house: House, script: Callable[..., Scripted]
) -> None:
    provider = script(SmsError(Failure.NO_ANSWER, "没有响应。"))
    await applicant.has_phone()
    await applicant.tell(Kind.READY)
    await run(send_due, house, steps=4, by=timedelta(minutes=3))
    assert ((await text_of())["state"], provider.calls) == ("sent", 2)


async def test_records_that_cannot_be_read_for_a_day_leave_it_to_a_person(
    applicant: Applicant, send_due: SendDue, house: House, script: Callable[..., Scripted]
) -> None:
    provider = script(SmsError(Failure.NO_ANSWER, "没有响应。"), after=True)
    provider.silent = True
    await applicant.has_phone()
    await applicant.tell(Kind.READY)
    await run(send_due, house, steps=30, by=timedelta(hours=1))
    assert ((await text_of())["state"], provider.calls) == ("doubtful", 1)


@pytest.mark.parametrize("taken", [True, False])
async def test_a_worker_that_was_killed_while_sending_sends_nothing_twice(
    applicant: Applicant,
    send_due: SendDue,
    house: House,
    script: Callable[..., Scripted],
    taken: bool,
) -> None:
    provider = script()
    await applicant.has_phone()
    await applicant.tell(Kind.READY)
    await send_due()
    row = await text_of()
    if taken:
        said = Message("ready", {}, "…")
        phone = Personal(PHONE, "phone")
        await provider.send(phone, said, key=row["key"], now=house.clock.now())
    await db.execute("UPDATE texts SET state = 'sending', tried_at = $1", house.clock.now())
    await run(send_due, house, steps=5, by=timedelta(minutes=1))
    assert ((await text_of())["state"], provider.calls) == ("sent", 1)


async def text_to(act: Act, key: str = "v1", hall_id: UUID | None = None) -> bool:
    params = {"hall": "青河县政务服务中心", "link": "https://h/q/x", "until": "10月9日"}
    return await service.text(
        act,
        Texting(Personal(PHONE, "phone"), Text.INVITATION, params, key, "visit:1", hall_id=hall_id),
    )


async def test_a_text_to_a_bare_number_keeps_it_sealed_and_only_until_it_is_sent(
    house: House, act_as: Callable[..., Act], send_due: SendDue, folder: Path
) -> None:
    assert await text_to(act_as())
    assert not await text_to(act_as()), "the same key again"
    kept = (await text_of())["phone"]
    assert PHONE.encode() not in kept
    await send_due()
    (sent,) = texts_in(folder)
    assert sent["text"] == (
        "【政务服务】您在青河县政务服务中心办理的业务已结束，请评价这次服务： https://h/q/x"
        " 有效期至10月9日。"
    )
    assert (await text_of())["phone"] is None


async def test_the_staff_never_see_the_link_with_which_one_rates(
    house: House, act_as: Callable[..., Act], send_due: SendDue, folder: Path
) -> None:
    await text_to(act_as())
    await send_due()
    (seen,) = await service.of_subject("visit:1")
    assert "请评价这次服务" in seen.body
    assert "https://h/q/x" not in seen.body
    kept = await text_of()
    assert "https://h/q/x" not in str(kept)


async def test_sending_a_text_leaves_a_trace_without_the_number(
    house: House, act_as: Callable[..., Act], send_due: SendDue, folder: Path
) -> None:
    await text_to(act_as())
    await send_due()
    (left,) = await db.fetch(
        "SELECT subject, data::text AS data FROM audit_entries WHERE verb = 'text.sent'"
        " AND subject = 'visit:1' ORDER BY id DESC LIMIT 1"
    )
    assert PHONE not in left["data"]


def test_the_outbox_holds_the_id_alone() -> None:
    assert texts.SendText.__struct_fields__ == ("text_id",)

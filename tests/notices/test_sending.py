"""A message's way through WeChat: at most once, tried again where it did not arrive, recorded."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from app.core import db
from app.core.acts import Act
from app.core.house import House
from app.core.outbox import GiveUp, NotYet
from app.notices import lines, sending
from app.notices.delivery_rules import MOST_FAILURES, State
from app.notices.rules import ITEM, REMARK, Kind
from app.notices.schemas import SendNotice
from tests.notices.conftest import NUMBER, Applicant, entry, only_id, wechat_of
from wechat.client import OFFICIAL
from wechat.sandbox.faults import Fault

SendDue = Callable[[], Awaitable[int]]
SEND = "/cgi-bin/message/subscribe/send"


def fault(applicant: Applicant, **given: Any) -> None:
    given.setdefault("times", 1)
    applicant.sandbox.platform.faults.add(Fault(path=SEND, **given))


async def test_an_applicant_who_agreed_gets_the_message(
    applicant: Applicant, send_due: SendDue
) -> None:
    applicant.subscribe()
    await applicant.tell()
    assert await send_due() == 1
    (sent,) = applicant.received()
    assert sent.data == {
        "character_string1": NUMBER,
        "thing2": "食品小作坊登记",
        "phrase3": "已提交",
        "time4": "2026年10月1日 15:30",
        "thing5": "请留意办理进度。",
    }
    assert sent.page == f"pages/case/detail?number={NUMBER}"
    found = await wechat_of()
    assert (found["state"], found["error"], found["tries"]) == ("sent", None, 1)
    assert (await entry())["state"] == "done"


@pytest.mark.parametrize("kind", Kind)
async def test_all_four_kinds_arrive(applicant: Applicant, send_due: SendDue, kind: Kind) -> None:
    applicant.subscribe(kind)
    await applicant.tell(kind)
    await send_due()
    (sent,) = applicant.received()
    assert sent.template_id == f"sandbox-{kind}"


async def test_one_who_did_not_agree_has_it_in_the_inbox_only(
    applicant: Applicant, send_due: SendDue, house: House
) -> None:
    await applicant.tell()
    await send_due()
    assert (await wechat_of())["state"] == "not_subscribed"
    house.clock.shift(timedelta(days=1))
    assert await send_due() == 0, "asking again would not help"


async def test_a_repeated_entry_sends_nothing_again(
    applicant: Applicant, send_due: SendDue, act_as: Callable[..., Act]
) -> None:
    applicant.subscribe(count=2)
    await applicant.tell()
    await send_due()
    await sending.send(act_as(), SendNotice(await only_id()), "key")
    assert len(applicant.received()) == 1


async def test_two_workers_with_the_same_entry_send_it_once(
    applicant: Applicant, act_as: Callable[..., Act]
) -> None:
    applicant.subscribe(count=2)
    await applicant.tell()
    payload = SendNotice(await only_id())
    ended = await asyncio.gather(
        *(sending.send(act_as(), payload, "key") for _ in range(4)), return_exceptions=True
    )
    assert len(applicant.received()) == 1
    assert {type(end) for end in ended} <= {type(None), NotYet}
    assert None in ended


@pytest.mark.parametrize("kind", ["busy", "http_5xx", "html", "token"])
async def test_a_platform_that_did_nothing_is_tried_again(
    applicant: Applicant, send_due: SendDue, house: House, kind: Any
) -> None:
    applicant.subscribe(count=2)
    fault(applicant, kind=kind, times=2)  # a refused token is renewed and tried again at once
    await applicant.tell()
    await send_due()
    failed = await wechat_of()
    assert failed["state"] == "failed"
    assert "微信平台" in failed["error"]
    assert (await entry())["state"] == "waiting"
    for _ in range(2):
        house.clock.shift(timedelta(minutes=1))
        await send_due()
    assert len(applicant.received()) == 1
    found = await wechat_of()
    assert (found["state"], found["error"]) == ("sent", None)


async def test_a_platform_that_stays_down_makes_a_dead_letter(
    applicant: Applicant, send_all: Callable[[], Awaitable[None]]
) -> None:
    fault(applicant, kind="busy", times=None)
    applicant.subscribe()
    await applicant.tell()
    await send_all()
    found = await wechat_of()
    assert (found["state"], found["tries"]) == ("dead", MOST_FAILURES)
    left = await entry()
    assert left["state"] == "dead"
    assert "微信平台" in left["error"]


@pytest.mark.parametrize(("kind", "arrived"), [("lost", 1), ("timeout", 0)])
async def test_without_an_answer_it_is_not_sent_again_but_put_before_a_person(
    applicant: Applicant,
    send_due: SendDue,
    send_all: Callable[[], Awaitable[None]],
    settings_with: Callable[..., Any],
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    kind: Any,
    arrived: int,
) -> None:
    await applicant.tell(Kind.SUBMITTED, key="first")
    await send_due()  # the token is fetched before the client's patience is taken away
    applicant.subscribe(count=5)
    monkeypatch.setattr(house.part(sending.WeChat)._transport._http, "timeout", 0.2)
    fault(applicant, kind=kind, seconds=0.5, times=None)
    await applicant.tell(Kind.SUBMITTED, key="second")
    await send_due()
    (row,) = await db.fetch("SELECT id FROM notices WHERE key = 'second'")
    assert (await wechat_of(row["id"]))["state"] == "unsure"
    await send_all()
    found = await wechat_of(row["id"])
    assert (found["state"], found["tries"]) == ("doubtful", 1)
    assert "不能确定" in found["error"]
    await asyncio.sleep(0.6)  # what the platform is still at would be seen
    assert len(applicant.received()) == arrived


async def test_where_pushes_are_trusted_silence_means_that_it_did_not_arrive(
    applicant: Applicant,
    send_due: SendDue,
    settings_with: Callable[..., Any],
    house: House,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings_with(wechat_trust_pushes=True)
    await applicant.tell(Kind.SUBMITTED, key="first")
    await send_due()
    applicant.subscribe(count=5)
    monkeypatch.setattr(house.part(sending.WeChat)._transport._http, "timeout", 0.2)
    fault(applicant, kind="timeout", seconds=0.4)
    await applicant.tell(Kind.SUBMITTED, key="second")
    await send_due()
    monkeypatch.undo()
    settings_with(wechat_trust_pushes=True)
    house.clock.shift(timedelta(minutes=10, seconds=1))
    for _ in range(3):
        await send_due()
    assert len(applicant.received()) == 1


@pytest.mark.parametrize(("errcode", "why"), [(40037, "模板"), (41030, "页面"), (99999, "未能")])
async def test_a_refusal_that_needs_somebody_is_a_dead_letter_at_once(
    applicant: Applicant, send_due: SendDue, errcode: int, why: str
) -> None:
    applicant.subscribe()
    fault(applicant, kind="errcode", errcode=errcode)
    await applicant.tell()
    await send_due()
    found = await wechat_of()
    assert (found["state"], found["tries"]) == ("dead", 1)
    assert why in found["error"]
    assert str(errcode) in found["error"]
    assert (await entry())["state"] == "dead"


async def test_banned_and_unknown_users_are_said_to_be_so(
    applicant: Applicant, send_due: SendDue
) -> None:
    for errcode, state in ((43107, "banned"), (40003, "unreachable")):
        fault(applicant, kind="errcode", errcode=errcode)
        await applicant.tell(key=f"{errcode}")
        await send_due()
        (row,) = await db.fetch("SELECT id FROM notices WHERE key = $1", f"{errcode}")
        assert (await wechat_of(row["id"]))["state"] == state


async def test_a_sensitive_word_is_sent_once_more_in_neutral_words(
    applicant: Applicant, send_due: SendDue, house: House
) -> None:
    applicant.subscribe()
    await applicant.tell(remark="内含敏感词，请修改。")
    await send_due()
    assert (await wechat_of())["state"] == "failed"
    house.clock.shift(timedelta(seconds=2))
    await send_due()
    (sent,) = applicant.received()
    assert (sent.data["thing2"], sent.data["thing5"]) == (ITEM, REMARK)
    assert sent.data["character_string1"] == NUMBER


async def test_where_neutral_words_are_refused_too_the_inbox_has_it(
    applicant: Applicant, send_due: SendDue, house: House
) -> None:
    applicant.subscribe()
    fault(applicant, kind="errcode", errcode=45168, times=None)
    await applicant.tell()
    for _ in range(3):
        await send_due()
        house.clock.shift(timedelta(seconds=2))
    found = await wechat_of()
    assert (found["state"], found["tries"]) == ("refused", 2)
    assert (await entry())["state"] == "done"


async def test_several_at_once_to_one_user_all_arrive_once(
    applicant: Applicant, send_due: SendDue, house: House
) -> None:
    applicant.subscribe(count=5)
    for number in range(5):
        await applicant.tell(key=f"k{number}", remark=f"第{number}次。")
    for _ in range(12):
        await send_due()
        house.clock.shift(timedelta(seconds=11))
    told = sorted(sent.data["thing5"] for sent in applicant.received())
    assert told == [f"第{number}次。" for number in range(5)]
    failures = await db.fetch("SELECT DISTINCT wechat_failures AS n FROM notices")
    assert [row["n"] for row in failures] == [0], "waiting for others is no failure"


async def test_a_minutes_quota_holds_all_messages_and_lets_them_go_on(
    applicant: Applicant, send_due: SendDue, house: House
) -> None:
    applicant.subscribe(count=2)
    fault(applicant, kind="errcode", errcode=45011)
    await applicant.tell(key="first")
    await send_due()
    assert (await wechat_of())["state"] == "failed"
    await applicant.tell(key="second")
    await send_due()
    assert (applicant.received(), applicant.sandbox.platform.faults.in_force) == ([], [])
    states = await db.fetch("SELECT wechat_tries AS tries FROM notices ORDER BY key")
    assert [row["tries"] for row in states] == [1, 0], "the second was not even tried"
    for _ in range(3):
        house.clock.shift(timedelta(seconds=75))
        await send_due()
    assert len(applicant.received()) == 2


async def test_a_days_quota_waits_for_the_next_day(
    applicant: Applicant, send_due: SendDue, house: House
) -> None:
    applicant.subscribe()
    fault(applicant, kind="errcode", errcode=45009, times=3)
    await applicant.tell()
    for _ in range(6):
        await send_due()
        house.clock.shift(timedelta(seconds=75))
    (line,) = await db.fetch("SELECT held_until, strikes FROM message_lines")
    assert line["strikes"] == 3
    assert line["held_until"] - house.clock.now() > timedelta(0)
    held = line["held_until"].timestamp() % 86_400
    assert 16 * 3600 <= held <= 16 * 3600 + 600, "midnight in China, and up to ten minutes"
    house.clock.shift(line["held_until"] - house.clock.now() + timedelta(seconds=20))
    await send_due()
    assert len(applicant.received()) == 1
    (line,) = await db.fetch("SELECT strikes FROM message_lines")
    assert line["strikes"] == 0


async def test_a_status_too_long_for_wechat_is_said_in_general_words(
    applicant: Applicant, send_due: SendDue
) -> None:
    applicant.subscribe()
    await applicant.tell(status="等待消防部门现场核查")
    await send_due()
    (sent,) = applicant.received()
    assert sent.data["phrase3"] == "请看详情"


@pytest.mark.parametrize("changed", [{"wechat_appid": ""}, {"wechat_base_url": OFFICIAL}])
async def test_a_hall_without_a_template_sends_nothing(
    applicant: Applicant,
    send_due: SendDue,
    settings_with: Callable[..., Any],
    changed: dict[str, str],
) -> None:
    settings_with(**changed)
    await applicant.tell()
    await send_due()
    assert (await wechat_of())["state"] == "no_template"


async def test_what_a_worker_left_behind_is_not_sent_again_by_itself(
    applicant: Applicant, act_as: Callable[..., Act], house: House
) -> None:
    applicant.subscribe()
    await applicant.tell()
    payload = SendNotice(await only_id())
    begun = act_as().at
    await db.execute("UPDATE notices SET wechat_state = 'sending', wechat_at = $1", begun)

    with pytest.raises(NotYet) as later:
        await sending.send(act_as(), payload, "key")
    holds = sending.claim_holds(act_as())
    assert later.value.at == begun + holds

    house.clock.shift(holds)
    with pytest.raises(NotYet) as later:
        await sending.send(act_as(), payload, "key")
    assert (await wechat_of())["state"] == "unsure"
    assert later.value.at == begun + timedelta(seconds=house.settings.wechat_word_seconds)

    house.clock.shift(timedelta(minutes=15))
    with pytest.raises(GiveUp):
        await sending.send(act_as(), payload, "key")
    assert (await wechat_of())["state"] == "doubtful"
    assert applicant.received() == []


async def test_a_worker_that_is_told_to_stop_finishes_what_it_is_sending(
    applicant: Applicant, act_as: Callable[..., Act]
) -> None:
    applicant.subscribe()
    fault(applicant, kind="latency", seconds=0.3)
    await applicant.tell()
    work = asyncio.create_task(sending.send(act_as(), SendNotice(await only_id()), "key"))
    await asyncio.sleep(0.15)
    for _ in range(3):
        work.cancel()
        await asyncio.sleep(0.02)
    with pytest.raises(asyncio.CancelledError):
        await work
    assert (await wechat_of())["state"] == "sent"
    assert len(applicant.received()) == 1


async def test_an_error_inside_the_work_to_be_finished_comes_out() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await lines.to_the_end(fail())


async def test_a_message_that_is_gone_is_not_waited_for(
    applicant: Applicant, act_as: Callable[..., Act]
) -> None:
    await applicant.tell()
    payload = SendNotice(await only_id())
    await db.execute("DELETE FROM notices")
    with pytest.raises(GiveUp):
        await sending.send(act_as(), payload, "key")


def test_every_refusal_of_the_platform_means_something() -> None:
    for kind in (*sending._FAILURES, sending.WeChatError):
        assert sending.failure_of(kind()) in sending.Failure
    assert State.SENT not in {State(f) for f in sending.Failure if f in set(State)}

"""A message's way through WeChat: once, tried again when that helps, and its end recorded."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from app.core import db
from app.core.acts import Act
from app.core.house import House
from app.core.outbox import GiveUp, NotYet
from app.notices import jobs
from app.notices.rules import Kind
from app.notices.schemas import SendNotice
from tests.notices.conftest import NUMBER, Applicant, wechat_of
from wechat.client import OFFICIAL
from wechat.sandbox.faults import Fault

SendDue = Callable[[], Awaitable[int]]
SEND = "/cgi-bin/message/subscribe/send"


async def entry() -> dict[str, Any]:
    (row,) = await db.fetch("SELECT state, last_error AS error FROM outbox")
    return row


async def only_id() -> Any:
    (row,) = await db.fetch("SELECT id FROM notices")
    return row["id"]


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
    assert (found["state"], found["error"]) == ("sent", None)
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
    await jobs.send(act_as(), SendNotice(await only_id()), "key")
    assert len(applicant.received()) == 1


async def test_two_workers_with_the_same_entry_send_it_once(
    applicant: Applicant, act_as: Callable[..., Act]
) -> None:
    applicant.subscribe(count=2)
    await applicant.tell()
    payload = SendNotice(await only_id())
    ended = await asyncio.gather(
        jobs.send(act_as(), payload, "key"),
        jobs.send(act_as(), payload, "key"),
        return_exceptions=True,
    )
    assert len(applicant.received()) == 1
    assert {type(end) for end in ended} <= {type(None), NotYet}
    assert None in ended


async def test_a_platform_that_is_down_is_tried_again(
    applicant: Applicant, send_due: SendDue, house: House
) -> None:
    applicant.subscribe()
    applicant.sandbox.platform.faults.add(Fault(kind="busy", path=SEND, times=1))
    await applicant.tell()
    await send_due()
    failed = await wechat_of()
    assert failed["state"] == "failed"
    assert "微信平台" in failed["error"]
    assert (await entry())["state"] == "waiting"

    house.clock.shift(timedelta(minutes=1))
    await send_due()
    assert len(applicant.received()) == 1
    found = await wechat_of()
    assert (found["state"], found["error"]) == ("sent", None)


@pytest.mark.parametrize(
    ("errcode", "why"), [(43107, "停用"), (45168, "不允许的词语"), (40037, "模板"), (41030, "页面")]
)
async def test_a_refusal_for_good_is_kept_with_its_reason(
    applicant: Applicant, send_due: SendDue, errcode: int, why: str
) -> None:
    applicant.subscribe()
    fault = Fault(kind="errcode", path=SEND, errcode=errcode, times=1)
    applicant.sandbox.platform.faults.add(fault)
    await applicant.tell()
    await send_due()
    found = await wechat_of()
    assert found["state"] == "refused"
    assert why in found["error"]
    assert str(errcode) in found["error"]
    assert (await entry())["state"] == "done"


async def test_a_status_too_long_for_wechat_is_refused_and_stays_in_the_inbox(
    applicant: Applicant, send_due: SendDue
) -> None:
    applicant.subscribe()
    await applicant.tell(status="等待消防部门现场核查")
    await send_due()
    found = await wechat_of()
    assert found["state"] == "refused"
    assert "phrase3" in found["error"]


@pytest.mark.parametrize("changed", [{"wechat_appid": ""}, {"wechat_base_url": OFFICIAL}])
async def test_a_hall_without_a_template_sends_nothing(
    applicant: Applicant,
    send_due: SendDue,
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, str],
) -> None:
    without = msgspec.structs.replace(house.settings, **changed)
    monkeypatch.setattr(house, "settings", without)
    await applicant.tell()
    await send_due()
    assert (await wechat_of())["state"] == "no_template"


async def test_a_worker_that_ended_while_sending_is_stood_in_for_later(
    applicant: Applicant, act_as: Callable[..., Act], house: House
) -> None:
    applicant.subscribe()
    await applicant.tell()
    payload = SendNotice(await only_id())
    begun = act_as().at
    await db.execute("UPDATE notices SET wechat_state = 'sending', wechat_at = $1", begun)

    with pytest.raises(NotYet) as later:
        await jobs.send(act_as(), payload, "key")
    assert later.value.at == begun + jobs.CLAIM
    assert applicant.received() == []

    house.clock.shift(jobs.CLAIM)
    await jobs.send(act_as(), payload, "key")
    assert len(applicant.received()) == 1
    assert (await wechat_of())["state"] == "sent"


async def test_a_message_that_is_gone_is_not_waited_for(
    applicant: Applicant, act_as: Callable[..., Act]
) -> None:
    await applicant.tell()
    payload = SendNotice(await only_id())
    await db.execute("DELETE FROM notices")
    with pytest.raises(GiveUp):
        await jobs.send(act_as(), payload, "key")

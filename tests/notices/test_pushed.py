"""What the platform pushes: one popup counts once, and a message's arrival is known."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core import db
from app.core.acts import Act
from app.core.house import House
from app.core.outbox import NotYet
from app.notices import pushed
from app.notices.rules import Kind
from app.pushes.schemas import SubscriptionEvent, SubscriptionEvents
from app.pushes.service import PushDoor
from tests.notices.conftest import Applicant, entry, text_of, wechat_of
from tests.notices.test_subscriptions import report
from wechat.client import WeChat
from wechat.push import PushKeys
from wechat.sandbox.envelopes import Target
from wechat.sandbox.faults import Fault
from wechat.sandbox.pushes import Habits, Pushes

SendDue = Callable[[], Awaitable[int]]


async def push(
    applicant: Applicant, scene: Any, status: str = "", *, key: str = "p1", **more: Any
) -> None:
    """The platform pushes one entry about the template of `kind`."""
    kind = more.pop("kind", Kind.SUBMITTED)
    told = SubscriptionEvent(f"sandbox-{kind}", scene, status, **more)
    payload = SubscriptionEvents(more.pop("openid", applicant.user.openid), [told])
    await pushed.handle(applicant.act_as(), payload, key)


@pytest.fixture
async def pushes_come(
    applicant: Applicant, house: House, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Pushes]:
    """The platform pushes to the house, signed and encrypted, each push twice."""
    token, key = "token-of-pushes", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
    door = PushDoor(PushKeys(token, key, house.settings.wechat_appid))
    monkeypatch.setitem(house._parts, PushDoor, door)
    pushes = applicant.sandbox.platform.pushes
    monkeypatch.setattr(pushes, "habits", Habits(delay=0, duplicates=1))
    pushes.aim(Target(f"{server_url}/wechat/push", token, key))
    yield pushes
    await pushes.settled()
    pushes.aim(None)


async def test_an_answer_that_is_lost_is_made_good_by_the_push(
    applicant: Applicant,
    send_due: SendDue,
    house: House,
    pushes_come: Pushes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await applicant.tell(key="first")
    await send_due()  # the token is fetched before the client's patience is taken away
    applicant.subscribe(count=5)
    monkeypatch.setattr(house.part(WeChat)._transport._http, "timeout", 0.2)
    lost = Fault("lost", "/cgi-bin/message/subscribe/send", times=1, seconds=0.5)
    applicant.sandbox.platform.faults.add(lost)
    await applicant.tell(key="second")
    await send_due()
    await asyncio.sleep(0.4)
    await pushes_come.settled()
    house.clock.shift(timedelta(seconds=20))
    await send_due()
    (row,) = await db.fetch("SELECT id FROM notices WHERE key = 'second'")
    assert (await wechat_of(row["id"]))["state"] == "sent"
    house.clock.shift(timedelta(hours=1))
    await send_due()
    assert len(applicant.received()) == 1


async def left(kind: Kind = Kind.SUBMITTED) -> int | None:
    row = await db.fetch_one(
        "SELECT remaining FROM subscriptions WHERE template_id = $1", f"sandbox-{kind}"
    )
    return row["remaining"] if row else 0


@pytest.mark.parametrize("phone_first", [True, False])
async def test_the_report_and_the_push_of_one_popup_count_once(
    client: httpx.AsyncClient, applicant: Applicant, phone_first: bool
) -> None:
    if phone_first:
        await report(client, applicant, submitted="accept")
        await push(applicant, "popup", "accept")
    else:
        await push(applicant, "popup", "accept")
        await report(client, applicant, submitted="accept")
    assert await left() == 1
    await push(applicant, "popup", "accept")
    assert await left() == 1, "the same push again"
    await push(applicant, "popup", "accept", key="p2")
    assert await left() == 2, "another popup"
    await report(client, applicant, submitted="accept")
    assert await left() == 2


async def test_popups_that_are_far_apart_are_two(
    client: httpx.AsyncClient, applicant: Applicant, house: House
) -> None:
    await push(applicant, "popup", "accept")
    house.clock.shift(timedelta(minutes=11))
    await report(client, applicant, submitted="accept")
    assert await left() == 2


async def test_turning_off_in_the_settings_leaves_nothing(
    client: httpx.AsyncClient, applicant: Applicant
) -> None:
    await report(client, applicant, submitted="accept")
    await push(applicant, "change", "reject")
    assert await left() == 0


async def test_unknown_users_and_templates_are_left_alone(
    applicant: Applicant, act_as: Callable[..., Act]
) -> None:
    for openid, template in ((applicant.user.openid, "tmpl-x"), ("o-nobody", "sandbox-rate")):
        payload = SubscriptionEvents(openid, [SubscriptionEvent(template, "popup", "accept")])
        await pushed.handle(act_as(), payload, "p")
    assert await db.fetch("SELECT id FROM subscriptions") == []


async def as_unsure(key: str = "k", state: str = "unsure", *, house: House) -> None:
    """The try of this message had no answer."""
    await db.execute(
        "UPDATE notices SET wechat_state = $2, wechat_at = $3, wechat_tries = 1,"
        " wechat_template = 'sandbox-submitted' WHERE key = $1",
        key,
        state,
        house.clock.now(),
    )


async def test_a_push_says_that_a_message_without_an_answer_arrived(
    applicant: Applicant, send_due: SendDue, house: House
) -> None:
    applicant.subscribe()
    await applicant.tell(key="k")
    await as_unsure(house=house)
    await push(applicant, "sent", msg_id="7", error=0)
    assert (await wechat_of())["state"] == "sent"
    assert (await entry())["state"] == "done"
    house.clock.shift(timedelta(days=1))
    await send_due()
    assert applicant.received() == [], "it is not sent again"


async def test_a_late_push_saves_a_dead_letter(applicant: Applicant, house: House) -> None:
    await applicant.tell(key="k")
    await as_unsure(state="doubtful", house=house)
    await db.execute("UPDATE outbox SET state = 'dead'")
    house.clock.shift(timedelta(hours=3))
    await push(applicant, "sent", msg_id="7", error=0)
    assert (await wechat_of())["state"] == "sent"
    assert (await entry())["state"] == "done"


async def test_another_messages_push_is_never_taken_for_it(
    applicant: Applicant, send_due: SendDue, house: House
) -> None:
    applicant.subscribe(count=3)
    await applicant.tell(key="sent")
    await send_due()
    await applicant.tell(key="k")
    await as_unsure(house=house)
    for copy in ("7", "7"):
        await push(applicant, "sent", msg_id=copy, error=0, key=f"p{copy}")
    rows = await db.fetch("SELECT key, wechat_state AS s, wechat_msg_id AS m FROM notices")
    assert {row["key"]: (row["s"], row["m"]) for row in rows} == {
        "sent": ("sent", "7"),
        "k": ("unsure", None),
    }
    await push(applicant, "sent", msg_id="8", error=0, key="p8")
    rows = await db.fetch("SELECT wechat_state AS s FROM notices WHERE key = 'k'")
    assert rows[0]["s"] == "sent"


async def test_of_two_in_doubt_nobody_can_say_which(applicant: Applicant, house: House) -> None:
    for key in ("k1", "k2"):
        await applicant.tell(key=key)
        await as_unsure(key, house=house)
    await push(applicant, "sent", msg_id="7", error=0)
    rows = await db.fetch("SELECT DISTINCT wechat_state AS s FROM notices")
    assert [row["s"] for row in rows] == ["unsure"]


async def test_a_push_that_is_faster_than_the_answer_waits_for_it(
    applicant: Applicant, house: House
) -> None:
    await applicant.tell(key="k")
    await as_unsure(state="sending", house=house)
    with pytest.raises(NotYet):
        await push(applicant, "sent", msg_id="7", error=0)
    await as_unsure(state="sent", house=house)
    await push(applicant, "sent", msg_id="7", error=0)
    row = await db.fetch_one("SELECT wechat_msg_id AS m FROM notices")
    assert row == {"m": "7"}


async def test_a_message_that_the_platform_could_not_bring_goes_by_text(
    applicant: Applicant, send_due: SendDue
) -> None:
    await applicant.has_phone()
    applicant.subscribe(Kind.READY)
    await applicant.tell(Kind.READY)
    await send_due()
    await push(applicant, "sent", msg_id="7", error=43101, kind=Kind.READY)
    found = await wechat_of()
    assert found["state"] == "unreachable"
    assert "43101" in found["error"]
    assert (await text_of())["state"] == "waiting"

"""What the desk sees of messages, and what it does with those that did not arrive."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.core import db, outbox
from app.core.acts import Act
from app.core.house import House
from app.notices.rules import Kind
from tests.notices.conftest import NUMBER, Applicant, entry, only_id, text_of, texts_in, wechat_of
from tests.places import Place, code_of, staff_headers
from wechat.sandbox.faults import Fault

SendDue = Callable[[], Awaitable[int]]
SEND = "/cgi-bin/message/subscribe/send"
DESK = "/api/v1/desk/notices"


class Desk:
    """Staff of the hall, over HTTP."""

    def __init__(self, client: httpx.AsyncClient, act_as: Callable[..., Act], place: Place) -> None:
        self.client, self.act_as, self.place = client, act_as, place

    async def get(self, who: str, path: str = "", **query: Any) -> httpx.Response:
        headers = await staff_headers(self.act_as(), self.place, who)
        return await self.client.get(DESK + path, headers=headers, params=query)

    async def post(
        self, who: str, path: str, body: dict[str, Any], key: str | None = None
    ) -> httpx.Response:
        headers = await staff_headers(self.act_as(), self.place, who)
        headers |= {"Idempotency-Key": key} if key else {}
        return await self.client.post(DESK + path, headers=headers, json=body)

    async def about(self, who: str = "clerk") -> list[dict[str, Any]]:
        answer = await self.get(who, subject=f"case:{NUMBER}")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def letters(self, who: str = "supervisor") -> list[dict[str, Any]]:
        answer = await self.get(who, "/letters")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


@pytest.fixture
def desk(client: httpx.AsyncClient, act_as: Callable[..., Act], place: Place) -> Desk:
    return Desk(client, act_as, place)


async def dead(applicant: Applicant, desk: Desk, send_due: SendDue, kind: Kind) -> None:
    """A message that the platform refuses until somebody mends the settings."""
    applicant.subscribe(kind, 3)
    faults = applicant.sandbox.platform.faults
    faults.add(Fault(kind="errcode", path=SEND, errcode=40037, times=1))
    await applicant.tell(kind, hall_id=desk.place.hall_id)
    await send_due()


async def test_the_clerk_sees_what_became_of_each_message(
    applicant: Applicant, desk: Desk, send_due: SendDue, folder: Path, house: House
) -> None:
    await applicant.has_phone()
    applicant.subscribe()
    await applicant.tell(hall_id=desk.place.hall_id)
    await send_due()
    await applicant.tell(Kind.READY, hall_id=desk.place.hall_id)
    await send_due()
    await send_due()
    applicant.subscribe(Kind.RATE)
    applicant.sandbox.platform.faults.add(Fault(kind="busy", path=SEND, times=1))
    await applicant.tell(Kind.RATE, hall_id=desk.place.hall_id)
    await send_due()
    submitted, ready, rate = await desk.about()
    assert submitted["wechat"]["said"] == "已发送"
    assert (submitted["sms"], submitted["wechat"]["tries"]) == (None, 1)
    assert ready["wechat"]["state"] == "not_subscribed"
    assert (ready["sms"]["state"], ready["sms"]["segments"]) == ("sent", 2)
    assert rate["wechat"]["state"] == "failed"
    assert "微信平台" in rate["wechat"]["reason"]
    assert rate["wechat"]["next_at"] is not None
    assert applicant.user.openid not in str([submitted, ready, rate])


async def test_another_halls_staff_see_nothing(
    applicant: Applicant, desk: Desk, send_due: SendDue
) -> None:
    await dead(applicant, desk, send_due, Kind.RATE)
    assert await desk.about("far_clerk") == []
    assert await desk.letters("far_admin") == []
    letter = await only_id()
    for act, body in (("replay", {}), ("discard", {"reason": "不需要"})):
        refused = await desk.post("far_admin", f"/letters/{letter}/{act}", body)
        assert (refused.status_code, code_of(refused)) == (404, "not_found")


@pytest.mark.parametrize("who", ["clerk", "reviewer", "manager"])
async def test_dead_letters_are_for_supervisors_and_admins(desk: Desk, who: str) -> None:
    assert (await desk.get(who, "/letters")).status_code == 403


async def test_a_dead_letter_is_listed_with_its_reason_and_sent_again(
    applicant: Applicant, desk: Desk, send_due: SendDue
) -> None:
    await dead(applicant, desk, send_due, Kind.RATE)
    (letter,) = await desk.letters()
    assert (letter["way"], letter["doubtful"], letter["tries"]) == ("wechat", False, 1)
    assert "40037" in letter["reason"]
    answer = await desk.post("admin", f"/letters/{letter['id']}/replay", {}, key="once")
    assert answer.json()["said"] == "等待发送"
    again = await desk.post("admin", f"/letters/{letter['id']}/replay", {}, key="once")
    assert again.status_code == 200, "the same key gets the first answer"
    await send_due()
    assert len(applicant.received()) == 1
    assert await desk.letters() == []
    refused = await desk.post("admin", f"/letters/{letter['id']}/replay", {}, key="twice")
    assert (refused.status_code, code_of(refused)) == (409, "notices.not_dead")
    assert len(applicant.received()) == 1


async def test_what_may_have_arrived_is_sent_again_only_by_whoever_says_so(
    applicant: Applicant, desk: Desk, send_due: SendDue, house: House
) -> None:
    applicant.subscribe()
    await applicant.tell(hall_id=desk.place.hall_id)
    await db.execute(
        "UPDATE notices SET wechat_state = 'unsure', wechat_at = $1", house.clock.now()
    )
    house.clock.shift(timedelta(minutes=11))
    await send_due()
    (letter,) = await desk.letters()
    assert letter["doubtful"]
    refused = await desk.post("supervisor", f"/letters/{letter['id']}/replay", {})
    assert (refused.status_code, code_of(refused)) == (409, "notices.may_repeat")
    await outbox.replay(now=house.clock.now())
    await send_due()
    assert applicant.received() == [], "replaying all leaves it where it is"
    assert (await entry())["state"] == "dead"
    await desk.post("supervisor", f"/letters/{letter['id']}/replay", {"may_repeat": True})
    await send_due()
    assert len(applicant.received()) == 1


async def test_replaying_all_sends_what_certainly_did_not_arrive(
    applicant: Applicant, desk: Desk, send_due: SendDue, house: House
) -> None:
    await dead(applicant, desk, send_due, Kind.RATE)
    assert await outbox.replay(now=house.clock.now(), topic="notices.sms") == 0
    assert await outbox.replay(now=house.clock.now(), topic="notices.wechat") == 1
    await send_due()
    assert len(applicant.received()) == 1
    assert (await wechat_of())["state"] == "sent"


async def test_a_letter_that_is_not_needed_is_discarded_with_a_reason(
    applicant: Applicant, desk: Desk, send_due: SendDue, house: House
) -> None:
    await dead(applicant, desk, send_due, Kind.RATE)
    (letter,) = await desk.letters()
    path = f"/letters/{letter['id']}/discard"
    assert (await desk.post("admin", path, {"reason": " "})).status_code == 422
    assert (await desk.post("admin", path, {"reason": "已电话告知"})).status_code == 200
    assert await desk.letters() == []
    assert await outbox.replay(now=house.clock.now()) == 0
    await send_due()
    assert applicant.received() == []
    (seen,) = await desk.about()
    assert (seen["wechat"]["said"], seen["wechat"]["reason"]) == ("人工确认不再发送", "已电话告知")
    (left,) = await db.fetch(
        "SELECT actor FROM audit_entries WHERE verb = 'notice.discarded' ORDER BY id DESC LIMIT 1"
    )
    assert left["actor"] == f"staff:{desk.place.staff['admin']}"


async def test_a_text_that_did_not_go_is_a_letter_too(
    applicant: Applicant, desk: Desk, send_due: SendDue, folder: Path
) -> None:
    await applicant.has_phone()
    await applicant.tell(Kind.READY, hall_id=desk.place.hall_id)
    await send_due()
    await db.execute("UPDATE texts SET state = 'dead', error = '余额不足。', tried_at = now()")
    await db.execute("UPDATE outbox SET state = 'dead' WHERE topic = 'notices.sms'")
    (letter,) = await desk.letters()
    assert (letter["way"], letter["reason"]) == ("sms", "余额不足。")
    await desk.post("supervisor", f"/letters/{letter['id']}/replay", {})
    await send_due()
    assert len(texts_in(folder)) == 1
    assert (await text_of())["state"] == "sent"


async def test_letters_come_page_by_page(
    applicant: Applicant, desk: Desk, send_due: SendDue
) -> None:
    for number in range(5):
        await applicant.tell(key=f"k{number}", hall_id=desk.place.hall_id)
    await db.execute("UPDATE notices SET wechat_state = 'dead', wechat_at = now()")
    seen: list[str] = []
    after = None
    for _ in range(3):
        page = await desk.get("admin", "/letters", limit=2, **({"after": after} if after else {}))
        seen += [item["id"] for item in page.json()["items"]]
        after = page.json()["next"]
    assert after is None
    assert len(set(seen)) == 5

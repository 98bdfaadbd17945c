"""Photos that citizens send are looked at by the platform; its verdict comes by a push, later."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.cases.numbers import CaseNumbers
from app.core import db
from app.core.house import House
from app.core.outbox import NotYet
from app.materials import service as materials
from app.materials.watermark import Mark
from app.moderation import checking, queries
from app.moderation import service as moderation
from app.pushes.schemas import MEDIA_CHECKED, MediaVerdict
from tests.cases.builders import World, jpeg
from tests.moderation.conftest import Rater, Work, check_of, state_of
from tests.places import code_of, staff_headers
from wechat.sandbox.moderation import Rule


async def sends(rater: Rater, data: bytes | None = None) -> UUID:
    answer = await rater.client.post(
        "/api/v1/materials", files={"file": ("a.jpg", data or jpeg())}, headers=rater.headers
    )
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


def subject(photo: UUID) -> str:
    return f"material:{photo}"


async def pushed(rater: Rater) -> None:
    await rater.sandbox.platform.pushes.settled()


def finds(rater: Rater, suggest: Any, label: int = 20002) -> None:
    rater.sandbox.platform.moderation.add(Rule(suggest, "", label, "image"))


async def seen_by_staff(rater: Rater, photo: UUID) -> bool:
    act = rater.act_as(await rater.place.actor(rater.act_as(), "clerk"))
    mark = Mark("测试事项", "青河县政务服务中心", act.today, "001")
    try:
        await materials.marked_copy(act, photo, "thumbnail", mark)
    except moderation.HeldBack:
        return False
    return True


@pytest.mark.usefixtures("pushing")
class TestVerdicts:
    async def test_a_photo_is_fetched_by_a_link_and_passed(self, rater: Rater, work: Work) -> None:
        photo = await sends(rater)
        await work()
        await pushed(rater)
        await work()
        assert await state_of(subject(photo)) == ("passed", "platform")
        (asked,) = rater.asked("image")
        assert "/api/v1/m/" in asked.subject
        assert str(photo) not in asked.subject
        read = await db.fetch(
            "SELECT data ->> 'audience' AS audience FROM audit_entries WHERE subject = $1"
            " AND verb = 'material.read_by_link'",
            subject(photo),
        )
        assert [entry["audience"] for entry in read] == ["media_check"]

    @pytest.mark.parametrize("suggest", ["risky", "review"])
    async def test_a_risky_one_is_held_from_staff_and_not_from_its_owner(
        self, rater: Rater, work: Work, suggest: str
    ) -> None:
        finds(rater, suggest)
        photo = await sends(rater)
        await work()
        await pushed(rater)
        await work()
        assert (await check_of(subject(photo)))["label"] == 20002
        assert await state_of(subject(photo)) == ("held", "platform")
        assert not await seen_by_staff(rater, photo)
        path = f"/api/v1/materials/{photo}/display"
        assert (await rater.client.get(path, headers=rater.headers)).status_code == 200

    async def test_a_push_that_overtakes_the_answer_waits_for_it(
        self, *, rater: Rater, work: Work, house: House
    ) -> None:
        finds(rater, "risky")
        # The platform has taken the question, and its answer is still on the way.
        rater.breaks_down(kind="lost", path="/wxa/media_check_async", seconds=0.6, times=1)
        photo = await sends(rater)
        asking = asyncio.create_task(work())
        for _ in range(100):
            if await db.fetch("SELECT id FROM outbox WHERE topic = 'wechat.media_checked'"):
                break
            await asyncio.sleep(0.02)
        await work()
        assert not asking.done()
        assert (await check_of(subject(photo)))["trace_id"] is None
        await asking
        assert await state_of(subject(photo)) == ("waiting", None)
        house.clock.shift(timedelta(seconds=20))
        await work()
        assert await state_of(subject(photo)) == ("held", "platform")
        assert len(rater.asked("image")) == 1

    async def test_one_that_cannot_be_fetched_is_asked_about_again(
        self, *, rater: Rater, work: Work, house: House, settings_with: Any, server_url: str
    ) -> None:
        settings_with(public_url="http://127.0.0.1:1")
        photo = await sends(rater)
        await work()
        await pushed(rater)
        await work()
        assert (await check_of(subject(photo)))["trace_id"] is None
        assert await state_of(subject(photo)) == ("waiting", None)
        settings_with(public_url=server_url)
        house.clock.shift(timedelta(minutes=2))
        await work()
        await pushed(rater)
        await work()
        assert await state_of(subject(photo)) == ("passed", "platform")
        assert len(rater.asked("image")) == 2

    async def test_the_same_photo_again_is_checked_once(self, rater: Rater, work: Work) -> None:
        data = jpeg()
        assert await sends(rater, data) == await sends(rater, data)
        await work()
        await pushed(rater)
        assert len(rater.asked("image")) == 1


class TestWithoutAPush:
    """The house has told the platform no address: verdicts go nowhere."""

    async def test_it_is_asked_again_and_is_unchecked_after_a_day(
        self, rater: Rater, for_days: Any
    ) -> None:
        photo = await sends(rater)
        calls = rater.sandbox.platform.calls
        before = calls["/wxa/media_check_async"]
        await for_days(2)
        assert await state_of(subject(photo)) == ("unchecked", "no_answer")
        assert 2 <= calls["/wxa/media_check_async"] - before <= 10
        assert await seen_by_staff(rater, photo)

    async def test_while_its_verdict_is_under_way_it_is_not_asked_again(
        self, *, rater: Rater, work: Work, house: House
    ) -> None:
        photo = await sends(rater)
        await work()
        first = (await check_of(subject(photo)))["trace_id"]
        house.clock.shift(timedelta(minutes=30))
        await db.execute("UPDATE outbox SET state = 'waiting' WHERE topic = 'moderation.check'")
        await work()
        assert (await check_of(subject(photo)))["trace_id"] == first

    async def test_who_left_meanwhile_is_waited_for(
        self, *, rater: Rater, work: Work, house: House, for_days: Any
    ) -> None:
        photo = await sends(rater)
        await work()
        rater.leaves()
        house.clock.shift(timedelta(hours=1))
        await work()
        assert await state_of(subject(photo)) == ("waiting", None), "a verdict may still come"
        await for_days(1)
        assert await state_of(subject(photo)) == ("unchecked", "no_answer")

    async def test_a_verdict_that_comes_too_late_still_counts(
        self, rater: Rater, for_days: Any
    ) -> None:
        photo = await sends(rater)
        await for_days(2)
        act = rater.act_as()
        trace_id = (await check_of(subject(photo)))["trace_id"]
        await checking.judged(act, MediaVerdict(trace_id, 0, "risky", 20002, act.at), "k")
        assert await state_of(subject(photo)) == ("held", "platform")

    async def test_a_push_may_be_faster_than_the_answer_that_names_it(
        self, rater: Rater, work: Work, house: House
    ) -> None:
        photo = await sends(rater)
        act = rater.act_as()
        async with act.transaction() as tx:
            tx.later(MEDIA_CHECKED, MediaVerdict("t-9", 0, "risky", 20002, act.at), key="t-9")
        rater.breaks_down()
        await work()
        assert await state_of(subject(photo)) == ("waiting", None)
        # Now the answer is kept, which the push has overtaken.
        await queries.asked((await check_of(subject(photo)))["id"], "t-9", act.at)
        house.clock.shift(timedelta(seconds=20))
        await work()
        assert await state_of(subject(photo)) == ("held", "platform")

    async def test_a_repeated_verdict_changes_nothing(self, rater: Rater, work: Work) -> None:
        photo = await sends(rater)
        await work()
        act = rater.act_as()
        trace_id = (await check_of(subject(photo)))["trace_id"]
        for suggest in ("pass", "risky"):
            await checking.judged(act, MediaVerdict(trace_id, 0, suggest, 100, act.at), "k")
        assert await state_of(subject(photo)) == ("passed", "platform")

    async def test_a_verdict_on_nothing_of_ours_is_waited_for_and_dropped(
        self, rater: Rater, house: House
    ) -> None:
        verdict = MediaVerdict("t-unknown", 0, "risky", 20002, house.clock.now())
        with pytest.raises(NotYet):
            await checking.judged(rater.act_as(), verdict, "k")
        house.clock.shift(timedelta(minutes=11))
        await checking.judged(rater.act_as(), verdict, "k")

    async def test_a_photo_that_was_deleted_is_not_asked_about(
        self, rater: Rater, work: Work
    ) -> None:
        photo = await sends(rater)
        path = f"/api/v1/materials/{photo}"
        assert (await rater.client.delete(path, headers=rater.headers)).status_code == 204
        await work()
        assert await state_of(subject(photo)) == ("unchecked", "gone")
        assert rater.asked("image") == []

    async def test_the_platform_down_for_the_whole_time_keeps_nobody_from_sending(
        self, rater: Rater, for_days: Any
    ) -> None:
        rater.breaks_down()
        photo = await sends(rater)
        await for_days(2)
        assert await state_of(subject(photo)) == ("unchecked", "no_answer")

    async def test_a_hall_may_keep_photos_from_the_platform(
        self, rater: Rater, work: Work, settings_with: Any
    ) -> None:
        settings_with(moderation_images=False)
        await sends(rater)
        await work()
        assert await db.fetch("SELECT id FROM content_checks") == []


async def test_a_photo_of_an_application_is_the_halls_to_decide(rater: Rater, work: Work) -> None:
    photo = await sends(rater)
    await work()
    assert (await check_of(subject(photo)))["hall_id"] is None
    act = rater.act()
    async with act.transaction():
        await materials.in_hall(act, rater.place.hall_id, [photo])
    assert (await check_of(subject(photo)))["hall_id"] == rater.place.hall_id
    async with act.transaction():
        await materials.in_hall(act, rater.place.other_hall_id, [photo])
    assert (await check_of(subject(photo)))["hall_id"] == rater.place.hall_id


async def test_a_clerk_waits_for_the_supervisor_before_seeing_a_held_photo_of_a_case(
    *, rater: Rater, house: House, supervisor: dict[str, str]
) -> None:
    house.put(CaseNumbers())
    world = World(rater.client, house, rater.place, rater.act_as)
    citizen, item = await world.citizen(), await world.with_photos()
    photo = await world.photo(citizen)
    supplied = [{"requirement": "premises", "material_ids": [photo]}]
    case = await world.filed(citizen, item, materials=supplied)
    row = await check_of(f"material:{photo}")
    assert row["hall_id"] == rater.place.hall_id, "filing says whose supervisor looks"
    await db.execute(
        "UPDATE content_checks SET state = 'held', why = 'platform', judged_at = created_at"
    )
    path = f"/api/v1/desk/cases/{case.id}/materials/{photo}/display"
    clerk = await staff_headers(rater.act_as(), rater.place, "clerk")
    answer = await rater.client.get(path, headers=clerk)
    assert (answer.status_code, code_of(answer)) == (409, "moderation.held")
    own = f"/api/v1/cases/{case.id}/materials/{photo}/display"
    assert (await rater.client.get(own, headers=citizen.headers)).status_code == 200
    released = await rater.client.post(
        f"/api/v1/moderation/held/{row['id']}/release",
        json={"reason": "是营业场所的照片。"},
        headers=supervisor,
    )
    assert released.status_code == 200
    assert (await rater.client.get(path, headers=clerk)).status_code == 200

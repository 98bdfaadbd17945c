"""What nobody plans for: people who leave in the middle, clocks that disagree, odd words."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app.cases import jobs
from app.core import db
from app.core.clock import CHINA
from tests.cases.builders import ADDRESS, Filed, World, ok, refused
from tests.cases.clocks import VISIT, begin, begun, case_row, end, extend
from tests.cases.promised import PLEDGED, RULES, item_of

PAPER = {"title": "食品经营许可证", "number": "JY25116020000001"}
PARCEL = {"carrier": "邮政速递", "tracking_number": "EA123456789CN"}
FALSE = {"kept": False, "finding": "现场没有管理制度。", "basis": "行政许可法第六十九条"}
MONDAY = date(2026, 3, 2)


class TestPeopleWhoLeave:
    async def test_a_clerk_who_is_moved_to_another_hall_stops_at_once(self, world: World) -> None:
        case = await world.filed()
        ok(await world.look("clerk", f"cases/{case.id}"))
        await db.execute(
            "UPDATE staff_roles SET hall_id = $2 WHERE staff_id = $1",
            world.place.staff["clerk"],
            world.place.other_hall_id,
        )
        refused(await world.look("clerk", f"cases/{case.id}"), 404, "not_found")
        refused(await world.accept(case), 404, "not_found")
        ok(await world.accept(case, by="clerk2"))

    async def test_a_reviewer_who_lost_the_role_leaves_the_task_to_the_others(
        self, world: World
    ) -> None:
        case = await world.accepted()
        ok(await world.look("reviewer", f"cases/{case.id}/applicant"))
        await db.execute(
            "DELETE FROM staff_roles WHERE staff_id = $1", world.place.staff["reviewer"]
        )
        refused(await world.grant(case), 403, "forbidden")
        ok(await world.grant(case, by="reviewer2"))

    async def test_a_proposal_outlives_who_made_it(self, world: World) -> None:
        case = await world.accepted()
        proposed = ok(await world.refuse(case), 202)
        await db.execute(
            "UPDATE staff SET active = false WHERE id = $1", world.place.staff["reviewer"]
        )
        ok(await world.answer(proposed["id"]))
        assert await world.state(case) == "refused"


class TestClocks:
    async def test_a_pause_never_ends_before_it_began(self, world: World) -> None:
        """Two servers' clocks disagree, on both sides of a midnight."""
        case = await world.accepted()
        world.go_to(datetime(2026, 3, 5, 0, 0, 5, tzinfo=CHINA))
        pause = await begun(world, case)
        world.go_to(datetime(2026, 3, 4, 23, 59, 59, tzinfo=CHINA))
        ok(await end(world, pause))
        row = await case_row(case)
        assert (row["promised_due"], row["paused_since"]) == (date(2026, 3, 9), None)

    @pytest.mark.parametrize(("minutes", "state"), [(-1, "submitted"), (1, "under_review")])
    async def test_the_last_day_to_answer_ends_at_midnight_in_china(
        self, world: World, minutes: int, state: str
    ) -> None:
        case = await world.filed()
        midnight = datetime(2026, 3, 10, tzinfo=CHINA)  # after the fifth working day
        world.go_to(midnight + timedelta(minutes=minutes))
        await jobs.deem_accepted(world.act_as())
        assert await world.state(case) == state

    @pytest.mark.parametrize(("minutes", "status"), [(-1, 202), (1, 409)])
    async def test_on_the_last_minute_of_the_last_day_a_decision_can_be_put_off(
        self, world: World, minutes: int, status: int
    ) -> None:
        case = await world.accepted()
        midnight = datetime(2026, 3, 10, tzinfo=CHINA)  # after the promised day
        world.go_to(midnight + timedelta(minutes=minutes))
        assert (await extend(world, case)).status_code == status

    @pytest.mark.parametrize(("minutes", "used"), [(-1, 5), (1, 6)])
    async def test_a_decision_of_the_last_minute_is_of_that_day(
        self, world: World, minutes: int, used: int
    ) -> None:
        case = await world.accepted()
        world.go_to(datetime(2026, 3, 10, tzinfo=CHINA) + timedelta(minutes=minutes))
        ok(await world.grant(case))
        assert (await case_row(case))["used_days"] == used

    async def test_a_server_that_slept_over_a_years_end_goes_on(self, world: World) -> None:
        world.go_to_day(date(2028, 12, 25))
        case = await world.accepted()
        world.go_to_day(date(2030, 1, 7))
        late = await world.again(case)
        deadline = (await world.seen(late))["deadline"]
        assert (deadline["light"], deadline["provisional"]) == ("red", True)
        assert "已超期" in deadline["text"]
        ok(await world.grant(late))
        assert (await case_row(case))["delivery_due"] == date(2030, 1, 21)


class TestRevoked:
    async def _issued(self, world: World) -> Filed:
        case = await world.filed(
            item=await item_of(world, RULES),
            delivery={"way": "post", "address": ADDRESS},
            **PLEDGED,
        )
        ok(await world.accept(case))
        ok(await world.grant(case))
        ok(await world.do("clerk", f"cases/{case.id}/issue", PAPER))
        return case

    async def _revoke(self, world: World, case: Filed) -> None:
        (pledge,) = (await world.seen(case))["pledges"]
        checked = ok(await world.do("reviewer", f"pledges/{pledge['id']}/check", FALSE))
        ok(await world.answer(checked["proposal_id"]))

    async def _queue(self, world: World, state: str) -> list[Any]:
        hall = world.place.hall_id
        return ok(await world.look("clerk", "shipments", hall_id=hall, state=state))["items"]

    async def test_what_waits_to_be_posted_is_not_posted_any_more(self, world: World) -> None:
        case = await self._issued(world)
        assert len(await self._queue(world, "to_post")) == 1
        await self._revoke(world, case)
        assert await self._queue(world, "to_post") == []
        (shipment,) = (await world.seen(case))["delivery_progress"]["shipments"]
        assert (shipment["state"], shipment["says"]) == ("cancelled", "不再邮寄")
        assert shipment["events"][-1]["note"] == "准予决定已撤销"
        refused(await world.do("clerk", f"cases/{case.id}/post", PARCEL), 409, "cases.wrong_state")

    @pytest.mark.parametrize("reported", ["signed", "returned"])
    async def test_what_is_in_the_post_comes_to_its_end_and_opens_nothing(
        self, world: World, reported: str
    ) -> None:
        case = await self._issued(world)
        ok(await world.do("clerk", f"cases/{case.id}/post", PARCEL))
        await self._revoke(world, case)
        ok(await world.do("clerk", f"cases/{case.id}/shipment", {"state": reported}))
        seen = await world.seen(case)
        assert seen["state"] == "revoked"
        assert seen["delivery_progress"]["handover"] is None
        assert await self._queue(world, "to_post") == []


class TestTheWrongOrder:
    async def test_what_the_desk_does_too_early_or_too_late_is_told_in_a_sentence(
        self, world: World
    ) -> None:
        case = await world.filed()
        early: list[tuple[str, Any]] = [
            ("issue", PAPER),
            ("deliver", {}),
            ("post", PARCEL),
            ("extend", {"days": 5, "reason": "案情复杂。"}),
            ("pauses", VISIT),
            ("terminate", {"reason": "申请人死亡。", "basis": "行政许可法第七十条"}),
        ]
        for act, body in early:
            said = await world.do("clerk", f"cases/{case.id}/{act}", body)
            refused(said, 409, "cases.wrong_state", "已提交")
        ok(await world.mine(case, "withdraw"))
        late: list[tuple[str, Any]] = [
            *early,
            ("accept", None),
            ("ask-correction", {"points": ["照片不清楚。"]}),
            ("not-accept", {"reason": "不属于本机关职权。", "basis": "行政许可法第三十二条"}),
        ]
        for act, body in late:
            said = await world.do("clerk", f"cases/{case.id}/{act}", body)
            refused(said, 409, "cases.wrong_state", "已撤回")

    async def test_a_withdrawal_and_a_decision_at_once_have_one_order(self, world: World) -> None:
        case = await world.accepted()
        both = await asyncio.gather(world.mine(case, "withdraw"), world.grant(case))
        assert sorted(answer.status_code for answer in both) == [200, 409]
        assert await world.state(case) in ("withdrawn", "granted")
        trails = [await world.trail(case, verb) for verb in ("case.withdrawn", "case.granted")]
        assert sorted(trails) == [0, 1]

    async def test_a_pause_of_the_first_stage_that_still_stands_holds_the_second(
        self, world: World
    ) -> None:
        await world.add_role("clerk2", "reviewer", "water")
        case = await world.accepted(item=await world.bundle())
        pause = await begun(world, case)
        ok(await world.grant(case))
        world.go_to_day(date(2026, 3, 5))
        ok(await end(world, pause))
        rows = await db.fetch(
            "SELECT t.due FROM case_tasks t WHERE t.case_id = $1 AND t.stage = 2 ORDER BY t.due",
            case.id,
        )
        # Opened on Monday; Tuesday to Thursday stood still: two and three days from Friday on.
        assert [row["due"] for row in rows] == [
            date(2026, 3, 9),
            date(2026, 3, 10),
            date(2026, 3, 10),
        ]


ODD = ("豆花🍲店", "𠮷野家", "a\u202eb店", "店" * 40, "<b>店</b>", "店\t铺")


class TestOddWords:
    @pytest.mark.parametrize("shop", ODD)
    async def test_any_characters_come_back_as_they_were_written(
        self, world: World, shop: str
    ) -> None:
        case = await world.filed(form={"shop": shop})
        assert (await world.seen(case))["form"] == {"shop": shop}

    @pytest.mark.parametrize("shop", ["店" * 10_000, "店\x00铺", "", 7, None, ["店"]])
    async def test_what_the_form_cannot_take_is_refused(self, world: World, shop: Any) -> None:
        said = await world.submit(await world.citizen(), await world.item(), form={"shop": shop})
        assert said.status_code == 422, said.text

    @pytest.mark.parametrize(
        ("act", "body"),
        [
            ("pauses", VISIT | {"kind": "hearing", "expected_days": -3}),
            ("pauses", VISIT | {"reason": "现" * 10_000}),
            ("extend", {"days": -5, "reason": "案情复杂。"}),
            ("extend", {"days": 0, "reason": "案情复杂。"}),
            ("extend", {"days": 10**30, "reason": "案情复杂。"}),
            ("extend", {"days": 5, "reason": "  \n "}),
            ("terminate", {"reason": "申请人死亡。", "basis": "    "}),
            ("issue", PAPER | {"valid_until": "1900-02-30"}),
            ("issue", PAPER | {"valid_until": "10000-01-01"}),
        ],
    )
    async def test_numbers_days_and_reasons_that_cannot_be_are_refused(
        self, world: World, act: str, body: dict[str, Any]
    ) -> None:
        case = await world.accepted()
        said = await world.do("clerk", f"cases/{case.id}/{act}", body)
        assert said.status_code == 422, said.text

    async def test_a_certificate_until_the_last_day_there_is_holds_for_good(
        self, world: World
    ) -> None:
        case = await world.granted()
        refused(
            await world.do(
                "clerk", f"cases/{case.id}/issue", PAPER | {"valid_until": "1900-01-01"}
            ),
            422,
            "cases.bad_certificate",
        )
        far = PAPER | {"valid_until": "9999-12-31"}
        ok(await world.do("clerk", f"cases/{case.id}/issue", far))
        (paper,) = (await world.seen(case))["delivery_progress"]["certificates"]
        assert paper["valid_until"] is None
        pdf = await world.client.get(
            f"/api/v1/cases/{case.id}/certificate.pdf", headers=case.owner.headers
        )
        assert pdf.content.startswith(b"%PDF")


async def test_nothing_is_begun_twice_with_one_key(world: World) -> None:
    case = await world.accepted()
    first = await begin(world, case, key="k-1")
    again = await begin(world, case, key="k-1")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = await begin(world, case, key="k-1", kind="expert_review", expected_days=3)
    refused(other, 422, "idempotency.key_reused")

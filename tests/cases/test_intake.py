"""Taking an application in: what each act needs, what it leaves behind, what it refuses."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest

from app.cases.numbering import is_case_number
from app.cases.rules import CORRECTION_DAYS
from app.catalog import service as catalog
from app.catalog.schemas import VersionIn
from app.core import db
from app.core.clock import day_of
from app.halls import service as halls
from tests.cases.builders import (
    ADDRESS,
    ID_NUMBER,
    NAME,
    PHONE,
    SHOP,
    Filed,
    World,
    content,
    ok,
    refused,
)

ASK = {"points": ["营业场所照片不清楚。", "请写明经营面积。"]}
NO = {"reason": "不属于本机关职权范围。", "basis": "行政许可法第三十二条"}


async def _rows(table: str) -> int:
    row = await db.fetch_one(f"SELECT count(*) AS n FROM {table}")
    assert row
    return row["n"]


async def _working_day(world: World, days: int) -> None:
    """Move the clock so many of the hall's working days on, at ten in the morning."""
    calendar = await halls.calendar(world.place.hall_id)
    world.go_to_day(calendar.add(day_of(world.house.clock.now()), days).day)


class TestSubmit:
    async def test_only_a_citizen_who_said_who_they_are_may(self, world: World) -> None:
        item = await world.item()
        body = world.application(item)
        nobody = await world.client.post("/api/v1/cases", json=body)
        refused(nobody, 401, "not_signed_in")
        for name in ("clerk", "reviewer", "supervisor", "manager", "admin"):
            headers = await world.staff(name)
            staff = await world.client.post("/api/v1/cases", json=body, headers=headers)
            refused(staff, 403, "forbidden")
        stranger = await world.citizen("o-new", known=False)
        refused(await world.submit(stranger, item), 409, "citizens.who_first", "姓名")
        assert await _rows("cases") == 0

    async def test_an_application_gets_a_number_a_message_and_its_place_in_the_queue(
        self, world: World
    ) -> None:
        case = await world.filed()
        assert is_case_number(case.number)
        assert case.number.startswith(f"511602{day_of(world.house.clock.now()):%Y%m%d}")
        assert await world.state(case) == "submitted"
        assert await world.notices(case) == ["submitted"]
        assert await world.trail(case, "case.submitted") == 1
        queue = ok(
            await world.look("clerk", "cases", hall_id=world.place.hall_id, state="submitted")
        )
        assert [row["number"] for row in queue["items"]] == [case.number]

    async def test_what_the_applicant_wrote_is_sealed_in_the_database(self, world: World) -> None:
        case = await world.filed(delivery={"way": "post", "address": ADDRESS})
        row = await db.fetch_one("SELECT c::text AS said, c.* FROM cases c WHERE id = $1", case.id)
        assert row
        stored = b"".join(value for value in row.values() if isinstance(value, bytes))
        stored += row["said"].encode()
        for secret in (NAME, PHONE, ID_NUMBER, ADDRESS, SHOP):
            assert secret.encode() not in stored
            assert secret.encode().hex().encode() not in stored

    async def test_an_item_that_is_not_offered_cannot_be_applied_for(self, world: World) -> None:
        citizen, item = await world.citizen(), await world.item()
        body = {"item_id": str(uuid4())}
        refused(await world.submit(citizen, item, **body), 404, "not_found")
        await catalog.withdraw(world.act_as(), item.id, "机构改革")
        refused(await world.submit(citizen, item), 404, "not_found", "停止办理")

    async def test_a_guide_that_was_changed_meanwhile_is_read_again(self, world: World) -> None:
        citizen, item = await world.citizen(), await world.item()
        new = VersionIn(content=content(promised_days=3))
        made = await catalog.add_version(world.act_as(), item.id, new)
        refused(await world.submit(citizen, item), 409, "cases.guide_changed", "新的指南")
        ok(await world.submit(citizen, item, version_id=str(made.id)), 201)

    async def test_a_case_keeps_the_version_that_it_began_with(self, world: World) -> None:
        item = await world.item()
        case = await world.filed(item=item)
        new = VersionIn(content=content(promised_days=1, name="小餐饮备案"))
        await catalog.add_version(world.act_as(), item.id, new)
        ok(await world.accept(case))
        seen = await world.seen(case)
        assert (seen["item_name"], seen["deadline"]["promised_days"]) == ("小餐饮登记", 5)

    @pytest.mark.parametrize("form", [{}, {"shop": ""}, {"shop": SHOP, "x": 1}, {"shop": None}])
    async def test_a_form_that_does_not_fit_says_where(self, world: World, form: dict) -> None:
        answer = await world.submit(await world.citizen(), await world.item(), form=form)
        problem = refused(answer, 422, "catalog.form_invalid")
        assert problem["errors"]
        assert await _rows("cases") == 0

    async def test_materials_must_be_all_there_known_few_enough_and_ones_own(
        self, world: World
    ) -> None:
        citizen, item = await world.citizen(), await world.with_photos()
        other = await world.citizen("o-other")
        foreign = await world.photo(other)
        mine = [await world.photo(citizen) for _ in range(3)]

        async def supply(code: str, *ids: str) -> object:
            supplied = [{"requirement": code, "material_ids": list(ids)}]
            return await world.submit(citizen, item, materials=supplied)

        missing = refused(await world.submit(citizen, item), 422, "catalog.materials_missing")
        assert missing["missing"] == ["经营场所照片"]
        refused(await supply("licence", mine[0]), 422, "catalog.material_refused", "清单以外")
        refused(await supply("premises", *mine), 422, "catalog.material_refused", "最多提交 2 张")
        refused(await supply("premises", foreign), 404, "not_found", "重新上传")
        refused(await supply("premises", mine[0], foreign), 404, "not_found")
        assert await _rows("cases") == await _rows("notices") == 0
        unclaimed = await db.fetch("SELECT 1 FROM materials WHERE attached_at IS NOT NULL")
        assert not unclaimed
        ok(await supply("premises", *mine[:2]), 201)

    async def test_the_same_photo_may_serve_two_applications(self, world: World) -> None:
        citizen, item = await world.citizen(), await world.with_photos()
        photo = await world.photo(citizen)
        supplied = [{"requirement": "premises", "material_ids": [photo, photo]}]
        for _ in range(2):
            case = await world.filed(citizen, item, materials=supplied)
            assert [m["material_id"] for m in (await world.seen(case))["materials"]] == [photo]

    @pytest.mark.parametrize(
        "delivery",
        [
            {"way": "post"},
            {"way": "counter", "address": ADDRESS},
            {"way": "electronic"},
        ],
    )
    async def test_the_way_of_delivery_must_be_offered_and_addressed(
        self, world: World, delivery: dict
    ) -> None:
        item = await world.item(guide={"delivery": ("counter", "post")})
        answer = await world.submit(await world.citizen(), item, delivery=delivery)
        refused(answer, 422, "cases.bad_delivery", "地址")

    async def test_a_repeat_gets_the_first_answer_and_makes_no_second_case(
        self, world: World
    ) -> None:
        citizen, item = await world.citizen(), await world.item()
        answers = await asyncio.gather(*(world.submit(citizen, item, "k-1") for _ in range(8)))
        assert len({ok(answer, 201)["number"] for answer in answers}) == 1
        assert await _rows("cases") == await _rows("notices") == 1
        other = await world.submit(citizen, item, "k-1", form={"shop": "另一家店"})
        refused(other, 422, "idempotency.key_reused")

    @pytest.mark.parametrize("keys", [False, True])
    async def test_sixty_at_once_get_sixty_numbers(self, world: World, *, keys: bool) -> None:
        citizen, item = await world.citizen(), await world.item()
        answers = await asyncio.gather(
            *(world.submit(citizen, item, f"k-{n}" if keys else None) for n in range(60))
        )
        numbers = {ok(answer, 201)["number"] for answer in answers}
        assert len(numbers) == 60
        assert all(is_case_number(number) for number in numbers)
        assert await _rows("cases") == await _rows("notices") == 60


class TestAccept:
    async def test_only_a_clerk_of_the_hall_may(self, world: World) -> None:
        case = await world.filed()
        refused(await world.accept(case, ""), 401, "not_signed_in")
        for name in ("reviewer", "supervisor", "manager", "admin"):
            refused(await world.accept(case, name), 403, "forbidden")
        headers = case.owner.headers
        path = f"/api/v1/desk/cases/{case.id}/accept"
        refused(await world.client.post(path, headers=headers), 403, "forbidden")
        refused(await world.accept(case, "far_clerk"), 404, "not_found")
        refused(await world.do("clerk", f"cases/{uuid4()}/accept"), 404, "not_found")
        assert await world.state(case) == "submitted"

    async def test_acceptance_writes_a_receipt_and_starts_the_clock(self, world: World) -> None:
        case = await world.filed()
        stands = ok(await world.accept(case))
        assert (stands["state"], stands["progress"]) == ("under_review", "审查中")
        seen = await world.seen(case)
        calendar = await halls.calendar(world.place.hall_id)
        today = day_of(world.house.clock.now())
        assert seen["deadline"]["promised_due"] == calendar.add(today, 5).day.isoformat()
        assert seen["deadline"]["legal_due"] == calendar.add(today, 20).day.isoformat()
        assert [task["state"] for task in seen["tasks"]] == ["open"]
        receipt = seen["receipts"][0]
        assert (receipt["number"], receipt["title"]) == (f"{case.number}-01", "受理通知书")
        assert case.number in receipt["lines"][0]
        assert "5 个工作日" in receipt["lines"][1]
        assert await world.notices(case) == ["submitted", "reminder"]
        assert await world.trail(case, "case.accepted") == 1

    async def test_the_window_where_it_was_accepted_is_kept(self, world: World) -> None:
        window = world.place.windows["01"]
        headers = await world.staff("clerk")
        ok(await world.client.post(f"/api/v1/windows/{window}/duty", headers=headers))
        case = await world.accepted()
        row = await db.fetch_one("SELECT window_id, accepted_by FROM cases WHERE id = $1", case.id)
        assert row == {"window_id": window, "accepted_by": world.place.staff["clerk"]}
        assert (await world.seen(case))["timeline"][-1]["by"] == "01号窗口 员工001"

    async def test_the_second_clerk_is_told_who_was_first(self, world: World) -> None:
        case = await world.accepted()
        told = refused(await world.accept(case, "clerk2"), 409, "cases.wrong_state", "员工001")
        assert "由员工001（工号001）办理" in told["detail"]
        assert told["state"] == "under_review"

    async def test_two_clerks_at_once_have_one_effect(self, world: World) -> None:
        case = await world.filed()
        await world.staff("clerk"), await world.staff("clerk2")
        answers = await asyncio.gather(
            *(world.accept(case, name) for name in ("clerk", "clerk2", "clerk", "clerk2"))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        for answer in answers:
            if answer.status_code == 409:
                refused(answer, 409, "cases.wrong_state", "由员工00")
        assert len(await world.receipts(case)) == 1
        assert await world.trail(case, "case.accepted") == 1

    async def test_a_repeat_with_the_same_key_gets_the_first_answer(self, world: World) -> None:
        case = await world.filed()
        first = ok(await world.accept(case, key="a-1"))
        assert ok(await world.accept(case, key="a-1")) == first
        assert len(await world.receipts(case)) == 1

    async def test_what_is_accepted_too_late_counts_from_the_day_it_was_received(
        self, world: World
    ) -> None:
        case = await world.filed()
        received = day_of(world.house.clock.now())
        await _working_day(world, CORRECTION_DAYS + 1)
        ok(await world.accept(case))
        seen = await world.seen(await world.again(case))
        calendar = await halls.calendar(world.place.hall_id)
        assert seen["deadline"]["promised_due"] == calendar.add(received, 5).day.isoformat()
        assert seen["deadline"]["light"] == "red"
        assert "第三十二条" in seen["receipts"][0]["lines"][2]


class TestCorrection:
    async def test_only_a_clerk_of_the_hall_asks_and_the_applicant_answers(
        self, world: World
    ) -> None:
        case = await world.filed()
        path = f"cases/{case.id}/ask-correction"
        refused(await world.do("", path, ASK), 401, "not_signed_in")
        for name in ("reviewer", "supervisor", "manager", "admin"):
            refused(await world.do(name, path, ASK), 403, "forbidden")
        refused(await world.do("far_clerk", path, ASK), 404, "not_found")
        assert await world.state(case) == "submitted"
        ok(await world.do("clerk", path, ASK))
        change = {"form": {"shop": "改名"}}
        nobody = await world.client.post(f"/api/v1/cases/{case.id}/supplement", json=change)
        refused(nobody, 401, "not_signed_in")
        other = await world.citizen("o-other")
        refused(await world.mine(case, "supplement", change, by=other), 404, "not_found")
        assert await world.state(case) == "correction"

    async def test_everything_is_told_at_once(self, world: World) -> None:
        case = await world.filed()
        assert ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ASK)) == {
            "proposal": None
        }
        seen = await world.seen(case)
        assert seen["correction"]["points"] == ASK["points"]
        assert (seen["state"], seen["can_supplement"]) == ("correction", True)
        assert seen["receipts"][0]["lines"] == ASK["points"]
        assert await world.notices(case) == ["submitted", "reminder"]
        told = await db.fetch_one("SELECT body FROM notices WHERE kind = 'reminder'")
        assert told
        assert "通知时间" in told["body"]
        assert "截止" not in told["body"], "no law sets a last day for the applicant"

    async def test_a_case_in_correction_is_neither_accepted_nor_asked_again(
        self, world: World
    ) -> None:
        case = await _in_correction(world)
        refused(await world.accept(case, "clerk2"), 409, "cases.wrong_state", "由员工001")
        again = await world.do("clerk2", f"cases/{case.id}/ask-correction", ASK)
        refused(again, 409, "cases.wrong_state", "待补正")

    async def test_nothing_and_wrong_answers_are_no_supplement(self, world: World) -> None:
        case = await _in_correction(world)
        refused(await world.mine(case, "supplement", {}), 422, "cases.nothing_supplied")
        wrong = await world.mine(case, "supplement", {"form": {"shop": ""}})
        refused(wrong, 422, "catalog.form_invalid")
        assert await world.state(case) == "correction"

    async def test_a_supplement_waits_for_acceptance_and_counts_as_received_now(
        self, world: World
    ) -> None:
        case = await _in_correction(world)
        await _working_day(world, 10)
        case = await world.again(case)
        ok(await world.mine(case, "supplement", {"form": {"shop": "新字号"}}))
        seen = await world.seen(case)
        assert (seen["state"], seen["form"], seen["correction"]) == (
            "submitted",
            {"shop": "新字号"},
            None,
        )
        ok(await world.accept(case))
        calendar = await halls.calendar(world.place.hall_id)
        due = calendar.add(day_of(world.house.clock.now()), 5).day
        assert (await world.seen(case))["deadline"]["promised_due"] == due.isoformat()
        late = await world.mine(case, "supplement", {"form": {"shop": "又改"}})
        refused(late, 409, "cases.wrong_state", "由员工001")

    async def test_a_blurred_photo_is_joined_by_a_better_one(self, world: World) -> None:
        citizen, item = await world.citizen(), await world.with_photos()
        photos = [await world.photo(citizen) for _ in range(5)]
        given = [
            {"requirement": "premises", "material_ids": photos[:2]},
            {"requirement": "plan", "material_ids": photos[2:3]},
        ]
        case = await world.filed(citizen, item, materials=given)
        ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ASK))
        same = {"materials": given}
        refused(await world.mine(case, "supplement", same), 422, "cases.nothing_supplied")
        foreign = await world.photo(await world.citizen("o-other"))
        stolen = {"materials": [{"requirement": "plan", "material_ids": [foreign]}]}
        refused(await world.mine(case, "supplement", stolen), 404, "not_found")
        two = {"materials": [{"requirement": "plan", "material_ids": photos[3:5]}]}
        refused(await world.mine(case, "supplement", two), 422, "catalog.material_refused")
        one = {"materials": [{"requirement": "plan", "material_ids": photos[3:4]}]}
        ok(await world.mine(case, "supplement", one))
        shown = [(m["name"], m["material_id"]) for m in (await world.seen(case))["materials"]]
        assert shown == [
            ("经营场所照片", photos[0]),
            ("经营场所照片", photos[1]),
            ("平面图", photos[2]),
            ("平面图", photos[3]),
        ]

    async def test_a_second_round_needs_the_supervisor(self, world: World) -> None:
        case = await _supplemented(world)
        path = f"cases/{case.id}/ask-correction"
        proposal = ok(await world.do("clerk", path, ASK))["proposal"]
        assert (proposal["state"], await world.state(case)) == ("open", "submitted")
        first = "由员工001提出的“再次补正”"
        refused(await world.do("clerk2", path, ASK), 409, "cases.proposal_open", first)
        refused(await world.answer(proposal["id"], by=""), 401, "not_signed_in")
        refused(await world.answer(proposal["id"], by="clerk2"), 403, "forbidden")
        refused(await world.answer(proposal["id"], by="reviewer"), 404, "not_found")
        assert ok(await world.answer(proposal["id"]))["state"] == "agreed"
        assert await world.state(case) == "correction"
        assert [r["kind"] for r in await world.receipts(case)] == ["correction", "correction"]
        assert await world.notices(case) == ["submitted", "reminder", "reminder"]

    async def test_a_point_can_name_its_place_in_the_list_or_the_form(self, world: World) -> None:
        owner, item = await world.citizen(), await world.with_photos()
        given = [{"requirement": "premises", "material_ids": [await world.photo(owner)]}]
        case = await world.filed(owner, item, materials=given)
        path = f"cases/{case.id}/ask-correction"
        for place in ({"requirement": "licence"}, {"field": "area"}):
            wrong = await world.do("clerk", path, {"points": [{"text": "请补正。"} | place]})
            refused(wrong, 422, "cases.no_such_place")
        points = [
            {"text": "照片不清楚。", "requirement": "premises"},
            {"text": "与执照不一致。", "field": "shop"},
            "请写明联系时间。",
        ]
        ok(await world.do("clerk", path, {"points": points}))
        asked = (await world.seen(case))["correction"]
        lines = ["经营场所照片：照片不清楚。", "字号：与执照不一致。", "请写明联系时间。"]
        assert asked["points"] == (await world.receipts(case))[0]["lines"] == lines
        assert [(p["requirement"], p["field"]) for p in asked["places"]] == [
            ("premises", None),
            (None, "shop"),
            (None, None),
        ]

    async def test_a_second_round_keeps_the_places_and_counts_against_the_window(
        self, world: World
    ) -> None:
        case = await _supplemented(world)
        point = {"text": "与执照不一致。", "field": "shop"}
        asked = ok(await world.do("clerk", f"cases/{case.id}/ask-correction", {"points": [point]}))
        (row,) = ok(await world.look("supervisor", "proposals"))["items"]
        assert row["points"] == ["字号：与执照不一致。"]
        assert await _second_corrections() == 0
        ok(await world.answer(asked["proposal"]["id"]))
        assert (await world.seen(case))["correction"]["places"][0]["field"] == "shop"
        assert await _second_corrections() > 0

    async def test_a_photo_of_another_line_may_come_in_the_next_round(self, world: World) -> None:
        owner, item = await world.citizen(), await world.with_photos()
        photos = [await world.photo(owner) for _ in range(5)]
        given = [{"requirement": "premises", "material_ids": photos[:2]}]
        case = await world.filed(owner, item, materials=given)
        ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ASK))
        more = {"materials": [{"requirement": "premises", "material_ids": photos[2:4]}]}
        ok(await world.mine(case, "supplement", more))
        asked = ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ASK))
        ok(await world.answer(asked["proposal"]["id"]))
        plan = {"materials": [{"requirement": "plan", "material_ids": photos[4:]}]}
        ok(await world.mine(case, "supplement", plan))

    async def test_a_declined_second_round_changes_nothing(self, world: World) -> None:
        case = await _supplemented(world)
        asked = ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ASK))
        ok(await world.answer(asked["proposal"]["id"], agree=False))
        assert await world.state(case) == "submitted"
        ok(await world.accept(case))

    async def test_after_five_days_the_application_counts_as_accepted(self, world: World) -> None:
        case = await world.filed()
        await _working_day(world, CORRECTION_DAYS + 1)
        too_late = "cases.answered_too_late"
        ask = await world.do("clerk", f"cases/{case.id}/ask-correction", ASK)
        refused(ask, 409, too_late, "视为已受理")
        refused(await world.do("clerk", f"cases/{case.id}/not-accept", NO), 409, too_late)

    async def test_consent_that_comes_too_late_has_no_effect(self, world: World) -> None:
        case = await _supplemented(world)
        asked = ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ASK))
        await _working_day(world, CORRECTION_DAYS + 1)
        answer = await world.answer(asked["proposal"]["id"])
        refused(answer, 409, "cases.answered_too_late")
        assert await world.state(case) == "submitted"


class TestNotAccept:
    async def test_only_a_clerk_of_the_hall_proposes(self, world: World) -> None:
        case = await world.filed()
        path = f"cases/{case.id}/not-accept"
        refused(await world.do("", path, NO), 401, "not_signed_in")
        for name in ("reviewer", "supervisor", "manager", "admin"):
            refused(await world.do(name, path, NO), 403, "forbidden")
        refused(await world.do("far_clerk", path, NO), 404, "not_found")
        for body in ({"reason": NO["reason"]}, NO | {"basis": " "}, NO | {"reason": ""}):
            refused(await world.do("clerk", path, body), 422, "invalid_body")

    async def test_it_takes_effect_with_a_second_person(self, world: World) -> None:
        case = await world.filed()
        proposal = ok(await world.do("clerk", f"cases/{case.id}/not-accept", NO), 202)
        assert await world.state(case) == "submitted"
        assert await world.notices(case) == ["submitted"]
        refused(await world.answer(proposal["id"], by="reviewer"), 404, "not_found")
        ok(await world.answer(proposal["id"]))
        seen = await world.seen(case)
        assert (seen["state"], seen["progress"]) == ("not_accepted", "不予受理")
        lines = "".join(seen["receipts"][0]["lines"])
        assert NO["reason"] in lines
        assert NO["basis"] in lines
        assert "六十日内申请行政复议" in lines
        assert await world.notices(case) == ["submitted", "ready"]
        assert await world.trail(case, "case.not_accept_agreed") == 1
        refused(await world.accept(case), 409, "cases.wrong_state", "由员工003")

    async def test_nobody_is_their_own_second_person(self, world: World) -> None:
        case = await world.filed()
        await world.add_role("clerk", "supervisor")
        proposal = ok(await world.do("clerk", f"cases/{case.id}/not-accept", NO), 202)
        answer = await world.answer(proposal["id"], by="clerk")
        refused(answer, 403, "cases.own_proposal", "另一人")
        assert await world.state(case) == "submitted"

    async def test_a_supervisor_of_another_hall_does_not_see_it(self, world: World) -> None:
        case = await world.filed()
        await world.add_role("far_clerk", "supervisor", hall=world.place.other_hall_id)
        proposal = ok(await world.do("clerk", f"cases/{case.id}/not-accept", NO), 202)
        refused(await world.answer(proposal["id"], by="far_clerk"), 404, "not_found")

    async def test_declined_the_case_goes_on(self, world: World) -> None:
        case = await world.filed()
        proposal = ok(await world.do("clerk", f"cases/{case.id}/not-accept", NO), 202)
        ok(await world.answer(proposal["id"], agree=False))
        told = await world.answer(proposal["id"])
        refused(told, 409, "cases.proposal_settled", "由员工003办理")
        ok(await world.accept(case, "clerk2"))

    @pytest.mark.parametrize("overtaking", ["accept", "withdraw", "correct"])
    async def test_what_overtakes_it_makes_it_moot(self, world: World, overtaking: str) -> None:
        case = await world.filed()
        proposal = ok(await world.do("clerk", f"cases/{case.id}/not-accept", NO), 202)
        if overtaking == "accept":
            ok(await world.accept(case, "clerk2"))
        elif overtaking == "withdraw":
            ok(await world.mine(case, "withdraw"))
        else:
            ok(await world.do("clerk2", f"cases/{case.id}/ask-correction", ASK))
        answer = await world.answer(proposal["id"])
        refused(answer, 409, "cases.proposal_settled", "新的进展")

    async def test_what_the_applicant_sends_meanwhile_overtakes_it(self, world: World) -> None:
        case = await _in_correction(world)
        proposal = ok(await world.do("clerk", f"cases/{case.id}/not-accept", NO), 202)
        case = await world.again(case)
        ok(await world.mine(case, "supplement", {"form": {"shop": "新字号"}}))
        refused(await world.answer(proposal["id"]), 409, "cases.proposal_settled")
        assert await world.state(case) == "submitted"

    async def test_a_correction_that_nobody_answers_can_end_so(self, world: World) -> None:
        case = await _in_correction(world)
        await _working_day(world, 20)
        proposal = ok(await world.do("clerk", f"cases/{case.id}/not-accept", NO), 202)
        ok(await world.answer(proposal["id"]))
        assert await world.state(case) == "not_accepted"


class TestWithdraw:
    async def test_only_the_applicant_may(self, world: World) -> None:
        case = await world.filed()
        nobody = await world.client.post(f"/api/v1/cases/{case.id}/withdraw")
        refused(nobody, 401, "not_signed_in")
        headers = await world.staff("clerk")
        clerk = await world.client.post(f"/api/v1/cases/{case.id}/withdraw", headers=headers)
        refused(clerk, 403, "forbidden")
        other = await world.citizen("o-other")
        refused(await world.mine(case, "withdraw", by=other), 404, "not_found")
        assert await world.state(case) == "submitted"

    @pytest.mark.parametrize("when", ["submitted", "correction", "under review"])
    async def test_until_the_decision_it_can_be_withdrawn(self, world: World, when: str) -> None:
        make = {"submitted": world.filed, "under review": world.accepted}
        case = await (make[when]() if when in make else _in_correction(world))
        assert (await world.seen(case))["can_withdraw"] is True
        assert ok(await world.mine(case, "withdraw"))["state"] == "withdrawn"
        assert (await world.seen(case))["can_withdraw"] is False
        told = await world.mine(case, "withdraw")
        refused(told, 409, "cases.wrong_state", "由申请人办理")
        refused(await world.accept(case), 409, "cases.wrong_state", "由申请人办理")
        assert await world.trail(case, "case.withdrawn") == 1

    async def test_a_decision_cannot_be_withdrawn_from(self, world: World) -> None:
        case = await world.granted()
        refused(await world.mine(case, "withdraw"), 409, "cases.wrong_state", "准予办理")

    async def test_a_withdrawn_case_takes_no_decision(self, world: World) -> None:
        case = await world.accepted()
        proposal = ok(await world.refuse(case), 202)
        ok(await world.mine(case, "withdraw"))
        refused(await world.grant(case), 409, "cases.wrong_state", "由申请人办理")
        refused(await world.answer(proposal["id"]), 409, "cases.proposal_settled")
        assert await world.state(case) == "withdrawn"

    async def test_withdrawal_and_acceptance_at_once_have_one_order(self, world: World) -> None:
        citizen, item = await world.citizen(), await world.item()
        ended: Counter[str] = Counter()
        for _ in range(4):
            case = await world.filed(citizen, item)
            await asyncio.gather(world.accept(case), world.mine(case, "withdraw"))
            ended[await world.state(case)] += 1
        assert ended == {"withdrawn": 4}


async def _second_corrections() -> int:
    row = await db.fetch_one("SELECT coalesce(sum(second_corrections), 0) AS n FROM case_days")
    assert row
    return row["n"]


async def _in_correction(world: World) -> Filed:
    case = await world.filed()
    ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ASK))
    return case


async def _supplemented(world: World) -> Filed:
    case = await _in_correction(world)
    ok(await world.mine(case, "supplement", {"form": {"shop": "新字号"}}))
    return case

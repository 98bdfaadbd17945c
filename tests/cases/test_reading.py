"""Reading cases: one's own in full, the hall's masked, personal data only for those who handle."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.core import db
from app.core.calendar import WorkingCalendar
from tests.cases.builders import (
    ADDRESS,
    ID_NUMBER,
    NAME,
    PHONE,
    SHOP,
    Filed,
    World,
    ok,
    refused,
)

SECRETS = (NAME, PHONE, ID_NUMBER, SHOP, ADDRESS)


async def _open(world: World, name: str, case: Filed, part: str = "") -> Any:
    return await world.look(name, f"cases/{case.id}{part}")


class TestOnesOwn:
    async def test_only_the_applicant_sees_it(self, world: World) -> None:
        case = await world.filed()
        path = f"/api/v1/cases/{case.id}"
        refused(await world.client.get(path), 401, "not_signed_in")
        clerk = await world.client.get(path, headers=await world.staff("clerk"))
        refused(clerk, 403, "forbidden")
        other = await world.citizen("o-other")
        refused(await world.client.get(path, headers=other.headers), 404, "not_found")
        missing = await world.client.get(f"/api/v1/cases/{uuid4()}", headers=case.owner.headers)
        refused(missing, 404, "not_found")

    async def test_it_is_all_there(self, world: World) -> None:
        case = await world.accepted()
        seen = await world.seen(case)
        assert (seen["number"], seen["hall"]) == (case.number, "青河县政务服务中心")
        assert (seen["form"], seen["progress"]) == ({"shop": SHOP}, "审查中")
        assert [(e["kind"], e["by"]) for e in seen["timeline"]] == [
            ("submitted", "申请人"),
            ("accepted", "员工001（工号001）"),
        ]
        assert [task["department"] for task in seen["tasks"]] == ["市场监管局"]
        assert "proposals" not in seen

    async def test_the_list_is_ones_own_newest_first_and_paged(self, world: World) -> None:
        citizen, item = await world.citizen(), await world.item()
        numbers = [(await world.filed(citizen, item)).number for _ in range(5)]
        await world.filed(await world.citizen("o-other"), item)
        found: list[str] = []
        after: str | None = ""
        while after is not None:
            query = {"limit": "2"} | ({"after": after} if after else {})
            page = ok(
                await world.client.get("/api/v1/cases", params=query, headers=citizen.headers)
            )
            assert len(page["items"]) <= 2
            found += [row["number"] for row in page["items"]]
            after = page["next"]
        assert found == numbers[::-1]

    async def test_the_deadline_in_words_at_every_step(self, world: World) -> None:
        case = await world.filed()

        async def text() -> str:
            return (await world.seen(case))["deadline"]["text"]

        assert await text() == "受理后 5 个工作日内办结。"
        ok(await world.accept(case))  # on Monday 2 March 2026
        assert await text() == "承诺 5 个工作日，2026年03月09日前办结，还剩 5 个工作日。"
        for day, said, light in (
            (date(2026, 3, 5), "还剩 2 个工作日", "green"),
            (date(2026, 3, 7), "还剩 1 个工作日", "yellow"),
            (date(2026, 3, 9), "还剩 0 个工作日", "yellow"),
            (date(2026, 3, 11), "已超期 2 个工作日", "red"),
        ):
            world.go_to_day(day)
            case = await world.again(case)
            assert said in await text()
            assert (await world.seen(case))["deadline"]["light"] == light
        ok(await world.grant(case))
        assert await text() == "已于2026年03月11日作出决定，将在2026年03月25日前送达。"
        paper = {"title": "许可证", "number": "1"}
        ok(await world.do("clerk", f"cases/{case.id}/issue", paper))
        ok(await world.do("clerk", f"cases/{case.id}/deliver", {}))
        assert await text() == "已于2026年03月11日作出决定，已于2026年03月11日送达。"

    async def test_a_withdrawn_case_has_no_deadline_any_more(self, world: World) -> None:
        case = await world.accepted()
        ok(await world.mine(case, "withdraw"))
        deadline = (await world.seen(case))["deadline"]
        assert deadline["text"] == "已于2026年03月02日结束。"
        assert (deadline["remaining_days"], deadline["light"]) == (None, None)

    async def test_a_promise_over_an_unannounced_new_year_says_so(self, world: World) -> None:
        world.go_to_day(date(2040, 12, 28))
        case = await world.accepted()
        seen = await world.seen(case)
        assert seen["deadline"]["provisional"] is True
        assert seen["deadline"]["promised_due"] == "2041-01-04"
        assert "放假安排未公布" in seen["deadline"]["text"]
        assert "放假安排尚未公布" in seen["receipts"][0]["lines"][-1]

    async def test_the_halls_own_days_count(self, world: World) -> None:
        closed = {"day": "2026-03-03", "open": False, "reason": "停电"}
        path = f"/api/v1/halls/{world.place.hall_id}/days"
        answer = await world.client.post(path, json=closed, headers=await world.staff("admin"))
        assert answer.status_code == 204
        case = await world.accepted()
        assert (await world.seen(case))["deadline"]["promised_due"] == "2026-03-10"


class TestDesk:
    async def test_the_queue_is_for_those_who_work_in_the_hall(self, world: World) -> None:
        case = await world.filed()
        hall = {"hall_id": world.place.hall_id}
        refused(await world.look("", "cases", **hall), 401, "not_signed_in")
        for name in ("reviewer", "admin"):
            refused(await world.look(name, "cases", **hall), 403, "forbidden")
        for name in ("far_clerk", "far_manager"):
            refused(await world.look(name, "cases", **hall), 403, "forbidden")
        for name in ("clerk", "supervisor"):
            rows = ok(await world.look(name, "cases", **hall))["items"]
            assert [(row["number"], row["applicant"]) for row in rows] == [(case.number, "欧**月")]
        # A manager sees the cases of the hall, and nobody's name.
        rows = ok(await world.look("manager", "cases", **hall))["items"]
        assert [(row["number"], row["applicant"]) for row in rows] == [(case.number, "—")]

    async def test_the_queue_by_state_by_number_and_in_pages(self, world: World) -> None:
        citizen, item = await world.citizen(), await world.item()
        cases = [await world.filed(citizen, item) for _ in range(3)]
        ok(await world.accept(cases[1]))
        hall = {"hall_id": world.place.hall_id}

        async def numbers(**query: Any) -> list[str]:
            page = ok(await world.look("clerk", "cases", **hall, **query))
            return [row["number"] for row in page["items"]]

        assert await numbers() == [case.number for case in cases]
        assert await numbers(state="under_review") == [cases[1].number]
        assert await numbers(number=cases[2].number) == [cases[2].number]
        assert await numbers(number="0") == []
        first = ok(await world.look("clerk", "cases", **hall, limit=2))
        assert await numbers(after=first["next"], limit=2) == [cases[2].number]
        refused(await world.look("clerk", "cases", **hall, state="x"), 422, "invalid_query")

    async def test_tasks_are_for_the_reviewers_of_the_department(self, world: World) -> None:
        case = await world.accepted()
        market = {"department_id": world.place.departments["market"]}
        refused(await world.look("", "tasks", **market), 401, "not_signed_in")
        for name in ("clerk", "supervisor", "manager", "admin", "fire_reviewer"):
            refused(await world.look(name, "tasks", **market), 403, "forbidden")
        rows = ok(await world.look("reviewer", "tasks", **market))["items"]
        assert [(row["number"], row["remaining_days"], row["light"]) for row in rows] == [
            (case.number, 5, "green")
        ]

    async def test_a_case_opens_masked_for_those_who_may_see_it(self, world: World) -> None:
        case = await world.accepted(delivery={"way": "post", "address": ADDRESS})
        refused(await _open(world, "", case), 401, "not_signed_in")
        refused(await _open(world, "admin", case), 403, "forbidden")
        for name in ("far_clerk", "far_manager", "fire_reviewer"):
            refused(await _open(world, name, case), 404, "not_found")
        unnamed = ok(await _open(world, "manager", case))
        assert {unnamed[f"applicant_{part}"] for part in ("name", "phone", "id_number")} == {"—"}
        for name in ("clerk", "supervisor", "reviewer"):
            answer = await _open(world, name, case)
            shown = ok(answer)
            assert shown["applicant_name"] == "欧**月"
            assert shown["applicant_phone"] == "138****5678"
            assert shown["applicant_id_number"].startswith("110***")
            assert not any(secret in answer.text for secret in SECRETS)

    async def test_a_waiting_department_does_not_see_it_yet(self, world: World) -> None:
        case = await world.filed()
        refused(await _open(world, "reviewer", case), 404, "not_found")
        ok(await world.accept(case))
        ok(await _open(world, "reviewer", case))

    async def test_proposals_are_shown_with_names(self, world: World) -> None:
        case = await world.accepted()
        proposal = ok(await world.refuse(case), 202)
        ok(await world.answer(proposal["id"], agree=False))
        (shown,) = ok(await _open(world, "clerk", case))["proposals"]
        assert (shown["proposed_by"], shown["second_by"]) == ("员工006", "员工003")
        assert (shown["state"], shown["second_note"]) == ("declined", "同意")


class TestPersonalData:
    @pytest.mark.parametrize("name", ["clerk", "supervisor", "reviewer"])
    async def test_who_handles_the_case_reads_it_and_leaves_a_trace(
        self, world: World, name: str
    ) -> None:
        case = await world.accepted(delivery={"way": "post", "address": ADDRESS})
        assert await world.trail(case, "case.applicant_read") == 0
        assert ok(await _open(world, name, case, "/applicant")) == {
            "name": NAME,
            "phone": PHONE,
            "id_number": ID_NUMBER,
            "delivery_address": ADDRESS,
            "form": {"shop": SHOP},
        }
        assert await world.trail(case, "case.applicant_read") == 1
        row = await db.fetch_one(
            "SELECT actor, data::text AS data FROM audit_entries"
            " WHERE verb = 'case.applicant_read' ORDER BY id DESC LIMIT 1"
        )
        assert row == {"actor": f"staff:{world.place.staff[name]}", "data": "{}"}

    async def test_everybody_else_is_refused_and_leaves_none(self, world: World) -> None:
        case = await world.accepted()
        refused(await _open(world, "", case, "/applicant"), 401, "not_signed_in")
        refused(await _open(world, "manager", case, "/applicant"), 403, "forbidden", "个人信息")
        refused(await _open(world, "admin", case, "/applicant"), 403, "forbidden")
        for name in ("fire_reviewer", "far_clerk", "far_manager"):
            refused(await _open(world, name, case, "/applicant"), 404, "not_found")
        citizen = await world.client.get(
            f"/api/v1/desk/cases/{case.id}/applicant", headers=case.owner.headers
        )
        refused(citizen, 403, "forbidden")
        assert await world.trail(case, "case.applicant_read") == 0

    async def test_nothing_personal_is_in_the_trail_the_outbox_or_the_messages(
        self, world: World
    ) -> None:
        case = await world.granted(delivery={"way": "post", "address": ADDRESS})
        ok(await _open(world, "clerk", case, "/applicant"))
        rows = await db.fetch(
            "SELECT e::text AS said FROM audit_entries e WHERE subject = $1"
            " UNION ALL SELECT o::text FROM outbox o UNION ALL SELECT n::text FROM notices n"
            " UNION ALL SELECT t::text FROM case_events t"
            " UNION ALL SELECT r::text FROM case_receipts r",
            f"case:{case.number}",
        )
        said = "".join(row["said"] for row in rows)
        assert case.number in said
        assert not any(secret in said for secret in SECRETS)

    async def test_photos_open_for_those_who_handle_and_leave_a_trace(self, world: World) -> None:
        citizen, item = await world.citizen(), await world.with_photos()
        photo, loose = await world.photo(citizen), await world.photo(citizen)
        supplied = [{"requirement": "premises", "material_ids": [photo]}]
        case = await world.accepted(owner=citizen, item=item, materials=supplied)
        path = f"/materials/{photo}/"
        for size in ("display", "thumbnail"):
            answer = await _open(world, "clerk", case, path + size)
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == "image/jpeg"
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert answer.content.startswith(b"\xff\xd8")
        assert (await _open(world, "reviewer", case, path + "display")).status_code == 200
        assert await world.trail(case, "case.material_read") == 3
        refused(await _open(world, "", case, path + "display"), 401, "not_signed_in")
        refused(await _open(world, "manager", case, path + "display"), 403, "forbidden")
        refused(await _open(world, "fire_reviewer", case, path + "display"), 404, "not_found")
        refused(await _open(world, "clerk", case, path + "original"), 404, "not_found")
        other = f"/materials/{loose}/display"
        refused(await _open(world, "clerk", case, other), 404, "not_found")
        assert await world.trail(case, "case.material_read") == 3


class TestRecords:
    @pytest.mark.parametrize("table", ["case_events", "case_receipts"])
    async def test_timeline_and_receipts_are_never_changed(self, world: World, table: str) -> None:
        await world.granted()
        before = await db.fetch(f"SELECT * FROM {table} ORDER BY id")
        assert before
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET kind = kind"):
            with pytest.raises(Exception, match="never changed"):
                await db.execute(change)
        assert await db.fetch(f"SELECT * FROM {table} ORDER BY id") == before

    async def test_receipts_are_numbered_one_after_the_other(self, world: World) -> None:
        case = await world.filed()
        ask = {"points": ["缺一项。"]}
        ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ask))
        ok(await world.mine(case, "supplement", {"form": {"shop": "新字号"}}))
        ok(await world.accept(case))
        ok(await world.grant(case))
        shown = [(r["number"][-3:], r["kind"]) for r in await world.receipts(case)]
        assert shown == [("-01", "correction"), ("-02", "accepted"), ("-03", "granted")]

    async def test_an_overdue_promise_is_counted_by_the_working_calendar(
        self, world: World
    ) -> None:
        case = await world.accepted()
        due = WorkingCalendar().add(date(2026, 3, 2), 5).day
        world.go_to_day(due + timedelta(days=1))
        row = ok(await world.look("clerk", "cases", hall_id=world.place.hall_id))["items"][0]
        assert (row["number"], row["remaining_days"], row["light"]) == (case.number, -1, "red")

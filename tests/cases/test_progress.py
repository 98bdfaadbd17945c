"""Progress that another approval system reports, and the tasks that it fetches."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core import db
from app.core.acts import Act
from app.core.house import House
from tests.cases.builders import ID_NUMBER, SHOP, Filed, World, ok, refused
from tests.evaluations.hub import System, system_of
from tests.places import Place, staff_headers

PROGRESS = "/api/v1/approvals/progress"
TASKS = "/api/v1/approvals/tasks"
LINKS = "/api/v1/approvals/links"
OPINION, LAW = "符合消防安全要求。", "消防法第十五条"


@dataclass
class Approvals:
    """The fire brigade's own approval system, which is linked to its department."""

    world: World
    system: System
    _at: int = field(default=0)

    def report(self, case: Filed, kind: str, report_id: str = "r-1", **more: Any) -> Any:
        """The body of a report."""
        words = {"opinion": OPINION, "basis": LAW} if kind in ("agreed", "refused") else {}
        return (
            {
                "report_id": report_id,
                "case_number": case.number,
                "department": str(self.world.place.departments["fire"]),
                "kind": kind,
                "at": self.world.house.clock.now().isoformat(),
                "by_name": "赵六",
            }
            | words
            | more
        )

    async def says(self, case: Filed, kind: str, report_id: str = "r-1", **more: Any) -> Any:
        return await self.system.post(PROGRESS, self.report(case, kind, report_id, **more))

    async def tasks(self, **query: Any) -> httpx.Response:
        headers = self.system.headers("GET", TASKS, b"")
        return await self.system.client.get(TASKS, params=query, headers=headers)


@pytest.fixture
async def fire(
    world: World,
    client: httpx.AsyncClient,
    house: House,
    place: Place,
    act_as: Callable[..., Act],
) -> Approvals:
    system = await system_of(act_as, place, house, client, "消防审批系统")
    body = {
        "client_id": str(system.id),
        "department_id": str(world.place.departments["fire"]),
    }
    headers = await staff_headers(act_as(), place, "admin")
    ok(await client.post(LINKS, json=body, headers=headers))
    return Approvals(world, system)


async def in_parallel(world: World) -> Filed:
    """A case of three departments in parallel: market, fire and water."""
    case = await world.accepted(item=await world.bundle())
    ok(await world.grant(case))
    return case


async def timeline(world: World, case: Filed) -> list[str]:
    return [entry["note"] for entry in (await world.seen(case))["timeline"]]


async def task_state(world: World, case: Filed) -> str:
    tasks = (await world.seen(case))["tasks"]
    return next(task["state"] for task in tasks if task["department"] == "消防救援大队")


class TestReports:
    async def test_progress_stands_on_the_timeline(self, world: World, fire: Approvals) -> None:
        case = await in_parallel(world)
        assert ok(await fire.says(case, "received"))["outcome"] == "applied"
        ok(await fire.says(case, "reviewing", "r-2"))
        notes = await timeline(world, case)
        assert notes[-2:] == [
            "消防救援大队（审批系统，赵六）已收件。",
            "消防救援大队（审批系统，赵六）正在审查。",
        ]
        rows = await db.fetch(
            "SELECT actor FROM case_events WHERE kind = 'approval_progress' LIMIT 1"
        )
        assert rows[0]["actor"] == f"client:{fire.system.id}"

    async def test_agreement_is_the_departments(self, world: World, fire: Approvals) -> None:
        case = await in_parallel(world)
        ok(await fire.says(case, "agreed"))
        assert await task_state(world, case) == "granted"
        row = await db.fetch_one(
            "SELECT decided_by, decided_client FROM case_tasks WHERE decided_client IS NOT NULL"
        )
        assert row
        assert (row["decided_by"], row["decided_client"]) == (None, fire.system.id)
        ok(await world.grant(case, stage=2))
        await world.add_role("reviewer", "reviewer", "water")
        world._staff.clear()
        ok(await world.grant(case, "water", 2))
        assert await world.state(case) == "granted"

    async def test_a_refusal_needs_a_persons_consent(self, world: World, fire: Approvals) -> None:
        case = await in_parallel(world)
        assert ok(await fire.says(case, "refused"))["outcome"] == "proposed"
        assert await task_state(world, case) == "open"
        (row,) = ok(await world.look("supervisor", "proposals"))["items"]
        assert (row["kind"], row["basis"], row["reason"]) == ("refuse", LAW, OPINION)
        ok(await world.answer(row["id"]))
        assert await world.state(case) == "refused"

    async def test_after_a_declined_refusal_the_department_can_agree(
        self, world: World, fire: Approvals
    ) -> None:
        case = await in_parallel(world)
        ok(await fire.says(case, "refused"))
        (row,) = ok(await world.look("supervisor", "proposals"))["items"]
        ok(await world.answer(row["id"], agree=False))
        world.house.clock.shift(timedelta(minutes=5))
        assert ok(await fire.says(case, "agreed", "r-2"))["outcome"] == "applied"
        assert await task_state(world, case) == "granted"

    async def test_the_departments_code_names_it_too(self, world: World, fire: Approvals) -> None:
        case = await in_parallel(world)
        code = "11511602MB1234567X"
        await db.execute(
            "UPDATE departments SET code = $2 WHERE id = $1",
            world.place.departments["fire"],
            code,
        )
        ok(await fire.says(case, "received", department=code))

    @pytest.mark.parametrize(
        ("kind", "changed"),
        [
            ("agreed", {"opinion": " "}),
            ("refused", {"opinion": ""}),
            ("refused", {"basis": "无"}),
            ("paused", {"opinion": "等待检验。", "basis": LAW}),
        ],
    )
    async def test_a_decision_and_a_pause_need_their_words(
        self, world: World, fire: Approvals, kind: str, changed: dict[str, Any]
    ) -> None:
        case = await in_parallel(world)
        refused(await fire.says(case, kind, **changed), 422, "approvals.bad_report")
        assert await task_state(world, case) == "open"


class TestOnce:
    async def test_a_report_that_comes_again_counts_once(
        self, world: World, fire: Approvals
    ) -> None:
        case = await in_parallel(world)
        body = fire.report(case, "agreed")
        answers = await asyncio.gather(*(fire.system.post(PROGRESS, body) for _ in range(4)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1
        assert len(await db.fetch("SELECT 1 FROM approval_reports")) == 1

    async def test_another_content_under_the_same_id_is_refused(
        self, world: World, fire: Approvals
    ) -> None:
        case = await in_parallel(world)
        body = fire.report(case, "received")
        ok(await fire.system.post(PROGRESS, body))
        answer = await fire.system.post(PROGRESS, body | {"by_name": "孙七"})
        refused(answer, 409, "approvals.report_changed")

    async def test_what_comes_late_is_kept_and_moves_nothing(
        self, world: World, fire: Approvals
    ) -> None:
        case = await in_parallel(world)
        early = world.house.clock.now().isoformat()
        world.house.clock.shift(timedelta(minutes=10))
        ok(await fire.says(case, "agreed"))
        before = await timeline(world, case)
        assert ok(await fire.says(case, "reviewing", "r-0", at=early))["outcome"] == "late"
        assert ok(await fire.says(case, "refused", "r-00", at=early))["outcome"] == "late"
        assert await timeline(world, case) == before
        assert await task_state(world, case) == "granted"

    async def test_a_person_and_the_system_at_once_decide_once(
        self, world: World, fire: Approvals
    ) -> None:
        case = await in_parallel(world)
        await world.staff("fire_reviewer")
        answers = await asyncio.gather(
            fire.says(case, "agreed"), world.grant(case, "fire", 2, by="fire_reviewer")
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert await world.trail(case, "case.task_granted") == 2  # market's, and this one

    async def test_a_decision_against_the_departments_own_is_told(
        self, world: World, fire: Approvals
    ) -> None:
        case = await in_parallel(world)
        ok(await world.grant(case, "fire", 2, by="fire_reviewer"))
        refused(await fire.says(case, "refused"), 409, "cases.task_done")
        assert ok(await fire.says(case, "reviewing", "r-2"))["outcome"] == "late"


class TestWho:
    async def test_only_a_system_that_is_linked_speaks_for_a_department(
        self, world: World, fire: Approvals
    ) -> None:
        case = await in_parallel(world)
        other = str(world.place.departments["water"])
        refused(await fire.says(case, "agreed", department=other), 404, "not_found")
        unlinked = await system_of(world.act_as, world.place, world.house, world.client, "别的系统")
        answer = await unlinked.post(PROGRESS, fire.report(case, "agreed"))
        refused(answer, 404, "not_found")
        refused(await world.client.post(PROGRESS, json={}), 401, "not_signed_in")
        assert await task_state(world, case) == "open"

    async def test_an_ended_link_ends_at_once(self, world: World, fire: Approvals) -> None:
        case = await in_parallel(world)
        headers = await staff_headers(world.act_as(), world.place, "admin")
        query = {"hall_id": str(world.place.hall_id)}
        (link,) = ok(await world.client.get(LINKS, params=query, headers=headers))["items"]
        assert (link["client"], link["department"]) == ("消防审批系统", "消防救援大队")
        gone = await world.client.delete(f"{LINKS}/{link['id']}", headers=headers)
        assert gone.status_code == 204
        refused(await fire.says(case, "agreed"), 404, "not_found")
        assert ok(await fire.tasks())["items"] == []

    async def test_a_stage_that_has_not_begun_waits(self, world: World, fire: Approvals) -> None:
        case = await world.accepted(item=await world.bundle())
        refused(await fire.says(case, "agreed"), 409, "cases.task_done", "前面的环节")

    async def test_a_department_with_two_parts_says_which(
        self, world: World, fire: Approvals
    ) -> None:
        case = await in_parallel(world)
        market = world.place.departments["market"]
        headers = await staff_headers(world.act_as(), world.place, "admin")
        body = {"client_id": str(fire.system.id), "department_id": str(market)}
        ok(await world.client.post(LINKS, json=body, headers=headers))
        said = {"department": str(market)}
        refused(await fire.says(case, "agreed", **said), 422, "approvals.which_task")
        task = str(await world.task(case, "market", 2))
        ok(await fire.says(case, "agreed", task_id=task, **said))

    async def test_an_administrator_links_systems_of_their_own_hall(
        self, world: World, fire: Approvals
    ) -> None:
        body = {
            "client_id": str(fire.system.id),
            "department_id": str(world.place.departments["water"]),
        }
        for name, status in (("clerk", 403), ("far_admin", 403)):
            headers = await staff_headers(world.act_as(), world.place, name)
            refused(await world.client.post(LINKS, json=body, headers=headers), status, "forbidden")


class TestPauses:
    async def test_a_pause_stops_the_departments_clock_until_it_is_resumed(
        self, world: World, fire: Approvals
    ) -> None:
        case = await in_parallel(world)
        words = {"opinion": "需要现场踏勘。", "basis": LAW, "paused_for": "site_visit"}
        ok(await fire.says(case, "paused", **words))
        assert await db.fetch("SELECT 1 FROM case_pauses WHERE ended_at IS NULL")
        world.house.clock.shift(timedelta(minutes=5))
        ok(await fire.says(case, "resumed", "r-2"))
        assert not await db.fetch("SELECT 1 FROM case_pauses WHERE ended_at IS NULL")
        assert any("恢复" in note for note in await timeline(world, case))


class TestBatch:
    async def test_each_report_is_answered_by_itself(self, world: World, fire: Approvals) -> None:
        case = await in_parallel(world)
        stranger = fire.report(case, "received", "r-2") | {"case_number": "5" * 21}
        reports = [
            fire.report(case, "received"),
            stranger,
            fire.report(case, "agreed", "r-3"),
            fire.report(case, "agreed", "r-3", by_name="孙七"),
        ]
        answer = ok(await fire.system.post(f"{PROGRESS}/batch", {"reports": reports}))["items"]
        assert [one["status"] for one in answer] == [200, 404, 200, 409]
        assert answer[3]["code"] == "approvals.report_changed"
        assert await task_state(world, case) == "granted"

    async def test_at_most_a_hundred(self, world: World, fire: Approvals) -> None:
        case = await in_parallel(world)
        reports = [fire.report(case, "received", f"r-{n}") for n in range(101)]
        answer = await fire.system.post(f"{PROGRESS}/batch", {"reports": reports})
        refused(answer, 422, "invalid_body")


class TestTasks:
    async def test_the_system_fetches_its_open_tasks_and_that_is_recorded(
        self, world: World, fire: Approvals
    ) -> None:
        case = await in_parallel(world)
        (task,) = ok(await fire.tasks())["items"]
        assert (task["case_number"], task["stage"]) == (case.number, 2)
        assert task["form"]["shop"] == SHOP
        assert task["applicant"]["id_number"] == ID_NUMBER
        assert await world.trail(case, "case.applicant_read") == 1
        ok(await fire.says(case, "agreed", task_id=task["task_id"]))
        assert ok(await fire.tasks())["items"] == []

    async def test_since_when_and_page_by_page(self, world: World, fire: Approvals) -> None:
        item, citizen = await world.bundle(), await world.citizen()
        numbers = []
        for _ in range(3):
            case = await world.accepted(item=item, owner=citizen)
            ok(await world.grant(case))
            numbers.append(case.number)
        first = ok(await fire.tasks(limit=2))
        rest = ok(await fire.tasks(limit=2, after=first["next"]))
        found = [task["case_number"] for task in first["items"] + rest["items"]]
        assert (found, rest["next"]) == (numbers, None)
        soon = (world.house.clock.now() + timedelta(hours=1)).isoformat()
        world.house.clock.shift(timedelta(hours=2))
        assert ok(await fire.tasks(since=soon))["items"] == []
        longest_ago = "0001-01-01T00:00:00+14:00"
        assert len(ok(await fire.tasks(since=longest_ago))["items"]) == 3

"""Construction projects at the desk: their stages and cases, and numbers that lead nowhere."""

from datetime import date
from uuid import UUID

import pytest

from app.cases.intake.schemas import ProjectCase
from app.cases.numbering import case_number
from app.projects.attaching import follow_number
from tests.cases.builders import NAME, World, ok
from tests.desk.pages import Desk
from tests.projects.builders import BUILDING, LAND, SITE, Joint

NEW = {"stage": "1", "name": "青河豆制品厂一期", "kind": "private", "site": SITE}


@pytest.fixture
def joint(world: World) -> Joint:
    return Joint(world, lambda: None)


class TestTheList:
    async def test_of_ones_own_hall(self, desk: Desk, world: World, joint: Joint) -> None:
        project = await joint.project(await world.citizen())
        for name in ("clerk", "supervisor", "manager"):
            html = await desk.page(name, "/projects")
            assert project["number"] in html
            assert NAME not in html
        assert project["number"] not in await desk.page("far_clerk", "/projects")
        for name in ("reviewer", "admin"):
            await desk.page(name, "/projects", 403)
        await desk.page("far_clerk", "/projects", 404, hall_id=str(world.place.hall_id))

    async def test_by_number_and_state(self, desk: Desk, world: World, joint: Joint) -> None:
        project = await joint.project(await world.citizen())
        assert project["number"] in await desk.page("clerk", "/projects", number=project["number"])
        assert "没有找到" in await desk.page("clerk", "/projects", number="GC1")
        assert project["number"] not in await desk.page("clerk", "/projects", state="closed")


class TestOneProject:
    async def test_owner_and_site_are_masked_until_shown(
        self, desk: Desk, world: World, joint: Joint
    ) -> None:
        project = await joint.project(await world.citizen())
        here = f"/projects/{project['id']}"
        for name in ("clerk", "supervisor", "manager"):
            html = await desk.page(name, here)
            assert (NAME in html, SITE in html) == (False, False)
        subject = f"project:{project['number']}"
        before = await joint.trail(subject, "project.site_read")
        shown = await desk.send("supervisor", f"{here}/site")
        assert (shown.status_code, NAME in shown.text, SITE in shown.text) == (200, True, True)
        assert shown.headers["Cache-Control"] == "no-store"
        assert await joint.trail(subject, "project.site_read") == before + 1
        refused = await desk.send("manager", f"{here}/site")
        assert (refused.status_code, SITE in refused.text) == (403, False)

    async def test_only_a_clerk_of_the_hall_is_offered_acts(
        self, desk: Desk, world: World, joint: Joint
    ) -> None:
        project = await joint.project(await world.citizen())
        here = f"/projects/{project['id']}"
        assert "act-attach" in await desk.page("clerk", here)
        for name in ("supervisor", "manager"):
            assert "act-attach" not in await desk.page(name, here)
        for name in ("far_clerk", "fire_reviewer"):
            await desk.page(name, here, 404)

    async def test_a_case_joins_moves_and_leaves(
        self, desk: Desk, world: World, joint: Joint
    ) -> None:
        owner = await world.citizen()
        project, case = await joint.project(owner), await world.accepted(owner=owner)
        here = f"/projects/{project['id']}"
        spaced = f" {case.number[:6]} {case.number[6:]} "
        await desk.done("clerk", f"{here}/attach", {"case_number": spaced, "stage": str(LAND)})
        assert case.number in await desk.page("clerk", here)
        assert project["number"] in await desk.page("clerk", f"/cases/{case.id}")
        moved = {"case_id": case.id, "stage": str(BUILDING)}
        await desk.done("clerk", f"{here}/move", moved)
        seen = await joint.view(owner, project)
        assert [len(stage["cases"]) for stage in seen["stages"]] == [0, 0, 1, 0]
        await desk.done("clerk", f"{here}/detach", {"case_id": case.id})
        assert case.number not in await desk.page("clerk", here)

    async def test_another_halls_case_number_is_as_good_as_none(
        self, desk: Desk, world: World, joint: Joint
    ) -> None:
        project = await joint.project(await world.citizen())
        here = f"/projects/{project['id']}/attach"
        number = case_number("999999", date(2026, 3, 2), 1)
        unknown = await desk.send("clerk", here, {"case_number": number, "stage": "1"})
        assert (unknown.status_code, "没有找到这个办件" in unknown.text) == (404, True)
        mistyped = number[:-1] + str((int(number[-1]) + 1) % 10)
        told = await desk.send("clerk", here, {"case_number": mistyped, "stage": "1"})
        assert (told.status_code, "办件编号有数字输错了" in told.text) == (422, True)

    async def test_a_closed_one_takes_no_more(self, desk: Desk, world: World, joint: Joint) -> None:
        project = await joint.project(await world.citizen())
        here = f"/projects/{project['id']}"
        await desk.done("clerk", f"{here}/close", {"reason": "已竣工。"})
        html = await desk.page("clerk", here)
        assert "已竣工。" in html
        assert "act-attach" not in html


class TestOutOfACase:
    async def test_a_project_begins_with_a_case(self, desk: Desk, world: World) -> None:
        case = await world.filed()
        here = f"/cases/{case.id}/project"
        assert here in await desk.page("clerk", f"/cases/{case.id}")
        assert NAME not in await desk.page("clerk", here)
        to = await desk.done("clerk", here, NEW)
        html = await desk.page("clerk", to.removeprefix("/desk"))
        assert case.number in html
        assert SITE not in html
        assert "已经在项目里" in await desk.page("clerk", here)
        again = await desk.send("clerk", here, NEW)
        assert again.status_code == 409

    async def test_only_by_a_clerk_of_its_hall(self, desk: Desk, world: World) -> None:
        case = await world.filed()
        await desk.page("far_clerk", f"/cases/{case.id}/project", 404)
        await desk.page("supervisor", f"/cases/{case.id}/project", 403)
        assert (await desk.send("far_clerk", f"/cases/{case.id}/project", NEW)).status_code == 404

    async def test_the_api_tells_the_project_of_a_case(
        self, desk: Desk, world: World, joint: Joint
    ) -> None:
        owner = await world.citizen()
        project, case = await joint.project(owner), await world.filed(owner)
        path = f"cases/{case.id}/project"
        assert (await world.look("manager", path)).status_code == 204
        ok(await joint.attach(owner, project, case))
        found = ok(await world.look("manager", path))
        assert (found["id"], found["name"]) == (project["id"], "青河豆制品厂一期")
        assert (await world.look("far_clerk", path)).status_code == 404


class TestNumbersToSettle:
    async def test_one_is_linked_and_one_is_not(
        self, desk: Desk, world: World, joint: Joint
    ) -> None:
        owner = await world.citizen()
        project = await joint.project(owner)
        item = await world.item()
        cases = [await world.filed(owner, item) for _ in range(2)]
        for case in cases:
            given = ProjectCase(UUID(case.id), "GC511602202600001")
            await follow_number(world.act_as(), given, "k")
        html = await desk.page("clerk", "/project-claims")
        assert "没有这个项目代码" in html
        claims = [part.split("/")[0] for part in html.split("/desk/project-claims/")[1::2]]
        hall = {"hall_id": str(world.place.hall_id)}
        wrong = hall | {"project_number": "GC1", "stage": "1"}
        unknown = await desk.send("clerk", f"/project-claims/{claims[0]}/settle", wrong)
        assert (unknown.status_code, "没有这个项目代码" in unknown.text) == (422, True)
        neither = await desk.send("clerk", f"/project-claims/{claims[0]}/settle", hall)
        assert neither.status_code == 422
        link = hall | {"project_number": project["number"].lower(), "stage": "2"}
        await desk.done("clerk", f"/project-claims/{claims[0]}/settle", link)
        note = hall | {"note": "申请人填错了。"}
        await desk.done("clerk", f"/project-claims/{claims[1]}/settle", note)
        assert "没有待核的项目代码" in await desk.page("clerk", "/project-claims")
        seen = await joint.view(owner, project)
        assert [len(stage["cases"]) for stage in seen["stages"]] == [0, 1, 0, 0]

    async def test_it_is_a_clerks(self, desk: Desk) -> None:
        for name in ("supervisor", "manager", "reviewer", "admin"):
            await desk.page(name, "/project-claims", 403)

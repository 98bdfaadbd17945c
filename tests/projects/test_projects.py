"""A construction project: one number for all its cases, through its four stages."""

import asyncio
from typing import Any

import pytest

from app.core import db
from app.projects.rules import is_project_number
from tests.cases.builders import Filed, Person, World, ok, refused
from tests.projects.builders import BUILDING, DESIGN, LAND, SITE, Joint


async def test_an_owner_begins_a_project_and_gets_a_number_of_its_own(joint: Joint) -> None:
    owner = await joint.world.citizen()
    made = await joint.project(owner)
    assert is_project_number(made["number"])
    assert made["number"].startswith("GC5116022026")
    seen = await joint.view(owner, made)
    assert [stage["name"] for stage in seen["stages"]] == [
        "立项用地规划许可",
        "工程建设许可",
        "施工许可",
        "竣工验收",
    ]
    assert {stage["progress"] for stage in seen["stages"]} == {"not_begun"}
    assert seen["next"] == "下一步：申请“立项用地规划许可”阶段的事项。"
    assert seen["site"] == SITE
    assert await joint.trail(f"project:{made['number']}", "project.created") == 1


async def test_whoever_has_not_said_who_they_are_cannot_begin_one(joint: Joint) -> None:
    stranger = await joint.world.citizen("o-unknown", known=False)
    refused(await joint.begin(stranger), 409, "citizens.who_first")


async def test_a_repeat_of_the_same_request_makes_one_project(joint: Joint) -> None:
    owner = await joint.world.citizen()
    first = ok(await joint.begin(owner, key="k-1"), 201)
    assert ok(await joint.begin(owner, key="k-1"), 201) == first
    assert len(ok(await joint.own(owner, "projects"))["items"]) == 1


async def test_ten_projects_at_once_get_ten_numbers(joint: Joint) -> None:
    owner = await joint.world.citizen()
    made = await asyncio.gather(*(joint.project(owner) for _ in range(10)))
    assert len({one["number"] for one in made}) == 10


async def test_one_view_shows_all_stages_their_cases_and_lights(joint: Joint) -> None:
    world, owner = joint.world, await joint.world.citizen()
    land, design, extra = [await world.item(code) for code in ("P-1", "P-2", "P-3")]
    ok(
        await joint.stages_are(
            {"item_id": str(land.id), "stage": LAND, "required": True},
            {"item_id": str(design.id), "stage": DESIGN, "required": True},
            {"item_id": str(extra.id), "stage": DESIGN},
        )
    )
    project = await joint.project(owner)
    first = await world.granted(owner=owner, item=land)
    ok(await joint.attach_at_desk(project, first, LAND))
    early = await world.accepted(owner=owner, item=await world.item("P-4"))
    ok(await joint.attach(owner, project, early, BUILDING))
    seen = await joint.view(owner, project)
    one, two, three, _ = seen["stages"]
    assert (one["progress"], one["missing"]) == ("done", [])
    assert two["progress"] == "not_begun"
    assert len(two["missing"]) == len(two["optional"]) == 1
    assert [case["number"] for case in three["cases"]] == [early.number]
    assert three["cases"][0]["light"] == "green"
    assert three["cases"][0]["remaining_days"] == 5
    assert "还没有申请" in seen["next"]
    assert "“施工许可”阶段已先行办理" in seen["next"]
    assert [
        s["stage"] for s in ok(await world.look("manager", f"projects/{project['id']}"))["stages"]
    ]


async def test_another_citizens_project_is_not_there(joint: Joint) -> None:
    owner, other = await joint.world.citizen(), await joint.world.citizen("o-other")
    project = await joint.project(owner)
    case = await joint.world.filed(owner)
    refused(await joint.own(other, f"projects/{project['id']}"), 404, "not_found")
    refused(await joint.attach(other, project, case), 404, "not_found")
    assert ok(await joint.own(other, "projects"))["items"] == []


async def test_an_owner_attaches_only_their_own_cases(joint: Joint) -> None:
    owner, other = await joint.world.citizen(), await joint.world.citizen("o-other")
    project, theirs = await joint.project(owner), await joint.world.filed(other)
    refused(await joint.attach(owner, project, theirs), 404, "not_found")
    refused(await joint.attach_at_desk(project, theirs), 409, "projects.other_owner")


async def test_a_case_is_in_one_project_at_a_time(joint: Joint) -> None:
    owner = await joint.world.citizen()
    one, two = await joint.project(owner), await joint.project(owner)
    case = await joint.world.filed(owner)
    answers = await asyncio.gather(joint.attach(owner, one, case), joint.attach(owner, two, case))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    winner, loser = (one, two) if answers[0].status_code == 200 else (two, one)
    refused(await joint.attach(owner, loser, case), 409, "projects.case_elsewhere")
    ok(await joint.own_post(owner, f"projects/{winner['id']}/detach", {"case_id": case.id}))
    ok(await joint.attach(owner, loser, case))


async def test_attaching_again_moves_the_case_and_a_repeat_changes_nothing(joint: Joint) -> None:
    owner = await joint.world.citizen()
    project, case = await joint.project(owner), await joint.world.filed(owner)
    for stage in (LAND, LAND, DESIGN):
        ok(await joint.attach(owner, project, case, stage))
    seen = await joint.view(owner, project)
    assert [len(stage["cases"]) for stage in seen["stages"]] == [0, 1, 0, 0]
    assert await joint.trail(f"project:{project['number']}", "project.case_attached") == 2


async def test_a_decided_case_joins_at_the_desk_only_and_stays(joint: Joint) -> None:
    owner = await joint.world.citizen()
    project, case = await joint.project(owner), await joint.world.granted(owner=owner)
    refused(await joint.attach(owner, project, case), 409, "projects.case_over")
    ok(await joint.attach_at_desk(project, case))
    for answer in (
        await joint.own_post(owner, f"projects/{project['id']}/detach", {"case_id": case.id}),
        await joint.world.do("clerk", f"projects/{project['id']}/detach", {"case_id": case.id}),
    ):
        refused(answer, 409, "projects.case_over")


async def test_a_withdrawn_case_joins_nothing_and_counts_for_nothing(joint: Joint) -> None:
    world, owner = joint.world, await joint.world.citizen()
    project, case = await joint.project(owner), await world.filed(owner)
    ok(await joint.attach(owner, project, case))
    ok(await world.mine(case, "withdraw"))
    assert (await joint.view(owner, project))["stages"][0]["progress"] == "not_begun"
    another = await world.filed(owner, await world.item("X-2"))
    ok(await world.mine(another, "withdraw"))
    refused(await joint.attach_at_desk(project, another), 409, "projects.case_over")


async def test_a_closed_project_takes_no_more_cases(joint: Joint) -> None:
    owner = await joint.world.citizen()
    project, case = await joint.project(owner), await joint.world.filed(owner)
    path = f"projects/{project['id']}/close"
    ok(await joint.world.do("clerk", path, {"reason": "项目已竣工。"}))
    refused(await joint.attach(owner, project, case), 409, "projects.closed")
    refused(await joint.world.do("clerk", path, {"reason": "再关一次"}), 409, "projects.closed")
    assert (await joint.view(owner, project))["closed_why"] == "项目已竣工。"


async def test_a_clerk_makes_a_project_out_of_a_case(joint: Joint) -> None:
    world, owner = joint.world, await joint.world.citizen()
    case = await world.filed(owner)
    body = {
        "case_id": case.id,
        "stage": LAND,
        "name": "农村自建房",
        "kind": "private",
        "site": SITE,
    }
    refused(await world.do("far_clerk", "projects", body), 404, "not_found")
    made = ok(await world.do("clerk", "projects", body), 201)
    seen = await joint.view(owner, made)
    assert seen["stages"][0]["cases"][0]["number"] == case.number
    query = {"hall_id": world.place.hall_id, "number": made["number"].lower()}
    found = ok(await world.look("manager", "projects", **query))["items"]
    assert [(one["number"], one["cases"]) for one in found] == [(made["number"], 1)]
    assert found[0]["owner"] == "欧**月"


# --- who sees what
async def test_staff_see_the_owner_masked_and_each_clear_reading_is_recorded(joint: Joint) -> None:
    world, owner = joint.world, await joint.world.citizen()
    project = await joint.project(owner)
    for who in ("clerk", "supervisor", "manager"):
        seen = ok(await world.look(who, f"projects/{project['id']}"))
        assert (seen["owner"], SITE in str(seen)) == ("欧**月", False)
    refused(await world.look("far_clerk", f"projects/{project['id']}"), 404, "not_found")
    path = f"projects/{project['id']}/site"
    assert ok(await world.look("clerk", path)) == {"owner": "欧阳明月", "site": SITE}
    assert await joint.trail(f"project:{project['number']}", "project.site_read") == 1
    await world.add_role("manager", "reviewer", "fire")
    world._staff.clear()
    refused(await world.look("manager", path), 403, "forbidden")


async def test_a_department_sees_a_project_once_its_part_has_begun(joint: Joint) -> None:
    world, owner = joint.world, await joint.world.citizen()
    project, case = await joint.project(owner), await world.filed(owner)
    ok(await joint.attach(owner, project, case))
    path = f"projects/{project['id']}"
    refused(await world.look("reviewer", path), 404, "not_found")
    ok(await world.accept(case))
    ok(await world.look("reviewer", path))
    refused(await world.look("fire_reviewer", path), 404, "not_found")


# --- numbers given with an application
async def _filed_for(world: World, owner: Person, number: str, code: str = "X-9") -> Filed:
    item = await world.item(code)
    return await world.filed(owner, item, project_number=number)


async def test_an_application_with_the_number_joins_the_project(joint: Joint) -> None:
    world, owner = joint.world, await joint.world.citizen()
    project = await joint.project(owner)
    item = await world.item("P-1")
    ok(await joint.stages_are({"item_id": str(item.id), "stage": DESIGN}))
    case = await world.filed(owner, item, project_number=project["number"])
    unsorted = await _filed_for(world, owner, project["number"])
    await joint.outbox()
    seen = await joint.view(owner, project)
    assert [one["number"] for one in seen["stages"][1]["cases"]] == [case.number]
    assert [one["number"] for one in seen["unsorted"]] == [unsorted.number]


async def _claims(joint: Joint) -> list[dict[str, Any]]:
    hall = joint.world.place.hall_id
    return ok(await joint.world.look("clerk", "project-claims", hall_id=hall))["items"]


async def test_a_number_that_leads_nowhere_is_left_to_a_clerk(joint: Joint) -> None:
    world, owner = joint.world, await joint.world.citizen()
    project = await joint.project(owner)
    wrong = project["number"][:-1] + str((int(project["number"][-1]) + 1) % 10)
    case = await _filed_for(world, owner, wrong)
    await joint.outbox()
    claim = (await _claims(joint))[0]
    assert (claim["case_number"], claim["why"]) == (case.number, "unknown")
    path = f"project-claims/{claim['id']}/settle"
    refused(await world.do("far_clerk", path, {"note": "不是"}), 404, "not_found")
    refused(await world.do("clerk", path, {}), 422, "projects.claim_needs")
    ok_body = {"project_id": project["id"], "stage": LAND}
    assert (await world.do("clerk", path, ok_body)).status_code == 204
    refused(await world.do("clerk", path, ok_body), 409, "projects.claim_settled")
    assert await _claims(joint) == []
    assert (await joint.view(owner, project))["stages"][0]["cases"][0]["number"] == case.number


async def test_another_persons_number_does_not_open_their_project(joint: Joint) -> None:
    world, owner = joint.world, await joint.world.citizen()
    other = await world.citizen("o-other")
    project = await joint.project(owner)
    await _filed_for(world, other, project["number"])
    await joint.outbox()
    assert [claim["why"] for claim in await _claims(joint)] == ["other_owner"]
    assert (await joint.view(owner, project))["unsorted"] == []
    note = {"note": "申请人填错了项目代码。"}
    path = f"project-claims/{(await _claims(joint))[0]['id']}/settle"
    assert (await world.do("clerk", path, note)).status_code == 204


async def test_the_list_of_stages_is_the_halls_own(joint: Joint) -> None:
    item = await joint.world.item("P-1")
    line = {"item_id": str(item.id), "stage": LAND}
    refused(await joint.stages_are(line, line), 422, "projects.stage_items")
    ok(await joint.stages_are(line))
    assert ok(await joint.stages_are()) == []
    path = f"/api/v1/halls/{joint.world.place.hall_id}/project-stages"
    headers = await joint.world.staff("clerk")
    refused(await joint.world.client.put(path, json=[], headers=headers), 403, "forbidden")


async def test_a_number_is_never_changed(joint: Joint) -> None:
    made = await joint.project(await joint.world.citizen())
    for statement in ("UPDATE projects SET number = 'x'", "DELETE FROM projects"):
        with pytest.raises(Exception, match="never changed"):
            await db.execute(f"{statement} WHERE id = $1", made["id"])

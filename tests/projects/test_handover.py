"""Certificates handed over once: everything that is ready, in one act, or nothing."""

import asyncio

from app.core import db
from tests.cases.builders import ok, refused
from tests.projects.builders import Joint


async def _project_with_results(joint: Joint) -> tuple:
    owner = await joint.world.citizen()
    project = await joint.project(owner)
    cases = []
    for n in (1, 2):
        item = await joint.world.item(f"P-{n}")
        case = await joint.issued(owner, item, f"许字第{n}号")
        ok(await joint.attach_at_desk(project, case, n))
        cases.append(case)
    return owner, project, cases


async def test_all_results_of_a_project_are_handed_over_in_one_act(joint: Joint) -> None:
    owner, project, cases = await _project_with_results(joint)
    path = f"projects/{project['id']}"
    ready = ok(await joint.world.look("clerk", f"{path}/results"))
    assert sorted(one["number"] for one in ready["results"]) == ["许字第1号", "许字第2号"]
    assert all(one["ready"] for one in ready["results"])
    made = ok(await joint.world.do("clerk", f"{path}/hand-over", {}), 201)
    assert (made["number"][:2], made["documents"]) == ("FZ", 2)
    assert made["case_numbers"] == [case.number for case in cases]
    assert [await joint.world.state(case) for case in cases] == ["closed", "closed"]
    assert ok(await joint.world.look("clerk", f"{path}/results"))["results"] == []
    receipt = await joint.own(owner, f"handovers/{made['id']}/receipt.pdf")
    assert receipt.content.startswith(b"%PDF")
    other = await joint.world.citizen("o-other")
    refused(await joint.own(other, f"handovers/{made['id']}/receipt.pdf"), 404, "not_found")
    row = await db.fetch_one(
        "SELECT lines::text AS lines FROM documents WHERE number = $1", made["number"]
    )
    assert row
    assert "许字第1号" in row["lines"]
    assert await joint.trail(f"project:{project['number']}", "handover.made") == 1


async def test_of_several_who_hand_over_at_once_one_does(joint: Joint) -> None:
    _, project, _ = await _project_with_results(joint)
    path = f"projects/{project['id']}/hand-over"
    answers = await asyncio.gather(*(joint.world.do("clerk", path, {}) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    refused(await joint.world.do("clerk", path, {}), 409, "handover.nothing_ready")


async def test_if_one_cannot_be_handed_over_none_is(joint: Joint) -> None:
    _, project, cases = await _project_with_results(joint)
    agent = {"collector": {"by": "agent", "name": "王五", "id_number": "110105194912310021"}}
    answer = await joint.world.do("clerk", f"projects/{project['id']}/hand-over", agent)
    refused(answer, 422, "cases.bad_collector")
    assert [await joint.world.state(case) for case in cases] == ["issued", "issued"]
    row = await db.fetch_one("SELECT count(*) AS n FROM handovers")
    assert row
    assert row["n"] == 0


async def test_what_goes_by_post_is_listed_and_left_to_the_post(joint: Joint) -> None:
    owner, project, _ = await _project_with_results(joint)
    post = {"way": "post", "address": "青河县东风路 18 号 2 单元 301"}
    item = await joint.world.item("P-3")
    posted = await joint.issued(owner, item, "许字第3号", delivery=post)
    ok(await joint.attach_at_desk(project, posted, 3))
    ready = ok(await joint.world.look("clerk", f"projects/{project['id']}/results"))["results"]
    assert {one["number"]: one["ready"] for one in ready}["许字第3号"] is False
    made = ok(await joint.world.do("clerk", f"projects/{project['id']}/hand-over", {}), 201)
    assert posted.number not in made["case_numbers"]
    assert await joint.world.state(posted) == "issued"


async def test_a_bundles_documents_are_handed_over_with_one_receipt(joint: Joint) -> None:
    owner = await joint.world.citizen()
    case = await joint.world.granted(owner=owner)
    papers = {
        "title": "食品经营许可证",
        "number": "S-1",
        "also": [{"title": "公众聚集场所证书", "number": "S-2"}],
    }
    ok(await joint.world.do("clerk", f"cases/{case.id}/issue", papers))
    made = ok(await joint.world.do("clerk", f"cases/{case.id}/hand-over", {}), 201)
    assert (made["documents"], made["case_numbers"]) == (2, [case.number])
    assert await joint.world.state(case) == "closed"


async def test_another_halls_clerk_hands_over_nothing(joint: Joint) -> None:
    _, project, cases = await _project_with_results(joint)
    path = f"projects/{project['id']}/hand-over"
    refused(await joint.world.do("far_clerk", path, {}), 404, "not_found")
    path = f"cases/{cases[0].id}/hand-over"
    refused(await joint.world.do("far_clerk", path, {}), 404, "not_found")

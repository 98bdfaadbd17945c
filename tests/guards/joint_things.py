"""Joint work, each thing made as somebody's: for the tests of the wrong owner.

`CITIZENS` and `STAFFS` say, for each route, how its thing is made and who may ask for it so. The
ids of a thing may hold the `body` with which the route works for its owner.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.cases.intake.schemas import ProjectCase
from app.core import db
from app.projects.attaching import follow_number
from tests.cases.builders import World, ok
from tests.projects.builders import LAND, SITE, Joint

Ids = dict[str, object]
Make = Callable[[World], Awaitable[Ids]]
WAIVE = {"reason": "小微企业免收。", "basis": "财税〔2019〕13号第二条"}
AMOUNT = {"amount_fen": 120_000, "calculation": "600 平方米，每平方米 2 元"}
REFUND = {"amount_fen": 1, "reason": "多收。", "voucher_number": "T-1"}
PAID = {"total_fen": 128_000, "channel": "card", "receipt_number": "R-1"}


def _joint(world: World) -> Joint:
    return Joint(world, lambda: None)  # nothing here waits for the outbox


async def a_project(world: World) -> Ids:
    return {"project_id": (await _joint(world).project(await world.citizen()))["id"]}


async def a_project_and_a_case(world: World) -> Ids:
    case = await world.filed()
    body = {"case_id": case.id, "stage": LAND}
    return await a_project(world) | {"body": body}


async def a_project_and_a_number(world: World) -> Ids:
    """The case is named by its number, as the desk's form does."""
    case = await world.filed()
    return await a_project(world) | {"body": {"case_number": case.number, "stage": LAND}}


async def a_claim_in_a_form(world: World) -> Ids:
    found = await a_claim(world)
    body = {"hall_id": str(world.place.hall_id), "note": "申请人填错了项目代码。"}
    return found | {"body": body}


async def a_case_in_a_project(world: World) -> Ids:
    joint, owner = _joint(world), await world.citizen()
    project, case = await joint.project(owner), await world.filed(owner)
    ok(await joint.attach(owner, project, case))
    return {"project_id": project["id"], "body": {"case_id": case.id}}


async def a_claim(world: World) -> Ids:
    case = await world.filed()
    given = ProjectCase(UUID(case.id), "GC511602202600001")
    await follow_number(world.act_as(), given, "k")
    row = await db.fetch_one("SELECT id FROM project_claims WHERE case_id = $1", case.id)
    assert row
    return {"claim_id": row["id"], "body": {"note": "申请人填错了项目代码。"}}


async def a_case_for_a_project(world: World) -> Ids:
    body = {"stage": LAND, "name": "青河豆制品厂一期", "kind": "private", "site": SITE}
    return await a_case(world) | {"body": body}


async def the_stages(world: World) -> Ids:
    return {"hall_id": world.place.hall_id, "body": []}


async def a_case(world: World) -> Ids:
    return {"case_id": (await world.filed()).id}


async def a_meeting(world: World) -> Ids:
    fire = str(world.place.departments["fire"])
    reply = {"department_id": fire, "coming": True}
    return {"meeting_id": (await _joint(world).call())["id"], "body": reply}


async def a_meeting_to_cancel(world: World) -> Ids:
    return await a_meeting(world) | {"body": {"reason": "改期。"}}


async def a_meeting_that_took_place(world: World) -> Ids:
    joint = _joint(world)
    meeting = await joint.call()
    world.house.clock.shift(timedelta(hours=2))
    return {"meeting_id": meeting["id"], "body": joint.record("market")}


async def a_held_meeting(world: World) -> Ids:
    joint = _joint(world)
    meeting = await joint.call()
    ok(await joint.hold(meeting, "market"))
    return {"meeting_id": meeting["id"], "body": {"text": "会议认为方案可行。"}}


async def a_meeting_with_minutes(world: World) -> Ids:
    meeting = await _joint(world).minuted("market")
    market = str(world.place.departments["market"])
    answer = {"department_id": market, "round": 1, "answer": "confirmed"}
    return {"meeting_id": meeting["id"], "body": answer}


async def a_confirmed_meeting(world: World) -> Ids:
    joint = _joint(world)
    meeting = await joint.minuted("market")
    ok(await joint.answer(meeting, "market", "reviewer"))
    return {"meeting_id": meeting["id"]}


async def a_closed_meeting(world: World) -> Ids:
    """About a case of the citizen's."""
    case = await world.accepted()
    return {"meeting_id": (await _joint(world).closed(case_id=case.id))["id"]}


async def fees_of_a_case(world: World) -> Ids:
    joint = _joint(world)
    case = await joint.with_fees(await world.citizen())
    line = (await joint.listed(case))["检测费"]
    return {"case_id": case.id, "line_id": line["id"]}


def with_body(make: Make, body: Any) -> Make:
    async def made(world: World) -> Ids:
        return await make(world) | {"body": body}

    return made


async def fees_to_pay(world: World) -> Ids:
    ids = await fees_of_a_case(world)
    ok(await _joint(world).set_amount({"id": ids["line_id"]}))
    return ids | {"body": PAID}


async def fees_of_a_project(world: World) -> Ids:
    ids = await fees_to_pay(world)
    project = await a_project(world)
    body = {"case_id": ids["case_id"], "stage": LAND}
    ok(await world.do("clerk", f"projects/{project['project_id']}/cases", body))
    return project | {"body": PAID}


async def a_paid_fee(world: World) -> Ids:
    ids = await fees_to_pay(world)
    ok(await world.do("clerk", f"cases/{ids['case_id']}/fees/pay", PAID), 201)
    return ids | {"body": REFUND}


async def a_result(world: World) -> Ids:
    joint, owner = _joint(world), await world.citizen()
    case = await joint.issued(owner, await world.item("P-1"), "许字第1号")
    return {"case_id": case.id, "body": {}}


async def a_project_with_a_result(world: World) -> Ids:
    result, project = await a_result(world), await a_project(world)
    body = {"case_id": result["case_id"], "stage": LAND}
    ok(await world.do("clerk", f"projects/{project['project_id']}/cases", body))
    return project | {"body": {}}


async def a_handover(world: World) -> Ids:
    ids = await a_result(world)
    made = ok(await world.do("clerk", f"cases/{ids['case_id']}/hand-over", {}), 201)
    return {"handover_id": made["id"]}


async def one_of_each(world: World) -> Ids:
    """The ids of one project, one meeting, one fee and one claim."""
    joint, owner = _joint(world), await world.citizen()
    project, meeting = await joint.project(owner), await joint.call()
    case = await joint.with_fees(owner)
    await follow_number(world.act_as(), ProjectCase(UUID(case.id), "GC511602202600001"), "k")
    row = await db.fetch_one("SELECT id FROM project_claims WHERE case_id = $1", case.id)
    assert row
    return {
        "project_id": project["id"],
        "meeting_id": meeting["id"],
        "line_id": (await joint.listed(case))["检测费"]["id"],
        "claim_id": row["id"],
    }


CITIZENS: dict[str, tuple[Make, str]] = {
    "GET /api/v1/projects/<project_id>": (a_project, "citizen"),
    "POST /api/v1/projects/<project_id>/cases": (a_project_and_a_case, "citizen"),
    "POST /api/v1/projects/<project_id>/detach": (a_case_in_a_project, "citizen"),
    "GET /api/v1/projects/<project_id>/fees": (a_project, "citizen"),
    "GET /api/v1/cases/<case_id>/fees": (a_case, "citizen"),
    "GET /api/v1/cases/<case_id>/meetings": (a_case, "citizen"),
    "GET /api/v1/meetings/<meeting_id>": (a_closed_meeting, "citizen"),
    "GET /api/v1/meetings/<meeting_id>/minutes.pdf": (a_closed_meeting, "citizen"),
    "GET /api/v1/handovers/<handover_id>/receipt.pdf": (a_handover, "citizen"),
}
_DESK = "/api/v1/desk"
_PROJECT, _MEETING = f"{_DESK}/projects/<project_id>", f"{_DESK}/meetings/<meeting_id>"
_CASE, _FEE = f"{_DESK}/cases/<case_id>", f"{_DESK}/fees/<line_id>"
STAFFS: dict[str, tuple[Make, str]] = {
    f"GET {_PROJECT}": (a_project, "manager"),
    f"GET {_PROJECT}/site": (a_project, "clerk"),
    f"GET {_CASE}/project": (a_case, "manager"),
    "POST /desk/cases/<case_id>/project": (a_case_for_a_project, "clerk"),
    "POST /desk/projects/<project_id>/attach": (a_project_and_a_number, "clerk"),
    "POST /desk/project-claims/<claim_id>/settle": (a_claim_in_a_form, "clerk"),
    f"POST {_PROJECT}/cases": (a_project_and_a_case, "clerk"),
    f"POST {_PROJECT}/detach": (a_case_in_a_project, "clerk"),
    f"POST {_PROJECT}/close": (with_body(a_project, {"reason": "已竣工。"}), "clerk"),
    f"POST {_DESK}/project-claims/<claim_id>/settle": (a_claim, "clerk"),
    "GET /api/v1/halls/<hall_id>/project-stages": (the_stages, "clerk"),
    "PUT /api/v1/halls/<hall_id>/project-stages": (the_stages, "admin"),
    f"GET {_CASE}/meetings": (a_case, "manager"),
    f"GET {_MEETING}": (a_meeting, "fire_reviewer"),
    f"POST {_MEETING}/reply": (a_meeting, "fire_reviewer"),
    f"POST {_MEETING}/cancel": (a_meeting_to_cancel, "supervisor"),
    f"POST {_MEETING}/hold": (a_meeting_that_took_place, "reviewer"),
    f"POST {_MEETING}/minutes": (a_held_meeting, "reviewer"),
    f"POST {_MEETING}/answer": (a_meeting_with_minutes, "reviewer"),
    f"POST {_MEETING}/close": (a_confirmed_meeting, "clerk"),
    f"GET {_MEETING}/minutes.pdf": (a_closed_meeting, "fire_reviewer"),
    f"GET {_CASE}/fees": (a_case, "manager"),
    f"POST {_CASE}/fees": (a_case, "clerk"),
    f"GET {_PROJECT}/fees": (a_project, "manager"),
    f"POST {_PROJECT}/fees": (a_project, "clerk"),
    f"POST {_CASE}/fees/pay": (fees_to_pay, "clerk"),
    f"POST {_PROJECT}/fees/pay": (fees_of_a_project, "clerk"),
    f"POST {_FEE}/amount": (with_body(fees_of_a_case, AMOUNT), "fire_reviewer"),
    f"POST {_FEE}/waive": (with_body(fees_of_a_case, WAIVE), "fire_reviewer"),
    f"POST {_FEE}/refund": (a_paid_fee, "clerk"),
    f"GET {_CASE}/results": (a_result, "manager"),
    f"GET {_PROJECT}/results": (a_project_with_a_result, "manager"),
    f"POST {_CASE}/hand-over": (a_result, "clerk"),
    f"POST {_PROJECT}/hand-over": (a_project_with_a_result, "clerk"),
    f"GET {_DESK}/handovers/<handover_id>/receipt.pdf": (a_handover, "supervisor"),
}

"""Drafts, promises and pre-checks of somebody, for the tests as the wrong owner."""

from typing import Any

from tests.cases.builders import ID_NUMBER, NAME, PHONE, World, jpeg, ok
from tests.cases.promised import HEALTH, LATER, PLEDGED, RULES, item_of, supplied

Ids = dict[str, Any]
KEPT = {"kept": True, "finding": "制度齐全。"}


async def a_draft(world: World) -> Ids:
    owner, item = await world.citizen(), await world.item()
    body = {"version_id": str(item.version_id), "form": {"shop": "豆花店"}}
    path = f"/api/v1/drafts/{item.id}"
    ok(await world.client.put(path, json=body, headers=owner.headers))
    return {"item_id": item.id}


async def owing(world: World) -> Ids:
    """A case that owes a material, and the body that brings it."""
    case = await world.filed(item=await item_of(world, HEALTH), **LATER)
    photo = await supplied(case.owner, world, "health")
    return {"case_id": case.id, "body": {"materials": [photo]}}


async def brought_to_the_window(world: World) -> Ids:
    """A case that owes a material, and what its applicant brings to `clerk`."""
    case = await world.filed(item=await item_of(world, HEALTH), **LATER)
    who = {"name": NAME, "phone": PHONE, "id_number": ID_NUMBER, "consent": True}
    ticket = ok(await world.do("clerk", "applicants", who))["ticket"]
    taken = await world.client.post(
        "/api/v1/desk/materials",
        params={"applicant": ticket},
        files={"file": ("照片.jpg", jpeg())},
        headers=await world.staff("clerk"),
    )
    photo = {"requirement": "health", "material_ids": [ok(taken, 201)["id"]]}
    return {"case_id": case.id, "body": {"applicant": ticket, "materials": [photo]}}


async def to_pre_check(world: World) -> Ids:
    case = await world.filed(item=await world.item("PRE", guide={"pre_check": True}))
    return {"case_id": case.id}


async def to_check(world: World) -> Ids:
    """A pledge on which a case was granted."""
    case = await world.filed(item=await item_of(world, RULES), **PLEDGED)
    ok(await world.accept(case))
    ok(await world.grant(case))
    return {"pledge_id": (await world.seen(case))["pledges"][0]["id"]}

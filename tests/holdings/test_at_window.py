"""What the applicant at the window gave before is not asked of them again."""

from typing import Any

from app.core import db
from tests.cases.builders import ID_NUMBER, NAME, PHONE, Filed, Item, World, jpeg, ok, refused
from tests.holdings.test_holdings import LEASE

WHO = {"name": NAME, "phone": PHONE, "id_number": ID_NUMBER, "consent": True}


async def ticket(world: World, by: str = "clerk") -> str:
    return ok(await world.do(by, "applicants", WHO))["ticket"]


async def file(world: World, item: Item, applicant: str, **more: Any) -> Filed:
    """An application that a clerk files for the applicant, accepted."""
    body = world.application(item, applicant=applicant, **more)
    made = ok(await world.do("clerk", "cases", body), 201)
    case = Filed(made["id"], made["number"], await world.citizen("o-nobody", known=False))
    ok(await world.accept(case))
    return case


async def given_at_window(world: World, item: Item) -> None:
    applicant = await ticket(world)
    sent = await world.client.post(
        "/api/v1/desk/materials",
        params={"applicant": applicant},
        files={"file": ("合同.jpg", jpeg())},
        headers=await world.staff("clerk"),
    )
    supplied = [{"requirement": "lease", "material_ids": [ok(sent, 201)["id"]]}]
    await file(world, item, applicant, materials=supplied)


async def test_a_farmer_without_a_phone_brings_the_lease_once(world: World) -> None:
    item = await world.item("SHOP", guide={"materials": (LEASE,)})
    await given_at_window(world, item)
    applicant = await ticket(world)
    shown = ok(await world.look("clerk", "reusable", applicant=applicant, item_id=str(item.id)))
    (line,) = shown["requirements"]
    (held,) = line["holdings"]
    assert line["satisfied"]
    assert held["pictures"] == []
    reuse = [{"requirement": "lease", "holding_id": held["id"]}]
    await file(world, item, applicant, reuse=reuse, reuse_consent=True)
    (used,) = await db.fetch("SELECT actor FROM holding_uses")
    assert used["actor"] == f"staff:{world.place.staff['clerk']}"


async def test_only_the_clerk_before_whom_the_applicant_stands_sees_it(world: World) -> None:
    item = await world.item("SHOP", guide={"materials": (LEASE,)})
    query = {"applicant": await ticket(world), "item_id": str(item.id)}
    refused(await world.look("", "reusable", **query), 401, "not_signed_in")
    refused(await world.look("manager", "reusable", **query), 403, "forbidden")
    answer = await world.look("clerk2", "reusable", **query)
    assert answer.status_code >= 400, answer.text
    ok(await world.look("clerk", "reusable", **query))

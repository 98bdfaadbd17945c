"""Things of enterprises and helpers, for the guard tests: whose they are is `o-citizen`'s."""

from typing import Any

from app.core import db
from tests.agency.agents import PURPOSES, credit_code, id_number, phone
from tests.cases.builders import NAME, PHONE, Person, World, ok

Ids = dict[str, object]
NEW_FORM = {"form": {"shop": "新字号"}}


async def _post(world: World, who: Person, path: str, body: Any) -> Any:
    return ok(await world.client.post(f"/api/v1/{path}", json=body, headers=who.headers), 201)


async def _third(world: World) -> Person:
    """Another citizen, with a phone of their own."""
    made = await world.citizen("o-third", known=False)
    who = {"name": "李大明", "phone": phone(3), "id_number": id_number(3), "consent": True}
    ok(await world.client.put("/api/v1/citizens/me", json=who, headers=made.headers))
    return made


async def _prove(who: Person) -> None:
    await db.execute("UPDATE citizens SET phone_proven_at = now() WHERE id = $1", who.id)


async def registration(world: World, who: Person | None = None) -> Ids:
    body = {"name": "豆花公司", "code": credit_code(1), "legal_representative": NAME}
    body |= {"role": "manager", "hall_id": str(world.place.hall_id)}
    made = await _post(world, who or await world.citizen(), "enterprises/registrations", body)
    return {"registration_id": made["id"]}


async def enterprise(world: World, who: Person | None = None) -> Ids:
    asked = await registration(world, who)
    path = f"enterprise-registrations/{asked['registration_id']}/answer"
    return {"enterprise_id": ok(await world.do("clerk", path, {"confirm": True}))["enterprise_id"]}


async def colleague(world: World) -> Ids:
    """A second person of the enterprise."""
    made, other = await enterprise(world), await _third(world)
    person = db.new_id()
    await db.execute(
        "INSERT INTO enterprise_people (id, enterprise_id, citizen_id, role, joined_at)"
        " VALUES ($1, $2, $3, 'operator', now())",
        person,
        made["enterprise_id"],
        other.id,
    )
    return made | {"person_id": person}


async def open_invitation(world: World) -> Ids:
    """One that the owner's enterprise has open."""
    made, owner = await enterprise(world), await world.citizen()
    path = f"enterprises/{made['enterprise_id']}/invitations"
    invited = await _post(world, owner, path, {"phone": phone(9), "role": "viewer"})
    return made | {"invitation_id": invited["id"]}


async def invitation(world: World) -> Ids:
    """One to the owner's phone, from somebody else's enterprise."""
    other = await _third(world)
    made = await enterprise(world, other)
    path = f"enterprises/{made['enterprise_id']}/invitations"
    invited = await _post(world, other, path, {"phone": PHONE, "role": "viewer"})
    await _prove(await world.citizen())
    return {"invitation_id": invited["id"]}


async def _consent(world: World, who: Person, **helper: Any) -> Ids:
    terms = {"purposes": PURPOSES, "scope": "all"} | helper
    made = await _post(world, who, "assistance", {"terms": terms, "agree": True})
    return {"consent_id": made["id"]}


async def offer(world: World) -> Ids:
    """A consent that waits for the owner to accept it."""
    made = await _consent(world, await _third(world), relative={"phone": PHONE})
    await _prove(await world.citizen())
    return made


async def accepted(world: World) -> Ids:
    """A consent by which the owner helps."""
    made, owner = await offer(world), await world.citizen()
    path = f"/api/v1/assistance/{made['consent_id']}/accept"
    assert (await world.client.post(path, headers=owner.headers)).status_code == 204
    return made


async def given(world: World) -> Ids:
    """A consent that the owner gave to `clerk2`."""
    actor = await world.place.actor(world.act_as(), "clerk2")
    badge = {"hall_id": str(world.place.hall_id), "staff_number": actor.number}
    return await _consent(world, await world.citizen(), staff=badge)


async def assisted(world: World) -> Ids:
    """A case in correction in which `clerk2` helps."""
    await given(world)
    case = await world.filed()
    asked = {"points": ["照片不清楚。"]}
    ok(await world.do("clerk", f"cases/{case.id}/ask-correction", asked))
    return {"case_id": case.id}


async def assisted_photo(world: World) -> Ids:
    """A photo of a case in which `clerk2` helps."""
    await given(world)
    owner, item = await world.citizen(), await world.with_photos()
    photo = await world.photo(owner)
    supplied = [{"requirement": "premises", "material_ids": [photo]}]
    case = await world.filed(owner, item, materials=supplied)
    return {"case_id": case.id, "material_id": photo}

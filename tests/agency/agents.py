"""People who act for each other: citizens with proven phones, enterprises, and consents."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
from stdnum.cn import ric, uscc

from tests.cases.builders import Filed, Item, Person, World, ok
from tests.places import citizen_actor
from wechat.sandbox.server import RunningSandbox

ITEM_CODE = count(1)
PURPOSES = "代为提交申请、补正材料、查询进度。"


def id_number(n: int, born: str = "19800101") -> str:
    """The n-th valid ID number of a person born on this day."""
    body = f"511602{born}{n:03d}"
    return body + ric.calc_check_digit(body + "0")


def credit_code(n: int) -> str:
    """The n-th valid unified social credit code."""
    body = f"91511602{n:09d}"
    return body + uscc.calc_check_digit(body)


def phone(n: int) -> str:
    return f"138{n:08d}"


@dataclass
class Known(Person):
    """A citizen who has said who they are, with what they said."""

    openid: str
    name: str
    phone: str
    id_number: str


@dataclass
class Agents:
    """What people do for each other, through the real interface."""

    world: World
    wechat: RunningSandbox

    # --- people
    async def person(self, n: int, name: str, *, proven: bool = True) -> Known:
        """The n-th citizen: their own phone, which the platform vouches for if `proven`."""
        openid = f"o-person-{n}"
        actor, headers = await citizen_actor(self.world.act_as(), openid)
        made = Known(actor.id, headers, openid, name, phone(n), id_number(n))
        ok(await self.say_who(made))
        if proven:
            ok(await self.prove(made, made.phone))
        return made

    async def say_who(self, who: Known, **changed: Any) -> httpx.Response:
        body = {"name": who.name, "phone": who.phone, "id_number": who.id_number, "consent": True}
        return await self.put(who, "citizens/me", body | changed)

    async def prove(self, who: Known, number: str) -> httpx.Response:
        """The person taps the phone-number button; the platform says this number."""
        people = self.wechat.platform.people
        code = people.issue_phone_code(people.user(openid=who.openid), "wx-test", number)
        return await self.put(who, "citizens/me/phone", {"code": code})

    async def again(self, who: Known) -> Known:
        """The same person, signed in anew after the clock was moved."""
        _, headers = await citizen_actor(self.world.act_as(), who.openid)
        return Known(who.id, headers, who.openid, who.name, who.phone, who.id_number)

    # --- requests
    async def get(self, who: Person, path: str, **query: Any) -> httpx.Response:
        return await self.world.client.get(f"/api/v1/{path}", params=query, headers=who.headers)

    async def post(self, who: Person, path: str, body: Any = None) -> httpx.Response:
        return await self.world.client.post(f"/api/v1/{path}", json=body, headers=who.headers)

    async def put(self, who: Person, path: str, body: Any) -> httpx.Response:
        return await self.world.client.put(f"/api/v1/{path}", json=body, headers=who.headers)

    async def delete(self, who: Person, path: str) -> httpx.Response:
        return await self.world.client.delete(f"/api/v1/{path}", headers=who.headers)

    # --- enterprises
    async def register(self, who: Known, n: int = 1, **changed: Any) -> httpx.Response:
        body = {
            "name": "青河县豆花餐饮有限公司",
            "code": credit_code(n),
            "legal_representative": who.name,
            "role": "legal_representative",
            "hall_id": str(self.world.place.hall_id),
        }
        return await self.post(who, "enterprises/registrations", body | changed)

    async def answer(
        self, registration: str, by: str = "clerk", *, confirm: bool = True, note: str = ""
    ) -> httpx.Response:
        path = f"enterprise-registrations/{registration}/answer"
        return await self.world.do(by, path, {"confirm": confirm, "note": note})

    async def enterprise(self, who: Known, n: int = 1, **changed: Any) -> str:
        """An enterprise that the clerk has confirmed for this person."""
        registered = ok(await self.register(who, n, **changed), 201)
        return ok(await self.answer(registered["id"]))["enterprise_id"]

    async def joined(self, enterprise: str, manager: Known, who: Known, role: str) -> str:
        """The person accepts an invitation; returns their place in the enterprise."""
        body = {"phone": who.phone, "role": role}
        path = f"enterprises/{enterprise}/invitations"
        made = ok(await self.post(manager, path, body), 201)
        ok(await self.post(who, f"enterprises/invitations/{made['id']}/accept"))
        people = ok(await self.get(who, f"enterprises/{enterprise}/people"))["items"]
        return next(found["id"] for found in people if found["me"])

    # --- consents
    async def grant(self, who: Person, **terms: Any) -> httpx.Response:
        """By default to the staff member whose number is on the badge of `clerk2`."""
        usual: dict[str, Any] = {"purposes": PURPOSES, "scope": "all"}
        if "relative" not in terms:
            usual["staff"] = await self.badge("clerk2")
        return await self.post(who, "assistance", {"terms": usual | terms, "agree": True})

    async def badge(self, name: str) -> dict[str, str]:
        """A staff member as their badge names them."""
        actor = await self.world.place.actor(self.world.act_as(), name)
        return {"hall_id": str(self.world.place.hall_id), "staff_number": actor.number}

    async def granted(self, who: Person, **terms: Any) -> str:
        return ok(await self.grant(who, **terms), 201)["id"]

    async def helped_by(self, who: Person, relative: Known, **terms: Any) -> str:
        """A consent that the relative has accepted."""
        made = await self.granted(who, relative={"phone": relative.phone}, **terms)
        answer = await self.post(relative, f"assistance/{made}/accept")
        assert answer.status_code == 204, answer.text
        return made

    # --- cases
    async def item(self) -> Item:
        return await self.world.item(f"AGENCY-{next(ITEM_CODE)}")

    async def file(
        self, who: Person, item: Item, on_behalf: dict[str, str] | None = None
    ) -> httpx.Response:
        return await self.world.submit(who, item, on_behalf=on_behalf)

    async def filed(self, who: Person, item: Item | None = None, **on_behalf: str) -> Filed:
        made = ok(await self.file(who, item or await self.item(), on_behalf or None), 201)
        return Filed(made["id"], made["number"], who)

    async def in_correction(self, case: Filed) -> None:
        asked = {"points": ["字号请写全称。"]}
        ok(await self.world.do("clerk", f"cases/{case.id}/ask-correction", asked))

    async def supplement(self, who: Person, case: Filed) -> httpx.Response:
        return await self.post(who, f"cases/{case.id}/supplement", {"form": {"shop": "新字号"}})

    async def mine(self, who: Person) -> list[dict[str, Any]]:
        return ok(await self.get(who, "cases"))["items"]

    async def timeline(self, case: Filed) -> list[dict[str, Any]]:
        return ok(await self.get(case.owner, f"cases/{case.id}"))["timeline"]

    async def letters(self, who: Person) -> list[str]:
        return [n["title"] for n in ok(await self.get(who, "notices"))["items"]]

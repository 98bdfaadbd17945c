"""Items, citizens, photos and applications for the tests of cases, through the real interface."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from PIL import Image

from app.catalog import service as catalog
from app.catalog.guide import Content, Guide, Kind, Requirement, StagePart, StagePlan
from app.catalog.schemas import ItemIn
from app.core import db
from app.core.acts import Act
from app.core.clock import CHINA
from app.core.house import House
from tests.places import Place, citizen_actor, code_of, staff_headers

ActAs = Callable[..., Act]
NAME, PHONE, ID_NUMBER = "欧阳明月", "13812345678", "11010519491231002X"
SHOP = "青河巷子豆花店"
ADDRESS = "青河县东风路 18 号 2 单元 301"
FORM = {
    "type": "object",
    "required": ["shop"],
    "x-order": ["shop"],
    "properties": {"shop": {"type": "string", "title": "字号", "minLength": 2, "maxLength": 40}},
}
PREMISES = Requirement(code="premises", name="经营场所照片", max_photos=2)
PLAN = Requirement(code="plan", name="平面图", required=False, max_photos=1)
_photos = count(1)


def jpeg() -> bytes:
    """A small photo, another one each time: its number as black and white stripes."""
    number, picture = next(_photos), Image.new("L", (128, 64), 255)
    for bit in range(16):
        if number >> bit & 1:
            picture.paste(0, (bit * 8, 0, bit * 8 + 8, 64))
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def content(**given: Any) -> Content:
    """A licence with a form, decided within five days instead of twenty; no materials."""
    guide = {"form": FORM, "delivery": ("electronic", "counter", "post")} | given.pop("guide", {})
    usual = {"name": "小餐饮登记", "kind": Kind.LICENCE, "legal_days": 20, "promised_days": 5}
    return Content(**(usual | given), guide=Guide(**guide))


TWO_STAGES = (
    StagePlan(name="登记", departments=(StagePart(department="市场监管局", days=2),)),
    StagePlan(
        name="联合审查",
        departments=(
            StagePart(department="市场监管局", days=3),
            StagePart(department="消防救援大队", days=3),
            StagePart(department="水利局", days=2),
        ),
    ),
)
"""Two stages, the second of three departments in parallel."""


@dataclass
class Item:
    """A published item."""

    id: UUID
    version_id: UUID


@dataclass
class Person:
    """A citizen with their phone."""

    id: UUID
    headers: dict[str, str]


@dataclass
class Filed:
    """An application that was submitted, and whose it is."""

    id: str
    number: str
    owner: Person


@dataclass
class World:
    """Everything that happens to a case, as the people do it."""

    client: httpx.AsyncClient
    house: House
    place: Place
    act_as: ActAs
    _staff: dict[str, dict[str, str]] = field(default_factory=dict)

    # --- who and what there is
    async def staff(self, name: str) -> dict[str, str]:
        """The headers of a staff member (see tests/places.py)."""
        if name not in self._staff:
            self._staff[name] = await staff_headers(self.act_as(), self.place, name)
        return self._staff[name]

    async def citizen(self, openid: str = "o-citizen", *, known: bool = True) -> Person:
        """A citizen who has said who they are, unless not `known`."""
        actor, headers = await citizen_actor(self.act_as(), openid)
        if known:
            who = {"name": NAME, "phone": PHONE, "id_number": ID_NUMBER, "consent": True}
            ok(await self.client.put("/api/v1/citizens/me", json=who, headers=headers))
        return Person(actor.id, headers)

    async def item(self, code: str = "X-1", *, bundle: bool = False, **given: Any) -> Item:
        """An item of the market department, published."""
        act = self.act_as()
        made = await catalog.add_item(
            act,
            ItemIn(
                hall_id=self.place.hall_id,
                implementation_code=code,
                department_id=self.place.departments["market"],
                bundle=bundle,
                content=content(**given),
            ),
        )
        return Item(made.item_id, made.id)

    async def bundle(self) -> Item:
        """A bundle with two stages and three departments in parallel."""
        guide = {"stages": TWO_STAGES, "members": ("X-1", "X-2")}
        return await self.item(
            "BUNDLE", bundle=True, name="开餐馆一件事", promised_days=8, guide=guide
        )

    async def with_photos(self) -> Item:
        """An item that asks for one photo or two, and takes a plan."""
        return await self.item("PHOTOS", guide={"materials": (PREMISES, PLAN)})

    async def photo(self, owner: Person) -> str:
        """A photo that this citizen sent."""
        files = {"file": ("照片.jpg", jpeg())}
        sent = await self.client.post("/api/v1/materials", files=files, headers=owner.headers)
        return ok(sent, 201)["id"]

    # --- the applicant
    def application(self, item: Item, **changed: Any) -> dict[str, Any]:
        """The body of an application."""
        return {
            "item_id": str(item.id),
            "version_id": str(item.version_id),
            "form": {"shop": SHOP},
            "delivery": {"way": "counter"},
        } | changed

    async def submit(
        self, owner: Person, item: Item, key: str | None = None, **changed: Any
    ) -> httpx.Response:
        headers = owner.headers | ({"Idempotency-Key": key} if key else {})
        body = self.application(item, **changed)
        return await self.client.post("/api/v1/cases", json=body, headers=headers)

    async def filed(
        self, owner: Person | None = None, item: Item | None = None, **changed: Any
    ) -> Filed:
        """An application that waits for acceptance."""
        owner = owner or await self.citizen()
        made = ok(await self.submit(owner, item or await self.item(), **changed), 201)
        return Filed(made["id"], made["number"], owner)

    async def mine(
        self, case: Filed, act: str, body: Any = None, *, by: Person | None = None
    ) -> httpx.Response:
        """An act of the applicant: supplement, withdraw."""
        headers = (by or case.owner).headers
        return await self.client.post(f"/api/v1/cases/{case.id}/{act}", json=body, headers=headers)

    async def seen(self, case: Filed) -> dict[str, Any]:
        """The case as its applicant sees it."""
        path = f"/api/v1/cases/{case.id}"
        return ok(await self.client.get(path, headers=case.owner.headers))

    async def state(self, case: Filed) -> str:
        row = await db.fetch_one("SELECT state FROM cases WHERE id = $1", case.id)
        assert row
        return row["state"]

    # --- the desk
    async def do(
        self, name: str, path: str, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        """An act of a staff member at the desk; nobody's with an empty name."""
        headers = await self.staff(name) if name else {}
        if key:
            headers = headers | {"Idempotency-Key": key}
        return await self.client.post(f"/api/v1/desk/{path}", json=body, headers=headers)

    async def look(self, name: str, path: str, **query: Any) -> httpx.Response:
        headers = await self.staff(name) if name else {}
        return await self.client.get(f"/api/v1/desk/{path}", params=query, headers=headers)

    async def accept(self, case: Filed, by: str = "clerk", key: str | None = None) -> Any:
        return await self.do(by, f"cases/{case.id}/accept", key=key)

    async def accepted(self, **given: Any) -> Filed:
        """A case whose first stage is open."""
        case = await self.filed(**given)
        ok(await self.accept(case))
        return case

    async def granted(self, **given: Any) -> Filed:
        """A case that its one department granted."""
        case = await self.accepted(**given)
        ok(await self.grant(case))
        return case

    async def refused(self, **given: Any) -> Filed:
        """A case that was refused with the supervisor's consent."""
        case = await self.accepted(**given)
        proposed = ok(await self.refuse(case), 202)
        ok(await self.answer(proposed["id"]))
        return case

    async def task(self, case: Filed, department: str = "market", stage: int = 1) -> UUID:
        """The part of one department in one stage."""
        row = await db.fetch_one(
            "SELECT id FROM case_tasks WHERE case_id = $1 AND department_id = $2 AND stage = $3",
            case.id,
            self.place.departments[department],
            stage,
        )
        assert row
        return row["id"]

    async def grant(
        self, case: Filed, department: str = "market", stage: int = 1, by: str = "reviewer"
    ) -> httpx.Response:
        task = await self.task(case, department, stage)
        return await self.do(by, f"tasks/{task}/grant", {"opinion": "符合条件。"})

    async def refuse(
        self,
        case: Filed,
        department: str = "market",
        stage: int = 1,
        by: str = "reviewer",
        **body: Any,
    ) -> httpx.Response:
        task = await self.task(case, department, stage)
        given = {"reason": "场所在住宅楼内。", "basis": "食品安全法第三十三条"} | body
        return await self.do(by, f"tasks/{task}/refuse", given)

    async def answer(
        self, proposal: str, *, by: str = "supervisor", agree: bool = True
    ) -> httpx.Response:
        return await self.do(by, f"proposals/{proposal}/answer", {"agree": agree, "note": "同意"})

    # --- what is left behind
    async def notices(self, case: Filed) -> list[str]:
        """The kinds of the messages about the case, the oldest first."""
        rows = await db.fetch(
            "SELECT kind FROM notices WHERE subject = $1 ORDER BY id", f"case:{case.number}"
        )
        return [row["kind"] for row in rows]

    async def receipts(self, case: Filed) -> list[dict[str, Any]]:
        return (await self.seen(case))["receipts"]

    async def trail(self, case: Filed, verb: str) -> int:
        """How many entries of the audit trail say that this was done to the case."""
        row = await db.fetch_one(
            "SELECT count(*) AS n FROM audit_entries"
            " WHERE hall_id = $1 AND subject = $2 AND verb = $3",
            self.place.hall_id,  # made anew for each test, unlike the trail
            f"case:{case.number}",
            verb,
        )
        assert row
        return row["n"]

    async def add_role(
        self, name: str, role: str, department: str | None = None, hall: UUID | None = None
    ) -> None:
        """Give a staff member one more role."""
        await db.execute(
            "INSERT INTO staff_roles (id, staff_id, role, hall_id, department_id)"
            " VALUES ($1, $2, $3, $4, $5)",
            db.new_id(),
            self.place.staff[name],
            role,
            hall or self.place.hall_id,
            self.place.departments[department] if department else None,
        )

    def go_to(self, moment: datetime) -> None:
        """Set the clock to a moment; who was signed in may not be any more."""
        self.house.clock.shift(moment - self.house.clock.now())
        self._staff.clear()

    def go_to_day(self, day: Any) -> None:
        """Set the clock to ten in the morning of a day in China."""
        self.go_to(datetime.combine(day, time(10), CHINA))

    async def again(self, case: Filed, openid: str = "o-citizen") -> Filed:
        """The case, its applicant signed in anew after the clock was moved."""
        return Filed(case.id, case.number, await self.citizen(openid, known=False))


def ok(answer: httpx.Response, status: int = 200) -> Any:
    """The body of an answer that must have this status."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    return answer.json()


def refused(answer: httpx.Response, status: int, code: str, says: str = "") -> dict[str, Any]:
    """The problem of an answer that must be this refusal."""
    assert (answer.status_code, code_of(answer)) == (status, code), answer.text
    said = answer.json().get("detail") or answer.json()["title"]
    assert says in said, said
    return answer.json()

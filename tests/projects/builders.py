"""Joint work as the people do it: projects, meetings, fees and hand-overs, on real cases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from app.catalog.guide import FeeLine, StagePart, StagePlan
from app.core import db
from tests.cases.builders import Filed, Item, Person, World, ok

SITE = "青河县城北工业园区三号路 6 号地块"
LAND, DESIGN, BUILDING, COMPLETION = 1, 2, 3, 4
MARKET, FIRE, WATER = "市场监管局", "消防救援大队", "水利局"
ABSENCE_AGREES = (
    StagePlan(
        name="联合审查",
        departments=(
            StagePart(department=MARKET, days=3),
            StagePart(department=FIRE, days=3, absent_agrees=True),
            StagePart(department=WATER, days=3),
        ),
    ),
)
"""One stage of three departments, of which the fire brigade's absence counts as agreement."""
FEES = (
    FeeLine(name="登记费", amount="80元", basis="价格目录第三项", department=MARKET),
    FeeLine(name="检测费", amount="按建筑面积计算", basis="收费标准第七条", department=FIRE),
)


def plan(*departments: str, absent: str = "") -> tuple[StagePlan, ...]:
    """One stage with these departments; `absent` is one whose absence counts as agreement."""
    parts = tuple(
        StagePart(department=name, days=3, absent_agrees=name == absent) for name in departments
    )
    return (StagePlan(name="联合审查", departments=parts),)


@dataclass
class Joint:
    """What people do together in the world of the cases."""

    world: World
    outbox: Callable[[], Any]

    # --- projects
    async def project(self, owner: Person, **changed: Any) -> dict[str, Any]:
        """A project that this citizen has just begun."""
        return ok(await self.begin(owner, **changed), 201)

    async def begin(self, owner: Person, key: str | None = None, **changed: Any) -> httpx.Response:
        body = {
            "hall_id": str(self.world.place.hall_id),
            "name": "青河豆制品厂一期",
            "kind": "private",
            "site": SITE,
        } | changed
        headers = owner.headers | ({"Idempotency-Key": key} if key else {})
        return await self.world.client.post("/api/v1/projects", json=body, headers=headers)

    async def attach(
        self, owner: Person, project: dict[str, Any], case: Filed, stage: int = LAND
    ) -> httpx.Response:
        return await self.own_post(
            owner, f"projects/{project['id']}/cases", {"case_id": case.id, "stage": stage}
        )

    async def attach_at_desk(
        self, project: dict[str, Any], case: Filed, stage: int = LAND, by: str = "clerk"
    ) -> httpx.Response:
        body = {"case_id": case.id, "stage": stage}
        return await self.world.do(by, f"projects/{project['id']}/cases", body)

    async def own(self, owner: Person, path: str) -> httpx.Response:
        return await self.world.client.get(f"/api/v1/{path}", headers=owner.headers)

    async def own_post(self, owner: Person, path: str, body: Any) -> httpx.Response:
        return await self.world.client.post(f"/api/v1/{path}", json=body, headers=owner.headers)

    async def view(self, owner: Person, project: dict[str, Any]) -> dict[str, Any]:
        return ok(await self.own(owner, f"projects/{project['id']}"))

    async def stages_are(self, *lines: dict[str, Any]) -> httpx.Response:
        """Set what the hall counts to the stages."""
        path = f"/api/v1/halls/{self.world.place.hall_id}/project-stages"
        headers = await self.world.staff("admin")
        return await self.world.client.put(path, json=list(lines), headers=headers)

    async def project_with_cases(self, owner: Person, *items: Item) -> tuple[dict, list[Filed]]:
        """A project with one accepted case of each item, in the stages in their order."""
        project, cases = await self.project(owner), []
        for stage, item in enumerate(items, 1):
            case = await self.world.accepted(owner=owner, item=item)
            ok(await self.attach(owner, project, case, stage))
            cases.append(case)
        return project, cases

    # --- meetings
    def meeting(self, **changed: Any) -> dict[str, Any]:
        """The call of a meeting of the market department with the two others, in an hour."""
        place = self.world.place
        starts_at = self.world.house.clock.now() + timedelta(hours=1)
        return {
            "hall_id": str(place.hall_id),
            "kind": "review",
            "lead_id": str(place.departments["market"]),
            "title": "一期厂房联合审查",
            "place": "三楼会议室",
            "starts_at": starts_at.isoformat(),
            "agenda": ["总平面布局", "消防车道"],
            "departments": [str(place.departments[name]) for name in ("fire", "water")],
        } | changed

    async def call(self, by: str = "clerk", **changed: Any) -> dict[str, Any]:
        return ok(await self.world.do(by, "meetings", self.meeting(**changed)), 201)

    async def meet(
        self, meeting: dict[str, Any], act: str, body: Any = None, by: str = "clerk"
    ) -> httpx.Response:
        return await self.world.do(by, f"meetings/{meeting['id']}/{act}", body)

    def record(
        self, *came: str, against: str = "", items: int = 2, **changed: Any
    ) -> dict[str, Any]:
        """The record of a meeting to which these departments came."""
        ids = {name: str(found) for name, found in self.world.place.departments.items()}

        def word(name: str) -> dict[str, str]:
            if name != against:
                return {"department_id": ids[name], "word": "agree"}
            return {
                "department_id": ids[name],
                "word": "disagree",
                "reason": "车道宽度不足四米。",
                "basis": "消防法第十一条",
            }

        return {
            "attended": [{"department_id": ids[one], "people": [f"{one}甲"]} for one in came],
            "items": [
                {"position": n, "conclusion": f"结论{n}", "words": [word(one) for one in came]}
                for n in range(1, items + 1)
            ],
        } | changed

    async def hold(self, meeting: dict[str, Any], *came: str, **more: Any) -> httpx.Response:
        """The meeting takes place, an hour later."""
        self.world.house.clock.shift(timedelta(hours=2))
        self.world._staff.clear()
        return await self.meet(meeting, "hold", self.record(*came, **more))

    async def minuted(self, *came: str, **call: Any) -> dict[str, Any]:
        """A meeting that was held, whose minutes wait to be confirmed."""
        meeting = await self.call(**call)
        ok(await self.hold(meeting, *came))
        ok(await self.meet(meeting, "minutes", {"text": "会议认为方案可行。\n请各部门抓紧办理。"}))
        return meeting

    async def answer(
        self,
        meeting: dict[str, Any],
        department: str,
        by: str,
        answer: str = "confirmed",
        text: str = "",
        round_: int = 1,
    ) -> httpx.Response:
        ids = self.world.place.departments
        body = {
            "department_id": str(ids[department]),
            "round": round_,
            "answer": answer,
            "text": text,
        }
        return await self.meet(meeting, "answer", body, by)

    async def closed(self, **call: Any) -> dict[str, Any]:
        """A meeting to which only the market department came, closed."""
        meeting = await self.minuted("market", **call)
        ok(await self.answer(meeting, "market", "reviewer"))
        ok(await self.meet(meeting, "close"))
        return meeting

    async def read(self, meeting: dict[str, Any], by: str = "clerk") -> dict[str, Any]:
        return ok(await self.world.look(by, f"meetings/{meeting['id']}"))

    # --- fees
    async def with_fees(self, owner: Person, code: str = "FEES") -> Filed:
        """An accepted case with a fee of 80 yuan and one that must be worked out."""
        guide = {"fees": FEES, "stages": plan(MARKET, FIRE)}
        item = await self.world.item(code, bundle=True, guide=guide | {"members": ("X-1", "X-2")})
        return await self.world.accepted(owner=owner, item=item)

    async def listed(self, case: Filed) -> dict[str, dict[str, Any]]:
        """The fees of a case by their names, listed."""
        found = ok(await self.world.do("clerk", f"cases/{case.id}/fees"))
        return {line["name"]: line for line in found["lines"]}

    async def set_amount(
        self, line: dict[str, Any], fen: int = 120_000, by: str = "fire_reviewer"
    ) -> httpx.Response:
        body = {"amount_fen": fen, "calculation": "600 平方米，每平方米 2 元"}
        return await self.world.do(by, f"fees/{line['id']}/amount", body)

    async def pay(
        self, path: str, total: int, receipt: str = "R-1", by: str = "clerk", **more: Any
    ) -> httpx.Response:
        body = {"total_fen": total, "channel": "card", "receipt_number": receipt} | more
        return await self.world.do(by, f"{path}/fees/pay", body)

    # --- results
    async def issued(self, owner: Person, item: Item, number: str, **more: Any) -> Filed:
        """A case whose document is made out and waits at the counter."""
        case = await self.world.granted(owner=owner, item=item, **more)
        paper = {"title": "建设工程规划许可证", "number": number}
        ok(await self.world.do("clerk", f"cases/{case.id}/issue", paper))
        return case

    async def trail(self, subject: str, verb: str) -> int:
        row = await db.fetch_one(
            "SELECT count(*) AS n FROM audit_entries"
            " WHERE hall_id = $1 AND subject = $2 AND verb = $3",
            self.world.place.hall_id,
            subject,
            verb,
        )
        assert row
        return row["n"]

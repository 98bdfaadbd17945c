"""What the tests of the bad-rating loop work with: a moved clock, bad ratings, people at desks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import httpx

from app import server
from app.core import db
from app.core.acts import Act
from app.core.clock import CHINA
from app.core.dispatcher import Dispatcher
from app.core.house import House
from evaluations.rectification.rules import State
from tests.evaluations.hub import RATE, Evaluator, decided_case, visit
from tests.places import Place, citizen_actor, staff_headers

PATH = "/api/v1/rectifications"
TOPICS = "/api/v1/improvement-topics"
MONDAY = date(2026, 3, 2)
"""The loops of the tests begin on this day; the State Council's notice leaves the month alone."""
TRUE = {"finding": "true", "reason": "窗口确有让群众多跑一趟的情况。"}
DONE = {"done": "已向窗口人员重申一次性告知要求，并更新告知单。"}
TO_INBOX = {"way": "inbox", "text": "感谢您的意见，我们已经整改。"}
POSTED = {"way": "posted", "text": "感谢您的意见，我们已经整改，现予公布。"}
CALLED = {"reached": True, "note": "电话联系，评价人说明了经过。"}
MISSED = {"reached": False, "note": "无人接听。"}
HAPPY = {"reached": True, "satisfied": True, "note": "评价人表示满意。"}
UNHAPPY = {"reached": True, "satisfied": False, "note": "评价人仍不满意。"}
WHY = {"reason": "测试。"}


@dataclass
class Loops:
    """A hall whose clock the test moves, with people who handle bad ratings."""

    house: House
    client: httpx.AsyncClient
    place: Place
    act_as: Callable[..., Act]
    evaluator: Evaluator | None = None
    cases: int = 0

    async def work_outbox(self) -> None:
        """Handle everything in the outbox that is due."""
        dispatcher = Dispatcher(self.house, server.HANDLERS)
        while await dispatcher.work_once():
            pass

    def go_to(self, day: date, hour: int = 10) -> None:
        """Make it that hour of that day in China."""
        wanted = datetime.combine(day, time(hour), CHINA)
        self.house.clock.shift(wanted - self.house.clock.now())

    async def rated_case(self, level: int = 1, *, openid: str = "o-citizen", **more: Any) -> UUID:
        """A decided case of the market department, badly rated by its applicant."""
        self.cases += 1
        citizen, headers = await citizen_actor(self.act_as(), openid)
        number = f"BAD-{self.cases:04d}"
        await decided_case(self.act_as(), self.place, number, citizen.id)
        tags = {1: ["115"], 2: ["213"]}[level]
        body = {"case_number": number, "level": level, "tags": tags} | more
        answer = await self.client.post("/api/v1/ratings", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["id"])

    async def named(self, **more: Any) -> str:
        """The rectification of a known rater's bad rating, at the market department."""
        return await self.of(await self.rated_case(**more))

    async def anonymous(self, **more: Any) -> str:
        """The rectification of a tap on the evaluator; no department is known."""
        assert self.evaluator
        served = await visit(self.act_as, self.place)
        tap = self.evaluator.tap(served.id, 1, **more)
        answer = await self.evaluator.post(RATE, tap)
        assert answer.status_code == 201, answer.text
        return await self.of(UUID(answer.json()["id"]))

    async def of(self, rating_id: UUID) -> str:
        """The rectification of a rating, once the outbox is worked."""
        await self.work_outbox()
        row = await db.fetch_one("SELECT id FROM rectifications WHERE rating_id = $1", rating_id)
        assert row, "every bad rating has its rectification"
        return str(row["id"])

    async def headers(self, name: str) -> dict[str, str]:
        return await staff_headers(self.act_as(), self.place, name)

    async def post(self, name: str, path: str, body: Any) -> httpx.Response:
        """What this person does."""
        return await self.client.post(path, json=body, headers=await self.headers(name))

    async def try_to(self, name: str, found: str, what: str, body: Any) -> httpx.Response:
        return await self.post(name, f"{PATH}/{found}/{what}", body)

    async def do(self, name: str, found: str, what: str, body: Any) -> dict[str, Any]:
        """What this person does with a rectification; it must be taken."""
        answer = await self.try_to(name, found, what, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def get(self, name: str, path: str, **query: Any) -> Any:
        """What this person reads."""
        answer = await self.client.get(path, params=query, headers=await self.headers(name))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def shown(self, found: str, name: str = "supervisor") -> Any:
        return await self.get(name, f"{PATH}/{found}")

    async def assign(self, found: str, department: str = "market") -> dict[str, Any]:
        body = {"department_id": str(self.place.departments[department]), "reason": "职责所在。"}
        return await self.do("supervisor", found, "assign", body)

    async def brought_to(self, state: State) -> str:
        """A known rater's, brought to where it waits for this; all by the reviewer."""
        found = await self.named()
        if state is State.APPEALED:
            await self.do("reviewer", found, "appeal", {"claim": "mistaken", **WHY})
        if state in (State.TO_CONTACT, State.APPEALED):
            return found
        await self.do("reviewer", found, "contact", CALLED)
        if state is State.TO_RULE:
            await self.do("reviewer", found, "verify", {"finding": "malicious", **WHY})
        if state in (State.TO_VERIFY, State.TO_RULE):
            return found
        for what, body, reached in (
            ("verify", TRUE, State.TO_RECTIFY),
            ("rectify", DONE, State.TO_ANSWER),
            ("answer", TO_INBOX, State.TO_REVISIT),
        ):
            await self.do("reviewer", found, what, body)
            if state is reached:
                return found
        raise AssertionError(state)

    async def answered(self) -> str:
        """A known rater's, verified as true, rectified and answered by the reviewer."""
        return await self.brought_to(State.TO_REVISIT)

    async def topic(self) -> str:
        """The topic that three bad ratings of one tag have opened."""
        for _ in range(3):
            await self.named()
        [topic] = (await self.get("supervisor", TOPICS))["items"]
        return topic["id"]

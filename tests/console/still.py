"""A hall in which everything happens that makes figures hard to count, by a clock that stands.

Ratings on both sides of midnight and of a month's border; a window that moves to another
department, a clerk who moves to another window, an item that is no longer offered; ratings ruled
invalid, one whose ruling was declined, one with a supplement (追评); services that nobody rated;
cases at no window, visits without an item; a hall below.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.catalog import service as catalog
from app.core import db
from app.core.clock import CHINA, Clock
from app.halls import service as halls
from app.halls.schemas import DepartmentIn, HallIn
from evaluations.ratings import visits
from evaluations.ratings.counting import Place as Where
from evaluations.ratings.opening import NewService
from tests.cases.builders import Item, World
from tests.console.pages import Console
from tests.evaluations.hub import RATE, Evaluator, enrolled, visit
from tests.evaluations.loop import CALLED
from tests.places import citizen_actor

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
LAST_SECOND = time(23, 59, 59)
TAGS = {1: ["115"], 2: ["213"], 3: ["307"], 4: [], 5: ["510", "517"]}
MALICIOUS = {"finding": "malicious", "reason": "监控显示评价人当日未到窗口。"}
YES = {"agree": True, "note": "证据充分。"}
NO = {"agree": False, "note": "证据不足。"}


class Still(Clock):
    """Shows one moment until it is told another."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at

    def shift(self, by: timedelta) -> None:
        self.at += by


@dataclass
class HardMonth:
    """What happened in March 2026, told in order; the clock only goes on."""

    console: Console
    world: World
    clock: Still
    devices: dict[str, Evaluator]
    cases: int = 0

    @classmethod
    async def begin(cls, console: Console, world: World) -> "HardMonth":
        """The two windows with an evaluator each, on the last day of February."""
        loops = console.loops
        clock = Still(datetime(2026, 2, 27, 2, tzinfo=UTC))
        loops.house.clock = clock
        assert loops.evaluator
        other = await enrolled(loops.act_as, loops.place.hall_id, loops.place.windows["02"])
        second = Evaluator(*other, loops.house, loops.client)
        return cls(console, world, clock, {"01": loops.evaluator, "02": second})

    def go(self, day: date, at: time = time(10)) -> None:
        self.clock.at = datetime.combine(day, at, CHINA).astimezone(UTC)

    async def start(self, name: str = "clerk", window: str = "01", **of: Any) -> UUID:
        loops = self.console.loops
        return (await visit(loops.act_as, loops.place, name, window, **of)).id

    async def rate(self, served: UUID, level: int, window: str = "01") -> None:
        device = self.devices[window]
        answer = await device.post(RATE, device.tap(served, level, tags=TAGS[level]))
        assert answer.status_code == 201, answer.text

    async def end(self, served: UUID, name: str = "clerk") -> None:
        loops = self.console.loops
        await visits.end(loops.act_as(await loops.place.actor(loops.act_as(), name)), served)

    async def serve(
        self, *levels: int | None, name: str = "clerk", window: str = "01", **of: Any
    ) -> None:
        """One visit after the other, each rated so, or not at all."""
        for level in levels:
            served = await self.start(name, window, **of)
            if level:
                await self.rate(served, level, window)
            await self.end(served, name)

    async def rated_case(self, level: int, where: Where) -> str:
        """A decided case, rated by its applicant; returns the rating's id."""
        self.cases += 1
        loops, number = self.console.loops, f"HARD-{self.cases:04d}"
        citizen, headers = await citizen_actor(loops.act_as(), f"o-{number}")
        new = NewService(
            subject=f"case:{number}",
            place=where,
            item_name="小餐饮登记",
            citizen_id=citizen.id,
            project_no=number,
            started_at=self.clock.at - timedelta(days=1),
            ended_at=self.clock.at,
        )
        await visits.open_for_rating(loops.act_as(), new)
        body = {"case_number": number, "level": level, "tags": TAGS[level]}
        answer = await loops.client.post("/api/v1/ratings", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def ruled(self, rating_id: str, answer: dict[str, Any]) -> None:
        """The reviewer takes a bad rating for malicious; the supervisor agrees, or does not."""
        loops = self.console.loops
        found = await loops.of(UUID(rating_id))
        await loops.do("reviewer", found, "contact", CALLED)
        await loops.do("reviewer", found, "verify", MALICIOUS)
        await loops.do("supervisor", found, "rule", answer)

    async def supplemented(self, rating_id: str) -> None:
        _, headers = await citizen_actor(self.console.loops.act_as(), f"o-HARD-{self.cases:04d}")
        path = f"/api/v1/ratings/{rating_id}/supplement"
        said = {"comment": "后来已经解决，很满意。"}
        answer = await self.console.loops.client.post(path, json=said, headers=headers)
        assert answer.status_code == 201, answer.text

    async def over_midnight(self, eve: date, item: Item) -> None:
        """A visit of the last second, one that is rated in the next day's first, one of that."""
        self.go(eve, LAST_SECOND)
        await self.serve(5, item_id=item.id)
        late = await self.start(item_id=item.id)
        self.go(eve + timedelta(days=1), time(0))
        await self.rate(late, 4)
        await self.end(late)
        await self.serve(1, item_id=item.id)

    async def happen(self) -> None:
        """All of it; it is the first of April when it is over, ten o'clock."""
        place = self.console.loops.place
        item = await self.world.item("HARD")
        market = Where(place.hall_id, department_id=place.departments["market"], item_id=item.id)
        await self.serve(5, 4, 2, None, item_id=item.id)
        self.go(FIRST - timedelta(days=1))
        await self.serve(3, None)
        await self.over_midnight(FIRST - timedelta(days=1), item)
        self.go(date(2026, 3, 2))
        await self.serve(5, 5, None, item_id=item.id)
        await self._window_moves("01", "water")
        await self.serve(3, 4, None)
        self.go(date(2026, 3, 3))
        await self._leave("clerk")
        await self.serve(5, 5, 5, 4, window="02")
        await self.serve(1, None, name="clerk2", item_id=item.id)
        self.go(date(2026, 3, 4))
        await self.ruled(await self.rated_case(1, market), YES)
        await self.ruled(await self.rated_case(2, market), NO)
        bad = await self.rated_case(1, Where(place.hall_id, department_id=market.department_id))
        self.go(date(2026, 3, 5))
        await self.supplemented(bad)
        await catalog.withdraw(self.console.loops.act_as(), item.id, "并入“一件事”。")
        await self.rated_case(5, market)
        await self.rated_case(4, await self._town())
        self.go(date(2026, 3, 18))
        await self._leave("clerk")
        await self._leave("clerk2")
        await self.rate(await self.start("clerk2", "02"), 5, "02")  # and it is not over yet
        await self.over_midnight(LAST, await self.world.item("HARD-2", name="食品经营许可"))
        self.go(LAST + timedelta(days=1))
        await self.serve(2, None)

    async def _window_moves(self, window: str, department: str) -> None:
        place = self.console.loops.place
        await db.execute(
            "UPDATE windows SET department_id = $2 WHERE id = $1",
            place.windows[window],
            place.departments[department],
        )
        halls.forget_kept()

    async def _leave(self, name: str) -> None:
        loops = self.console.loops
        await halls.end_duty(loops.act_as(await loops.place.actor(loops.act_as(), name)))

    async def _town(self) -> Where:
        act, place = self.console.loops.act_as(), self.console.loops.place
        town = await halls.add_hall(
            act,
            HallIn(
                code="TOWN",
                name="城东镇便民服务中心",
                level="town",
                region_code="511602",
                parent_id=place.hall_id,
            ),
        )
        made = await halls.add_department(act, town.id, DepartmentIn(name="镇民政办"))
        return Where(town.id, department_id=made.id)

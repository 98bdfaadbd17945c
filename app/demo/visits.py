"""Weeks of visits at the windows, and the faces that were tapped: what a manager looks at.

They are left behind as a day at the windows leaves them, a day at a time: some thousand single
requests would make whoever starts the demonstration wait.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.core import db
from app.core.acts import Act
from app.core.auth import Device, require_staff
from app.core.clock import day_of
from app.demo.players import Players
from app.demo.seed import PEOPLE
from app.halls import service as halls
from app.materials import portraits
from evaluations.devices import service as devices
from evaluations.devices.schemas import DeviceIn, EnrolIn, Heartbeat
from evaluations.ratings import opening
from evaluations.ratings.counting import Place, count_due
from evaluations.ratings.intake import Entry
from evaluations.ratings.rules import Channel, Kind, Via, rateable_until
from evaluations.ratings.tags import NATIONAL
from evaluations.ratings.writer import RatingWriter
from evaluations.rectification import handling, intake
from evaluations.rectification.schemas import (
    BadRatingReceived,
    Finding,
    RaterAnswerIn,
    RectifyIn,
    VerifyIn,
    Way,
)

Plot = AsyncIterator[datetime]
Back = Callable[..., datetime]
WEEKS = 9
A_WEEK = 5
"""Working days."""
SLOTS = tuple((hour, minute) for hour in (9, 10, 11, 14, 15, 16) for minute in (5, 35))
"""When a visit ends: the middle of the day is closed."""
ITEMS = ("小餐饮登记", "个体工商户设立登记", "取水许可", "高龄津贴申请", "动物防疫条件合格证核发")
"""What people come for; each has a department that has a reviewer in the demonstration."""
BY_CODE = 0.15
"""The share of ratings that come by the code at the window instead of the evaluator."""


@dataclass(frozen=True)
class Window:
    """A window of the story: who serves there, how many come, and how content they are."""

    number: str
    clerk: str
    taken: float
    """The share of its slots in which somebody is served."""
    rated: float
    """The share of the served who rate."""
    mood: tuple[int, int, int, int, int]
    """How often the levels 5, 4, 3, 2, 1 are tapped, in a hundred."""


WINDOWS = (
    Window("01", "clerk1", 0.8, 0.86, (78, 16, 4, 1, 1)),
    Window("02", "clerk2", 0.7, 0.72, (66, 22, 8, 3, 1)),
    Window("03", "clerk3", 0.6, 0.64, (71, 20, 7, 2, 0)),
    Window("04", "clerk4", 0.5, 0.48, (54, 28, 12, 4, 2)),
)
_FINDING = "调取监控并询问窗口人员，情况属实。"
_DONE = "已按一次性告知要求重做办事指南，并对窗口人员进行了培训。"
_ANSWER = "感谢您的意见，问题已经整改，欢迎继续监督。"
_HANDLED_AFTER = ((1, "verify"), (4, "rectify"), (5, "answer"))
"""How many working days after a bad rating its department takes each step."""


@dataclass(frozen=True)
class _Served:
    place: Place
    ended_at: datetime
    rating: tuple[int, str] | None
    device_id: UUID
    by_code: bool


class _Weeks:
    """The windows with their evaluators, and what is tapped there; the same every time."""

    def __init__(self, players: Players) -> None:
        self.players = players
        self.drawn = random.Random(20_26)  # noqa: S311 - a story, not a secret
        self.devices: dict[str, UUID] = {}
        self.items: list[tuple[UUID, UUID, str]] = []
        self.logins = {one.department: one.login for one in reversed(PEOPLE) if one.department}

    async def prepare(self) -> None:
        """Put an evaluator on every window and a face to its clerk; find what people come for."""
        act = self.players.by_itself()
        for window in WINDOWS:
            found = await halls.by_numbers(self.players.hall_id, window=window.number)
            new = DeviceIn(
                hall_id=self.players.hall_id,
                name=f"{int(window.number)}号窗口评价器",
                window_id=found.window_id,
            )
            made = await devices.add(act, new)
            enrolled = await devices.enrol(act, EnrolIn(code=made.code))
            self.devices[window.number] = enrolled.device_id
            await self._photographed(window)
        rows = await db.fetch(
            "SELECT v.item_id, v.department_id, v.name FROM item_versions v"
            " JOIN items i ON i.id = v.item_id WHERE v.state = 'published' AND i.hall_id = $1"
            " AND v.name = ANY($2) ORDER BY v.name",
            self.players.hall_id,
            list(ITEMS),
        )
        self.items = [(row["item_id"], row["department_id"], row["name"]) for row in rows]

    async def _photographed(self, window: Window) -> None:
        clerk = require_staff((await self.players.staff(window.clerk)).actor)
        photo = self.players.portrait(int(window.number))
        await portraits.put(await self.players.staff("admin"), clerk.id, photo)

    async def say_all_is_well(self) -> None:
        """Every evaluator reports, as it does each minute."""
        for device_id in self.devices.values():
            actor = Device(device_id, self.players.hall_id, None)
            act = Act(self.players.house, actor, self.players.now)
            await devices.beat(act, Heartbeat(queue_length=0, version="1.0"), clock_offset_ms=0)

    async def day(self, closes: datetime) -> list[UUID]:
        """What happened on a day until the hall closes; the bad ratings among it."""
        served = [one for window in WINDOWS for one in await self._at(window, closes)]
        act = self.players.by_itself()
        until = rateable_until(
            Kind.VISIT, day_of(closes), await halls.calendar(self.players.hall_id)
        )
        async with act.transaction():
            opened = [await self._opened(act, one, until) for one in served]
        entries = [
            _entry(service, one) for service, one in zip(opened, served, strict=True) if one.rating
        ]
        writer = act.house.part(RatingWriter)
        await asyncio.gather(*(writer.write(entry) for entry in entries))
        bad = [entry.service_id for entry in entries if entry.level <= 2]
        rows = await db.fetch("SELECT id FROM ratings WHERE service_id = ANY($1)", bad)
        return [row["id"] for row in rows]

    async def _at(self, window: Window, closes: datetime) -> list[_Served]:
        where = await halls.by_numbers(self.players.hall_id, window=window.number)
        clerk = require_staff((await self.players.staff(window.clerk)).actor)
        found = []
        for hour, minute in SLOTS:
            if self.drawn.random() > window.taken:
                continue
            item_id, department_id, _ = self.drawn.choice(self.items)
            place = Place(self.players.hall_id, department_id, where.window_id, clerk.id, item_id)
            ended_at = closes.replace(hour=hour, minute=minute)
            device, by_code = self.devices[window.number], self.drawn.random() < BY_CODE
            found.append(_Served(place, ended_at, self._tapped(window), device, by_code))
        return found

    def _tapped(self, window: Window) -> tuple[int, str] | None:
        if self.drawn.random() > window.rated:
            return None
        [level] = self.drawn.choices((5, 4, 3, 2, 1), window.mood)
        tags = list(NATIONAL.of(level))
        wants_tag = level <= 2 or self.drawn.random() < 0.4
        return level, self.drawn.choice(tags) if wants_tag else ""

    async def _opened(self, act: Act, one: _Served, until: datetime) -> UUID:
        visit_id = db.new_id()
        names = {item_id: name for item_id, _, name in self.items}
        assert one.place.item_id
        await opening.insert(
            act,
            Kind.VISIT,
            f"visit:{visit_id}",
            one.place,
            item_name=names[one.place.item_id],
            citizen_id=None,
            project_no=None,
            started_at=one.ended_at - timedelta(minutes=14),
            ended_at=one.ended_at,
            until=until,
            service_id=visit_id,
        )
        # Nobody else counts while the story is played: the order of locks does not matter.
        await count_due(one.place, day_of(one.ended_at), rated=False)
        return visit_id

    async def handle(self, rating_id: UUID, step: str) -> None:
        """The department that is responsible takes a step with a bad rating."""
        row = await db.fetch_one(
            "SELECT r.id, d.name FROM rectifications r JOIN departments d ON d.id ="
            " r.department_id WHERE r.rating_id = $1",
            rating_id,
        )
        assert row, "every item of the story has its department"
        act = await self.players.staff(self.logins[row["name"]])
        if step == "verify":
            await handling.verify(act, row["id"], VerifyIn(Finding.TRUE, _FINDING))
        elif step == "rectify":
            await handling.rectify(act, row["id"], RectifyIn(_DONE))
        else:
            await handling.answer(act, row["id"], RaterAnswerIn(Way.POSTED, _ANSWER))


def _entry(service_id: UUID, one: _Served) -> Entry:
    assert one.rating
    level, tag = one.rating
    return Entry(
        service_id=service_id,
        level=level,
        tags=(tag,) if tag else (),
        tags_version=NATIONAL.version,
        comment="",
        channel=Channel.QR if one.by_code else Channel.EVALUATOR,
        happened_at=one.ended_at,
        received_at=one.ended_at,
        device_id=None if one.by_code else one.device_id,
        event_id=db.new_id(),
        via=Via.STATIC if one.by_code else Via.DEVICE,
    )


async def weeks(players: Players, back: Back) -> Plot:
    """Every working day's visits, the bad ratings handled in the days after."""
    found = _Weeks(players)
    first = WEEKS * A_WEEK
    yield back(first, 8)
    await found.prepare()
    under_way: list[tuple[int, UUID]] = []
    for ago in range(first, 0, -1):
        yield back(ago, 17, 10)
        for since, rating_id in under_way:
            for days, step in _HANDLED_AFTER:
                if since - ago == days:
                    await found.handle(rating_id, step)
        await found.say_all_is_well()
        for rating_id in await found.day(players.now):
            await intake.receive(players.by_itself(), BadRatingReceived(rating_id), "")
            under_way.append((ago, rating_id))

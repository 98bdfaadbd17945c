"""A hall in which something of everything has happened, for the tests that walk over all pages."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import httpx

from app.cases.rules import Step
from app.cases.schemas import LightTurned
from app.core.clock import day_of
from app.core.house import House
from app.core.lights import Light
from app.supervision.opening import receive_light
from evaluations.rectification.rules import State
from evaluations.scores import publication
from evaluations.scores.publication_schemas import AnswerIn, PublicationIn
from tests.cases.builders import (
    ADDRESS,
    ID_NUMBER,
    NAME,
    PHONE,
    PLAN,
    PREMISES,
    SHOP,
    ActAs,
    Filed,
    Item,
    World,
    ok,
)
from tests.emptying import Tables
from tests.evaluations.hub import Evaluator, enrolled, entered, some_history
from tests.evaluations.loop import Loops
from tests.keeping import Kept
from tests.places import Place, build_place

PERSONAL = (NAME, PHONE, ID_NUMBER, ADDRESS, SHOP)
"""What is known of the applicants of this hall and must not stand anywhere in the clear."""
BUSY_DAYS = (date(2026, 2, 10), date(2026, 2, 25), date(2026, 2, 26), date(2026, 2, 27))
TODAY = date(2026, 3, 2)
MONTH = "2026-02"
LEVELS = (5, 5, 4, None, 3, 5, 2, 5)
WAITING = (
    State.TO_CONTACT,
    State.TO_VERIFY,
    State.TO_RULE,
    State.APPEALED,
    State.TO_RECTIFY,
    State.TO_ANSWER,
    State.TO_REVISIT,
)
_VISIT = {"kind": "site_visit", "reason": "核查现场。", "basis": "行政许可法第三十四条"}


@dataclass(frozen=True)
class Town:
    """The hall, and what pages ask for by its id."""

    world: World
    evaluator: Evaluator
    item: Item
    cases: dict[str, Filed]


class KeptTown:
    """The town of a worker: filled once, and put back for each test that walks through it.

    Its ids are the same in all of these. Where the database's user may not put rows back past
    their triggers, it is filled anew each time.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._kept: Kept | None = None
        self._town: Town | None = None

    async def place(self, client: httpx.AsyncClient, house: House, act_as: ActAs) -> Place:
        """Have the town in an empty house, and give its hall."""
        if self._kept and self._town and self._tables.superuser:
            await self._kept.put_back(house)
            return self._town.world.place
        older = {key async for key, _ in house.storage.list()}
        world = World(client, house, await build_place(act_as()), act_as)
        self._town = await fill(world)
        self._kept = await Kept.now(house, self._tables, older=older)
        return world.place

    def as_of(self, world: World) -> Town:
        """The town with what a test acts by, at the moment when it had just been filled."""
        assert self._kept, "the hall is not that of the town"
        assert self._town
        self._kept.go_there(world.house)
        evaluator = replace(self._town.evaluator, client=world.client)
        return replace(self._town, world=world, evaluator=evaluator)


async def fill(world: World) -> Town:
    """Ratings on several days, cases in every state, bad ratings in every step; a Monday."""
    place = world.place
    device_id, key = await enrolled(world.act_as, place.hall_id, place.windows["01"])
    evaluator = Evaluator(device_id, key, world.house, world.client)
    for day in BUSY_DAYS:
        world.go_to_day(day)
        await some_history(evaluator, world.act_as, place, LEVELS)
    world.go_to_day(TODAY)
    await entered(world.act_as, place, "KP-1001", comment="窗口很耐心。")
    item = await world.item("TOWN", guide={"materials": (PREMISES, PLAN)})
    cases = await _cases(world, item)
    loops = Loops(world.house, world.client, place, world.act_as, evaluator, cases=1000)
    for state in WAITING:
        await loops.brought_to(state)
    await loops.work_outbox()
    await _supervised(world, cases["under_review"])
    await _published(world)
    return Town(world, evaluator, item, cases)


async def _cases(world: World, item: Item) -> dict[str, Filed]:
    owner = await world.citizen()

    async def filed(**changed: object) -> Filed:
        photo = await world.photo(owner)
        supplied = [{"requirement": "premises", "material_ids": [photo]}]
        return await world.filed(owner, item, materials=supplied, **changed)

    found = {"submitted": await filed(), "correction": await filed(), "withdrawn": await filed()}
    point = {"points": ["经营场所照片不清楚，请重新拍摄门头。"]}
    ok(await world.do("clerk", f"cases/{found['correction'].id}/ask-correction", point))
    ok(await world.mine(found["withdrawn"], "withdraw"))
    for name in ("under_review", "paused", "to_refuse", "granted", "issued", "delivered"):
        found[name] = await filed()
        ok(await world.accept(found[name]))
    ok(await world.do("clerk", f"cases/{found['paused'].id}/pauses", _VISIT), 201)
    ok(await world.refuse(found["to_refuse"]), 202)
    for name in ("granted", "issued", "delivered"):
        ok(await world.grant(found[name]))
    for name in ("issued", "delivered"):
        paper = {"title": "小餐饮登记证", "number": f"XCY-2026-{name}"}
        ok(await world.do("clerk", f"cases/{found[name].id}/issue", paper))
    ok(await world.do("clerk", f"cases/{found['delivered'].id}/deliver", {}))
    return found


async def _supervised(world: World, case: Filed) -> None:
    turned = LightTurned(
        case_id=UUID(case.id),
        case_number=case.number,
        hall_id=world.place.hall_id,
        department_id=None,
        step=Step.CASE,
        light=Light.RED,
        due=day_of(world.house.clock.now()),
    )
    await receive_light(world.act_as(), turned, case.number)


async def _published(world: World) -> None:
    """The month before, proposed by the manager and agreed to by the supervisor."""
    manager = world.act_as(await world.place.actor(world.act_as(), "manager"))
    new = PublicationIn(hall_id=world.place.hall_id, month=MONTH)
    made = await publication.propose(manager, new)
    supervisor = world.act_as(await world.place.actor(world.act_as(), "supervisor"))
    await publication.answer(supervisor, made.id, AnswerIn(agree=True))

"""Items with promises, and time that passes, for the tests of intake."""

from datetime import date
from typing import Any

from app.catalog.guide import Requirement
from app.core import db
from app.core.clock import day_of
from app.halls import service as halls
from tests.cases.builders import Filed, Item, Person, World

HEALTH = Requirement(code="health", name="健康证明", deferrable=True, defer_days=3, max_photos=2)
LEASE = Requirement(code="lease", name="租赁合同", deferrable=True, defer_days=6)
RULES = Requirement(code="rules", name="管理制度", pledge=True)
FIRE = Requirement(
    code="fire", name="消防安全说明", pledge=True, pledge_text="本店已配齐消防器材。"
)
LATER = {"deferred": ["health"], "deferral_pledge": True}
PLEDGED = {"pledged": ["rules"], "pledge_agreed": True}


async def item_of(world: World, *lines: Requirement, code: str = "P-1", **guide: Any) -> Item:
    """An item that asks for these materials."""
    return await world.item(code, guide={"materials": lines} | guide)


async def after_working_days(world: World, days: int) -> date:
    """Move the clock so many of the hall's working days on, to ten in the morning; that day."""
    calendar = await halls.calendar(world.place.hall_id)
    day = calendar.add(day_of(world.house.clock.now()), days).day
    world.go_to_day(day)
    return day


async def supplied(owner: Person, world: World, code: str, photos: int = 1) -> dict[str, Any]:
    """New photos for one line of the material list."""
    ids = [await world.photo(owner) for _ in range(photos)]
    return {"requirement": code, "material_ids": ids}


async def column(case: Filed, name: str) -> Any:
    """What stands in a column of the case's row."""
    row = await db.fetch_one(f"SELECT {name} AS found FROM cases WHERE id = $1", case.id)
    assert row
    return row["found"]


async def count(table: str, where: str = "true") -> int:
    row = await db.fetch_one(f"SELECT count(*) AS n FROM {table} WHERE {where}")
    assert row
    return row["n"]

"""What is done to the clock of a case, through the real interface."""

from datetime import date
from typing import Any

import httpx

from app.catalog.guide import StagePart, StagePlan
from app.core import db
from tests.cases.builders import Filed, Item, World, ok

VISIT = {"kind": "site_visit", "reason": "核查经营场所。", "basis": "行政许可法第三十四条"}
HEARING = {
    "kind": "hearing",
    "reason": "涉及相邻权人重大利益。",
    "basis": "行政许可法第四十七条",
    "expected_days": 20,
}
MONDAY = date(2026, 3, 2)
THURSDAY, FRIDAY, NEXT_MONDAY = date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 9)


async def begin(
    world: World, case: Filed, by: str = "reviewer", key: str | None = None, **given: Any
) -> httpx.Response:
    return await world.do(by, f"cases/{case.id}/pauses", VISIT | given, key=key)


async def begun(world: World, case: Filed, **given: Any) -> str:
    """A pause that began now; its id."""
    return ok(await begin(world, case, **given), 201)["id"]


async def end(world: World, pause: str, by: str = "reviewer") -> httpx.Response:
    return await world.do(by, f"pauses/{pause}/end")


async def extend(
    world: World, case: Filed, by: str = "clerk", days: int = 5, reason: str = "案情复杂。"
) -> httpx.Response:
    return await world.do(by, f"cases/{case.id}/extend", {"days": days, "reason": reason})


async def extended(world: World, case: Filed, days: int = 5) -> None:
    """The decision is put off, with the supervisor's consent."""
    proposal = ok(await extend(world, case, days=days), 202)
    ok(await world.answer(proposal["id"]))


async def case_row(case: Filed) -> dict[str, Any]:
    row = await db.fetch_one("SELECT * FROM cases WHERE id = $1", case.id)
    assert row
    return row


async def task_dues(case: Filed) -> dict[str, date | None]:
    """The last day of each department that is at work."""
    rows = await db.fetch(
        "SELECT d.name, t.due FROM case_tasks t JOIN departments d ON d.id = t.department_id"
        " WHERE t.case_id = $1 AND t.state = 'open'",
        case.id,
    )
    return {row["name"]: row["due"] for row in rows}


async def shown(world: World, case: Filed) -> dict[str, Any]:
    """The deadline as the applicant sees it."""
    return (await world.seen(await world.again(case)))["deadline"]


def in_parallel(**flags: Any) -> tuple[StagePlan, ...]:
    """One stage of three departments; `flags` of StagePart for the fire department."""
    return (
        StagePlan(
            name="联合审查",
            departments=(
                StagePart(department="市场监管局", days=5),
                StagePart(department="消防救援大队", days=3, **flags),
                StagePart(department="水利局", days=5),
            ),
        ),
    )


async def joint_item(world: World, code: str = "JOINT", **flags: Any) -> Item:
    """A bundle of one stage in which three departments work at once, promised in eight days."""
    guide = {"stages": in_parallel(**flags), "members": ("X-1", "X-2")}
    return await world.item(code, bundle=True, name="开餐馆一件事", promised_days=8, guide=guide)


async def eight_days(world: World) -> Item:
    """An item of one department, promised in eight working days."""
    return await world.item("EIGHT", promised_days=8)

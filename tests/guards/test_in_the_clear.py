"""Nobody reads an applicant in the clear but where it is recorded: every answer of every route.

An application with everything in it is read by everybody through every route that reads.
"""

import json
from datetime import date
from typing import Any

import httpx
import msgspec
import pytest

from app.core import db
from app.core.privacy import Personal
from tests.cases.builders import ADDRESS, ID_NUMBER, NAME, PHONE, SHOP, Filed, World, ok
from tests.cases.promised import HEALTH, PLEDGED, RULES, item_of, supplied
from tests.guards.walk import Route, http_routes

CLEAR = (NAME, PHONE, ID_NUMBER, ADDRESS, SHOP)
MASKED = (
    Personal(NAME, "name").masked(),
    Personal(PHONE, "phone").masked(),
    Personal(ID_NUMBER, "id_number").masked(),
)
RECORDED = {"GET /api/v1/desk/cases/<case_id>/applicant": "case.applicant_read"}
"""Routes that answer staff in the clear, and the entry that each reading leaves."""
HANDLING = ("clerk", "supervisor", "reviewer")
NOT_HANDLING = {"manager": 200, "admin": 403, "fire_reviewer": 404, "far_clerk": 404}
"""What the others get who ask for the case itself."""


@pytest.fixture
async def case(world: World) -> Filed:
    """An application with everything in it: photos, promises, a pause, a posted certificate."""
    owner = await world.citizen()
    item = await item_of(world, HEALTH, RULES)
    photos = await supplied(owner, world, "health")
    made = await world.filed(
        owner=owner,
        item=item,
        materials=[photos],
        delivery={"way": "post", "address": ADDRESS},
        **PLEDGED,
    )
    point = {"points": ["照片不清楚。"]}
    ok(await world.do("clerk", f"cases/{made.id}/ask-correction", point))
    ok(await world.mine(made, "supplement", {"form": {"shop": SHOP}}))
    ok(await world.accept(made))
    return made


async def _values(world: World, case: Filed) -> dict[str, Any]:
    """What the routes may ask for, by the names of their parameters."""
    row = await db.fetch_one(
        "SELECT c.item_id, c.version_id, m.material_id, t.id AS task_id, p.id AS pledge_id,"
        " r.number AS receipt FROM cases c JOIN case_materials m ON m.case_id = c.id"
        " JOIN case_tasks t ON t.case_id = c.id JOIN case_pledges p ON p.case_id = c.id"
        " JOIN case_receipts r ON r.case_id = c.id WHERE c.id = $1 LIMIT 1",
        case.id,
    )
    assert row
    return row | {
        "case_id": case.id,
        "hall_id": world.place.hall_id,
        "department_id": world.place.departments["market"],
        "number": row["receipt"],
        "from": date(2026, 3, 1),
        "to": date(2026, 3, 31),
    }


def _query(route: Route, values: dict[str, Any]) -> dict[str, str]:
    schema = route.declared.query
    if schema is None:
        return {}
    names = [field.encode_name for field in msgspec.structs.fields(schema)]
    return {
        name: str(values[name]) for name in names if name in values and not name.startswith("num")
    }


async def _answers(
    world: World, headers: dict[str, str], values: dict[str, Any]
) -> dict[str, httpx.Response]:
    """What this caller gets from every route that reads."""
    found = {}
    for route in http_routes():
        if route.method == "GET" and "staff" in route.declared.guard.kinds:
            found[route.key] = await world.client.get(
                route.path(**values), params=_query(route, values), headers=headers
            )
    return found


def _told(answers: dict[str, httpx.Response], words: tuple[str, ...]) -> dict[str, list[str]]:
    return {
        key: said
        for key, answer in answers.items()
        if (said := [word for word in words if word in _text(answer)])
    }


def _text(answer: httpx.Response) -> str:
    if "json" not in answer.headers.get("content-type", ""):
        return ""  # papers and pictures have tests of their own
    return json.dumps(answer.json(), ensure_ascii=False)


@pytest.mark.parametrize("name", HANDLING)
async def test_who_handles_a_case_reads_it_in_the_clear_where_that_is_recorded(
    world: World, case: Filed, name: str
) -> None:
    answers = await _answers(world, await world.staff(name), await _values(world, case))
    assert _told(answers, CLEAR).keys() == RECORDED.keys()
    for verb in RECORDED.values():
        assert await world.trail(case, verb) == 1
    assert answers["GET /api/v1/desk/cases/<case_id>"].status_code == 200


@pytest.mark.parametrize(("name", "status"), NOT_HANDLING.items())
async def test_who_does_not_handle_it_learns_nothing_not_even_masked(
    world: World, case: Filed, name: str, status: int
) -> None:
    answers = await _answers(world, await world.staff(name), await _values(world, case))
    assert _told(answers, CLEAR + MASKED) == {}
    for verb in RECORDED.values():
        assert await world.trail(case, verb) == 0
    assert answers["GET /api/v1/desk/cases/<case_id>"].status_code == status

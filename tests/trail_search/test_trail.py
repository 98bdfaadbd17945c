"""Searching the trail: by hall, time, who, what and which; each search leaves an entry itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core import db
from app.core.acts import Act
from app.core.auth import Citizen
from app.core.house import House
from app.halls import service as halls
from app.halls.rules import HallLevel
from app.halls.schemas import HallIn
from app.trail.rules import details
from tests.places import Place, code_of, staff_headers

PATH = "/api/v1/trail"


async def _leave(act: Act, verb: str, subject: str, hall_id: UUID | None, **data: Any) -> None:
    async with act.transaction() as tx:
        tx.audit(verb, subject, hall_id=hall_id, **data)


async def _search(
    client: httpx.AsyncClient, headers: dict[str, str], **query: Any
) -> list[dict[str, Any]]:
    answer = await client.get(PATH, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.fixture
async def admin(place: Place, act_as: Callable[..., Act]) -> dict[str, str]:
    return await staff_headers(act_as(), place, "admin")


async def test_an_entry_is_told_in_words(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act], admin: dict[str, str]
) -> None:
    clerk = await place.actor(act_as(), "clerk")
    await _leave(act_as(clerk), "duty.started", f"window:{place.windows['01']}", place.hall_id)
    found = (await _search(client, admin, verb="duty.started"))[0]
    assert found["actor_name"] == "员工001"
    assert (found["verb_name"], found["subject_name"]) == ("上岗", "01 综合窗口01")
    assert found["request_id"] == "test-request"


async def test_only_what_happened_in_ones_own_halls_is_seen(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act], admin: dict[str, str]
) -> None:
    for hall_id in (place.hall_id, place.other_hall_id, None):
        await _leave(act_as(), "case.accepted", f"case:{hall_id}", hall_id)
    seen = await _search(client, admin, verb="case.accepted")
    assert {one["hall_id"] for one in seen} == {str(place.hall_id)}
    other = await client.get(PATH, params={"hall_id": str(place.other_hall_id)}, headers=admin)
    assert code_of(other) == "forbidden"
    far = await staff_headers(act_as(), place, "far_admin")
    seen = await _search(client, far, verb="case.accepted")
    assert {one["hall_id"] for one in seen} == {str(place.other_hall_id)}


async def test_an_administrator_of_a_hall_sees_the_halls_below_it(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    new = HallIn(
        code="TOWN",
        name="青山镇便民服务中心",
        level=HallLevel.TOWN,
        region_code="511602",
        parent_id=place.hall_id,
    )
    town = await halls.add_hall(act_as(), new)
    admin = await staff_headers(act_as(), place, "admin")
    seen = await _search(client, admin, verb="hall.added")
    assert str(town.id) in {one["hall_id"] for one in seen}
    only = await _search(client, admin, hall_id=str(town.id))
    assert {one["hall_id"] for one in only} == {str(town.id)}


@pytest.mark.parametrize("name", ["clerk", "reviewer", "manager"])
async def test_it_is_for_administrators_and_supervisors(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act], name: str
) -> None:
    headers = await staff_headers(act_as(), place, name)
    assert code_of(await client.get(PATH, headers=headers)) == "forbidden"
    supervisor = await staff_headers(act_as(), place, "supervisor")
    assert (await client.get(PATH, headers=supervisor)).status_code == 200


async def test_it_is_narrowed_down_by_each_of_its_fields(
    client: httpx.AsyncClient, place: Place, house: House, act_as: Callable[..., Act]
) -> None:
    clerk, other = await place.actor(act_as(), "clerk"), await place.actor(act_as(), "clerk2")
    await _leave(act_as(clerk), "case.accepted", "case:A", place.hall_id)
    await _leave(act_as(other), "case.paused", "case:B", place.hall_id)
    act = act_as(other)
    act.request_id = "another-request"
    await _leave(act, "visit.started", "visit:C", place.hall_id)
    admin = await staff_headers(act_as(), place, "admin")

    async def subjects(**query: Any) -> list[str]:
        rows = await _search(client, admin, **query)
        return [one["subject"] for one in rows if one["subject"][-2:] in (":A", ":B", ":C")]

    assert await subjects() == ["visit:C", "case:B", "case:A"]
    assert await subjects(who="员工001") == ["case:A"]
    assert await subjects(who="002") == ["visit:C", "case:B"]
    assert await subjects(who=f"staff:{clerk.id}") == ["case:A"]
    assert await subjects(who="无此人") == []
    assert await subjects(verb="case.") == ["case:B", "case:A"]
    assert await subjects(verb="case.paused") == ["case:B"]
    assert await subjects(subject="case:") == ["case:B", "case:A"]
    assert await subjects(subject="case:A") == ["case:A"]
    assert await subjects(request_id="another-request") == ["visit:C"]
    tomorrow = (act.today + timedelta(days=1)).isoformat()
    assert await subjects(**{"from": tomorrow, "to": tomorrow}) == []


async def test_without_days_it_reaches_thirty_days_back(
    client: httpx.AsyncClient, place: Place, house: House, act_as: Callable[..., Act]
) -> None:
    day = act_as().today
    await _leave(act_as(), "case.accepted", "case:OLD", place.hall_id)
    house.clock.shift(timedelta(days=30))
    admin = await staff_headers(act_as(), place, "admin")
    assert await _search(client, admin, subject="case:OLD") == []
    range_ = {"from": day.isoformat(), "to": day.isoformat()}
    assert len(await _search(client, admin, subject="case:OLD", **range_)) == 1


@pytest.mark.parametrize(
    ("first", "last"), [("2026-03-02", "2026-03-01"), ("2024-01-01", "2026-01-01")]
)
async def test_a_period_that_ends_before_it_begins_or_is_longer_than_a_year_is_refused(
    client: httpx.AsyncClient, admin: dict[str, str], first: str, last: str
) -> None:
    answer = await client.get(PATH, params={"from": first, "to": last}, headers=admin)
    assert code_of(answer) == "invalid_query"


@pytest.mark.parametrize("narrowed", [{}, {"subject": "case:"}])
async def test_it_is_paged_without_gaps_or_repeats(
    client: httpx.AsyncClient,
    place: Place,
    act_as: Callable[..., Act],
    admin: dict[str, str],
    narrowed: dict[str, str],
) -> None:
    act = act_as()
    for number in range(7):  # all of one moment: the id decides
        await _leave(act, "case.accepted", f"case:{number}", place.hall_id)
    found, after = [], None
    while True:
        query = (
            {"verb": "case.accepted", "limit": "3"} | narrowed | ({"after": after} if after else {})
        )
        page = (await client.get(PATH, params=query, headers=admin)).json()
        found += [one["subject"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert found[:7] == [f"case:{number}" for number in reversed(range(7))]
    assert len(found) == len(set(found))


async def test_each_search_is_entered_without_what_was_typed_as_a_name(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act], admin: dict[str, str]
) -> None:
    await _search(client, admin, who="员工001", verb="case.")
    found = (await _search(client, admin, verb="trail.searched"))[0]
    assert found["actor"] == f"staff:{place.staff['admin']}"
    told = {one["name"]: one["value"] for one in found["details"]}
    assert told["actors"] == [f"staff:{place.staff['clerk']}"]
    assert told["sought_verb"] == "case."
    row = await db.fetch_one(
        "SELECT data::text AS data FROM audit_entries WHERE id = $1", found["id"]
    )
    assert row
    assert "员工" not in row["data"]


async def test_citizens_are_told_apart_and_not_named(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act], admin: dict[str, str]
) -> None:
    citizen = Citizen(db.new_id(), db.new_id())
    await _leave(act_as(citizen), "case.submitted", "case:S", place.hall_id)
    found = (await _search(client, admin, subject="case:S"))[0]
    assert found["actor_name"] == f"申请人 …{citizen.id.hex[-6:]}"
    assert found["subject_name"] == "办件 S"


def test_what_was_before_stands_beside_what_is_now() -> None:
    found = details({"open": True, "before_open": None, "day": "2026-03-02", "before_gone": 1})
    told = {one.name: (one.before, one.value, one.changed) for one in found}
    assert told == {
        "open": (None, True, True),
        "day": (None, "2026-03-02", False),
        "before_gone": (None, 1, False),
    }

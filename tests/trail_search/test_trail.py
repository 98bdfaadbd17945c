"""Searching the trail: by hall, time, who, what and which; each search leaves an entry itself."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.transactions import in_transaction

from app.core import db
from app.core.acts import Act
from app.core.auth import Citizen
from app.core.clock import CHINA
from app.core.house import House
from app.core.wire import encode_cursor
from app.halls import service as halls
from app.halls.rules import HallLevel
from app.halls.schemas import HallIn
from app.trail import queries
from app.trail.queries import Wanted
from app.trail.rules import LONGEST, details, stretch
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


async def test_a_period_that_ends_before_it_begins_is_refused(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    query = {"from": "2026-03-02", "to": "2026-03-01"}
    assert code_of(await client.get(PATH, params=query, headers=admin)) == "invalid_query"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("from", "0001-01-01"),
        ("to", "9999-12-31"),
        ("after", encode_cursor("2026-03-02T00:00:00", 1)),
        ("after", encode_cursor("0001-01-01T00:00:00Z", 1)),
        ("after", encode_cursor("9999-12-31T23:59:59Z", 1)),
    ],
)
async def test_the_ends_of_the_calendar_are_no_fault_of_the_server(
    client: httpx.AsyncClient, admin: dict[str, str], name: str, value: str
) -> None:
    answer = await client.get(PATH, params={name: value}, headers=admin)
    assert answer.status_code in (200, 422), answer.text


async def test_a_page_reads_a_year_at_most_and_the_next_goes_on_in_the_year_before(
    client: httpx.AsyncClient, place: Place, house: House, act_as: Callable[..., Act]
) -> None:
    first = act_as().today
    await _leave(act_as(), "case.accepted", "case:FIRST", place.hall_id)
    house.clock.shift(timedelta(days=3 * 366 + 10))
    await _leave(act_as(), "case.accepted", "case:LAST", place.hall_id)
    admin = await staff_headers(act_as(), place, "admin")
    query = {"verb": "case.accepted", "from": first.isoformat()}
    pages: list[list[str]] = []
    after = None
    while True:
        params = query | ({"after": after} if after else {})
        page = (await client.get(PATH, params=params, headers=admin)).json()
        pages.append([one["subject"] for one in page["items"]])
        after = page["next"]
        if after is None:
            break
    assert pages == [["case:LAST"], [], [], ["case:FIRST"]]


@given(
    days=st.integers(1, 4_000),
    at=st.none() | st.integers(0, 4_000 * 86_400),
)
def test_stretches_follow_each_other_and_leave_nothing_out(days: int, at: int | None) -> None:
    since = datetime(2020, 1, 1, tzinfo=CHINA)
    until = since + timedelta(days=days)
    after = None if at is None else (since + timedelta(seconds=at), 7)
    reached = min(until, after[0]) if after else until
    while True:
        begin, rest = stretch(since, until, after)
        assert max(begin, since) == begin
        assert reached - begin <= LONGEST
        if rest is None:
            assert begin == since or reached <= since
            break
        assert rest == (begin, 0)
        assert begin < reached
        after, reached = rest, begin


async def test_what_belongs_to_no_hall_is_read_at_the_top(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act], admin: dict[str, str]
) -> None:
    citizen = Citizen(db.new_id(), db.new_id())
    await _leave(act_as(citizen), "citizen.logged_in", f"citizen:{citizen.id}", None)
    sums = f"scores:{db.new_id()}"
    await _leave(act_as(), "scores.rebuilt", sums, None, differences=0)
    await _leave(act_as(), "case.accepted", "case:HERE", place.hall_id)
    found = await _search(client, admin, without_hall="true")
    assert {one["hall_id"] for one in found} == {None}
    of_jobs = await _search(client, admin, without_hall="true", subject=sums)
    assert [one["verb"] for one in of_jobs] == ["scores.rebuilt"]
    narrowed = await _search(client, admin, without_hall="true", subject=f"citizen:{citizen.id}")
    assert [one["verb"] for one in narrowed] == ["citizen.logged_in"]
    by = await _search(client, admin, without_hall="true", who=f"citizen:{citizen.id}")
    assert [one["verb"] for one in by] == ["citizen.logged_in"]
    assert await _search(client, admin, without_hall="true", who="员工001") == []
    supervisor = await staff_headers(act_as(), place, "supervisor")
    seen = await _search(client, supervisor, without_hall="true", subject=f"citizen:{citizen.id}")
    assert len(seen) == 1
    told = (await _search(client, admin, verb="trail.searched"))[-1]["details"]
    assert {"name": "without_hall", "value": True, "before": None, "changed": False} in told


async def test_what_belongs_to_no_hall_is_not_for_whoever_looks_after_a_lower_hall(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act], admin: dict[str, str]
) -> None:
    new = HallIn(
        code="TOWN",
        name="青山镇便民服务中心",
        level=HallLevel.TOWN,
        region_code="511602",
        parent_id=place.hall_id,
    )
    town = await halls.add_hall(act_as(), new)
    await db.execute(
        "UPDATE staff_roles SET hall_id = $1 WHERE staff_id = $2", town.id, place.staff["admin"]
    )
    answer = await client.get(PATH, params={"without_hall": "true"}, headers=admin)
    assert code_of(answer) == "forbidden"
    both = {"without_hall": "true", "hall_id": str(town.id)}
    assert code_of(await client.get(PATH, params=both, headers=admin)) == "invalid_query"


async def test_what_belongs_to_no_hall_is_read_along_the_index(
    place: Place, act_as: Callable[..., Act]
) -> None:
    """Without sorting: a page costs the same however many log-ins there are."""
    now = act_as().at
    wanted = Wanted(None, now - timedelta(days=300), now, verb="citizen.logged_in")
    statement, values = queries.statement(wanted, 21)
    async with in_transaction("default"):
        await db.execute("SET LOCAL enable_seqscan = off")
        await db.execute("SET LOCAL enable_bitmapscan = off")
        rows = await db.fetch(f"EXPLAIN {statement}", *values)
    plan = " ".join(str(row["QUERY PLAN"]) for row in rows)
    assert "audit_entries_hall_at" in plan
    assert plan.count("Sort") == 0 or "Presorted" in plan, plan


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


async def test_a_thing_named_by_an_id_and_more_is_told_shortly(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act], admin: dict[str, str]
) -> None:
    thing = db.new_id()
    await _leave(act_as(), "scores.published", f"published:{thing}:2026-02", place.hall_id)
    found = (await _search(client, admin, subject=f"published:{thing}:2026-02"))[0]
    assert found["subject_name"].endswith(f" …{thing.hex[-6:]} 2026-02")


def test_what_was_before_stands_beside_what_is_now() -> None:
    found = details({"open": True, "before_open": None, "day": "2026-03-02", "before_gone": 1})
    told = {one.name: (one.before, one.value, one.changed) for one in found}
    assert told == {
        "open": (None, True, True),
        "day": (None, "2026-03-02", False),
        "before_gone": (None, 1, False),
    }

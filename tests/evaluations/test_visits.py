"""Visits: begun and ended by the clerk on duty, who learns that they were rated and no more."""

import asyncio
from uuid import uuid4

import pytest

from app.catalog import service as catalog
from app.catalog.guide import Content
from app.catalog.guide import Kind as ItemKind
from app.catalog.schemas import ItemIn
from app.core import db
from app.core.clock import day_of
from app.core.errors import NotFound
from evaluations.ratings import visits
from evaluations.ratings.schemas import VisitIn
from evaluations.scores import service as scores
from tests.evaluations.hub import RATE, decided_case, on_duty, visit
from tests.places import citizen_actor, code_of, staff_headers

VISITS = "/api/v1/visits"


async def open_visits() -> list:
    return await db.fetch("SELECT id FROM services WHERE kind = 'visit' AND ended_at IS NULL")


async def test_a_clerk_opens_and_ends_a_visit(client, act_as, place):
    await on_duty(act_as, place)
    headers = await staff_headers(act_as(), place, "clerk")
    made = await client.post(VISITS, json={"about": "咨询社保"}, headers=headers)
    assert made.status_code == 201, made.text
    assert made.json()["rated"] is False
    path = f"{VISITS}/{made.json()['id']}"
    ended = await client.post(f"{path}/end", headers=headers)
    assert ended.json()["ended_at"]
    again = await client.post(f"{path}/end", headers=headers)
    assert again.json() == ended.json()
    assert await scores.verify() == []
    trail = await db.fetch("SELECT verb FROM audit_entries WHERE subject LIKE 'visit:%'")
    assert {"visit.started", "visit.ended"} <= {row["verb"] for row in trail}


async def test_nobody_opens_a_visit_off_duty(client, act_as, place):
    headers = await staff_headers(act_as(), place, "clerk")
    answer = await client.post(VISITS, json={}, headers=headers)
    assert (answer.status_code, code_of(answer)) == (409, "visits.not_on_duty")


async def test_a_new_visit_ends_the_one_before(act_as, place):
    first = await visit(act_as, place)
    second = await visit(act_as, place)
    assert [row["id"] for row in await open_visits()] == [second.id]
    clerk = act_as(await place.actor(act_as(), "clerk"))
    assert (await visits.for_clerk(clerk, first.id)).ended_at
    assert await scores.verify() == []


async def test_a_button_pressed_twice_leaves_one_visit_open(act_as, place):
    act = await on_duty(act_as, place)
    acts = [act_as(act.actor) for _ in range(6)]
    await asyncio.gather(*(visits.start(each, VisitIn()) for each in acts))
    assert len(await open_visits()) == 1
    assert await scores.verify() == []


async def test_with_an_idempotency_key_it_is_one_visit(client, act_as, place):
    await on_duty(act_as, place)
    headers = await staff_headers(act_as(), place, "clerk") | {"Idempotency-Key": "visit-1"}
    answers = [await client.post(VISITS, json={}, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(await db.fetch("SELECT id FROM services")) == 1


async def test_the_clerk_sees_that_it_was_rated_and_never_what(client, evaluator, act_as, place):
    served = await visit(act_as, place)
    await evaluator.post(RATE, evaluator.tap(served.id, 1, comment="态度差"))
    headers = await staff_headers(act_as(), place, "clerk")
    seen = await client.get(f"{VISITS}/{served.id}", headers=headers)
    assert seen.json()["rated"] is True
    assert not {"level", "tags", "comment", "rating", "citizen_id"} & seen.json().keys()
    assert "态度差" not in seen.text


async def test_other_clerks_do_not_see_or_end_it(client, act_as, place):
    served = await visit(act_as, place)
    await on_duty(act_as, place, "clerk2", "02")
    for name in ("clerk2", "far_clerk"):
        headers = await staff_headers(act_as(), place, name)
        assert (await client.get(f"{VISITS}/{served.id}", headers=headers)).status_code == 404
        answer = await client.post(f"{VISITS}/{served.id}/end", headers=headers)
        assert answer.status_code == 404
    assert len(await open_visits()) == 1
    headers = await staff_headers(act_as(), place, "clerk")
    assert (await client.get(f"{VISITS}/{uuid4()}", headers=headers)).status_code == 404


async def test_only_clerks_open_visits(client, act_as, place):
    _, citizen = await citizen_actor(act_as())
    manager = await staff_headers(act_as(), place, "manager")
    for headers, status in ((citizen, 403), (manager, 403), ({}, 401)):
        assert (await client.post(VISITS, json={}, headers=headers)).status_code == status


async def test_with_a_decided_cases_number_its_item_and_applicant_are_taken_over(act_as, place):
    citizen, _ = await citizen_actor(act_as())
    await decided_case(act_as(), place, "511602202601010000011", citizen.id)
    served = await visit(act_as, place, case_number="511602202601010000011")
    assert served.item_name == "小餐饮登记"
    (row,) = await db.fetch("SELECT * FROM services WHERE id = $1", served.id)
    assert row["citizen_id"] == citizen.id
    assert row["department_id"] == place.departments["market"]


async def test_an_item_or_applicant_that_is_not_there_is_refused(act_as, place):
    act = await on_duty(act_as, place)
    for new in (VisitIn(item_id=uuid4()), VisitIn(citizen_id=uuid4())):
        with pytest.raises(NotFound):
            await visits.start(act, new)
    assert await open_visits() == []


async def test_a_visit_about_an_item_counts_under_it_and_its_department(client, act_as, place):
    item = await catalog.add_item(
        act_as(await place.actor(act_as(), "admin")),
        ItemIn(
            hall_id=place.hall_id,
            implementation_code="11511602000000001",
            department_id=place.departments["water"],
            content=Content(name="取水许可", kind=ItemKind.LICENCE),
        ),
    )
    served = await visit(act_as, place, item_id=item.item_id)
    assert served.item_name == "取水许可"
    await visits.end(act_as(await place.actor(act_as(), "clerk")), served.id)
    manager = await staff_headers(act_as(), place, "manager")
    today = day_of(act_as().at).isoformat()
    for by, name in (("item", "取水许可"), ("department", "水利局")):
        query = {"hall_id": str(place.hall_id), "by": by, "from": today, "to": today}
        found = await client.get("/api/v1/scores", params=query, headers=manager)
        assert [(row["name"], row["due"]) for row in found.json()["rows"]] == [(name, 1)]
    far = await on_duty(act_as, place, "far_clerk", "far")
    with pytest.raises(NotFound):
        await visits.start(far, VisitIn(item_id=item.item_id))

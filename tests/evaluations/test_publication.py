"""Publishing a month: proposed by one, confirmed by another, then frozen, chained and public."""

import asyncio
import io
from datetime import date, timedelta

import asyncpg
import openpyxl
import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from app.core import db
from app.core.auth import Role
from app.core.clock import day_of
from app.core.envelopes import sm3
from app.halls import accounts
from app.halls.schemas import RoleIn
from evaluations.ratings.counting import Dimension
from evaluations.scores import published
from evaluations.scores.periods import month_text
from tests.evaluations.counted import count
from tests.places import code_of, staff_headers

PROPOSALS = "/api/v1/scores/publications"
PUBLISHED = "/api/v1/published"
JANUARY, FEBRUARY, MARCH = "2026-01", "2026-02", "2026-03"


@pytest.fixture(autouse=True)
def later(house):
    """A day on which all these months are over."""
    house.clock.shift(max(timedelta(), date(2026, 4, 2) - day_of(house.clock.now())))


@pytest.fixture
async def staff(act_as, place):
    async def headers(name):
        return await staff_headers(act_as(), place, name)

    return headers


@pytest.fixture
def propose(client, place, staff):
    async def do(month=MARCH, name="manager", status=201):
        body = {"hall_id": str(place.hall_id), "month": month}
        answer = await client.post(PROPOSALS, json=body, headers=await staff(name))
        assert answer.status_code == status, answer.text
        return answer.json()

    return do


@pytest.fixture
def reply(client, staff):
    async def do(proposal, name="supervisor", status=200, **body):
        path = f"{PROPOSALS}/{proposal['id']}/answer"
        given = {"agree": True} | body
        answer = await client.post(path, json=given, headers=await staff(name))
        assert answer.status_code == status, answer.text
        return answer.json()

    return do


@pytest.fixture
def read(client, place):
    """Reads something public, without an account."""

    async def do(*parts, status=200):
        answer = await client.get("/".join((PUBLISHED, str(place.hall_id), *parts)))
        assert answer.status_code == status, answer.text
        return answer.json()

    return do


@pytest.fixture
def raw(database_url):
    """Runs a statement as somebody who can go round the database's own refusals."""

    async def do(statement):
        connection = await asyncpg.connect(database_url)
        await connection.execute(f"SET session_replication_role = replica; {statement}")
        await connection.close()

    return do


async def a_month(place):
    """March, with two windows of enough ratings, and a department of too few."""
    day = date(2026, 3, 10)
    await count(place.hall_id, day, {5: 20, 4: 8, 1: 2}, due=40, due_rated=30)
    for number, levels in (("01", {5: 18, 1: 2}), ("02", {4: 6})):
        key = place.windows[number]
        await count(place.hall_id, day, levels, due=20, of=Dimension.WINDOW, key=key)
    for name, levels in (("market", {5: 12}), ("fire", {4: 3}), ("water", {1: 2, 5: 7})):
        key = place.departments[name]
        await count(place.hall_id, day, levels, of=Dimension.DEPARTMENT, key=key)
    clerk = place.staff["clerk"]
    await count(place.hall_id, day, {5: 20}, of=Dimension.STAFF, key=clerk)


async def test_a_month_is_public_when_a_second_person_has_confirmed_it(place, propose, reply, read):
    await a_month(place)
    proposal = await propose()
    assert (proposal["state"], proposal["proposed_by"]) == ("waiting", "员工004")
    assert (await read())["items"] == []
    await read(MARCH, status=404)
    confirmed = await reply(proposal)
    assert (confirmed["state"], confirmed["answered_by"]) == ("published", "员工003")
    assert [row["month"] for row in (await read())["items"]] == [MARCH]
    found = await read(MARCH)
    document = found["document"]
    assert document["total"]["satisfaction"] == {"numerator": 28, "denominator": 30}
    assert document["total"]["participation"] == {"numerator": 30, "denominator": 40}
    assert [row["name"] for row in document["windows"]] == ["01 综合窗口01", "02 综合窗口02"]
    assert document["formulas"]["good_rate"].startswith("好评率")
    assert sm3(found["content"].encode()).hex() == found["digest"]
    checked = await read(MARCH, "verification")
    assert (checked["holds"], checked["faults"]) == (True, [])


async def test_no_person_is_in_what_is_published(place, propose, reply, read):
    await a_month(place)
    await reply(await propose())
    content = (await read(MARCH))["content"]
    assert "员工" not in content
    for staff_id in place.staff.values():
        assert str(staff_id) not in content


async def test_small_samples_are_withheld_and_not_to_be_had_by_subtraction(
    place, propose, reply, read
):
    await a_month(place)
    await reply(await propose())
    departments = (await read(MARCH))["document"]["departments"]
    shown = {row["name"]: row["figures"] and row["figures"]["rated"] for row in departments}
    # 3 of the fire brigade are too few, so the next smallest goes with them.
    assert shown == {"市场监管局": 12, "消防救援大队": None, "水利局": None}


async def test_of_a_month_with_hardly_a_rating_nothing_is_told(place, propose, reply, read):
    await count(place.hall_id, date(2026, 3, 3), {5: 4}, due=9)
    window = place.windows["01"]
    await count(place.hall_id, date(2026, 3, 3), {5: 4}, of=Dimension.WINDOW, key=window)
    await reply(await propose())
    document = (await read(MARCH))["document"]
    assert document["total"] is None
    assert [row["figures"] for row in document["windows"]] == [None]


async def test_what_is_confirmed_is_what_was_proposed(place, propose, reply, read):
    await a_month(place)
    proposal = await propose()
    await count(place.hall_id, date(2026, 3, 11), {1: 500})
    await reply(proposal)
    document = (await read(MARCH))["document"]
    assert document["total"]["rated"] == 30
    assert document["total"] == proposal["figures"]["total"]


async def test_nobody_confirms_their_own_proposal(act_as, place, propose, reply, read):
    await a_month(place)
    proposal = await propose()
    both = [RoleIn(role=role, hall_id=place.hall_id) for role in (Role.MANAGER, Role.SUPERVISOR)]
    admin = act_as(await place.actor(act_as(), "admin"))
    await accounts.set_roles(admin, place.staff["manager"], both)
    refused = await reply(proposal, "manager", status=403)
    assert refused["code"] == "scores.same_person"
    await read(MARCH, status=404)


async def test_only_the_halls_own_managers_and_supervisors_take_part(propose, reply, place):
    await a_month(place)
    for name in ("clerk", "admin", "far_manager", "supervisor"):
        assert (await propose(name=name, status=403))["code"] == "forbidden"
    proposal = await propose()
    for name in ("clerk", "manager", "far_manager"):
        assert (await reply(proposal, name, status=403))["code"] == "forbidden"


async def test_a_month_that_is_not_over_cannot_be_proposed(house, propose):
    this_month = month_text(day_of(house.clock.now()))
    assert (await propose(this_month, status=422))["code"] == "scores.month_not_over"
    assert (await propose("2026-13", status=422))["code"] == "invalid_body"
    assert (await propose("9999-12", status=404))["code"] == "not_found"
    assert (await propose("0000-01", status=404))["code"] == "not_found"


async def test_a_month_is_proposed_once_at_a_time_and_published_once(place, propose, reply):
    await a_month(place)
    proposal = await propose()
    assert (await propose(status=409))["code"] == "scores.already_proposed"
    await reply(proposal)
    assert (await propose(status=409))["code"] == "scores.already_published"
    assert (await reply(proposal, status=409))["code"] == "scores.already_answered"


async def test_whoever_declines_says_why_and_the_month_can_be_proposed_again(
    client, staff, place, propose, reply, read
):
    proposal = await propose()
    assert (await reply(proposal, status=422, agree=False))["field"] == "reason"
    declined = await reply(proposal, agree=False, reason="二号窗口数据有误")
    assert (declined["state"], declined["reason"]) == ("declined", "二号窗口数据有误")
    await read(MARCH, status=404)
    second = await propose()
    await reply(second)
    query = {"hall_id": str(place.hall_id), "limit": 1}
    listed = await client.get(PROPOSALS, params=query, headers=await staff("manager"))
    (newest,) = listed.json()["items"]
    assert (newest["id"], newest["state"]) == (second["id"], "published")
    query |= {"after": listed.json()["next"]}
    listed = await client.get(PROPOSALS, params=query, headers=await staff("manager"))
    assert [row["state"] for row in listed.json()["items"]] == ["declined"]


async def test_each_month_is_chained_to_the_one_published_before(place, propose, reply, read):
    for month in (FEBRUARY, JANUARY, MARCH):
        await reply(await propose(month))
    first, second, third = [await read(month) for month in (FEBRUARY, JANUARY, MARCH)]
    assert first["document"]["previous"] is None
    assert second["document"]["previous"] == {"month": FEBRUARY, "digest": first["digest"]}
    assert third["document"]["previous"] == {"month": JANUARY, "digest": second["digest"]}
    assert [found["document"]["seq"] for found in (first, second, third)] == [1, 2, 3]
    assert [row["month"] for row in (await read())["items"]] == [MARCH, FEBRUARY, JANUARY]


async def test_two_who_confirm_at_once_publish_once(client, staff, propose, read):
    proposal = await propose()
    headers = await staff("supervisor")
    path = f"{PROPOSALS}/{proposal['id']}/answer"
    both = [client.post(path, json={"agree": True}, headers=headers) for _ in range(2)]
    answers = await asyncio.gather(*both)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    told = next(answer for answer in answers if answer.status_code == 409)
    assert code_of(told) == "scores.already_answered"
    assert len((await read())["items"]) == 1


async def test_months_that_are_confirmed_at_once_make_one_chain(house, propose, reply, read):
    proposals = [await propose(month) for month in (JANUARY, FEBRUARY, MARCH)]
    await asyncio.gather(*(reply(proposal) for proposal in proposals))
    assert sorted(row["seq"] for row in (await read())["items"]) == [1, 2, 3]
    for month in (JANUARY, FEBRUARY, MARCH):
        assert (await read(month, "verification"))["holds"]
    assert await published.verify_published(house.keyring) == []


async def test_the_database_refuses_to_change_what_is_published(propose, reply):
    await reply(await propose())
    for statement in (
        "UPDATE published_scores SET content = '{}'",
        "DELETE FROM published_scores",
        "UPDATE score_proposals SET figures = '{}'",
        "UPDATE score_proposals SET state = 'declined', reason = 'x'",
    ):
        with pytest.raises((asyncpg.PostgresError, IntegrityError, OperationalError)) as refused:
            await db.execute(statement)
        assert "never changed" in str(refused.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("content = replace(content, '\"rated\":30', '\"rated\":29')", "SM3"),
        ("mac = decode(repeat('ab', 32), 'hex')", "签名"),
        ("digest = decode(repeat('ab', 32), 'hex')", "SM3"),
        ("previous = decode(repeat('ab', 32), 'hex')", "上一期"),
        ("key_id = 'nobodys'", "签名"),
    ],
)
async def test_whatever_is_tampered_with_is_told(
    house, raw, place, propose, reply, read, change, says
):
    await a_month(place)
    await reply(await propose(FEBRUARY))
    await reply(await propose(MARCH))
    await raw(f"UPDATE published_scores SET {change} WHERE month = '2026-03-01'")
    checked = await read(MARCH, "verification")
    assert not checked["holds"]
    assert any(says in fault for fault in checked["faults"])
    assert await published.verify_published(house.keyring)


async def test_a_month_taken_out_of_the_chain_is_missed(house, raw, place, propose, reply, read):
    for month in (JANUARY, FEBRUARY, MARCH):
        await reply(await propose(month))
    await raw("DELETE FROM published_scores WHERE month = '2026-02-01'")
    assert not (await read(MARCH, "verification"))["holds"]
    assert (await read(JANUARY, "verification"))["holds"]
    assert await published.verify_published(house.keyring)


async def test_a_published_month_is_a_spreadsheet_too(client, place, propose, reply):
    await a_month(place)
    await reply(await propose())
    answer = await client.get(f"{PUBLISHED}/{place.hall_id}/{MARCH}/scores.xlsx")
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    head, total, first, *_ = ([cell.value for cell in line] for line in book["窗口"].iter_rows(4))
    assert (total[1], total[2]) == ("合计", 30)
    assert dict(zip(head, first, strict=True))["满意度"] == 0.9
    withheld = [line[-1].value for line in book["部门"].iter_rows(5)]
    assert withheld.count("样本少，不公布") == 2


async def test_a_hall_that_is_not_there_has_published_nothing(client, place):
    for path in (place.staff["clerk"], f"{place.hall_id}/2026-03", f"{place.hall_id}/nonsense"):
        answer = await client.get(f"{PUBLISHED}/{path}")
        assert (answer.status_code, code_of(answer)) == (404, "not_found")

"""追评: once, within five working days, and the level never changes."""

import asyncio
from datetime import timedelta

import pytest

from app.core import db
from evaluations.scores import service as scores
from tests.evaluations.hub import decided_case
from tests.places import citizen_actor, code_of

NUMBER = "511602202601010000041"


@pytest.fixture
async def rated(client, act_as, place):
    """A citizen's headers, and the path under which their rating is supplemented."""
    citizen, headers = await citizen_actor(act_as())
    await decided_case(act_as(), place, NUMBER, citizen.id)
    body = {"case_number": NUMBER, "level": 2, "comment": "等得太久"}
    answer = await client.post("/api/v1/ratings", json=body, headers=headers)
    return headers, f"/api/v1/ratings/{answer.json()['id']}/supplement"


async def test_once_and_the_same_again_is_the_first(client, rated):
    headers, path = rated
    said = {"comment": " 后来有人打电话来，已经解决。 "}
    first = await client.post(path, json=said, headers=headers)
    assert first.status_code == 201, first.text
    assert (first.json()["supplement"], first.json()["level"]) == (said["comment"].strip(), 2)
    assert (await client.post(path, json=said, headers=headers)).json() == first.json()
    other = await client.post(path, json={"comment": "又想到一点"}, headers=headers)
    assert (other.status_code, code_of(other)) == (409, "rating.supplemented")
    mine = await client.get("/api/v1/ratings/mine", headers=headers)
    assert mine.json()["items"][0]["supplement"] == said["comment"].strip()
    (row,) = await db.fetch("SELECT level, comment FROM ratings")
    assert (row["level"], row["comment"]) == (2, "等得太久")
    assert await scores.verify() == []


async def test_two_at_once_leave_one(client, rated):
    headers, path = rated
    answers = await asyncio.gather(
        *(client.post(path, json={"comment": f"补充{n}"}, headers=headers) for n in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert len(await db.fetch("SELECT id FROM rating_supplements")) == 1


async def test_until_the_fifth_working_day_is_over(house, client, act_as, rated):
    _, path = rated
    house.clock.shift(timedelta(days=15))
    _, headers = await citizen_actor(act_as())
    late = await client.post(path, json={"comment": "补充"}, headers=headers)
    assert (late.status_code, code_of(late)) == (409, "rating.too_late")


@pytest.mark.parametrize("comment", ["", "   "])
async def test_an_empty_one_is_none(client, rated, comment):
    headers, path = rated
    answer = await client.post(path, json={"comment": comment}, headers=headers)
    assert code_of(answer) == "rating.unfit"


async def test_anothers_rating_is_not_there(client, act_as, rated):
    _, path = rated
    _, other = await citizen_actor(act_as(), "o-other")
    answer = await client.post(path, json={"comment": "补充"}, headers=other)
    assert (answer.status_code, code_of(answer)) == (404, "not_found")

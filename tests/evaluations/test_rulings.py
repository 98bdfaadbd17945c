"""A rating that is ruled mistaken or malicious stays, marked, and falls out of the scores."""

import asyncio
import random

import pytest

from app.core import db
from evaluations.ratings import rulings, service, visits
from evaluations.ratings.refusals import NoSuchRating
from evaluations.scores import service as scores
from tests.evaluations.hub import RATE, SCORES, some_history, visit
from tests.places import citizen_actor


@pytest.fixture
async def supervisor(act_as, place):
    actor = await place.actor(act_as(), "supervisor")
    return lambda: act_as(actor)


async def ratings(level: int | None = None) -> list:
    rows = await db.fetch("SELECT id, level FROM ratings ORDER BY id")
    return [row["id"] for row in rows if level in (None, row["level"])]


async def test_it_stays_and_counts_nowhere(
    client, evaluator, act_as, place, supervisor, manager, period
):
    await some_history(evaluator, act_as, place, [5, 1, 1])
    first, second = await ratings(1)
    assert await rulings.rule_invalid(supervisor(), first, "malicious", "与事实不符") is True
    assert await rulings.rule_invalid(supervisor(), first, "mistaken", "再说一次") is False
    found = await rulings.ruling(first)
    assert found
    assert (found.verdict, found.why) == ("malicious", "与事实不符")
    assert (found.ruled_by, await rulings.ruling(second)) == (place.staff["supervisor"], None)
    assert len(await ratings()) == 3
    query = {"hall_id": str(place.hall_id)} | period()
    total = (await client.get(SCORES, params=query, headers=manager)).json()["total"]
    assert total["satisfaction"]["numerator"] == 1
    assert total["satisfaction"]["denominator"] == 2
    assert (total["due"], total["due_rated"]) == (3, 2)
    assert await scores.verify() == []


async def test_ruled_while_the_visit_is_open_it_is_not_counted_at_the_end(
    evaluator, act_as, place, supervisor
):
    served = await visit(act_as, place)
    assert (await evaluator.post(RATE, evaluator.tap(served.id, 1))).status_code == 201
    await rulings.rule_invalid(supervisor(), (await ratings())[0], "mistaken", "点错了")
    await visits.end(act_as(await place.actor(act_as(), "clerk")), served.id)
    assert await scores.verify() == []
    measures = await db.fetch("SELECT DISTINCT measure FROM score_days")
    assert [row["measure"] for row in measures] == [0], "it should have been rated, and is not"


async def test_at_once_with_the_end_of_the_visit_and_with_others_it_counts_out_once(
    evaluator, act_as, place, supervisor
):
    rng = random.Random(4)
    for _ in range(4):
        await some_history(evaluator, act_as, place, [1, 1, 2])
        served = await visit(act_as, place)
        await evaluator.post(RATE, evaluator.tap(served.id, 1))
        clerk = act_as(await place.actor(act_as(), "clerk"))
        wanted = [*rng.sample(await ratings(1), 2), (await ratings(1))[-1]]
        await asyncio.gather(
            visits.end(clerk, served.id),
            *(
                rulings.rule_invalid(supervisor(), rating_id, "mistaken", "误评")
                for rating_id in wanted
                for _ in range(2)
            ),
        )
        assert await scores.verify() == []


async def test_a_ruling_is_never_changed_and_an_unknown_rating_is_none(
    evaluator, act_as, place, supervisor
):
    await some_history(evaluator, act_as, place, [2])
    (rating_id,) = await ratings()
    await rulings.rule_invalid(supervisor(), rating_id, "mistaken", "误评")
    for statement in ("UPDATE rating_rulings SET why = 'x'", "DELETE FROM rating_rulings"):
        with pytest.raises(Exception, match="never changed or deleted"):
            await db.execute(statement)
    with pytest.raises(NoSuchRating):
        await rulings.rule_invalid(supervisor(), db.new_id(), "mistaken", "误评")
    with pytest.raises(ValueError, match="unreasonable"):
        await rulings.rule_invalid(supervisor(), rating_id, "unreasonable", "不合理")


class TestBadRatings:
    async def test_each_new_one_waits_for_rectification_in_the_same_commit(
        self, evaluator, act_as, place
    ):
        await some_history(evaluator, act_as, place, [1, 2, 3, 4, 5])
        bad = [str(found) for found in (*await ratings(1), *await ratings(2))]
        rows = await db.fetch(
            "SELECT key, payload->>'rating_id' AS rating_id, state FROM outbox"
            " WHERE topic = 'rectification.received'"
        )
        assert sorted(row["key"] for row in rows) == sorted(bad)
        assert all(row["rating_id"] == row["key"] for row in rows)
        assert {row["state"] for row in rows} == {"waiting"}

    async def test_it_is_read_with_where_it_belongs(self, evaluator, act_as, place):
        await some_history(evaluator, act_as, place, [1, 5])
        (bad,), (good,) = await ratings(1), await ratings(5)
        found = await service.bad_rating(bad)
        assert (found.level, found.tags, found.kind) == (1, ("115",), "visit")
        assert (found.hall_id, found.window_id) == (place.hall_id, place.windows["01"])
        assert found.citizen_id is None
        for other in (good, db.new_id()):
            with pytest.raises(NoSuchRating):
                await service.bad_rating(other)

    async def test_a_citizens_is_named(self, client, act_as, place):
        citizen, headers = await citizen_actor(act_as())
        served = await visit(act_as, place, citizen_id=citizen.id)
        body = {"service_id": str(served.id), "level": 2, "comment": "排队太久"}
        answer = await client.post("/api/v1/ratings", json=body, headers=headers)
        found = await service.bad_rating((await ratings())[0])
        assert str(found.id) == answer.json()["id"]
        assert (found.citizen_id, found.comment) == (citizen.id, "排队太久")

"""A device that was offline delivers what queued up: any order, any number of times, each once."""

import random
from datetime import timedelta
from uuid import uuid4

import pytest

from app.core import db
from evaluations.ratings import visits
from evaluations.ratings.schemas import MOST_IN_A_BATCH
from evaluations.scores import service as scores
from tests.evaluations.hub import visit
from tests.places import code_of

BATCH = "/api/v1/ratings/device/batch"


@pytest.fixture
def served(act_as, place):
    async def make(count: int) -> list:
        found = [(await visit(act_as, place)).id for _ in range(count)]
        await visits.end(act_as(await place.actor(act_as(), "clerk")), found[-1])
        return found

    return make


async def statuses(evaluator, taps) -> list[int]:
    answer = await evaluator.post(BATCH, {"ratings": taps})
    assert answer.status_code == 200, answer.text
    return [item["status"] for item in answer.json()["items"]]


async def test_each_is_answered_by_itself_in_the_order_of_the_batch(evaluator, served):
    ids = await served(4)
    good, bad = evaluator.tap(ids[0]), evaluator.tap(ids[1]) | {"level": 9}
    wordless = evaluator.tap(ids[1], 1) | {"tags": []}
    nothing, elsewhere = "?", evaluator.tap(uuid4())
    last = evaluator.tap(ids[2], 2)
    answer = await evaluator.post(
        BATCH, {"ratings": [good, bad, wordless, nothing, elsewhere, last]}
    )
    items = answer.json()["items"]
    assert [item["status"] for item in items] == [201, 422, 422, 422, 404, 201]
    assert [item["code"] for item in items[1:5]] == ["rating.unfit"] * 3 + [
        "rating.no_such_service"
    ]
    assert items[0]["event_id"] == good["event_id"]
    assert items[0]["rating"]["service_id"] == str(ids[0])
    assert len(await db.fetch("SELECT id FROM ratings")) == 2
    assert await scores.verify() == []


async def test_any_order_any_number_of_times_each_counts_once(house, evaluator, served):
    ids = await served(12)
    taps = [evaluator.tap(service_id, 1 + n % 5) for n, service_id in enumerate(ids)]
    house.clock.shift(timedelta(hours=5))
    rng = random.Random(7)
    seen: list[int] = []
    for _ in range(4):
        part = rng.sample(taps, rng.randint(4, 12))
        seen += await statuses(evaluator, part + part[:2])
    seen += await statuses(evaluator, taps)
    assert set(seen) == {200, 201}
    assert seen.count(201) == 12
    rows = await db.fetch("SELECT happened_at, received_at FROM ratings")
    assert len(rows) == 12
    assert all(row["received_at"] - row["happened_at"] > timedelta(hours=4) for row in rows)
    assert await scores.verify() == []


async def test_the_same_event_twice_in_one_batch_is_one_rating(evaluator, served):
    (one,) = await served(1)
    tap = evaluator.tap(one)
    assert sorted(await statuses(evaluator, [tap, tap])) == [200, 201]


async def test_the_whole_is_bounded(evaluator):
    taps = [evaluator.tap(uuid4()) for _ in range(MOST_IN_A_BATCH + 1)]
    assert code_of(await evaluator.post(BATCH, {"ratings": taps})) == "invalid_body"
    assert code_of(await evaluator.post(BATCH, {"ratings": []})) == "invalid_body"
    assert set(await statuses(evaluator, taps[:MOST_IN_A_BATCH])) == {404}

"""差评一件事，改好一类事: a tag that recurs becomes a topic, with the ratings behind it."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tests.evaluations.loop import CALLED, MONDAY, TOPICS, WHY, Loops
from tests.places import code_of

MEASURES = {"measures": "统一告知单，每日班前讲评。", "until": "2026-03-31"}
NOTE = {"note": "一个月内没有再收到同类差评。"}


async def listed(loops: Loops, name: str = "supervisor", **query: Any) -> list[dict[str, Any]]:
    return (await loops.get(name, TOPICS, **query))["items"]


async def some(loops: Loops, count: int = 3) -> list[str]:
    return [await loops.named() for _ in range(count)]


async def opened(loops: Loops) -> str:
    await some(loops)
    [topic] = await listed(loops)
    return topic["id"]


async def test_the_third_of_one_tag_in_a_department_opens_a_topic(loops):
    behind = await some(loops, 2)
    assert await listed(loops) == []
    behind += await some(loops, 1)
    [topic] = await listed(loops)
    assert (topic["department"], topic["tag"]["code"], topic["ratings"]) == ("市场监管局", "115", 3)
    shown = await loops.get("reviewer", f"{TOPICS}/{topic['id']}")
    assert [row["id"] for row in shown["behind"]] == behind


async def test_a_later_one_joins_the_open_topic(loops):
    await some(loops, 4)
    [topic] = await listed(loops)
    assert topic["ratings"] == 4


async def test_other_tags_and_other_departments_do_not_count(loops):
    await some(loops, 2)
    await loops.named(level=2)
    elsewhere = await loops.anonymous()
    await loops.assign(elsewhere, "fire")
    assert await listed(loops) == []


async def test_only_thirty_days_count(loops):
    await some(loops, 2)
    loops.go_to(date(2026, 4, 1))  # the thirtieth day after the second of March
    await some(loops, 1)
    assert await listed(loops) == []
    await some(loops, 2)
    [topic] = await listed(loops)
    assert topic["ratings"] == 3


async def test_three_that_come_in_at_once_open_one_topic(loops):
    for _ in range(3):
        await loops.rated_case()
    await loops.work_outbox()  # which takes several at a time
    [topic] = await listed(loops)
    assert topic["ratings"] == 3


async def test_assigned_elsewhere_it_stands_behind_no_topic_of_the_department_before(loops):
    found = (await some(loops))[0]
    await loops.assign(found, "fire")
    [topic] = await listed(loops)
    assert topic["ratings"] == 2


async def test_ruled_invalid_it_stands_behind_no_open_topic(loops):
    found = (await some(loops))[0]
    await loops.do("reviewer", found, "appeal", {"claim": "malicious", **WHY})
    await loops.do("supervisor", found, "review", {"agree": True, "note": "同意。"})
    [topic] = await listed(loops)
    assert topic["ratings"] == 2
    await loops.do("reviewer", (await some(loops, 1))[0], "contact", CALLED)
    assert (await listed(loops))[0]["ratings"] == 3


async def test_a_topic_has_an_owner_measures_and_an_end(loops):
    topic = f"{TOPICS}/{await opened(loops)}"
    early = await loops.post("reviewer", f"{topic}/close", NOTE)
    assert code_of(early) == "topics.measures_first"
    owner = {"staff_id": str(loops.place.staff["reviewer2"])}
    assert (await loops.post("supervisor", f"{topic}/owner", owner)).status_code == 200
    answer = await loops.post("reviewer2", f"{topic}/measures", MEASURES)
    shown = answer.json()["topic"]
    assert (shown["measures"], shown["owner"] is None) == (MEASURES["measures"], False)
    closed = (await loops.post("reviewer2", f"{topic}/close", NOTE)).json()["topic"]
    assert closed["closing_note"] == NOTE["note"]
    assert await listed(loops) == []
    assert len(await listed(loops, closed=True)) == 1


@pytest.mark.parametrize("name", ["fire_reviewer", "clerk"])
async def test_the_owner_is_a_reviewer_of_the_department(loops, name):
    topic = f"{TOPICS}/{await opened(loops)}"
    body = {"staff_id": str(loops.place.staff[name])}
    assert (await loops.post("supervisor", f"{topic}/owner", body)).status_code == 404


async def test_measures_are_for_days_to_come(loops):
    topic = f"{TOPICS}/{await opened(loops)}"
    body = MEASURES | {"until": "2026-03-01"}
    assert date(2026, 3, 1) < MONDAY
    assert (await loops.post("reviewer", f"{topic}/measures", body)).status_code == 422


async def test_two_who_close_it_at_once_close_it_once(loops):
    topic = f"{TOPICS}/{await opened(loops)}"
    await loops.post("reviewer", f"{topic}/measures", MEASURES)
    answers = await asyncio.gather(
        *(loops.post(name, f"{topic}/close", NOTE) for name in ("reviewer", "supervisor"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert {code_of(a) for a in answers if a.status_code == 409} == {"topics.closed"}


async def test_what_recurs_after_the_end_opens_another_with_ratings_of_its_own(loops):
    topic = f"{TOPICS}/{await opened(loops)}"
    await loops.post("reviewer", f"{topic}/measures", MEASURES)
    await loops.post("reviewer", f"{topic}/close", NOTE)
    await some(loops, 2)
    assert await listed(loops) == []
    await some(loops, 1)
    [again] = await listed(loops)
    assert again["ratings"] == 3
    assert UUID(again["id"]) != UUID(topic.rsplit("/", 1)[1])


@pytest.mark.parametrize("name", ["fire_reviewer", "far_manager"])
async def test_it_is_not_there_for_another_department_or_hall(loops, name):
    topic = await opened(loops)
    answer = await loops.client.get(f"{TOPICS}/{topic}", headers=await loops.headers(name))
    assert answer.status_code == 404
    assert await listed(loops, name) == []

"""What managers and administrators see of the exchange, and sending once more."""

import asyncio

import httpx
import pytest

from app.core import db
from app.core.errors import Forbidden, NotFound
from evaluations.exchange import service
from evaluations.exchange.schemas import PushQuery
from tests.evaluations.exchange.conftest import Exchange
from tests.places import code_of, staff_headers

PATH = "/api/v1/exchange"


@pytest.fixture
async def manager(exchange: Exchange) -> dict[str, str]:
    return await staff_headers(exchange.act_as(), exchange.place, "manager")


@pytest.fixture
def of_hall(exchange: Exchange) -> dict[str, str]:
    return {"hall_id": str(exchange.place.hall_id)}


async def test_counts_by_state_and_the_reasons(
    exchange: Exchange, client: httpx.AsyncClient, manager: dict[str, str], of_hall: dict[str, str]
) -> None:
    await exchange.rated_visit()
    exchange.fault("reject", times=1, reason="事项编码不存在")
    await exchange.round()
    found = (await client.get(f"{PATH}/summary", params=of_hall, headers=manager)).json()
    assert found["on"] is True
    assert {(c["kind"], c["state"], c["count"]) for c in found["counts"]} == {
        ("record", "rejected", 1),
        ("rating", "waiting", 1),
    }
    (reason,) = found["reasons"]
    assert (reason["code"], reason["reason"], reason["count"]) == ("2002", "事项编码不存在", 1)


async def test_the_list_by_state_page_by_page(
    exchange: Exchange, client: httpx.AsyncClient, manager: dict[str, str], of_hall: dict[str, str]
) -> None:
    for _ in range(3):
        await exchange.case()
    await exchange.round()
    query = of_hall | {"state": "accepted", "kind": "record", "limit": "2"}
    first = (await client.get(f"{PATH}/", params=query, headers=manager)).json()
    after = query | {"after": first["next"]}
    second = (await client.get(f"{PATH}/", params=after, headers=manager)).json()
    numbers = [push["project_no"] for push in first["items"] + second["items"]]
    assert numbers == exchange.numbers[::-1]
    assert second["next"] is None
    other = of_hall | {"state": "rejected"}
    assert (await client.get(f"{PATH}/", params=other, headers=manager)).json()["items"] == []


async def test_a_person_sends_a_rejected_one_once_more(
    exchange: Exchange, client: httpx.AsyncClient, manager: dict[str, str]
) -> None:
    push = await exchange.case()
    exchange.fault("reject", times=1)
    await exchange.round()
    answer = await client.post(f"{PATH}/{push}/resend", headers=manager)
    assert (answer.json()["state"], answer.json()["attempts"]) == ("waiting", 0)
    again = await client.post(f"{PATH}/{push}/resend", headers=manager)
    assert again.status_code == 200, "pressing twice changes nothing"
    trail = await db.fetch("SELECT 1 FROM audit_entries WHERE subject = $1", f"push:{push}")
    assert len(trail) == 1
    await exchange.round()
    assert (await exchange.push(push))["state"] == "accepted"
    refused = await client.post(f"{PATH}/{push}/resend", headers=manager)
    assert (refused.status_code, code_of(refused)) == (409, "exchange.accepted_already")


async def test_what_got_no_answer_can_be_sent_at_once(exchange: Exchange) -> None:
    push = await exchange.case()
    exchange.fault("http_5xx", times=1)
    await exchange.round()
    manager = exchange.act_as(await exchange.place.actor(exchange.act_as(), "manager"))
    await service.resend(manager, push)
    await exchange.round()
    assert (await exchange.push(push))["state"] == "accepted"


async def test_a_rating_that_misses_its_record_takes_it_along(exchange: Exchange) -> None:
    served = await exchange.rated_visit()
    exchange.fault("http_5xx", times=None)
    await exchange.round()
    exchange.book.faults.clear()
    exchange.later(minutes=1)
    await exchange.round()
    # The province went back to a copy from before, and lost both.
    exchange.book.records.clear()
    exchange.book.evaluations.clear()
    rating = (await db.fetch("SELECT id FROM ratings WHERE service_id = $1", served))[0]["id"]
    await db.execute(
        "UPDATE exchange_pushes SET state = 'waiting', answered_at = NULL, due_at = created_at"
        " WHERE id = $1",
        rating,
    )
    await exchange.round()
    row = await exchange.push(rating)
    assert (row["state"], row["code"]) == ("rejected", "2001")
    manager = exchange.act_as(await exchange.place.actor(exchange.act_as(), "manager"))
    await service.resend(manager, rating)
    await exchange.round()
    assert [one.kind for one in exchange.arrived()[-2:]] == ["record", "rating"]
    assert await exchange.states() == {"record": "accepted", "rating": "accepted"}


async def test_all_rejected_ones_of_a_code_at_once(
    exchange: Exchange, client: httpx.AsyncClient, manager: dict[str, str], of_hall: dict[str, str]
) -> None:
    for _ in range(3):
        await exchange.case()
    exchange.fault("reject", times=1)
    await exchange.round()
    none = await client.post(f"{PATH}/resend", json=of_hall | {"code": "9999"}, headers=manager)
    assert none.json() == {"count": 0, "more": False}
    answers = await asyncio.gather(
        *(client.post(f"{PATH}/resend", json=of_hall, headers=manager) for _ in range(2))
    )
    assert sorted(answer.json()["count"] for answer in answers) == [0, 3]
    await exchange.round()
    assert await exchange.states() == {"record": "accepted"}


async def test_another_halls_exchange_is_out_of_reach(exchange: Exchange) -> None:
    push = await exchange.case()
    await exchange.round()
    far = exchange.act_as(await exchange.place.actor(exchange.act_as(), "far_manager"))
    with pytest.raises(Forbidden):
        await service.listed(far, PushQuery(hall_id=exchange.place.hall_id))
    with pytest.raises(Forbidden):
        await service.summary(far, exchange.place.hall_id)
    with pytest.raises(NotFound):
        await service.resend(far, push)


@pytest.mark.parametrize("who", ["clerk", "reviewer", "supervisor"])
async def test_only_managers_and_administrators_see_it(
    exchange: Exchange, client: httpx.AsyncClient, of_hall: dict[str, str], who: str
) -> None:
    headers = await staff_headers(exchange.act_as(), exchange.place, who)
    assert (await client.get(f"{PATH}/", params=of_hall, headers=headers)).status_code == 403

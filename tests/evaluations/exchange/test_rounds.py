"""From a service and its rating here to the province: in order, once, whatever happens between."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from app.citizens import service as citizens
from app.citizens.schemas import PersonIn
from app.core import db
from evaluations.exchange import jobs, queries
from evaluations.exchange.rules import LEASE, Kind
from tests.evaluations.exchange.conftest import Exchange
from tests.evaluations.hub import RATE, visit
from tests.places import citizen_actor


async def test_the_record_comes_first_then_the_rating(exchange: Exchange) -> None:
    service = await exchange.rated_visit(4)
    await exchange.round()
    assert [one.kind for one in exchange.arrived("0000")] == ["record", "rating"]
    assert await exchange.states() == {"record": "accepted", "rating": "accepted"}
    (record,) = exchange.book.records.values()
    (evaluation,) = exchange.book.evaluations.values()
    assert record.project_no == evaluation.project_no == f"511602-{service.hex}"
    assert (evaluation.satisfaction, evaluation.pf) == ("4", "5")


async def test_many_go_in_one_message_and_none_twice(exchange: Exchange) -> None:
    for _ in range(4):
        await exchange.case()
    for _ in range(3):
        await exchange.round()
    assert len(exchange.arrived()) == len(exchange.book.records) == 4
    assert len({one.message_id for one in exchange.arrived()}) == 1


async def test_a_visit_is_sent_when_it_is_over_its_rating_after_it(exchange: Exchange) -> None:
    service = await exchange.rated_visit(ended=False)
    await exchange.round()
    assert exchange.arrived() == []
    assert await exchange.states() == {"record": "waiting", "rating": "waiting"}
    await exchange.end(service)
    await exchange.round()
    assert [one.kind for one in exchange.arrived("0000")] == ["record", "rating"]


async def test_what_never_ends_is_sent_after_a_day_as_not_finished(exchange: Exchange) -> None:
    await exchange.rated_visit(ended=False)
    await exchange.round()
    exchange.later(days=1, minutes=1)
    await exchange.round()
    (record,) = exchange.book.records.values()
    assert (record.pro_status, record.result_date) == ("2", "")
    assert len(exchange.book.evaluations) == 1


async def test_a_rating_waits_as_long_as_its_record_is_not_accepted(exchange: Exchange) -> None:
    await exchange.rated_visit()
    exchange.fault("reject", times=1, reason="事项编码不存在")
    for _ in range(3):
        await exchange.round()
        exchange.later(hours=1)
    assert await exchange.states() == {"record": "rejected", "rating": "waiting"}
    assert [one.kind for one in exchange.arrived()] == ["record"]


async def test_a_rejected_one_keeps_its_reason_and_is_not_sent_again(exchange: Exchange) -> None:
    service = await exchange.case()
    exchange.fault("reject", reason="承诺时限不正确")
    for _ in range(3):
        await exchange.round()
        exchange.later(hours=12)
    row = await exchange.push(service)
    assert (row["state"], row["code"], row["reason"]) == ("rejected", "2002", "承诺时限不正确")
    assert len(exchange.arrived()) == row["attempts"] == 1


@pytest.mark.parametrize("fault", ["timeout", "http_5xx", "html", "forged", "forgetful"])
async def test_without_an_answer_it_is_tried_again_later(exchange: Exchange, fault: str) -> None:
    service = await exchange.case()
    exchange.fault(fault, times=1, seconds=2)
    await exchange.round()
    row = await exchange.push(service)
    assert row["state"] == "no_answer"
    assert row["reason"]
    assert row["due_at"] > exchange.house.clock.now()
    await exchange.round()
    assert (await exchange.push(service))["attempts"] == 1, "not before its time"
    exchange.later(seconds=11)
    await exchange.round()
    assert await exchange.states() == {"record": "accepted"}
    assert len(exchange.book.records) == 1


async def test_an_answer_that_got_lost_ends_in_a_duplicate_which_is_accepted(
    exchange: Exchange,
) -> None:
    await exchange.rated_visit()
    exchange.fault("lost", times=1, seconds=2)
    await exchange.round()
    await exchange.until_recorded()
    assert await exchange.states() == {"record": "no_answer", "rating": "waiting"}
    exchange.later(seconds=11)
    await exchange.round()
    assert [one.code for one in exchange.arrived()] == ["0000", "1001", "0000"]
    assert await exchange.states() == {"record": "accepted", "rating": "accepted"}


async def test_a_worker_killed_between_sending_and_keeping_the_answer(
    exchange: Exchange,
) -> None:
    service = await exchange.case()
    exchange.fault("lost", times=1, seconds=5)
    worker = asyncio.create_task(jobs.go_on(exchange.act_as()))
    await exchange.until_recorded()
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker
    assert (await exchange.push(service))["state"] == "waiting"
    await exchange.round()
    assert len(exchange.arrived()) == 1, "another worker waits until the first cannot be at it"
    exchange.later(seconds=LEASE.total_seconds() + 1)
    await exchange.round()
    assert [one.code for one in exchange.arrived()] == ["0000", "1001"]
    assert (await exchange.push(service))["state"] == "accepted"


async def test_two_workers_at_once_send_nothing_twice(exchange: Exchange) -> None:
    for _ in range(3):
        await exchange.case()
    await asyncio.gather(exchange.round(), exchange.round(), exchange.round())
    await exchange.round()
    assert len(exchange.arrived()) == len(exchange.book.records) == 3
    assert await exchange.states() == {"record": "accepted"}


async def test_a_silent_province_is_asked_once_a_round(exchange: Exchange) -> None:
    for _ in range(3):
        await exchange.rated_visit()
    exchange.fault("timeout", seconds=2)
    await exchange.round()
    assert exchange.arrived() == []
    rows = await db.fetch("SELECT kind, attempts FROM exchange_pushes")
    assert sum(row["attempts"] for row in rows) == 3
    assert all(row["attempts"] == 0 for row in rows if row["kind"] == Kind.RATING)


async def test_one_that_the_province_chokes_on_ends_up_alone(exchange: Exchange) -> None:
    for _ in range(8):
        await exchange.case()
    for _ in range(5):
        exchange.fault("http_5xx", times=1)
    for _ in range(12):
        await exchange.round()
        exchange.later(hours=1)
    assert len(exchange.book.records) == 8
    assert await exchange.states() == {"record": "accepted"}
    in_one = Counter(one.message_id for one in exchange.arrived())
    assert max(in_one.values()) < 8, "smaller messages after each that was not answered"


@pytest.mark.parametrize("seed", range(3))
async def test_after_any_bad_days_everything_is_there_once_and_in_order(
    exchange: Exchange, seed: int
) -> None:
    chance = random.Random(seed)
    wanted_records, wanted_ratings = 0, 0
    for _ in range(8):
        match chance.choice(["case", "visit", "fault", "fault", "later"]):
            case "case":
                await exchange.case()
                wanted_records += 1
            case "visit":
                await exchange.rated_visit(chance.randint(1, 5))
                wanted_records, wanted_ratings = wanted_records + 1, wanted_ratings + 1
            case "fault":
                kind = chance.choice(["lost", "http_5xx", "html", "forged", "forgetful"])
                exchange.fault(kind, times=chance.randint(1, 2), seconds=1)
            case "later":
                exchange.later(minutes=chance.randint(1, 60))
        await exchange.round()
    exchange.book.faults.clear()
    for _ in range(4):
        exchange.later(hours=7)
        await exchange.round()
    assert len(exchange.book.records) == len(exchange.arrived("0000")) - wanted_ratings
    assert (len(exchange.book.records), len(exchange.book.evaluations)) == (
        wanted_records,
        wanted_ratings,
    )
    assert set((await exchange.states()).values()) <= {"accepted"}
    assert {one.code for one in exchange.arrived()} <= {"0000", "1001"}, "no rating came first"


async def test_late_commits_are_found_by_the_nightly_look(exchange: Exchange) -> None:
    service = await exchange.case()
    await exchange.case()
    await exchange.round()
    # As if the first had been committed long after the second was queued.
    await db.execute("DELETE FROM exchange_pushes WHERE id = $1", service)
    far = queries.first_id_of(service, timedelta(hours=-3))
    await db.execute("UPDATE exchange_marks SET last_id = $1 WHERE kind = 'record'", far)
    await exchange.round()
    assert await db.fetch("SELECT 1 FROM exchange_pushes WHERE id = $1", service) == []
    await jobs.look_back(exchange.act_as())
    await exchange.round()
    assert (await exchange.push(service))["state"] == "accepted"


async def test_without_a_province_nothing_is_queued_and_nothing_lost(exchange: Exchange) -> None:
    exchange.disconnect()
    await exchange.rated_visit()
    await jobs.go_on(exchange.act_as())
    await jobs.look_back(exchange.act_as())
    assert await exchange.states() == {}
    await exchange.round()
    assert await exchange.states() == {"record": "accepted", "rating": "accepted"}


class TestWhatIsSaid:
    async def test_of_a_case(self, exchange: Exchange) -> None:
        citizen, _ = await citizen_actor(exchange.act_as())
        await exchange.case(citizen_id=citizen.id)
        await exchange.round()
        (record,) = exchange.book.records.values()
        assert record.project_no == exchange.numbers[0]
        assert record.dept_name == "市场监管局"
        assert record.area_code == "511602"
        assert (record.user_prop, record.pro_status, record.pro_channel) == ("1", "3", "2")
        assert record.accept_date < record.result_date

    async def test_no_personal_data(self, exchange: Exchange) -> None:
        service = await self._case_of_somebody(exchange)
        await exchange.round()
        (record,) = exchange.book.records.values()
        assert record.user_name is None
        assert await _trail(service) == []

    async def test_a_name_only_if_the_settings_say_so_and_then_it_is_on_record(
        self, exchange: Exchange
    ) -> None:
        service = await self._case_of_somebody(exchange)
        plain = exchange.house.settings
        exchange.house.settings = msgspec.structs.replace(plain, exchange_names=True)
        try:
            await exchange.round()
        finally:
            exchange.house.settings = plain
        (record,) = exchange.book.records.values()
        assert record.user_name == "王大山"
        assert await _trail(service) == ["citizen.name_sent"]

    async def _case_of_somebody(self, exchange: Exchange) -> UUID:
        citizen, _ = await citizen_actor(exchange.act_as())
        person = PersonIn(
            name="王大山", phone="13800138000", id_number="11010519491231002X", consent=True
        )
        await citizens.say_who(exchange.act_as(citizen), person)
        return await exchange.case(citizen_id=citizen.id)

    async def test_a_bad_rating_with_its_tags_and_words(self, exchange: Exchange) -> None:
        served = await visit(exchange.act_as, exchange.place, about="咨询")
        tap = exchange.evaluator.tap(served.id, 1, tags=["113", "115"], comment="跑了三趟")
        assert (await exchange.evaluator.post(RATE, tap)).status_code == 201
        await exchange.end(served.id)
        await exchange.round()
        (evaluation,) = exchange.book.evaluations.values()
        assert evaluation.eval_detail == "113,115"
        assert evaluation.writing_evaluation == "跑了三趟"
        assert evaluation.assess_number == "1"


async def _trail(service: UUID) -> list[str]:
    rows = await db.fetch(
        "SELECT verb FROM audit_entries WHERE verb = 'citizen.name_sent' AND subject ="
        " (SELECT 'citizen:' || citizen_id FROM services WHERE id = $1)",
        service,
    )
    return [row["verb"] for row in rows]

"""Other systems of the hall: signed, the record first, then its rating, each once."""

import asyncio
from datetime import timedelta

import pytest

from app.core import db
from evaluations.devices import clients
from evaluations.devices.clients import refusals
from evaluations.devices.schemas import ClientIn
from evaluations.ratings.refusals import refused
from evaluations.scores import service as scores
from tests.evaluations.hub import System, system_of
from tests.places import code_of, staff_headers

SERVICES, RATINGS, CLIENTS = "/api/v1/hub/services", "/api/v1/hub/ratings", "/api/v1/clients"


@pytest.fixture
async def system(act_as, place, house, client) -> System:
    return await system_of(act_as, place, house, client)


@pytest.fixture
def record(house):
    def make(number: str = "P-1", **more):
        now = house.clock.now()
        return {
            "project_no": number,
            "service_number": 1,
            "task_code": "11510000MB1234567X4510111001000",
            "task_name": "社保卡申领",
            "department_code": "RS",
            "area_code": "511602",
            "user_prop": 1,
            "pro_status": 3,
            "pro_channel": 1,
            "started_at": (now - timedelta(minutes=20)).isoformat(),
            "ended_at": now.isoformat(),
            "window_number": "01",
            "staff_number": "001",
        } | more

    return make


@pytest.fixture
def rating(house):
    def make(number: str = "P-1", assess: str = "A-1", **more):
        return {
            "project_no": number,
            "service_number": 1,
            "assess_number": assess,
            "channel": 7,
            "level": 4,
            "happened_at": house.clock.now().isoformat(),
        } | more

    return make


async def test_the_record_comes_first_and_then_its_rating(system, place, record, rating):
    early = await system.post(RATINGS, rating())
    assert (early.status_code, code_of(early)) == (409, "hub.record_first")
    sent = await system.post(SERVICES, record())
    assert sent.status_code == 201, sent.text
    rated = await system.post(RATINGS, rating(raw_level=2))
    assert rated.status_code == 201, rated.text
    (service,) = await db.fetch("SELECT * FROM services")
    assert service["window_id"] == place.windows["01"]
    assert service["staff_id"] == place.staff["clerk"]
    (row,) = await db.fetch("SELECT * FROM ratings")
    assert (row["client_id"], row["assess_number"], row["via"]) == (system.id, "A-1", "client")
    assert (row["channel"], row["level"], row["raw_level"]) == (7, 4, 2)
    assert await scores.verify() == []


async def test_a_repeat_gets_the_first_answer_and_a_changed_one_is_refused(system, record, rating):
    sent = record()
    first = await system.post(SERVICES, sent)
    again = await system.post(SERVICES, sent)
    assert (again.status_code, again.json()) == (200, first.json())
    changed = await system.post(SERVICES, sent | {"task_name": "另一事项"})
    assert (changed.status_code, code_of(changed)) == (409, "hub.changed")
    given = rating()
    first = await system.post(RATINGS, given)
    again = await system.post(RATINGS, given)
    assert (again.status_code, again.json()) == (200, first.json())
    changed = await system.post(RATINGS, given | {"level": 5})
    assert (changed.status_code, code_of(changed)) == (409, "hub.changed")
    second = await system.post(RATINGS, rating(assess="A-2"))
    assert (second.status_code, code_of(second)) == (409, "rating.already_rated")
    assert len(await db.fetch("SELECT id FROM ratings")) == 1


async def test_at_once_from_many_connections_it_is_one_record_and_one_rating(
    system, record, rating
):
    sent, given = record(), rating()
    answers = await asyncio.gather(*(system.post(SERVICES, sent) for _ in range(8)))
    assert sorted(a.status_code for a in answers) == [200] * 7 + [201]
    answers = await asyncio.gather(*(system.post(RATINGS, given) for _ in range(8)))
    assert sorted(a.status_code for a in answers) == [200] * 7 + [201]
    assert await scores.verify() == []


async def test_one_system_neither_rates_nor_takes_over_anothers_record(
    system, act_as, place, house, client, record, rating
):
    other = await system_of(act_as, place, house, client, "审批系统")
    assert (await system.post(SERVICES, record())).status_code == 201
    assert code_of(await other.post(SERVICES, record())) == "hub.changed"
    assert code_of(await other.post(RATINGS, rating())) == "hub.record_first"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"window_number": "99"}, "window_number"),
        ({"staff_number": "999"}, "staff_number"),
        ({"ended_at": "2199-01-01T00:00:00Z"}, "ended_at"),
        ({"started_at": "2001-01-01T00:00:00Z", "ended_at": "2001-01-02T00:00:00Z"}, "ended_at"),
    ],
)
async def test_a_record_that_cannot_be_is_refused(system, record, changed, field):
    before = refused.labels("rating.unfit")._value.get()
    answer = await system.post(SERVICES, record(**changed))
    assert (answer.status_code, answer.json().get("field")) == (422, field)
    assert refused.labels("rating.unfit")._value.get() == before + 1
    assert await db.fetch("SELECT id FROM services") == []


async def test_the_rules_of_a_rating_hold_for_other_systems_too(system, house, record, rating):
    await system.post(SERVICES, record())
    assert code_of(await system.post(RATINGS, rating(level=1))) == "rating.unfit"
    assert code_of(await system.post(RATINGS, rating(tags=["117"]))) == "rating.unfit"
    assert code_of(await system.post(RATINGS, rating(channel=9))) == "invalid_body"
    house.clock.shift(timedelta(days=30))
    assert code_of(await system.post(RATINGS, rating())) == "rating.too_late"


class TestSignatures:
    @pytest.mark.parametrize(
        ("changed", "status", "code"),
        [
            ({"key": b"x" * 32}, 401, "client.bad_signature"),
            ({"signed_path": RATINGS}, 401, "client.bad_signature"),
            ({"timestamp": 1_700_000_000_000}, 401, "client.expired"),
            ({"nonce": "短"}, 401, "client.bad_signature"),
        ],
    )
    async def test_a_wrong_one_is_refused_and_counted(self, system, record, changed, status, code):
        if "nonce" in changed:
            changed = {"nonce": "short"}
        reason = code.removeprefix("client.")
        before = refusals.labels(reason)._value.get()
        answer = await system.post(SERVICES, record(), **changed)
        assert (answer.status_code, code_of(answer)) == (status, code)
        assert refusals.labels(reason)._value.get() == before + 1

    async def test_a_replayed_one_is_refused(self, system, record):
        assert (await system.post(SERVICES, record(), nonce="once-and-no-more")).status_code == 201
        again = await system.post(SERVICES, record(), nonce="once-and-no-more")
        assert (again.status_code, code_of(again)) == (401, "client.replayed")

    async def test_a_device_is_no_client_and_a_client_no_device(self, system, evaluator, record):
        assert code_of(await evaluator.post(SERVICES, record())) == "forbidden"
        answer = await system.post("/api/v1/devices/heartbeat", {"queue_length": 0})
        assert code_of(answer) == "forbidden"

    async def test_a_revoked_one_is_refused_at_once(self, system, client, act_as, place, record):
        admin = await staff_headers(act_as(), place, "admin")
        ended = await client.post(
            f"{CLIENTS}/{system.id}/revoke", json={"reason": "停用"}, headers=admin
        )
        assert ended.json()["revoked_at"]
        answer = await system.post(SERVICES, record())
        assert (answer.status_code, code_of(answer)) == (403, "client.revoked")


async def test_keys_are_the_administrators_shown_once_and_kept_sealed(client, act_as, place):
    admin = await staff_headers(act_as(), place, "admin")
    body = {"hall_id": str(place.hall_id), "name": "叫号系统"}
    made = await client.post(CLIENTS, json=body, headers=admin)
    assert made.status_code == 201
    assert code_of(await client.post(CLIENTS, json=body, headers=admin)) == "clients.name_taken"
    listed = await client.get(CLIENTS, params={"hall_id": str(place.hall_id)}, headers=admin)
    assert [item["name"] for item in listed.json()["items"]] == ["叫号系统"]
    assert made.json()["key"] not in listed.text
    (row,) = await db.fetch("SELECT * FROM api_clients")
    assert made.json()["key"] not in str(row)
    for name in ("clerk", "far_admin"):
        headers = await staff_headers(act_as(), place, name)
        assert (await client.post(CLIENTS, json=body, headers=headers)).status_code == 403


async def test_making_one_leaves_a_trace(act_as, place):
    made = await clients.add(act_as(), ClientIn(hall_id=place.hall_id, name="叫号系统"))
    trail = await db.fetch(
        "SELECT verb FROM audit_entries WHERE subject = $1", f"client:{made.client.id}"
    )
    assert [entry["verb"] for entry in trail] == ["client.added"]

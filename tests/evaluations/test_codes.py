"""Codes: at the window, of one visit, in a message. Signed, expiring, and telling of nobody."""

import base64
import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import db
from app.core.clock import Clock
from app.core.privacy import Keyring
from evaluations.ratings import codes, visits
from evaluations.ratings.codes import ServiceCode, WindowCode
from evaluations.ratings.refusals import refused
from evaluations.ratings.rules import Via
from evaluations.scores import service as scores
from tests.evaluations.hub import RATE, visit
from tests.places import citizen_actor, code_of, staff_headers

KEYRING = Keyring.parse(Keyring.new_key("one"))


class TestSigning:
    @given(st.uuids())
    def test_a_windows_code_fits_a_mini_programs_scene(self, window_id: UUID):
        code = codes.window_code(KEYRING, window_id)
        assert len(code) == 32
        assert set(code) <= set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_")
        assert codes.read(KEYRING, code, Clock().now()) == WindowCode(window_id)

    @given(st.uuids(), st.integers(0, 39), st.integers(1, 255))
    def test_a_code_that_was_altered_anywhere_is_none(self, found, place, change):
        now = Clock().now()
        code = codes.service_code(KEYRING, found, Via.SMS, now + timedelta(days=5))
        raw = bytearray(base64.urlsafe_b64decode(code))
        raw[place % 30] ^= change
        assert codes.read(KEYRING, base64.urlsafe_b64encode(raw).decode(), now) is None
        assert isinstance(codes.read(KEYRING, code, now), ServiceCode)

    @given(st.text(max_size=60))
    def test_no_text_is_more_than_a_wrong_code(self, text):
        assert codes.read(KEYRING, text, Clock().now()) is None

    def test_it_ends_and_an_old_keys_code_holds_while_the_key_is_kept(self):
        now = Clock().now()
        code = codes.service_code(KEYRING, uuid4(), Via.VISIT, now + timedelta(hours=1))
        assert codes.read(KEYRING, code, now + timedelta(hours=1)) is None
        other = Keyring.parse(Keyring.new_key("two"))
        assert codes.read(other, code, now) is None


@pytest.fixture
async def code(client, act_as, place) -> str:
    clerk = await staff_headers(act_as(), place, "clerk")
    found = await client.get(f"/api/v1/windows/{place.windows['01']}/rating-code", headers=clerk)
    assert found.json()["url"].endswith(f"/q/{found.json()['code']}")
    return found.json()["code"]


def face(shown, level=5, **more):
    return {"service_id": shown["service_id"], "level": level} | more


class TestAtTheWindow:
    async def test_it_finds_the_open_visit_and_rates_it_once(self, client, act_as, place, code):
        served = await visit(act_as, place)
        shown = (await client.get(f"/api/v1/q/{code}")).json()
        assert (shown["service_id"], shown["can_rate"]) == (str(served.id), True)
        event = str(uuid4())
        first = await client.post(f"/api/v1/q/{code}", json=face(shown, event_id=event))
        assert first.status_code == 201, first.text
        again = await client.post(f"/api/v1/q/{code}", json=face(shown, event_id=event))
        assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
        other = await client.post(f"/api/v1/q/{code}", json=face(shown, 4))
        assert (other.status_code, code_of(other)) == (409, "rating.already_rated")
        (row,) = await db.fetch("SELECT * FROM ratings")
        assert (row["channel"], row["via"], row["device_id"]) == (3, "static", None)
        assert (await client.get(f"/api/v1/q/{code}")).json()["rated"] is True
        assert await scores.verify() == []

    async def test_the_last_visit_until_its_time_is_over_and_the_next_one_first(
        self, house, client, act_as, place, code
    ):
        nothing = await client.get(f"/api/v1/q/{code}")
        assert (nothing.status_code, code_of(nothing)) == (404, "rating.nothing_to_rate")
        first = await visit(act_as, place)
        shown = (await client.get(f"/api/v1/q/{code}")).json()
        second = await visit(act_as, place)
        assert (await client.get(f"/api/v1/q/{code}")).json()["service_id"] == str(second.id)
        late = await client.post(f"/api/v1/q/{code}", json=face(shown))
        assert late.json()["service_id"] == str(first.id), "what was shown is what is rated"
        await visits.end(act_as(await place.actor(act_as(), "clerk")), second.id)
        assert (await client.get(f"/api/v1/q/{code}")).json()["can_rate"] is True
        house.clock.shift(timedelta(days=15))
        assert code_of(await client.get(f"/api/v1/q/{code}")) == "rating.nothing_to_rate"
        over = await client.post(f"/api/v1/q/{code}", json=face({"service_id": str(second.id)}))
        assert code_of(over) == "rating.too_late"

    async def test_it_tells_nothing_of_who_was_served_or_what_for(
        self, client, act_as, place, code
    ):
        citizen, _ = await citizen_actor(act_as())
        await visit(act_as, place, about="张三的离婚登记", citizen_id=citizen.id)
        answer = await client.get(f"/api/v1/q/{code}")
        assert "张三" not in answer.text
        assert str(citizen.id) not in answer.text
        assert json.loads(answer.text)["item_name"] is None

    async def test_another_windows_visit_cannot_be_rated_with_it(self, client, act_as, place, code):
        elsewhere = await visit(act_as, place, "clerk2", "02")
        before = refused.labels("rating.no_such_service")._value.get()
        answer = await client.post(
            f"/api/v1/q/{code}", json=face({"service_id": str(elsewhere.id)})
        )
        assert (answer.status_code, code_of(answer)) == (404, "rating.no_such_service")
        assert refused.labels("rating.no_such_service")._value.get() == before + 1

    async def test_a_signed_in_phone_rates_by_name_and_staff_not_at_all(
        self, client, act_as, place, code
    ):
        await visit(act_as, place)
        shown = (await client.get(f"/api/v1/q/{code}")).json()
        clerk = await staff_headers(act_as(), place, "clerk2")
        answer = await client.post(f"/api/v1/q/{code}", json=face(shown), headers=clerk)
        assert answer.status_code == 403
        citizen, headers = await citizen_actor(act_as())
        answer = await client.post(f"/api/v1/q/{code}", json=face(shown), headers=headers)
        assert answer.status_code == 201
        (row,) = await db.fetch("SELECT citizen_id FROM ratings")
        assert row["citizen_id"] == citizen.id

    async def test_guessing_is_slowed_down(self, client):
        answers = [(await client.get(f"/api/v1/q/{'A' * 32}")) for _ in range(62)]
        assert code_of(answers[0]) == "rating.bad_code"
        assert answers[-1].status_code == 429

    async def test_the_evaluators_prompt_goes_when_a_phone_was_faster(
        self, client, act_as, place, code, evaluator
    ):
        served = await visit(act_as, place)
        shown = (await client.get(f"/api/v1/q/{code}")).json()
        assert (await client.post(f"/api/v1/q/{code}", json=face(shown))).status_code == 201
        assert (await evaluator.get("/api/v1/devices/current")).status_code == 204
        tap = await evaluator.post(RATE, evaluator.tap(served.id))
        assert code_of(tap) == "rating.already_rated"


class TestOfOneVisit:
    async def test_it_rates_this_visit_and_ends_with_it(self, house, client, act_as, place):
        served = await visit(act_as, place)
        clerk = await staff_headers(act_as(), place, "clerk")
        found = await client.get(f"/api/v1/visits/{served.id}/code", headers=clerk)
        code = found.json()["code"]
        assert found.json()["expires_at"]
        other = await visit(act_as, place)
        wrong = await client.post(f"/api/v1/q/{code}", json=face({"service_id": str(other.id)}))
        assert code_of(wrong) == "rating.no_such_service"
        shown = (await client.get(f"/api/v1/q/{code}")).json()
        assert shown["service_id"] == str(served.id)
        house.clock.shift(timedelta(days=15))
        assert code_of(await client.get(f"/api/v1/q/{code}")) == "rating.bad_code"
        house.clock.shift(timedelta(days=-15))
        answer = await client.post(f"/api/v1/q/{code}", json=face(shown, 1, comment="等太久"))
        assert answer.status_code == 201
        (row,) = await db.fetch("SELECT via, channel FROM ratings")
        assert (row["via"], row["channel"]) == ("visit", 3)

"""Vendors number their faces differently; what nobody tapped is kept, and is no rating."""

import base64
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.core import db
from evaluations.devices import service as devices
from evaluations.devices.schemas import DeviceIn, EnrolIn
from evaluations.devices.vendors import (
    KNOWN,
    Meaning,
    UnknownNumberError,
    UnknownSchemeError,
    meaning,
    scheme_of,
)
from evaluations.scores import service as scores
from tests.evaluations.hub import RATE, Evaluator, visit
from tests.places import code_of


class TestSchemes:
    @pytest.mark.parametrize("name", KNOWN.schemes)
    def test_each_has_five_levels_once_each(self, name):
        assert sorted(KNOWN.schemes[name].levels.values()) == [1, 2, 3, 4, 5]

    @pytest.mark.parametrize("name", KNOWN.schemes)
    @given(raw=st.integers(-128, 127))
    def test_a_number_is_a_level_or_no_rating_or_refused_and_never_two(self, name, raw):
        scheme = KNOWN.schemes[name]
        try:
            found = meaning(scheme, raw)
        except UnknownNumberError:
            assert raw not in scheme.levels.keys() | scheme.not_rated | scheme.timed_out
        else:
            assert (found.level is None) != (found.reason is None)

    @pytest.mark.parametrize(
        ("model", "best", "worst", "not_rated"),
        [
            ("generic-one-best", 1, 5, 0),
            ("generic-zero-best", 0, 4, -1),
            ("generic-five-best", 5, 1, 0),
        ],
    )
    def test_the_same_number_means_what_the_model_says(self, model, best, worst, not_rated):
        scheme = scheme_of(model, {})
        assert scheme
        assert meaning(scheme, best) == Meaning(level=5)
        assert meaning(scheme, worst) == Meaning(level=1)
        assert meaning(scheme, not_rated) == Meaning(reason="not_rated")
        assert meaning(scheme, -2) == Meaning(reason="timed_out")

    def test_configuration_adds_models_and_names_schemes_that_are_there(self):
        assert scheme_of("X-9", {}) is None
        assert scheme_of("X-9", {"X-9": "zero-best"}) == KNOWN.schemes["zero-best"]
        assert scheme_of("kiosk", {"kiosk": "one-best"}) == KNOWN.schemes["one-best"]
        with pytest.raises(UnknownSchemeError):
            scheme_of("X-9", {"X-9": "six-best"})


@pytest.fixture
def of_model(act_as, place, house, client):
    async def make(model: str) -> Evaluator:
        made = await devices.add(
            act_as(),
            DeviceIn(
                hall_id=place.hall_id, name="评价器", window_id=place.windows["01"], model=model
            ),
        )
        found = await devices.enrol(act_as(), EnrolIn(code=made.code))
        return Evaluator(found.device_id, base64.b64decode(found.key), house, client)

    return make


async def rated(evaluator: Evaluator, service_id, raw: int, **more):
    tap = evaluator.tap(service_id) | {"raw_level": raw} | more
    tap.pop("level")
    return await evaluator.post(RATE, tap)


async def test_the_raw_value_is_kept_beside_the_mapped_one(of_model, act_as, place):
    for model, raw, level in (("generic-one-best", 1, 5), ("generic-zero-best", 4, 1)):
        device = await of_model(model)
        served = await visit(act_as, place)
        answer = await rated(device, served.id, raw, comment="原因")
        assert (answer.status_code, answer.json()["level"]) == (201, level), answer.text
        (row,) = await db.fetch("SELECT * FROM ratings WHERE service_id = $1", served.id)
        assert (row["raw_level"], row["level"], row["device_id"]) == (raw, level, device.id)


@pytest.mark.parametrize(
    ("model", "raw", "reason"),
    [
        ("generic-one-best", 0, "not_rated"),
        ("generic-one-best", -2, "timed_out"),
        ("generic-zero-best", -1, "not_rated"),
        ("generic-five-best", 0, "not_rated"),
    ],
)
async def test_not_rated_is_stored_as_not_rated_once(of_model, act_as, place, model, raw, reason):
    device = await of_model(model)
    served = await visit(act_as, place)
    event = str(uuid4())
    for _ in range(2):
        answer = await rated(device, served.id, raw, event_id=event)
        assert (answer.status_code, answer.json()["not_rated"]) == (200, reason)
    (row,) = await db.fetch("SELECT * FROM unrated_taps")
    assert (row["raw_level"], row["reason"], row["service_id"]) == (raw, reason, served.id)
    assert await db.fetch("SELECT id FROM ratings") == []
    assert await db.fetch("SELECT id FROM score_days") == []
    assert (await device.post(RATE, device.tap(served.id, 4))).status_code == 201
    assert await scores.verify() == []


async def test_a_number_that_the_model_does_not_have_is_refused(of_model, act_as, place):
    device = await of_model("generic-zero-best")
    served = await visit(act_as, place)
    assert code_of(await rated(device, served.id, 5)) == "rating.unfit"
    contradicts = device.tap(served.id, 5) | {"raw_level": 4}
    assert code_of(await device.post(RATE, contradicts)) == "rating.unfit"
    assert await db.fetch("SELECT id FROM ratings") == []


async def test_a_setting_puts_a_model_under_another_numbering(
    of_model, act_as, place, house, monkeypatch
):
    monkeypatch.setattr(
        house, "settings", replace(house.settings, device_models={"V-7": "one-best"})
    )
    device = await of_model("V-7")
    served = await visit(act_as, place)
    assert (await rated(device, served.id, 1)).json()["level"] == 5

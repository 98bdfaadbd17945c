"""Which holdings serve again, and until when."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.guide import Requirement
from app.holdings.rules import (
    WHY,
    Held,
    Source,
    Unfit,
    kept_until,
    material_type,
    serves_until,
    type_of,
    unfit,
)

DAY = date(2026, 3, 2)
LEASE = Requirement(code="lease", name="房屋租赁合同", valid_days=180)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def held(**changed: object) -> Held:
    usual: dict[str, object] = {
        "type": "房屋租赁合同",
        "source": Source.SUPPLIED,
        "valid_from": DAY,
        "valid_until": kept_until(DAY, 180),
    }
    return Held(**(usual | changed))  # type: ignore[arg-type]


class TestType:
    def test_width_spaces_and_case_make_no_difference(self) -> None:
        assert material_type("营业执照（副本） A") == material_type("营业执照(副本)a")

    def test_a_stated_type_wins_over_the_name(self) -> None:
        line = Requirement(code="x", name="经营场所使用证明", type="房屋租赁合同")
        assert type_of(line) == type_of(LEASE)

    def test_different_papers_stay_different(self) -> None:
        assert material_type("营业执照正本") != material_type("营业执照副本")


class TestUnfit:
    def test_what_was_given_serves_to_its_last_day_and_not_longer(self) -> None:
        last = DAY + timedelta(days=180)
        assert unfit(held(), LEASE, last) is None
        assert unfit(held(), LEASE, last + timedelta(days=1)) is Unfit.EXPIRED

    def test_the_stricter_of_the_two_requirements_counts(self) -> None:
        strict = Requirement(code="lease", name="房屋租赁合同", valid_days=30)
        assert serves_until(held(), strict) == DAY + timedelta(days=30)
        long = Requirement(code="lease", name="房屋租赁合同", valid_days=1000)
        assert serves_until(held(), long) == DAY + timedelta(days=180)

    def test_what_is_asked_for_each_time_anew_is_never_taken_from_before(self) -> None:
        anew = Requirement(code="lease", name="房屋租赁合同")
        assert unfit(held(), anew, DAY) is Unfit.NOT_REUSABLE

    def test_what_the_hall_issued_serves_though_the_requirement_keeps_nothing(self) -> None:
        anew = Requirement(code="lease", name="房屋租赁合同")
        issued = held(source=Source.ISSUED, valid_until=None)
        assert unfit(issued, anew, DAY + timedelta(days=4000)) is None

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"type": "平面图"}, Unfit.OTHER_TYPE),
            ({"revoked": True}, Unfit.REVOKED),
            ({"forgotten": True}, Unfit.FORGOTTEN),
            ({"valid_from": DAY + timedelta(days=1)}, Unfit.NOT_YET_VALID),
        ],
    )
    def test_why_it_does_not_serve(self, changed: dict[str, object], why: Unfit) -> None:
        assert unfit(held(**changed), LEASE, DAY) is why

    def test_every_reason_is_said_in_words(self) -> None:
        assert set(WHY) == set(Unfit)

    @given(days, days, st.integers(0, 3000), st.integers(0, 3000), st.sampled_from(Source))
    def test_it_serves_exactly_from_its_first_to_its_last_day(
        self, given_on: date, today: date, kept: int, asked: int, source: Source
    ) -> None:
        line = Requirement(code="lease", name="房屋租赁合同", valid_days=asked)
        one = held(source=source, valid_from=given_on, valid_until=kept_until(given_on, kept))
        last = serves_until(one, line)
        assert last is not None
        serves = given_on <= today <= last and (asked > 0 or source is Source.ISSUED)
        assert (unfit(one, line, today) is None) == serves
        assert last <= kept_until(given_on, kept)

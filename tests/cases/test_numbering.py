"""A case number: distinct, readable, and wrong wherever somebody mistypes it."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.cases.numbering import (
    SERIALS_A_DAY,
    MistypedNumber,
    case_number,
    is_case_number,
    is_mistyped,
    no_such_case,
)
from app.core.errors import NotFound

days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
regions = st.text("0123456789", min_size=6, max_size=6)
serials = st.integers(1, SERIALS_A_DAY)
numbers = st.builds(case_number, regions, days, serials)


@given(regions, days, serials)
def test_a_number_says_where_when_and_which(region: str, day: date, serial: int) -> None:
    number = case_number(region, day, serial)
    assert is_case_number(number)
    assert (number[:6], number[6:14], number[14:20]) == (region, f"{day:%Y%m%d}", f"{serial:06d}")


@given(st.sets(st.tuples(regions, days, serials), min_size=2, max_size=20))
def test_distinct_cases_have_distinct_numbers(given_cases: set) -> None:
    assert len({case_number(*case) for case in given_cases}) == len(given_cases)


@given(numbers)
def test_any_single_wrong_digit_is_detected(number: str) -> None:
    for place, digit in enumerate(number):
        for other in "0123456789":
            wrong = number[:place] + other + number[place + 1 :]
            assert is_case_number(wrong) == (other == digit)


@given(numbers)
def test_any_two_neighbours_that_changed_places_are_detected(number: str) -> None:
    for place in range(len(number) - 1):
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert is_case_number(swapped) == (swapped == number)


@given(numbers, st.integers(0, 20), st.integers(1, 9))
def test_a_wrong_digit_is_told_from_a_number_that_no_case_has(
    number: str, place: int, more: int
) -> None:
    digit = (int(number[place]) + more) % 10
    wrong = number[:place] + str(digit) + number[place + 1 :]
    assert isinstance(no_such_case(wrong, "没有"), MistypedNumber)
    assert isinstance(no_such_case(number, "没有"), NotFound)


@pytest.mark.parametrize("text", ["", "1", "A-1", "0" * 20, "1" * 22, "５" * 21])
def test_what_does_not_look_like_a_number_is_not_told_as_mistyped(text: str) -> None:
    assert not is_mistyped(text)


@given(st.text(max_size=25))
def test_no_other_text_is_a_number(text: str) -> None:
    assume(not (len(text) == 21 and text.isascii() and text.isdigit()))
    assert not is_case_number(text)


@pytest.mark.parametrize("text", ["", "５" * 21, "0" * 20, "0" * 22, "-" + "0" * 20, "٠" * 21])
def test_odd_digits_and_lengths_are_no_number(text: str) -> None:
    assert not is_case_number(text)


@pytest.mark.parametrize("region", ["", "51160", "5116022", "51160x", "５１１６０２"])
def test_a_region_that_is_not_six_digits_is_refused(region: str) -> None:
    with pytest.raises(ValueError, match="region"):
        case_number(region, date(2026, 3, 2), 1)


@pytest.mark.parametrize("serial", [0, -1, SERIALS_A_DAY + 1])
def test_a_serial_that_does_not_fit_is_refused(serial: int) -> None:
    with pytest.raises(ValueError, match="serial"):
        case_number("511602", date(2026, 3, 2), serial)

"""What makes an ID number, a phone number and a claim code acceptable."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.citizens.rules import (
    CLAIM_ALPHABET,
    CLAIM_LETTERS,
    birth_date,
    normal_claim_code,
    normal_id_number,
    normal_phone,
)

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""GB 11643-1999: the check character is one of these, by the weighted sum modulo 11."""
CHECKS = "10X98765432"
bodies = st.builds(
    lambda region, born, order: f"{region}{born:%Y%m%d}{order:03d}",
    st.integers(110000, 659999),
    st.dates(date(1900, 1, 1), date(2025, 12, 31)),
    st.integers(0, 999),
)


def numbered(body: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, body, strict=True))
    return body + CHECKS[total % 11]


@given(bodies)
def test_every_number_of_the_standard_is_one_wherever_it_was_given(body: str) -> None:
    number = numbered(body)
    assert normal_id_number(f" {number[:6]} {number[6:].lower()} ") == number
    assert birth_date(number) == date.fromisoformat(f"{body[6:10]}-{body[10:12]}-{body[12:14]}")


@given(bodies, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_found(body: str, place: int, by: int) -> None:
    number = numbered(body)
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert normal_id_number(wrong) is None


@pytest.mark.parametrize("body", ["51160219800230001", "51160219801301001", "51160200000101001"])
def test_a_day_that_never_was_makes_no_number(body: str) -> None:
    assert normal_id_number(numbered(body)) is None


@pytest.mark.parametrize("text", ["", "110105194912310", "1１010519491231002X", "X" * 18])
def test_what_has_another_shape_is_no_number(text: str) -> None:
    assert normal_id_number(text) is None


@given(st.text(CLAIM_ALPHABET, min_size=CLAIM_LETTERS, max_size=CLAIM_LETTERS))
def test_a_claim_code_is_read_however_it_is_typed(code: str) -> None:
    assert normal_claim_code(f" {code[:4].lower()} - {code[4:]} ") == code


def test_a_mobile_number_is_its_eleven_digits() -> None:
    assert normal_phone("+86 138-1234-5678") == "13812345678"
    assert normal_phone("010-12345678") is None
    assert normal_phone("+852 61234567") is None

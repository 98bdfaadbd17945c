"""What makes an ID number, a phone number and a claim code acceptable."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.citizens.rules import (
    ADULT_AGE,
    ADULT_CONSENT_AGE,
    ASK_AGAIN,
    ASK_FOR,
    CLAIM_ALPHABET,
    CLAIM_LETTERS,
    Change,
    ChangeRule,
    Level,
    Unfit,
    age_on,
    ask_again_at,
    birth_date,
    change_rule,
    device_hint,
    guardianship,
    level_of,
    normal_claim_code,
    normal_id_number,
    normal_phone,
    reaches,
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


# --- how well somebody is known
@given(st.booleans(), st.booleans())
def test_whoever_has_said_nothing_is_not_known_at_all(proven: bool, verified: bool) -> None:
    assert level_of(known=False, phone_proven=proven, verified=verified) is None


def test_the_highest_level_counts() -> None:
    assert level_of(known=True, phone_proven=False, verified=False) is Level.STATED
    assert level_of(known=True, phone_proven=True, verified=False) is Level.PHONE_PROVEN
    assert level_of(known=True, phone_proven=False, verified=True) is Level.VERIFIED


@given(st.sampled_from([None, *Level]), st.sampled_from(Level))
def test_a_level_reaches_those_below_it(level: Level | None, wanted: Level) -> None:
    order = [None, Level.STATED, Level.PHONE_PROVEN, Level.VERIFIED]
    assert reaches(level, wanted) == (order.index(level) >= order.index(wanted))


# --- changing who one is
changes = st.builds(
    Change,
    name=st.booleans(),
    number=st.booleans(),
    verified=st.booleans(),
    adopted=st.booleans(),
    filed=st.booleans(),
)


@given(changes)
def test_by_oneself_one_never_becomes_another_person_after_something_was_done(
    change: Change,
) -> None:
    rule = change_rule(change)
    if change.number and (change.verified or change.adopted or change.filed):
        assert rule in (ChangeRule.NUMBER_FIXED, ChangeRule.AT_WINDOW)
    if change.verified and (change.name or change.number):
        assert rule in (ChangeRule.NUMBER_FIXED, ChangeRule.AT_WINDOW)


@given(changes)
def test_what_stays_the_same_may_always_be_said_again(change: Change) -> None:
    if not change.name and not change.number:
        assert change_rule(change) is ChangeRule.FREE


@given(changes)
def test_before_anything_was_done_everything_can_be_corrected(change: Change) -> None:
    if not (change.verified or change.adopted or change.filed):
        assert change_rule(change) is ChangeRule.FREE


def test_a_misspelt_name_needs_somebody_who_confirms_it() -> None:
    change = Change(name=True, number=False, verified=False, adopted=True, filed=True)
    assert change_rule(change) is ChangeRule.IF_CONFIRMED


# --- guardians
days = st.dates(date(1950, 1, 1), date(2025, 12, 31))


@given(days, days, st.dates(date(2026, 1, 1), date(2040, 12, 31)))
def test_a_guardian_is_of_age_and_a_child_under_fourteen(
    guardian: date, child: date, day: date
) -> None:
    wrong = guardianship(guardian, child, day)
    adult, young = age_on(guardian, day) >= ADULT_AGE, age_on(child, day) < ADULT_CONSENT_AGE
    assert (wrong is None) == (adult and young)
    if not adult:
        assert wrong is Unfit.NOT_ADULT


def test_a_birthday_makes_the_difference() -> None:
    guardian, child = date(1990, 1, 1), date(2012, 3, 3)
    assert guardianship(guardian, child, date(2026, 3, 2)) is None
    assert guardianship(guardian, child, date(2026, 3, 3)) is Unfit.NOT_A_CHILD
    leap = date(2012, 2, 29)
    assert guardianship(guardian, leap, date(2026, 2, 28)) is None
    assert guardianship(guardian, leap, date(2026, 3, 1)) is Unfit.NOT_A_CHILD


# --- asking again
@given(st.integers(0, int(ASK_FOR.total_seconds()) * 2))
def test_a_silent_authority_is_asked_ever_more_seldom_and_then_no_more(waited: int) -> None:
    asked = datetime(2026, 3, 2, tzinfo=UTC)
    now = asked + timedelta(seconds=waited)
    again = ask_again_at(asked, now)
    if now - asked >= ASK_FOR:
        assert again is None
    else:
        assert again is not None
        assert ASK_AGAIN[0] <= again - now <= ASK_AGAIN[1]


# --- recognising a phone
@given(st.one_of(st.none(), st.text(max_size=80)), st.text(max_size=80))
def test_what_a_phone_is_recognised_by_is_one_short_line(model: str | None, agent: str) -> None:
    hint = device_hint(model, agent)
    assert hint is None or (0 < len(hint) <= 60 and hint.isprintable())


@pytest.mark.parametrize(
    ("agent", "hint"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) MicroMessenger/8.0", "iPhone"),
        ("Mozilla/5.0 (Linux; Android 14; V2309A) MicroMessenger/8.0", "安卓手机"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) MicroMessenger/8.0", "鸿蒙设备"),
        ("Mozilla/5.0 (Windows NT 10.0) WindowsWechat", "Windows 电脑"),
        ("curl/8", None),
    ],
)
def test_a_phone_that_does_not_say_its_model_is_one_of_a_kind(agent: str, hint: str | None) -> None:
    assert device_hint(None, agent) == hint
    assert device_hint("  ", agent) == hint
    assert device_hint("Mi 14", agent) == "Mi 14"

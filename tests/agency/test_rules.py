"""What roles and consents let people do, and which codes an enterprise can have."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from app.agency.rules import (
    POWERS,
    ConsentState,
    EnterpriseRole,
    Power,
    Scope,
    consent_state,
    covers,
    helper_powers,
    keeps_a_manager,
    normal_code,
    roles_with,
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
bodies = st.tuples(
    st.sampled_from(["91", "92", "11", "51", "N2", "A1"]),
    st.from_regex(r"[0-9]{6}", fullmatch=True),
    st.text(ALPHABET, min_size=9, max_size=9),
).map("".join)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
roles = st.sampled_from(EnterpriseRole)


@given(bodies)
def test_a_code_with_the_right_check_character_is_one_however_it_is_typed(body: str) -> None:
    code = body + uscc.calc_check_digit(body)
    assert normal_code(code) == code
    assert normal_code(f" {code[:8].lower()}-{code[8:].lower()} ") == code


@given(bodies, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_a_wrong_character_anywhere_is_found(body: str, place: int, other: str) -> None:
    code = body + uscc.calc_check_digit(body)
    wrong = code[:place] + other + code[place + 1 :]
    assert (normal_code(wrong) is None) == (wrong != code)


@pytest.mark.parametrize(
    "text",
    ["", "91110000600037341", "91110000600037341LL", "９1110000600037341L", "I1" * 9, "一" * 18],
)
def test_what_has_another_shape_is_no_code(text: str) -> None:
    assert normal_code(text) is None


def test_the_code_of_a_real_enterprise() -> None:
    assert normal_code("91110000600037341L") == "91110000600037341L"


def test_only_those_who_manage_change_people_and_a_viewer_only_sees() -> None:
    manage = [EnterpriseRole.LEGAL_REPRESENTATIVE, EnterpriseRole.MANAGER]
    assert roles_with(Power.MANAGE) == manage
    assert set(roles_with(Power.FILE)) == {*manage, EnterpriseRole.OPERATOR}
    assert POWERS[EnterpriseRole.VIEWER] == {Power.SEE}
    assert set(roles_with(Power.SEE)) == set(EnterpriseRole)


@given(st.lists(roles))
def test_an_enterprise_keeps_somebody_who_manages_it(left: list[EnterpriseRole]) -> None:
    assert keeps_a_manager(left) == any(Power.MANAGE in POWERS[role] for role in left)


def test_a_helper_never_manages_and_withdraws_only_if_the_consent_says_so() -> None:
    assert helper_powers(may_withdraw=False) == {Power.SEE, Power.FILE}
    assert helper_powers(may_withdraw=True) == {Power.SEE, Power.FILE, Power.WITHDRAW}


def test_a_consent_covers_what_it_names_and_nothing_else() -> None:
    item, case = uuid4(), uuid4()
    assert covers(Scope.ALL, None, item_id=item, case_id=case)
    assert covers(Scope.ITEM, item, item_id=item, case_id=None)
    assert covers(Scope.CASE, case, item_id=item, case_id=case)
    assert not covers(Scope.ITEM, item, item_id=case, case_id=item)
    assert not covers(Scope.CASE, case, item_id=case, case_id=None)
    assert not covers(Scope.ITEM, None, item_id=None, case_id=None)


@given(st.booleans(), st.sampled_from([None, "revoked", "given_back", "declined"]), st.integers())
def test_only_an_accepted_consent_within_its_time_is_live(
    accepted: bool, ended_as: str | None, seconds: int
) -> None:
    left = timedelta(seconds=max(-(10**8), min(seconds, 10**8)))
    state = consent_state(accepted=accepted, ended_as=ended_as, expires_at=NOW + left, now=NOW)
    live = accepted and ended_as is None and left > timedelta(0)
    assert (state is ConsentState.LIVE) == live
    assert ended_as is None or state == ended_as

"""Amounts in words and in fen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.projects.fees.rules import Line, LineState, fen_of, refundable, totals, yuan


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("200元", 20_000),
        ("200 元", 20_000),
        ("1,200.50元", 120_050),
        ("¥80", 8_000),
        ("0.5元", 50),
        ("人民币300元整", 30_000),
        ("不收费", 0),
        ("免费", 0),
        ("0", 0),
        ("0.00元", 0),
        ("按建筑面积计算", None),
        ("50元/份", None),
        ("200元至500元", None),
        ("工本费10元", None),
        ("", None),
    ],
)
def test_a_text_that_is_a_plain_number_of_yuan_is_an_amount(text: str, fen: int | None) -> None:
    assert fen_of(text) == fen


@given(st.integers(1, 99_999_999_999))
def test_an_amount_is_read_as_it_is_written(fen: int) -> None:
    assert fen_of(yuan(fen)) == fen


@given(
    st.lists(
        st.builds(
            Line,
            st.sampled_from(LineState),
            st.integers(1, 10**9) | st.none(),
            st.just(0),
        )
    )
)
def test_every_fen_of_a_list_is_in_exactly_one_sum(lines: list[Line]) -> None:
    sums = totals(lines)
    assert sums.due + sums.paid + sums.waived == sum(line.fen or 0 for line in lines)
    assert sums.unset == sum(line.fen is None and line.state is LineState.DUE for line in lines)


@given(st.integers(1, 10**9), st.data())
def test_no_more_is_given_back_than_was_paid(fen: int, data: st.DataObject) -> None:
    refunded = data.draw(st.integers(0, fen))
    assert refundable(Line(LineState.PAID, fen, refunded)) + refunded == fen
    assert refundable(Line(LineState.DUE, fen)) == 0
    assert refundable(Line(LineState.WAIVED, fen)) == 0

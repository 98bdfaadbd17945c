"""Formulas of the scores: what is over what, and what a ranking makes of few and many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ratios import change
from evaluations.scores import rules
from evaluations.scores.rules import Counts, Ratio

number = st.integers(0, 10**6)
counts = st.builds(Counts, st.tuples(*[number] * 5), number, number)


def test_every_formula_over_one_example() -> None:
    given = Counts((1, 2, 3, 4, 10), due=40, due_rated=18)
    assert rules.satisfaction(given) == Ratio(17, 20)
    assert rules.good_rate(given) == Ratio(14, 20)
    assert rules.mean_level(given) == Ratio(1 + 4 + 9 + 16 + 50, 20)
    assert rules.mean_points(given) == Ratio(2 * 3 + 3 * 6 + 4 * 8 + 10 * 10, 20)
    assert rules.participation(given) == Ratio(18, 40)
    assert rules.satisfaction(given).value == 0.85


def test_of_nothing_there_is_no_rate() -> None:
    for formula in (
        rules.satisfaction,
        rules.good_rate,
        rules.mean_level,
        rules.mean_points,
        rules.participation,
    ):
        assert formula(Counts()).value is None
    assert rules.wilson_lower(Ratio(0, 0)) is None


def test_unrated_counts_in_participation_and_nowhere_else() -> None:
    few, many = Counts((0, 0, 0, 0, 7), due=7, due_rated=7), Counts((0, 0, 0, 0, 7), 700, 7)
    assert rules.satisfaction(few) == rules.satisfaction(many)
    assert rules.mean_level(few) == rules.mean_level(many)
    assert rules.participation(many).value == 0.01


def test_three_of_three_does_not_beat_980_of_1000() -> None:
    small, large = rules.wilson_lower(Ratio(3, 3)), rules.wilson_lower(Ratio(980, 1000))
    assert small == pytest.approx(0.4385, abs=1e-4)
    assert large == pytest.approx(0.9693, abs=1e-4)
    assert rules.rank([Counts((0, 0, 0, 0, 3)), Counts((20, 0, 0, 0, 980))], 3) == [2, 1]


def test_a_small_sample_has_no_place() -> None:
    rows = [Counts((0, 0, 0, 0, 4)), Counts((0, 0, 0, 0, 5)), Counts()]
    assert rules.rank(rows, 5) == [None, 1, None]


def test_equals_share_a_place() -> None:
    row, worse = Counts((0, 0, 0, 0, 9)), Counts((1, 0, 0, 0, 8))
    assert rules.rank([worse, row, row, worse], 5) == [3, 1, 1, 3]


@given(counts)
def test_rates_are_shares_and_means_stay_on_their_scale(row: Counts) -> None:
    for share in (rules.satisfaction(row), rules.good_rate(row)):
        assert share.value is None or 0 <= share.value <= 1
    assert (rules.mean_level(row).value or 1) >= 1
    assert (rules.mean_level(row).value or 5) <= 5
    assert 0 <= (rules.mean_points(row).value or 0) <= 10
    assert rules.good_rate(row).numerator <= rules.satisfaction(row).numerator


@given(st.integers(1, 10**6), st.data())
def test_the_lower_bound_lies_below_the_share_and_never_below_none(n: int, data) -> None:
    good = data.draw(st.integers(0, n))
    bound = rules.wilson_lower(Ratio(good, n))
    assert bound is not None
    assert 0 <= bound <= good / n


@given(st.integers(1, 1000), st.data())
def test_the_lower_bound_grows_with_the_share_and_with_the_sample(n: int, data) -> None:
    good = data.draw(st.integers(1, n))
    here = rules.wilson_lower(Ratio(good, n))
    fewer, larger = (
        rules.wilson_lower(Ratio(good - 1, n)),
        rules.wilson_lower(Ratio(10 * good, 10 * n)),
    )
    assert fewer < here < larger  # type: ignore[operator]


@given(counts, counts)
def test_counts_add_up(a: Counts, b: Counts) -> None:
    both = a + b
    assert both.ratings == a.ratings + b.ratings
    assert both.at_least(3) == a.at_least(3) + b.at_least(3)
    assert (both.due, both.due_rated) == (a.due + b.due, a.due_rated + b.due_rated)


@given(st.lists(counts, max_size=12), st.integers(1, 20))
def test_a_better_place_means_a_higher_bound(rows: list[Counts], small: int) -> None:
    ranks = rules.rank(rows, small)
    placed = [
        (place, rules.wilson_lower(rules.satisfaction(row)))
        for place, row in zip(ranks, rows, strict=True)
        if place
    ]
    for place, bound in placed:
        assert place == 1 + sum(other > bound for _, other in placed)
    assert len(placed) == sum(row.ratings >= small for row in rows)


@given(st.integers(1, 10**6), st.data())
def test_the_interval_holds_the_share_and_mirrors(n: int, data) -> None:
    good = data.draw(st.integers(0, n))
    here, mirrored = rules.wilson(Ratio(good, n)), rules.wilson(Ratio(n - good, n))
    assert here is not None
    assert mirrored is not None
    assert 0 <= here.lower <= good / n <= here.upper <= 1
    assert here.upper == pytest.approx(1 - mirrored.lower, abs=1e-9)


def test_a_ranking_can_go_by_the_good_rate_instead() -> None:
    content, delighted = Counts((0, 0, 10, 0, 0)), Counts((1, 0, 0, 0, 9))
    assert rules.rank([content, delighted], 5) == [1, 2]
    assert rules.rank([content, delighted], 5, rules.good_rate) == [2, 1]


@given(counts, counts)
def test_a_change_is_the_difference_and_turns_with_the_order(a: Counts, b: Counts) -> None:
    for formula in (rules.satisfaction, rules.mean_level, rules.participation):
        there = change(formula(a), formula(b))
        back = change(formula(b), formula(a))
        if formula(a).denominator == 0 or formula(b).denominator == 0:
            assert there is None
        else:
            assert there == pytest.approx(-back)  # type: ignore[operator]


def test_a_small_sample_is_withheld_and_cannot_be_got_by_subtraction() -> None:
    assert rules.withheld([100, 4, 50], 5) == [False, True, True]
    assert rules.withheld([100, 4, 3, 50], 5) == [False, True, True, False]
    assert rules.withheld([100, 0, 50], 5) == [False, True, False]
    assert rules.withheld([3], 5) == [True]
    assert rules.withheld([], 5) == []


@given(st.lists(st.integers(0, 30), max_size=12), st.integers(1, 10))
def test_what_is_withheld_is_never_a_small_sample_on_its_own(rows: list[int], small: int) -> None:
    hidden = rules.withheld(rows, small)
    assert all(hide for n, hide in zip(rows, hidden, strict=True) if n < small)
    missing = sum(n for n, hide in zip(rows, hidden, strict=True) if hide)
    assert missing == 0 or missing >= small or all(hidden)

"""What reports of another system move: in whatever order they come, nothing goes back."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.cases.approvals.rules import DECISIONS, SAYS, Known, Progress, says_more

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
P = Progress
told = st.lists(st.tuples(st.sampled_from(Progress), st.integers(0, 6)), max_size=10)


def taken(reports: list[tuple[Progress, int]]) -> list[Known]:
    """The reports as they come, each with whether it moved anything."""
    known: list[Known] = []
    for kind, hour in reports:
        at = START + timedelta(hours=hour)
        known.append(Known(kind, at, says_more(known, kind, at)))
    return known


def moved(reports: list[tuple[Progress, int]]) -> list[Progress]:
    return [one.kind for one in taken(reports) if one.applied]


def test_in_order_each_says_more() -> None:
    way = [P.RECEIVED, P.REVIEWING, P.PAUSED, P.RESUMED, P.REVIEWING, P.AGREED]
    assert moved([(kind, hour) for hour, kind in enumerate(way)]) == way


def test_what_comes_after_the_decision_moves_nothing() -> None:
    assert moved([(P.AGREED, 3), (P.RECEIVED, 0), (P.REVIEWING, 1), (P.PAUSED, 2)]) == [P.AGREED]


def test_of_two_decisions_the_younger_counts_whichever_comes_first() -> None:
    assert moved([(P.AGREED, 3), (P.REFUSED, 2)]) == [P.AGREED]
    assert moved([(P.REFUSED, 2), (P.AGREED, 3)]) == [P.REFUSED, P.AGREED]


def test_a_pause_whose_end_is_known_does_not_begin() -> None:
    assert moved([(P.RECEIVED, 0), (P.RESUMED, 3), (P.PAUSED, 2)]) == [P.RECEIVED]


def test_nothing_but_a_resumption_or_a_decision_follows_a_pause() -> None:
    paused = [(P.PAUSED, 1)]
    assert moved([*paused, (P.REVIEWING, 2)]) == [P.PAUSED]
    assert moved([*paused, (P.AGREED, 2)]) == [P.PAUSED, P.AGREED]


@given(told)
def test_what_moves_is_in_the_order_in_which_it_happened(
    reports: list[tuple[Progress, int]],
) -> None:
    steps = [one for one in taken(reports) if one.applied and one.kind not in DECISIONS]
    assert [one.at for one in steps] == sorted(one.at for one in steps)
    decisions = [one.at for one in taken(reports) if one.applied and one.kind in DECISIONS]
    assert decisions == sorted(set(decisions))


@given(told)
def test_a_report_that_comes_again_moves_nothing(reports: list[tuple[Progress, int]]) -> None:
    assert moved([one for one in reports for _ in range(2)]) == moved(reports)


@given(told)
def test_pauses_and_resumptions_alternate(reports: list[tuple[Progress, int]]) -> None:
    turns = [kind for kind in moved(reports) if kind in (P.PAUSED, P.RESUMED)]
    assert turns == [P.PAUSED, P.RESUMED] * (len(turns) // 2) + [P.PAUSED] * (len(turns) % 2)


@given(told)
def test_it_is_received_at_most_once_and_first(reports: list[tuple[Progress, int]]) -> None:
    steps = [kind for kind in moved(reports) if kind not in DECISIONS]
    assert P.RECEIVED not in steps[1:]


def test_every_report_is_said_in_words() -> None:
    assert set(SAYS) == set(Progress)

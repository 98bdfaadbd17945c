"""The ledger of subscriptions: what is left, and when to ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notices.ledger_rules import (
    MOMENTS,
    MOST_ASKED,
    NOTHING,
    Event,
    Standing,
    Word,
    after,
    needed,
    should_ask,
)
from app.notices.rules import AskAt, Kind

standings = st.builds(Standing, st.sampled_from(Word), st.one_of(st.none(), st.integers(0, 20)))


@given(st.lists(st.sampled_from(Event), max_size=30), st.booleans())
def test_never_less_than_nothing_and_never_more_than_was_agreed_to(
    events: list[Event], long_term: bool
) -> None:
    standing = NOTHING
    for event in events:
        standing = after(standing, event, long_term=long_term)
        assert standing.remaining is None or standing.remaining >= 0
    if not long_term:
        assert standing.remaining is not None
        assert standing.remaining <= events.count(Event.ACCEPT)


@given(standings, st.booleans())
def test_a_message_uses_up_one_and_a_long_term_agreement_none(
    standing: Standing, long_term: bool
) -> None:
    left = after(standing, Event.SENT, long_term=long_term).remaining
    if standing.remaining is None:
        assert left is None
    else:
        assert left == max(standing.remaining - 1, 0)


@given(standings, st.booleans())
def test_the_platforms_refusal_is_the_truth(standing: Standing, long_term: bool) -> None:
    then = after(standing, Event.USED_UP, long_term=long_term)
    assert then.remaining == 0
    assert should_ask(then, 1) == (then.word is not Word.BANNED)


def test_a_long_term_agreement_is_taken_back_in_the_settings() -> None:
    agreed = after(NOTHING, Event.ACCEPT, long_term=True)
    assert agreed == Standing(Word.ACCEPTED, None)
    off = after(agreed, Event.TURNED_OFF, long_term=True)
    assert off == Standing(Word.REJECTED, 0)
    assert after(off, Event.TURNED_ON, long_term=True) == agreed


def test_declining_once_leaves_what_was_agreed_to_before() -> None:
    two = Standing(Word.ACCEPTED, 2)
    assert after(two, Event.REJECT, long_term=False) == Standing(Word.REJECTED, 2)


def test_no_moment_asks_for_more_than_the_platform_takes_at_once() -> None:
    assert set(MOMENTS) == set(AskAt)
    assert all(1 <= len(kinds) <= MOST_ASKED for kinds in MOMENTS.values())
    assert {kind for kinds in MOMENTS.values() for kind in kinds} == set(Kind)


@pytest.mark.parametrize(
    ("standing", "wanted", "asks"),
    [
        (NOTHING, 1, True),
        (NOTHING, 0, False),
        (Standing(Word.ACCEPTED, 1), 1, False),
        (Standing(Word.ACCEPTED, 1), 2, True),
        (Standing(Word.ACCEPTED, None), 9, False),
        (Standing(Word.REJECTED, 0), 1, True),
        (Standing(Word.BANNED, 0), 1, False),
    ],
)
def test_asking_is_for_what_is_missing_and_where_it_helps(
    standing: Standing, wanted: int, asks: bool
) -> None:
    assert should_ask(standing, wanted) is asks


def test_every_case_under_way_wants_its_own_messages() -> None:
    assert needed(Kind.SUBMITTED, AskAt.SUBMISSION, 3) == 1
    assert needed(Kind.SUBMITTED, AskAt.CASE_PAGE, 3) == 0
    assert needed(Kind.READY, AskAt.SUBMISSION, 2) == 3
    assert needed(Kind.READY, AskAt.CORRECTION, 2) == 2

"""Supervision entries: any moves in any order, limits over any calendar, rates of any counts."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.cases.figures.rules import MEASURES, Counts
from app.cases.rules import Step
from app.core.calendar import WorkingCalendar
from app.core.lights import Light, standing
from app.core.ratios import change
from app.supervision import rates
from app.supervision.rules import (
    CAUSE_NAMES,
    EVENT_NAMES,
    STATE_NAMES,
    STEP_NAMES,
    TO_ANSWER,
    Cause,
    Event,
    Move,
    Standing,
    State,
    after,
    answer_limit,
    is_escalated,
    may_judge,
    opened,
    yellow_from,
)

MONDAY = date(2026, 3, 2)
NATIONAL = WorkingCalendar()
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
calendars = st.sets(days, max_size=20).flatmap(
    lambda opened: st.sets(days, max_size=20).map(
        lambda closed: WorkingCalendar(frozenset(opened - closed), frozenset(closed - opened))
    )
)
counts = st.builds(Counts, **{name: st.integers(0, 10_000) for name in MEASURES})


class AnEntry(RuleBasedStateMachine):
    """Any moves in any order; only those that the rules allow change anything."""

    @initialize(cause=st.sampled_from(Cause))
    def is_opened(self, cause: Cause) -> None:
        self.cause = cause
        self.stands = opened(cause)
        self.moves: list[Move] = []

    @rule(move=st.sampled_from(Move))
    def try_to(self, move: Move) -> None:
        before = self.stands
        then = after(before, move)
        if then is None:
            return
        assert before.state is not State.CLOSED, "a closed entry is closed"
        assert then.has_step == before.has_step
        assert then.step_done or not before.step_done, "what is done stays done"
        self.stands = then
        self.moves.append(move)

    @invariant()
    def nothing_is_closed_that_nobody_answered_and_nobody_judged(self) -> None:
        if self.stands.state is State.CLOSED:
            acts = [move for move in self.moves if move is not Move.STEP_DONE]
            assert acts[-2:] == [Move.ANSWER, Move.ACCEPT]

    @invariant()
    def an_overdue_step_keeps_its_entry_open_until_it_is_done(self) -> None:
        if self.stands.state is State.CLOSED and self.cause is Cause.OVERDUE:
            assert self.stands.step_done
            assert Move.STEP_DONE in self.moves

    @invariant()
    def what_is_returned_is_owed_again(self) -> None:
        acts = [move for move in self.moves if move is not Move.STEP_DONE]
        owed = not acts or acts[-1] is Move.RETURN
        assert (self.stands.state in TO_ANSWER) == owed

    @invariant()
    def whatever_waits_can_go_on(self) -> None:
        can = [move for move in Move if after(self.stands, move)]
        assert bool(can) == (self.stands.state is not State.CLOSED)


TestAnEntry = AnEntry.TestCase


def test_an_entry_without_a_step_is_closed_with_its_acceptance() -> None:
    answered = after(opened(Cause.MANUAL), Move.ANSWER)
    assert answered
    assert after(answered, Move.STEP_DONE) is None
    accepted = after(answered, Move.ACCEPT)
    assert accepted
    assert accepted.state is State.CLOSED


def test_a_step_that_is_done_first_does_not_spare_the_answer() -> None:
    done = after(opened(Cause.OVERDUE), Move.STEP_DONE)
    assert done
    assert done.state is State.OPEN
    assert after(done, Move.ACCEPT) is None
    answered = after(done, Move.ANSWER)
    assert answered
    accepted = after(answered, Move.ACCEPT)
    assert accepted
    assert accepted.state is State.CLOSED


def test_nobody_judges_what_they_answered() -> None:
    assert not may_judge("a", ["b", "a"])
    assert may_judge("c", ["b", "a"])


def test_two_working_days_from_a_friday_are_tuesday() -> None:
    limit = answer_limit(NATIONAL, date(2026, 3, 6), 2)
    assert limit.due == date(2026, 3, 10)
    assert limit.yellow_from == date(2026, 3, 9)
    assert limit.light(date(2026, 3, 8)) is Light.GREEN
    assert limit.light(date(2026, 3, 10)) is Light.YELLOW
    assert limit.light(date(2026, 3, 11)) is Light.RED


@given(calendars, days, st.integers(1, 30), st.integers(0, 60))
def test_the_kept_days_say_of_every_day_what_the_light_says(
    calendar: WorkingCalendar, asked: date, limit: int, later: int
) -> None:
    made = answer_limit(calendar, asked, limit)
    today = asked + timedelta(days=later)
    assert made.light(today) is standing(calendar, today, made.due, limit).light
    assert asked <= made.yellow_from <= made.due
    assert made.yellow_from == yellow_from(calendar, asked, made.due, limit)
    assert calendar.working_days_between(asked, made.due) == limit


@given(st.sampled_from(State), st.integers(-5, 5), st.booleans())
def test_a_manager_is_told_once_and_only_of_an_answer_that_is_overdue(
    state: State, late: int, told: bool
) -> None:
    today = MONDAY + timedelta(days=late)
    found = is_escalated(Standing(state, has_step=True), MONDAY, today, before=told)
    assert found == (state in (State.OPEN, State.RETURNED) and late > 0 and not told)


def test_everything_has_a_name_that_people_read() -> None:
    assert set(STATE_NAMES) == set(State)
    assert set(CAUSE_NAMES) == set(Cause)
    assert set(STEP_NAMES) == set(Step)
    assert set(EVENT_NAMES) == set(Event)


def test_the_rates_of_three_cases_by_hand() -> None:
    # Of 20, 20 and 10 legal days, 1, 4 and 7 were used; the promises were 5, 5 and 5.
    three = Counts(
        decided=3,
        granted=2,
        refused=1,
        working_days_used=12,
        within_a_day=1,
        promised_days=15,
        legal_days=50,
        on_time=2,
    )
    assert rates.handling_time(three).value == 4
    assert rates.within_a_day(three).value == 1 / 3
    assert rates.compression(three).value == 1 - 12 / 50
    assert rates.promised_compression(three).value == 1 - 15 / 50
    assert rates.on_time(three).value == 2 / 3
    assert rates.is_small(three, 5)
    assert not rates.is_small(three, 3)


def test_of_nothing_there_are_no_rates() -> None:
    nothing = Counts()
    for rate in (rates.handling_time, rates.within_a_day, rates.compression, rates.on_time):
        assert rate(nothing).value is None
        assert change(rate(Counts(decided=1, legal_days=1)), rate(nothing)) is None


@given(counts, counts)
def test_counts_add_up_and_so_do_what_the_rates_are_made_of(a: Counts, b: Counts) -> None:
    both = a + b
    for name in MEASURES:
        assert getattr(both, name) == getattr(a, name) + getattr(b, name)
    for rate in (rates.handling_time, rates.compression, rates.on_time, rates.within_a_day):
        assert rate(both).numerator == rate(a).numerator + rate(b).numerator
        assert rate(both).denominator == rate(a).denominator + rate(b).denominator


@given(counts, counts)
def test_the_change_of_a_rate_is_now_less_before(a: Counts, b: Counts) -> None:
    now, before = rates.on_time(a), rates.on_time(b)
    if a.decided and b.decided:
        assert change(now, before) == a.on_time / a.decided - b.on_time / b.decided
    else:
        assert change(now, before) is None

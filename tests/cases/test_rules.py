"""The life of a case: what can happen in which order, and its deadlines."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.cases.rules import (
    CORRECTION_DAYS,
    DECIDED,
    FINAL,
    MOVES,
    ORDERED_AT_THE_DESK,
    PAUSES,
    PROGRESS,
    Move,
    PauseKind,
    Review,
    State,
    Task,
    TaskState,
    after,
    deadlines,
    deemed_accepted,
    longest_extension,
    may_consent,
    outcome,
)
from app.core.calendar import WorkingCalendar

NATIONAL = WorkingCalendar()
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
calendars = st.sets(days, max_size=20).flatmap(
    lambda opened: st.sets(days, max_size=20).map(
        lambda closed: WorkingCalendar(frozenset(opened - closed), frozenset(closed - opened))
    )
)


class LifeOfACase(RuleBasedStateMachine):
    """Any moves in any order; only those that the rules allow change anything."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.SUBMITTED
        self.moves: list[Move] = []

    @rule(move=st.sampled_from(Move))
    def try_to(self, move: Move) -> None:
        state = after(self.state, move)
        if state is not None:
            self.state = state
            self.moves.append(move)

    @precondition(lambda self: self.state in FINAL)
    @rule(move=st.sampled_from(Move))
    def nothing_leaves_a_final_state_but_a_grant_taken_back(self, move: Move) -> None:
        taken_back = self.state is State.CLOSED and move is Move.REVOKE
        assert after(self.state, move) is (State.REVOKED if taken_back else None)

    @invariant()
    def no_decision_without_acceptance_and_review(self) -> None:
        if self.state in DECIDED:
            assert Move.ACCEPT in self.moves
            accepted = self.moves.index(Move.ACCEPT)
            decided = [n for n, m in enumerate(self.moves) if m in (Move.GRANT, Move.REFUSE)]
            assert decided
            assert decided[0] > accepted

    @invariant()
    def nothing_is_decided_while_it_is_suspended(self) -> None:
        told = [
            m
            for m in self.moves
            if m in (Move.SUSPEND, Move.RESUME, Move.GRANT, Move.REFUSE, Move.REVOKE)
        ]
        assert all(b is Move.RESUME for a, b in pairwise(told) if a is Move.SUSPEND)

    @invariant()
    def a_case_is_accepted_and_decided_at_most_once(self) -> None:
        assert self.moves.count(Move.ACCEPT) <= 1
        assert sum(move in (Move.GRANT, Move.REFUSE) for move in self.moves) <= 1

    @invariant()
    def what_was_decided_is_never_withdrawn(self) -> None:
        if Move.GRANT in self.moves or Move.REFUSE in self.moves:
            assert self.state in DECIDED

    @invariant()
    def a_correction_is_answered_before_acceptance(self) -> None:
        told = [m for m in self.moves if m in (Move.ASK_CORRECTION, Move.SUPPLEMENT, Move.ACCEPT)]
        assert all(b is Move.SUPPLEMENT for a, b in pairwise(told) if a is Move.ASK_CORRECTION)


TestLifeOfACase = LifeOfACase.TestCase
TestLifeOfACase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def _reachable() -> dict[State, set[State]]:
    leads: dict[State, set[State]] = defaultdict(set)
    for (before, _), state in MOVES.items():
        leads[before].add(state)
    return leads


def test_every_state_can_be_reached_and_every_state_can_end() -> None:
    leads, seen, todo = _reachable(), set(), [State.SUBMITTED]
    while todo:
        state = todo.pop()
        if state not in seen:
            seen.add(state)
            todo += leads[state]
    assert seen == set(State)
    assert leads[State.CLOSED] == {State.REVOKED}
    assert {state for state in State if not leads[state]} == FINAL - {State.CLOSED}


def test_every_state_has_a_word_that_fits_a_message() -> None:
    assert set(PROGRESS) == set(State)
    assert all(1 <= len(word) <= 5 for word in PROGRESS.values())


# --- tasks

tasks = st.lists(st.builds(Task, st.integers(1, 4), st.sampled_from(TaskState)), min_size=1)


@given(tasks)
def test_one_refusal_decides_and_only_full_agreement_grants(given_tasks: list[Task]) -> None:
    states = [task.state for task in given_tasks]
    found = outcome(given_tasks)
    assert (found is Review.REFUSED) == (TaskState.REFUSED in states)
    assert (found is Review.GRANTED) == (set(states) == {TaskState.GRANTED})


@given(tasks)
def test_a_stage_begins_only_when_nothing_is_open(given_tasks: list[Task]) -> None:
    states = {task.state for task in given_tasks}
    if outcome(given_tasks) is Review.NEXT_STAGE:
        assert TaskState.WAITING in states
        assert TaskState.OPEN not in states
    if TaskState.OPEN in states:
        assert outcome(given_tasks) in (Review.GOES_ON, Review.REFUSED)


@given(tasks, st.randoms(use_true_random=False))
def test_the_order_of_the_departments_does_not_matter(given_tasks: list[Task], random) -> None:
    shuffled = random.sample(given_tasks, len(given_tasks))
    assert outcome(shuffled) is outcome(given_tasks)


def test_without_a_task_nothing_is_decided() -> None:
    with pytest.raises(ValueError, match="without tasks"):
        outcome([])


@pytest.mark.parametrize(("departments", "days"), [(1, 10), (2, 15), (9, 15)])
def test_several_departments_may_put_a_decision_off_for_longer(departments: int, days: int) -> None:
    assert longest_extension(departments) == days


def test_every_pause_has_a_name_and_the_desk_orders_what_the_applicant_does_not_owe() -> None:
    assert set(PAUSES) == set(PauseKind)
    assert set(PauseKind) - ORDERED_AT_THE_DESK == {PauseKind.CORRECTION, PauseKind.DEFERRAL}


@given(st.uuids(), st.uuids())
def test_nobody_consents_to_their_own(one, other) -> None:
    assert not may_consent(one, one)
    assert may_consent(one, other) == (one != other)


# --- days


@given(calendars, days, st.integers(0, 60), st.integers(0, 60))
def test_a_promise_is_never_later_than_the_law_allows(
    calendar: WorkingCalendar, accepted: date, promised: int, legal: int
) -> None:
    limits = deadlines(calendar, accepted, promised_days=promised, legal_days=legal)
    assert accepted <= limits.promised.day <= limits.legal.day


@given(calendars, days, st.integers(1, 60))
def test_a_deadline_is_exactly_so_many_working_days_away(
    calendar: WorkingCalendar, accepted: date, promised: int
) -> None:
    limits = deadlines(calendar, accepted, promised_days=promised, legal_days=90)
    counted, day = 0, accepted
    while day < limits.promised.day:
        day += timedelta(days=1)
        counted += calendar.is_working(day)
    assert counted == promised
    assert calendar.is_working(limits.promised.day)


@given(calendars, days, st.integers(0, 40))
def test_an_unanswered_application_counts_as_accepted_after_five_days(
    calendar: WorkingCalendar, received: date, later: int
) -> None:
    last = calendar.add(received, CORRECTION_DAYS).day
    today = received + timedelta(days=later)
    opened = calendar.next_working(last + timedelta(days=1))
    assert deemed_accepted(calendar, received, today) == (today >= opened)

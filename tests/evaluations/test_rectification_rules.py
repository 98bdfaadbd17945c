"""The bad-rating loop: any moves in any order, its deadlines, its rates."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.core.calendar import WorkingCalendar
from evaluations.rectification import rules
from evaluations.rectification.deadlines import (
    Clock,
    Days,
    appeal_limit,
    clock_after,
    may_be_complex,
    rectify_limit,
    step_limit,
)
from evaluations.rectification.rates import (
    Fact,
    on_time_rate,
    rectification_rate,
    revisit_rate,
    tally,
)
from evaluations.rectification.rules import (
    INVALID,
    MOST_ATTEMPTS,
    RULINGS,
    STATE_NAMES,
    UNDER_LIMIT,
    VERDICT_NAMES,
    Claim,
    Loop,
    Move,
    State,
    Verdict,
    after,
    may_second,
    received,
)

MONDAY = date(2026, 3, 2)
NATIONAL = WorkingCalendar()
DAYS = Days()
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
calendars = st.sets(days, max_size=20).flatmap(
    lambda opened: st.sets(days, max_size=20).map(
        lambda closed: WorkingCalendar(frozenset(opened - closed), frozenset(closed - opened))
    )
)
verdicts = st.none() | st.sampled_from(Verdict)
loops = st.builds(
    Loop,
    state=st.sampled_from(State),
    named=st.booleans(),
    verdict=verdicts,
    contact_over=st.booleans(),
    declined=st.booleans(),
    appealed=st.booleans(),
    sent_back=st.booleans(),
    attempts=st.integers(0, MOST_ATTEMPTS - 1),
    claim=st.none() | st.sampled_from(Claim),
)


class TheLoop(RuleBasedStateMachine):
    """Any moves in any order; only those that the rules allow change anything."""

    @initialize(named=st.booleans(), department_known=st.booleans())
    def a_bad_rating_comes_in(self, named: bool, department_known: bool) -> None:
        self.named = named
        self.loop = received(named=named, department_known=department_known)
        self.today = MONDAY
        self.clock, self.entered = Clock(self.today), self.today
        self.moves: list[Move] = []
        self.in_this_department: list[Move] = []

    @rule(
        move=st.sampled_from(Move),
        claim=st.sampled_from(Claim),
        later=st.integers(0, 9),
    )
    def try_to(self, move: Move, claim: Claim, later: int) -> None:
        self.today += timedelta(days=later)
        before = self.loop
        proposed = claim if move in (Move.PROPOSE, Move.APPEAL) else None
        then = after(before, move, proposed)
        if then is None:
            return
        assert before.state is not State.CLOSED
        self.clock = clock_after(
            NATIONAL,
            self.clock,
            before,
            move,
            then,
            entered=self.entered,
            today=self.today,
        )
        if then.state is not before.state or move is Move.ASSIGN:
            self.entered = self.today
        elsewhere = move is Move.UPHOLD and then.state in UNDER_LIMIT
        if move is Move.ASSIGN or elsewhere:
            self.in_this_department = []
        else:
            self.in_this_department.append(move)
        self.loop = then
        self.moves.append(move)

    @invariant()
    def who_rated_is_never_forgotten(self) -> None:
        assert self.loop.named == self.named

    @invariant()
    def an_unknown_rater_is_neither_contacted_nor_revisited(self) -> None:
        if not self.named:
            assert self.loop.state not in (State.TO_CONTACT, State.TO_REVISIT)

    @invariant()
    def a_known_rater_is_called_before_anything_is_found(self) -> None:
        # An appeal, which a second person decides, is the one way past the call.
        if self.named and self.loop.verdict and Move.UPHOLD not in self.moves:
            assert self.loop.contact_over

    @invariant()
    def nothing_is_closed_without_a_verdict_and_an_answer(self) -> None:
        if self.loop.state is State.CLOSED:
            assert self.loop.verdict
            assert Move.ANSWER in self.moves

    @invariant()
    def a_true_one_is_closed_only_when_it_is_rectified(self) -> None:
        if self.loop.state is State.CLOSED and self.loop.verdict is Verdict.TRUE:
            assert Move.RECTIFY in self.moves

    @invariant()
    def a_known_rater_is_revisited_before_it_is_closed(self) -> None:
        if self.loop.state is State.CLOSED and self.named:
            asked = {Move.SATISFY, Move.DISSATISFY} & set(self.moves)
            assert asked or self.moves.count(Move.MISS) >= MOST_ATTEMPTS

    @invariant()
    def nobody_rules_a_rating_invalid_alone(self) -> None:
        if self.loop.verdict in INVALID:
            pairs = ({Move.PROPOSE, Move.CONFIRM}, {Move.APPEAL, Move.UPHOLD})
            assert any(pair <= set(self.moves) for pair in pairs)

    @invariant()
    def it_is_sent_back_at_most_once(self) -> None:
        if self.moves.count(Move.DISSATISFY) >= 2:
            assert self.loop.state is State.CLOSED
        assert self.moves.count(Move.DISSATISFY) <= 2

    @invariant()
    def a_department_appeals_once(self) -> None:
        assert self.in_this_department.count(Move.APPEAL) <= 1

    @invariant()
    def whatever_waits_has_a_deadline(self) -> None:
        limit = step_limit(NATIONAL, self.loop.state, self.clock, self.entered, DAYS)
        assert (limit is None) == (self.loop.state is State.CLOSED)
        if limit:
            assert limit.due > min(self.entered, self.clock.since)
            assert NATIONAL.is_working(limit.due)

    @invariant()
    def a_claim_stands_exactly_while_a_second_person_decides(self) -> None:
        assert (self.loop.claim is not None) == (self.loop.state in (State.TO_RULE, State.APPEALED))


TestTheLoop = TheLoop.TestCase
TestTheLoop.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


@given(loops, st.sampled_from(Move), st.sampled_from(Claim))
def test_nothing_leaves_a_closed_loop(loop: Loop, move: Move, claim: Claim) -> None:
    assert after(replace(loop, state=State.CLOSED), move, claim) is None


def _reachable(loop: Loop) -> set[Loop]:
    seen, todo = {loop}, [loop]
    while todo:
        found = todo.pop()
        claims = (None, *Claim)
        steps = {after(found, move, claim) for move in Move for claim in claims} - {None} - seen
        seen |= steps
        todo += steps
    return seen


@pytest.mark.parametrize("named", [True, False])
def test_every_state_can_be_reached_and_every_one_can_end(named: bool) -> None:
    seen = _reachable(received(named=named, department_known=False))
    skipped = set() if named else {State.TO_CONTACT, State.TO_REVISIT}
    assert {loop.state for loop in seen} == set(State) - skipped
    for loop in seen:
        assert any(found.state is State.CLOSED for found in _reachable(loop)), loop


def test_an_unknown_raters_loop_is_the_short_one() -> None:
    loop = received(named=False, department_known=True)
    for move in (Move.FIND_TRUE, Move.RECTIFY, Move.ANSWER):
        found = after(loop, move)
        assert found
        loop = found
    assert loop.state is State.CLOSED


def test_a_declined_ruling_is_not_proposed_again() -> None:
    loop = replace(received(named=False, department_known=True), declined=True)
    assert after(loop, Move.PROPOSE, Claim.MALICIOUS) is None
    assert after(loop, Move.FIND_TRUE) is not None


@pytest.mark.parametrize("claim", [None, Claim.NOT_OURS, Claim.NOT_REASONABLE])
def test_only_mistaken_and_malicious_are_ruled(claim: Claim | None) -> None:
    assert after(Loop(State.TO_VERIFY, named=False), Move.PROPOSE, claim) is None
    assert claim not in RULINGS


@pytest.mark.parametrize(
    ("verdict", "back"),
    [
        (Verdict.TRUE, State.TO_RECTIFY),
        (Verdict.NOT_REASONABLE, State.TO_VERIFY),
        (Verdict.MISTAKEN, State.TO_ANSWER),
        (Verdict.MALICIOUS, State.TO_ANSWER),
    ],
)
def test_who_is_not_satisfied_sends_it_back_once_to_where_the_work_is(
    verdict: Verdict, back: State
) -> None:
    loop = Loop(State.TO_REVISIT, named=True, verdict=verdict, contact_over=True)
    once = after(loop, Move.DISSATISFY)
    assert once
    assert (once.state, once.sent_back) == (back, True)
    twice = after(replace(loop, sent_back=True), Move.DISSATISFY)
    assert twice
    assert twice.state is State.CLOSED


def test_calls_that_nobody_answers_end_after_the_third() -> None:
    loop: Loop | None = received(named=True, department_known=True)
    for n in range(1, MOST_ATTEMPTS):
        assert loop
        loop = after(loop, Move.MISS)
        assert loop
        assert (loop.state, loop.attempts) == (State.TO_CONTACT, n)
    assert loop
    loop = after(loop, Move.MISS)
    assert loop
    assert (loop.state, loop.attempts, loop.contact_over) == (State.TO_VERIFY, 0, True)


@given(st.integers(), st.sets(st.integers(), max_size=5))
def test_nobody_judges_what_they_had_a_hand_in(person: int, involved: set[int]) -> None:
    assert may_second(person, involved) == (person not in involved)
    assert not may_second(person, involved | {person})


def test_every_state_and_verdict_has_a_name_that_people_read() -> None:
    assert set(STATE_NAMES) == set(State)
    assert set(VERDICT_NAMES) == set(Verdict)
    assert set(rules._MOVES) == set(Move)


@given(calendars, days)
def test_the_limits_are_those_of_the_domain(calendar: WorkingCalendar, since: date) -> None:
    clock = Clock(since)
    between = calendar.working_days_between
    assert between(since, rectify_limit(calendar, clock, DAYS).due) == 5
    assert between(since, rectify_limit(calendar, replace(clock, complex=True), DAYS).due) == 15
    assert between(since, appeal_limit(calendar, clock, DAYS).due) == 2
    contact = step_limit(calendar, State.TO_CONTACT, clock, since, DAYS)
    assert contact
    assert between(since, contact.due) == 1


@given(calendars, days, st.integers(0, 20), st.integers(0, 40))
def test_the_department_gets_the_days_back_for_which_others_decided(
    calendar: WorkingCalendar, since: date, worked: int, decided: int
) -> None:
    proposed = since + timedelta(days=worked)
    today = proposed + timedelta(days=decided)
    before = Loop(State.TO_RULE, named=False, claim=Claim.MISTAKEN)
    then = after(before, Move.DECLINE)
    assert then
    clock = clock_after(
        calendar, Clock(since), before, Move.DECLINE, then, entered=proposed, today=today
    )
    left = calendar.working_days_between
    due = rectify_limit(calendar, Clock(since), DAYS).due
    assert left(today, rectify_limit(calendar, clock, DAYS).due) == left(proposed, due)


@given(calendars, days, days, st.sampled_from(State))
def test_a_complex_one_is_never_due_earlier(
    calendar: WorkingCalendar, since: date, entered: date, state: State
) -> None:
    plain = step_limit(calendar, state, Clock(since), entered, DAYS)
    longer = step_limit(calendar, state, Clock(since, complex=True), entered, DAYS)
    assert (plain is None) == (longer is None)
    if plain and longer:
        assert longer.due >= plain.due


@given(loops, st.booleans(), st.integers(-20, 20))
def test_the_longer_limit_is_granted_once_and_in_time(
    loop: Loop, granted: bool, later: int
) -> None:
    clock = Clock(MONDAY, complex=granted)
    limit = rectify_limit(NATIONAL, clock, DAYS)
    today = limit.due + timedelta(days=later)
    may = may_be_complex(loop, clock, today, limit)
    assert may == (loop.state in UNDER_LIMIT and not granted and later <= 0)


facts = st.lists(
    st.tuples(
        st.builds(
            Fact,
            named=st.booleans(),
            verdict=verdicts,
            closed=st.booleans(),
            revisited=st.booleans(),
            late=st.booleans(),
            passed=st.booleans(),
        ),
        st.integers(1, 50),
    ),
    max_size=30,
)


@given(facts)
def test_no_rate_is_over_one_and_each_counts_what_it_says(found: list[tuple[Fact, int]]) -> None:
    counts = tally(found)
    for rate in (rectification_rate(counts), on_time_rate(counts), revisit_rate(counts)):
        assert 0 <= rate.numerator <= rate.denominator <= counts.received
        assert (rate.value is None) == (rate.denominator == 0)
    single = [fact for fact, n in found for _ in range(n)]
    assert counts.received == len(single)
    assert counts.true == sum(fact.verdict is Verdict.TRUE for fact in single)
    assert counts.named == sum(fact.named for fact in single)
    on_time = [f for f in single if f.verdict is Verdict.TRUE and f.closed and not f.late]
    assert counts.on_time == len(on_time)


@given(facts, facts)
def test_the_whole_is_the_sum_of_its_departments(
    one: list[tuple[Fact, int]], other: list[tuple[Fact, int]]
) -> None:
    a, b, both = tally(one), tally(other), tally(one + other)
    for name in both.__dataclass_fields__:
        assert getattr(both, name) == getattr(a, name) + getattr(b, name)

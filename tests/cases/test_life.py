"""The life of a case as a machine: whatever is done in whatever order, the rules hold."""

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.strategies import sampled_from

from app.cases.rules import (
    DECIDED,
    FINAL,
    MOVES,
    PROGRESS,
    WAITS_FOR_ACCEPTANCE,
    Move,
    State,
    after,
)


class Life(RuleBasedStateMachine):
    """A case to which anything at all is done."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.SUBMITTED
        self.been = [State.SUBMITTED]
        self.made: list[Move] = []

    @rule(move=sampled_from(Move))
    def anybody_does_anything(self, move: Move) -> None:
        self._make(move)

    @precondition(lambda self: any(state is self.state for state, _ in MOVES))
    @rule(data=sampled_from(range(8)))
    def somebody_does_what_can_be_done(self, data: int) -> None:
        possible = [move for state, move in MOVES if state is self.state]
        self._make(possible[data % len(possible)])

    def _make(self, move: Move) -> None:
        before, found = self.state, after(self.state, move)
        if found is None:
            return
        assert before not in FINAL or (before, move) == (State.CLOSED, Move.REVOKE)
        self.state = found
        self.been.append(found)
        self.made.append(move)

    @invariant()
    def no_path_skips_acceptance(self) -> None:
        reviewed = {State.UNDER_REVIEW, State.SUSPENDED, State.TERMINATED}
        if (DECIDED | reviewed) & set(self.been):
            assert Move.ACCEPT in self.made
            first = next(n for n, move in enumerate(self.made) if move is Move.ACCEPT)
            assert not (DECIDED | reviewed) & set(self.been[: first + 1])

    @invariant()
    def every_decision_passed_a_review(self) -> None:
        for at, state in enumerate(self.been):
            if state in (State.GRANTED, State.REFUSED):
                assert self.been[at - 1] is State.UNDER_REVIEW

    @invariant()
    def nobody_goes_back_before_acceptance(self) -> None:
        before = WAITS_FOR_ACCEPTANCE | {State.CORRECTION}
        if Move.ACCEPT in self.made:
            assert self.state not in before

    @invariant()
    def a_case_is_accepted_and_decided_once(self) -> None:
        assert self.made.count(Move.ACCEPT) <= 1
        assert self.made.count(Move.GRANT) + self.made.count(Move.REFUSE) <= 1

    @invariant()
    def only_a_grant_is_issued_or_revoked_unless_it_was_delivered(self) -> None:
        if Move.ISSUE in self.made:
            assert Move.GRANT in self.made
        if Move.REVOKE in self.made:
            assert DECIDED & set(self.been)

    @invariant()
    def every_state_has_a_name_for_citizens(self) -> None:
        assert 0 < len(PROGRESS[self.state]) <= 5


Life.TestCase.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)
TestLife = Life.TestCase

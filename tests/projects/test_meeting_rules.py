"""The life of a joint meeting, whatever happens to it in whatever order."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.projects.meetings import rules
from app.projects.meetings.rules import (
    DECIDING,
    FINAL,
    Answer,
    Kind,
    Meeting,
    Said,
    State,
    Word,
    faults,
)

A, B, C = (UUID(int=n) for n in (1, 2, 3))
ORDER = [State.CALLED, State.HELD, State.MINUTED, State.CLOSED]
departments = st.sampled_from([A, B, C])


class AnyMeeting(RuleBasedStateMachine):
    """Everything that people may try, in any order; what the rules refuse changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.meeting = Meeting(Kind.REVIEW, frozenset({A, B, C}))
        self.went: list[State] = [State.CALLED]
        self.texts = 0

    def _becomes(self, after: Meeting | None) -> bool:
        if after is None:
            return False
        assert self.meeting.state not in FINAL, "something happened to a meeting that is over"
        if after.state is not self.meeting.state:
            self.went.append(after.state)
        self.meeting = after
        return True

    @rule()
    def cancel(self) -> None:
        self._becomes(rules.cancelled(self.meeting))

    @rule(came=st.sets(st.sampled_from([A, B, C, UUID(int=9)])))
    def hold(self, came: set[UUID]) -> None:
        self._becomes(rules.held(self.meeting, came))

    @rule()
    def write(self) -> None:
        if self._becomes(rules.minuted(self.meeting)):
            self.texts += 1
            assert not self.meeting.answers, "an answer outlived the text that it was given to"

    @rule(department=departments, answer=st.sampled_from(Answer))
    def answer(self, department: UUID, answer: Answer) -> None:
        before = self.meeting.answers
        if self._becomes(rules.answered(self.meeting, department, answer)):
            assert department not in before, "a department answered one text twice"
            came = department in self.meeting.attended
            assert came or answer is Answer.OBJECTED

    @rule()
    def close(self) -> None:
        before = self.meeting
        if self._becomes(rules.closed(self.meeting)):
            assert before.attended <= before.answers.keys(), "closed over somebody's head"

    @invariant()
    def goes_forward_only(self) -> None:
        walked = [state for state in self.went if state is not State.CANCELLED]
        assert walked == ORDER[: len(walked)], "a step was skipped or went back"
        if State.CANCELLED in self.went:
            assert self.went == [State.CALLED, State.CANCELLED]

    @invariant()
    def who_came_was_invited(self) -> None:
        assert self.meeting.attended <= self.meeting.invited
        assert bool(self.meeting.attended) == (self.meeting.state in ORDER[1:])

    @invariant()
    def only_who_stayed_away_unspoken_counts(self) -> None:
        away = rules.stayed_away(self.meeting)
        if self.meeting.state is not State.CLOSED:
            assert not away
        assert not away & (self.meeting.attended | self.meeting.answers.keys())


TestAnyMeeting = AnyMeeting.TestCase


@dataclass
class Record:
    items: int
    came: set[UUID]
    said: list[Said]


@st.composite
def records(draw: st.DrawFn) -> Record:
    """A record as it should be."""
    items = draw(st.integers(1, 4))
    came = draw(st.sets(departments, min_size=1))
    said = []
    for item in range(1, items + 1):
        for department in sorted(came):
            if draw(st.booleans()):
                said.append(Said(item, department, Word.AGREE))
            else:
                said.append(Said(item, department, Word.DISAGREE, "间距不足", "消防法第十一条"))
    return Record(items, came, said)


@given(records())
def test_a_whole_record_has_no_faults(record: Record) -> None:
    assert faults(record.items, {A, B, C}, record.came, record.said) == []


@given(records(), st.data())
def test_a_missing_word_is_a_fault(record: Record, data: st.DataObject) -> None:
    left = list(record.said)
    left.remove(data.draw(st.sampled_from(left)))
    assert "每个到会部门对每个议题都要有意见。" in faults(
        record.items, {A, B, C}, record.came, left
    )


@given(records(), st.data())
def test_two_words_of_one_department_are_a_fault(record: Record, data: st.DataObject) -> None:
    twice = [*record.said, data.draw(st.sampled_from(record.said))]
    assert "同一部门对同一议题只能有一个意见。" in faults(
        record.items, {A, B, C}, record.came, twice
    )


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (Said(1, A, Word.DISAGREE), "要写明理由和依据"),
        (Said(1, A, Word.DISAGREE, "间距不足"), "要写明理由和依据"),
        (Said(1, A, Word.ABSENT), "只能是同意或不同意"),
        (Said(1, B, Word.AGREE), "意见只能由到会部门"),
        (Said(2, A, Word.AGREE), "意见只能由到会部门"),
    ],
)
def test_what_cannot_stand_in_a_record(said: Said, says: str) -> None:
    assert any(says in fault for fault in faults(1, {A, B}, {A}, [said]))


def test_nobody_came_and_uninvited_guests_are_faults() -> None:
    assert "至少要有一个部门到会。" in faults(1, {A}, set(), [])
    assert "到会的部门不在受邀部门之中。" in faults(1, {A}, {B}, [Said(1, B, Word.AGREE)])


@pytest.mark.parametrize("kind", Kind)
def test_absence_counts_only_where_something_is_decided(kind: Kind) -> None:
    meeting = Meeting(kind, frozenset({A, B}), State.CLOSED, frozenset({A}), {A: Answer.CONFIRMED})
    assert rules.stayed_away(meeting) == ({B} if kind in DECIDING else set())


def test_who_objects_to_being_down_as_absent_has_not_agreed_by_it() -> None:
    answers = {A: Answer.CONFIRMED, B: Answer.OBJECTED}
    meeting = Meeting(Kind.REVIEW, frozenset({A, B}), State.CLOSED, frozenset({A}), answers)
    assert rules.stayed_away(meeting) == set()

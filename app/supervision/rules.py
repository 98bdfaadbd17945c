"""Supervision (督办): an entry that must be answered, its states, its limit and its light.

Pure. A red light opens an entry by itself, a supervisor opens one by hand. Whoever is responsible
answers why, what will be done and until when; another person accepts that or returns it.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from app.cases.rules import Step
from app.core.calendar import WorkingCalendar
from app.core.lights import Light, light

_ONE_DAY = timedelta(days=1)


class State(StrEnum):
    """What an entry waits for."""

    OPEN = "open"  # the answer
    ANSWERED = "answered"  # a supervisor's verdict
    RETURNED = "returned"  # a better answer
    ACCEPTED = "accepted"  # the step that is still not done
    CLOSED = "closed"


STATE_NAMES = {
    State.OPEN: "待答复",
    State.ANSWERED: "待审核",
    State.RETURNED: "退回待答复",
    State.ACCEPTED: "整改中",
    State.CLOSED: "已办结",
}
TO_ANSWER = frozenset({State.OPEN, State.RETURNED})
"""The responsible side owes an answer, and its limit runs."""


class Cause(StrEnum):
    """Why an entry was opened."""

    OVERDUE = "overdue"  # a step passed its limit
    SECOND_CORRECTION = "second_correction"  # the applicant was sent back twice
    MANUAL = "manual"


CAUSE_NAMES = {
    Cause.OVERDUE: "环节超期",
    Cause.SECOND_CORRECTION: "二次补正",
    Cause.MANUAL: "人工督办",
}


STEP_NAMES = {
    Step.ACCEPT: "受理",
    Step.REVIEW: "部门审查",
    Step.CASE: "承诺时限内办结",
    Step.DELIVERY: "送达",
}


class Move(StrEnum):
    """What can happen to an entry."""

    ANSWER = "answer"
    ACCEPT = "accept"
    RETURN = "return"
    STEP_DONE = "step_done"  # the step that was overdue has been done, or needs no doing any more


class Event(StrEnum):
    """What stands in the timeline of an entry."""

    OPENED = "opened"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    ESCALATED = "escalated"
    STEP_DONE = "step_done"


EVENT_NAMES = {
    Event.OPENED: "发起督办",
    Event.ANSWERED: "答复",
    Event.ACCEPTED: "认可答复",
    Event.RETURNED: "退回答复",
    Event.ESCALATED: "转管理者",
    Event.STEP_DONE: "记录环节办结",
}


@dataclass(frozen=True)
class Standing:
    """Where an entry stands.

    Attributes:
        has_step: it is about a step of a case that passed its limit; without one there is nothing
            to wait for once the answer is accepted.
        step_done: that step is over.
    """

    state: State
    has_step: bool
    step_done: bool = False


def opened(cause: Cause) -> Standing:
    """The entry as it is opened."""
    return Standing(State.OPEN, has_step=cause is Cause.OVERDUE)


def after(before: Standing, move: Move) -> Standing | None:
    """The entry after `move`; None if it cannot be made there.

    That the step is done ends nothing by itself: an entry must be answered in any case, and an
    accepted one is closed only when what was overdue is done.
    """
    if move is Move.STEP_DONE:
        return _step_done(before)
    if move is Move.ANSWER:
        return replace(before, state=State.ANSWERED) if before.state in TO_ANSWER else None
    if before.state is not State.ANSWERED:
        return None
    if move is Move.RETURN:
        return replace(before, state=State.RETURNED)
    waits = before.has_step and not before.step_done
    return replace(before, state=State.ACCEPTED if waits else State.CLOSED)


def _step_done(before: Standing) -> Standing | None:
    if not before.has_step or before.step_done or before.state is State.CLOSED:
        return None
    state = State.CLOSED if before.state is State.ACCEPTED else before.state
    return replace(before, state=state, step_done=True)


def may_judge(person: object, answered: Collection[object]) -> bool:
    """Whether a person may accept or return an answer: nobody judges what they answered."""
    return person not in answered


@dataclass(frozen=True)
class AnswerLimit:
    """Until when an answer is due: the last day, and the first on which its light is yellow."""

    due: date
    yellow_from: date
    days: int

    def light(self, today: date) -> Light:
        """The light of an answer that has not come by `today`."""
        if today > self.due:
            return Light.RED
        return Light.YELLOW if today >= self.yellow_from else Light.GREEN


def answer_limit(calendar: WorkingCalendar, asked: date, days: int) -> AnswerLimit:
    """The limit of an answer that was asked for on the day `asked`, which is not counted."""
    due = calendar.add(asked, days).day
    return AnswerLimit(due, yellow_from(calendar, asked, due, days), days)


def yellow_from(calendar: WorkingCalendar, since: date, due: date, days: int) -> date:
    """The first day of [since, due] on which a limit of `days` working days shows yellow.

    Kept in a column, it makes a list by light a question of dates alone.
    """
    day = due
    while day > since and _is_yellow(calendar, day - _ONE_DAY, due, days):
        day -= _ONE_DAY
    return day


def _is_yellow(calendar: WorkingCalendar, day: date, due: date, days: int) -> bool:
    remaining = calendar.working_days_between(day, due)
    return light(remaining, days, overdue=False) is Light.YELLOW


def is_escalated(standing: Standing, due: date, today: date, *, before: bool) -> bool:
    """Whether the manager is told now: the answer is overdue, and they were not told `before`."""
    return standing.state in TO_ANSWER and today > due and not before

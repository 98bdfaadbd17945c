"""Until when each step of the bad-rating loop must be done. All days are the hall's working days.

Pure, as `rules.py`. The day on which a limit begins is not counted (Civil Code, article 201).
"""

from dataclasses import dataclass, replace
from datetime import date

from app.core.calendar import WorkingCalendar
from evaluations.rectification.rules import UNDER_LIMIT, Loop, Move, State

ASSIGN_DAYS = 1
"""For a supervisor to find the department where the service has none (this system's rule)."""
DECIDE_DAYS = 2
"""For a supervisor to answer a ruling or an appeal (this system's rule)."""
ANSWER_DAYS = 2
"""For the answer to the rater, once it is clear what to say (this system's rule)."""
REVISIT_DAYS = 5
"""For the revisit after the answer (this system's rule)."""
_OWN = {
    State.TO_ASSIGN: ASSIGN_DAYS,
    State.TO_RULE: DECIDE_DAYS,
    State.APPEALED: DECIDE_DAYS,
    State.TO_ANSWER: ANSWER_DAYS,
    State.TO_REVISIT: REVISIT_DAYS,
}


@dataclass(frozen=True)
class Days:
    """The limits that a hall may set, in working days."""

    contact: int = 1
    rectify: int = 5
    complex: int = 15
    appeal: int = 2


@dataclass(frozen=True)
class Clock:
    """The department's clock: since which day it runs, and the days it stood still since then."""

    since: date
    waited: int = 0
    complex: bool = False


@dataclass(frozen=True)
class Limit:
    """Until when a step must be done, and of how many working days that is the end."""

    due: date
    days: int
    provisional: bool


def _limit(calendar: WorkingCalendar, since: date, days: int, waited: int = 0) -> Limit:
    due = calendar.add(since, days + waited)
    return Limit(due.day, days, due.provisional)


def rectify_limit(calendar: WorkingCalendar, clock: Clock, days: Days) -> Limit:
    """Until when the department must have verified and rectified (整改时限): 5 days, complex 15."""
    wanted = days.complex if clock.complex else days.rectify
    return _limit(calendar, clock.since, wanted, clock.waited)


def appeal_limit(calendar: WorkingCalendar, clock: Clock, days: Days) -> Limit:
    """Until when the department can appeal: 2 days from when it got the rectification."""
    return _limit(calendar, clock.since, days.appeal, clock.waited)


def step_limit(
    calendar: WorkingCalendar, state: State, clock: Clock, entered: date, days: Days
) -> Limit | None:
    """The limit of the step that the state waits for; None when it waits for nothing more.

    Args:
        entered: the day on which this state began.
    """
    if state is State.TO_CONTACT:
        return _limit(calendar, clock.since, days.contact, clock.waited)
    if state in UNDER_LIMIT:
        return rectify_limit(calendar, clock, days)
    return _limit(calendar, entered, _OWN[state]) if state in _OWN else None


def clock_after(
    calendar: WorkingCalendar,
    clock: Clock,
    before: Loop,
    move: Move,
    then: Loop,
    *,
    entered: date,
    today: date,
) -> Clock:
    """The department's clock after `move` led from `before` to `then`.

    It begins anew with a department that gets the rectification, and when the rater sends it back.
    The days for which a second person was deciding are given back.

    Args:
        entered: the day on which the state before began.
    """
    if move is Move.ASSIGN or (move is Move.UPHOLD and then.state in UNDER_LIMIT):
        return Clock(today)
    if then.sent_back and not before.sent_back:
        return Clock(today, complex=clock.complex)
    if move in (Move.DECLINE, Move.REJECT):
        stood = calendar.working_days_between(entered, today)
        return replace(clock, waited=clock.waited + max(0, stood))
    return clock


def may_be_complex(loop: Loop, clock: Clock, today: date, limit: Limit) -> bool:
    """Whether a supervisor can still grant the longer limit: at work, once, and not overdue."""
    return loop.state in UNDER_LIMIT and not clock.complex and today <= limit.due

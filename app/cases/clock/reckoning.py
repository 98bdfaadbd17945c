"""What the clock says of a case, written into its rows: its limits and those of open tasks."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from app.cases.clock import rules as clock
from app.cases.models import Case, CasePause, CaseTask
from app.cases.rules import TaskState
from app.core.calendar import WorkingCalendar
from app.core.clock import day_of
from app.halls import service as halls


def spans(pauses: Iterable[CasePause], task_id: UUID | None = None) -> list[clock.Pause]:
    """The pauses as the clock counts them.

    All of them stop the case's own clock; with `task_id` those that stop that department's: its
    own, and those of the whole case.
    """
    return [
        clock.Pause(day_of(pause.began_at), day_of(pause.ended_at) if pause.ended_at else None)
        for pause in pauses
        if task_id is None or pause.task_id in (None, task_id)
    ]


async def reckon(case: Case) -> None:
    """Work out the limits again from all pauses and the extension, and save them.

    While the clock stands, they stay as they were when it came to stand, and `paused_since` says
    since when. The case is accepted, and locked.
    """
    assert case.clock_from is not None, "the clock of a case begins with its acceptance"
    calendar = await halls.calendar(case.hall_id)
    pauses = await CasePause.filter(case_id=case.id)
    case.paused_since = clock.standstill(spans(pauses))
    kept = clock.frozen(spans(pauses))
    promised = clock.due(calendar, case.clock_from, promised_days(case), kept)
    legal = clock.due(calendar, case.clock_from, case.legal_days + case.extended_days, kept)
    case.promised_due, case.legal_due = promised.day, legal.day
    case.due_provisional = promised.provisional or legal.provisional
    await case.save(update_fields=["paused_since", "promised_due", "legal_due", "due_provisional"])
    await _reckon_tasks(calendar, case, pauses)


async def _reckon_tasks(calendar: WorkingCalendar, case: Case, pauses: Sequence[CasePause]) -> None:
    for task in await CaseTask.filter(case_id=case.id, state=TaskState.OPEN).order_by("id"):
        assert task.opened_at is not None
        kept = clock.frozen(spans(pauses, task.id))
        found = clock.due(calendar, day_of(task.opened_at), task.days, kept).day
        if found != task.due:
            task.due = found
            await task.save(update_fields=["due"])


def promised_days(case: Case) -> int:
    """The working days within which the case is to be decided: the promise, and its extension."""
    return case.promised_days + case.extended_days


def running_until(case: Case) -> date | None:
    """The promised day while the clock runs; None while it stands, when no day can be named."""
    return None if case.paused_since else case.promised_due


async def used_until(case: Case, day: date) -> int:
    """The working days of the limit that are used up with `day`, pauses left out."""
    assert case.clock_from is not None
    pauses = await CasePause.filter(case_id=case.id)
    return clock.used(await halls.calendar(case.hall_id), case.clock_from, day, spans(pauses))

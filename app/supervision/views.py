"""Entries and warnings as they are shown."""

from collections.abc import Callable
from typing import Any

from app.cases.rules import Step
from app.core.acts import Act
from app.core.lights import Light
from app.halls import service as halls
from app.supervision import queries
from app.supervision.models import SupervisionEntry, SupervisionEvent
from app.supervision.rules import (
    CAUSE_NAMES,
    STATE_NAMES,
    STEP_NAMES,
    TO_ANSWER,
    AnswerLimit,
    Cause,
    State,
)
from app.supervision.schemas import EntryRow, EntryShown, SupervisionEventShown, WarningRow


async def rows(act: Act, found: list[dict[str, Any]]) -> list[EntryRow]:
    """Entries as lines of a list, each with the light of the answer that is owed."""
    ids = {row["hall_id"] for row in found} | {row["department_id"] for row in found}
    names = await halls.names(*ids)
    calendars = {hall: await halls.calendar(hall) for hall in {row["hall_id"] for row in found}}

    def show(row: dict[str, Any]) -> EntryRow:
        state, cause = State(row["state"]), Cause(row["cause"])
        step = Step(row["step"]) if row["step"] else None
        due = row["answer_due"] if state in TO_ANSWER else None
        light: Light | None = None
        remaining: int | None = None
        if due:
            limit = AnswerLimit(due, row["yellow_from"], row["answer_days"])
            light = limit.light(act.today)
            remaining = calendars[row["hall_id"]].working_days_between(act.today, due)
        return EntryRow(
            id=row["id"],
            number=row["number"],
            hall_id=row["hall_id"],
            hall=names[row["hall_id"]],
            case_id=row["case_id"],
            case_number=row["case_number"],
            item_name=row["item_name"],
            department_id=row["department_id"],
            department=names.get(row["department_id"]),
            cause=cause,
            cause_name=CAUSE_NAMES[cause],
            step=step,
            step_name=STEP_NAMES[step] if step else None,
            step_due=row["step_due"],
            why=row["why"],
            state=state,
            progress=STATE_NAMES[state],
            opened_at=row["opened_at"],
            due=due,
            remaining_days=remaining,
            light=light,
            escalated=row["escalated_at"] is not None,
            step_done=row["step_done_at"] is not None,
        )

    return [show(row) for row in found]


async def whole(act: Act, found: SupervisionEntry) -> EntryShown:
    """All of an entry."""
    [summary] = await rows(act, await queries.by_ids([found.id]))
    names = await halls.names(found.opened_by, found.answered_by, found.judged_by)
    events = await SupervisionEvent.filter(entry_id=found.id).order_by("id")
    return EntryShown(
        summary=summary,
        opened_by=names[found.opened_by] if found.opened_by else None,
        reason=found.reason,
        measures=found.measures,
        measures_until=found.measures_until,
        answered_at=found.answered_at,
        answered_by=names[found.answered_by] if found.answered_by else None,
        judgement=found.judgement,
        judged_at=found.judged_at,
        judged_by=names[found.judged_by] if found.judged_by else None,
        returns=found.returns,
        escalated_at=found.escalated_at,
        step_done_at=found.step_done_at,
        closed_at=found.closed_at,
        timeline=[
            SupervisionEventShown(kind=event.kind, at=event.at, by=event.by_name, said=event.said)
            for event in events
        ],
    )


async def warning_shower(
    act: Act, found: list[dict[str, Any]]
) -> Callable[[dict[str, Any]], WarningRow]:
    """How to show these warnings, each with what remains of its limit today."""
    names = await halls.names(*{row["department_id"] for row in found})
    calendars = {hall: await halls.calendar(hall) for hall in {row["hall_id"] for row in found}}

    def show(row: dict[str, Any]) -> WarningRow:
        calendar = calendars[row["hall_id"]]
        step = Step(row["step"])
        return WarningRow(
            id=row["id"],
            hall_id=row["hall_id"],
            case_id=row["case_id"],
            case_number=row["case_number"],
            item_name=row["item_name"],
            department_id=row["department_id"],
            department=names.get(row["department_id"]),
            step=step,
            step_name=STEP_NAMES[step],
            due=row["due"],
            remaining_days=calendar.working_days_between(act.today, row["due"]),
            turned_at=row["turned_at"],
        )

    return show

"""What is shown of a case's limits: the days, what is left, what moved them, and how it adds up."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from app.cases.clock import rules as clock
from app.cases.clock.reckoning import promised_days
from app.cases.clock.schemas import DeadlineShown, ExtensionShown, PauseShown
from app.cases.clock.words import Extension, NamedPause, Story, told
from app.cases.models import Case
from app.cases.records import china_day
from app.cases.rules import DELIVERY_DAYS, PAUSES, PauseKind, Proposal, State
from app.core.acts import Act
from app.core.calendar import WorkingCalendar
from app.core.clock import day_of
from app.core.lights import Light, Standing, standing

Entries = list[dict[str, Any]]


def promise_stands(
    today: date,
    calendar: WorkingCalendar,
    *,
    state: str,
    due: date | None,
    days: int,
    paused_since: date | None,
) -> Standing | None:
    """How the promise stands during the review; None before and after.

    While the clock stands it stands as on the day on which it came to stand.
    """
    if due is None or state not in (State.UNDER_REVIEW, State.SUSPENDED):
        return None
    return standing(calendar, paused_since or today, due, days)


def deadline_of(
    act: Act,
    case: Case,
    calendar: WorkingCalendar,
    parts: dict[str, Entries],
    names: dict[UUID, str],
) -> DeadlineShown:
    """The limits of a case; `parts` are its pauses, tasks and proposals, `names` departments'."""
    stands = promise_stands(
        act.today,
        calendar,
        state=case.state,
        due=case.promised_due,
        days=promised_days(case),
        paused_since=case.paused_since,
    )
    pauses = _pauses(parts, names)
    extension = _extension(parts["proposals"])
    promised, legal = _limits(case, calendar, pauses, act.today)
    return DeadlineShown(
        promised_days=case.promised_days,
        promised_due=promised,
        legal_due=legal,
        provisional=case.due_provisional,
        remaining_days=stands.remaining if stands else None,
        light=stands.light if stands else None,
        text=_text(case, calendar, stands),
        clock_from=case.clock_from,
        paused_since=case.paused_since,
        pauses=pauses,
        extension=extension,
        used_days=case.used_days,
        arithmetic=_arithmetic(act, case, calendar, pauses, extension),
    )


def _pauses(parts: dict[str, Entries], names: dict[UUID, str]) -> list[PauseShown]:
    departments = {task["id"]: names[UUID(task["department_id"])] for task in parts["tasks"]}
    return [
        msgspec.convert(
            entry
            | {
                "name": PAUSES[PauseKind(entry["kind"])],
                "department": departments.get(entry["task_id"]),
            },
            PauseShown,
        )
        for entry in parts["pauses"]
    ]


def _extension(proposals: Entries) -> ExtensionShown | None:
    for entry in proposals:
        if entry["kind"] == Proposal.EXTEND and entry["state"] == "agreed":
            agreed = msgspec.convert(entry["second_on"], date)
            return ExtensionShown(days=entry["days"], day=agreed, reason=entry["reason"])
    return None


def _spans(pauses: list[PauseShown]) -> list[clock.Pause]:
    return [clock.Pause(pause.began, pause.ended) for pause in pauses]


def _limits(
    case: Case, calendar: WorkingCalendar, pauses: list[PauseShown], today: date
) -> tuple[date | None, date | None]:
    """The stored days; while the clock stands, those if it went on from today."""
    if case.paused_since is None or case.clock_from is None:
        return case.promised_due, case.legal_due
    spans = clock.as_of(_spans(pauses), today)
    promised = clock.due(calendar, case.clock_from, promised_days(case), spans)
    legal = clock.due(calendar, case.clock_from, case.legal_days + case.extended_days, spans)
    return promised.day, legal.day


def _arithmetic(
    act: Act,
    case: Case,
    calendar: WorkingCalendar,
    pauses: list[PauseShown],
    extension: ExtensionShown | None,
) -> list[str]:
    if case.clock_from is None:
        return []
    story = Story(
        start=case.clock_from,
        days=case.promised_days,
        pauses=[
            NamedPause(pause.name, span) for pause, span in zip(pauses, _spans(pauses), strict=True)
        ],
        extension=Extension(extension.day, extension.days) if extension else None,
        decided=day_of(case.decided_at) if case.decided_at else None,
        deemed=case.deemed,
    )
    return told(calendar, story, act.today)


def _text(case: Case, calendar: WorkingCalendar, stands: Standing | None) -> str:
    """What the applicant has to know of time, in one sentence."""
    if case.decided_at is not None:
        return _after_decision(case, calendar)
    if case.closed_at is not None:
        return f"已于{china_day(case.closed_at)}结束。"
    if case.promised_due is None or stands is None:
        return f"受理后 {case.promised_days} 个工作日内办结。"
    said = f"承诺 {case.promised_days} 个工作日"
    if case.extended_days:
        said += f"，延长 {case.extended_days} 个工作日"
    if case.paused_since is not None:
        left = max(stands.remaining, 0)
        return f"{said}，自{china_day(case.paused_since)}起暂停计时，还剩 {left} 个工作日。"
    said += f"，{china_day(case.promised_due)}前办结，"
    if stands.remaining < 0:
        said += f"已超期 {-stands.remaining} 个工作日"
    elif stands.light is Light.RED:
        said += "已超期"
    else:
        said += f"还剩 {stands.remaining} 个工作日"
    return said + ("（该年度放假安排未公布，日期可能调整）。" if case.due_provisional else "。")


def _after_decision(case: Case, calendar: WorkingCalendar) -> str:
    assert case.decided_at is not None
    decided = f"已于{china_day(case.decided_at)}作出决定"
    if case.closed_at is not None:
        return f"{decided}，已于{china_day(case.closed_at)}送达。"
    until = case.delivery_due or calendar.add(day_of(case.decided_at), DELIVERY_DAYS).day
    return f"{decided}，将在{china_day(until)}前送达。"

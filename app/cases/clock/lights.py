"""Warning lights as events: each step's light is recorded once when it turns, and told of.

A step is the acceptance, the review of one department, the whole case, or the delivery; each has
its own limit. A light is yellow from when a set share of the limit is left, red when it is overdue
(`app.core.lights`). What stands still, because its clock does, turns no light.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
from prometheus_client import Counter

from app.cases.models import Case, CaseTask
from app.cases.rules import CORRECTION_DAYS, DELIVERY_DAYS, Step
from app.cases.schemas import LightTurned
from app.core import db
from app.core.acts import Act, Transaction
from app.core.calendar import WorkingCalendar
from app.core.lights import Light, left_when_yellow
from app.core.schedule import Periodic
from app.halls import service as halls

TOPIC = "supervision.light"
AT_A_TIME = 200
LONGEST_LIMIT = 366
"""Working days; longer limits turn yellow with as many days left as this one."""
turned = Counter("zhangban_cases_light_turned_total", "Lights that turned.", ["step", "light"])


def lit_until(calendar: WorkingCalendar, today: date) -> list[date]:
    """For limits of 1, 2 … `LONGEST_LIMIT` days: the last day to end on for their light to be lit.

    It is lit where the limit ends by then: red where it ends before today, else yellow.
    """
    left = [left_when_yellow(days) for days in range(1, LONGEST_LIMIT + 1)]
    last = {n: calendar.add(today, n + 1).day - timedelta(days=1) for n in set(left)}
    return [last[n] for n in left]


def of_limit(days: str) -> str:
    """Where in `lit_until` a limit of so many days stands, in SQL."""
    return f"greatest(1, least({days}, {LONGEST_LIMIT}))"


def _lit(due: str, days: str) -> str:
    """The condition that a light is lit; the first half is what the indexes are read by."""
    at = of_limit(days)
    return f"{due} <= ($3::date[])[cardinality($3::date[])] AND {due} <= ($3::date[])[{at}]"


def _candidates(
    step: Step, due: str, *, days: str, where: str, task: str = "NULL::uuid", of: str = ""
) -> str:
    light = f"CASE WHEN {due} < $2 THEN 'red' ELSE 'yellow' END"
    department = "t.department_id" if of else "NULL::uuid"
    return (
        f"(SELECT c.id AS case_id, c.number AS case_number, c.hall_id, {task} AS task_id,"  # noqa: S608
        f" {department} AS department_id, '{step}' AS step, {light} AS light, {due} AS due"
        f" FROM cases c {of} WHERE c.hall_id = ANY($1::uuid[]) AND {where} AND {_lit(due, days)}"
        " AND NOT EXISTS (SELECT FROM case_lights l WHERE l.case_id = c.id"
        f"  AND l.step = '{step}' AND l.light = {light} AND l.due = {due}"
        f"  AND coalesce(l.task_id, l.case_id) = coalesce({task}, c.id)) LIMIT $4)"
    )


_TO_TURN = (
    " UNION ALL ".join(
        (
            _candidates(
                Step.ACCEPT,
                "c.accept_due",
                days=str(CORRECTION_DAYS),
                where="c.state IN ('submitted', 'pre_checked')",
            ),
            _candidates(
                Step.REVIEW,
                "t.due",
                days="t.days",
                where="t.state = 'open' AND c.state = 'under_review' AND (c.paused_since IS NULL"
                " OR NOT EXISTS (SELECT FROM case_pauses p WHERE p.case_id = c.id"
                "  AND p.ended_at IS NULL AND (p.task_id IS NULL OR p.task_id = t.id)))",
                task="t.id",
                of="JOIN case_tasks t ON t.case_id = c.id",
            ),
            _candidates(
                Step.CASE,
                "c.promised_due",
                days="c.promised_days + c.extended_days",
                where="c.state = 'under_review' AND c.paused_since IS NULL",
            ),
            _candidates(
                Step.DELIVERY,
                "c.delivery_due",
                days=str(DELIVERY_DAYS),
                where="c.state IN ('granted', 'refused', 'issued')",
            ),
        )
    )
    + " ORDER BY case_id, step LIMIT $4"
)
"""Lights that are lit and not recorded: $1 halls, $2 today, $3 `lit_until`, $4 how many."""


async def turn_lights(act: Act) -> None:
    """Record every light that has turned, a batch in a transaction, and tell of each once."""
    for calendar, hall_ids in (await _by_calendar()).items():
        until = lit_until(calendar, act.today)
        while await _turn_some(act, hall_ids, until) == AT_A_TIME:
            pass


async def _by_calendar() -> dict[WorkingCalendar, list[UUID]]:
    """The halls by their working days; most of them have the nation's."""
    found: dict[WorkingCalendar, list[UUID]] = defaultdict(list)
    for hall_id, calendar in (await halls.calendars()).items():
        found[calendar].append(hall_id)
    return found


async def _turn_some(act: Act, hall_ids: Sequence[UUID], until: list[date]) -> int:
    async with act.transaction() as tx:
        rows = await db.fetch(_TO_TURN, list(hall_ids), act.today, until, AT_A_TIME)
        if rows:
            await _record(act, tx, rows)
    return len(rows)


async def turn(
    act: Act, case: Case, step: Step, light: Light, due: date, task: CaseTask | None = None
) -> None:
    """Record the light of a step that ends by what is being done now, and so is not found later.

    `task`: for the review of one department. Nothing happens where it has been recorded. The case
    is locked.
    """
    row = {
        "case_id": case.id,
        "case_number": case.number,
        "hall_id": case.hall_id,
        "task_id": task.id if task else None,
        "department_id": task.department_id if task else None,
        "step": step,
        "light": light,
        "due": due,
    }
    async with act.transaction() as tx:
        await _record(act, tx, [row])


async def _record(act: Act, tx: Transaction, rows: list[dict[str, Any]]) -> None:
    lights = [msgspec.convert(row, LightTurned) for row in rows]
    new = await db.fetch(
        "INSERT INTO case_lights (id, case_id, task_id, step, light, due, turned_at)"
        " SELECT id, case_id, task_id, step, light, due, $7 FROM unnest($1::uuid[], $2::uuid[],"
        " $3::uuid[], $4::text[], $5::text[], $6::date[])"
        " AS n(id, case_id, task_id, step, light, due)"
        " ON CONFLICT DO NOTHING RETURNING case_id, task_id, step",
        [db.new_id() for _ in lights],
        [light.case_id for light in lights],
        [light.task_id for light in lights],
        [light.step for light in lights],
        [light.light for light in lights],
        [light.due for light in lights],
        act.at,
    )
    fresh = {(row["case_id"], row["task_id"], row["step"]) for row in new}
    told = [light for light in lights if (light.case_id, light.task_id, light.step) in fresh]
    for light in told:
        _tell(tx, light)

    async def count() -> None:
        for light in told:
            turned.labels(light.step, light.light).inc()

    tx.after_commit(count)


def _tell(tx: Transaction, light: LightTurned) -> None:
    key = f"case:{light.case_number}:{light.task_id or ''}:{light.step}:{light.light}:{light.due}"
    tx.later(TOPIC, light, key=key)
    tx.audit(
        "case.light_turned",
        f"case:{light.case_number}",
        hall_id=light.hall_id,
        step=light.step.value,
        light=light.light.value,
        due=light.due.isoformat(),
        department=str(light.department_id) if light.department_id else None,
    )


PERIODICS = (Periodic("cases.turn_lights", timedelta(minutes=10), turn_lights),)
"""Often enough that a light that turns at midnight is told of in the morning's first minutes."""

"""How an entry comes about: a red light opens one by itself, a supervisor opens one by hand."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from prometheus_client import Counter

from app.cases import facts as cases
from app.cases.rules import Step
from app.cases.schemas import LightTurned
from app.core import db
from app.core.acts import Act, Transaction
from app.core.auth import Role, Staff, require_staff
from app.core.errors import NotFound
from app.core.lights import Light
from app.core.outbox import GiveUp
from app.halls import service as halls
from app.supervision.models import SupervisionEntry, SupervisionWarning
from app.supervision.records import ask_answer, done, hint
from app.supervision.rules import STEP_NAMES, Cause, Event, opened
from app.supervision.schemas import OpenEntryIn

entries_opened = Counter("zhangban_supervision_opened_total", "Supervision entries.", ["cause"])


@dataclass(frozen=True)
class _Matter:
    """What an entry is opened about."""

    case: cases.CaseFacts
    cause: Cause
    why: str
    department_id: UUID | None
    step: Step | None = None
    task_id: UUID | None = None
    step_due: date | None = None


async def receive_light(act: Act, turned: LightTurned, key: str) -> None:  # noqa: ARG001
    """A yellow light is a warning at the desk, a red one opens an entry; a repeat does nothing.

    Raises:
        GiveUp: there is no such case.
    """
    facts = (await cases.facts([turned.case_id])).get(turned.case_id)
    if facts is None:
        raise GiveUp("there is no case of this id")
    if turned.light is Light.YELLOW:
        await _warn(act, turned, facts)
    elif turned.light is Light.RED:
        await _open_overdue(act, turned, facts)


async def _warn(act: Act, turned: LightTurned, facts: cases.CaseFacts) -> None:
    async with act.transaction() as tx:
        await _hold(turned.case_id)
        if await SupervisionWarning.filter(**_step_of(turned), due=turned.due).exists():
            return
        red = await SupervisionEntry.filter(**_step_of(turned), step_due=turned.due).exists()
        made = await SupervisionWarning.create(
            **_step_of(turned),
            hall_id=facts.hall_id,
            case_number=facts.number,
            item_name=facts.item_name,
            department_id=turned.department_id,
            due=turned.due,
            turned_at=act.at,
            over_at=act.at if red else None,
        )
        tx.audit(
            "supervision.warned",
            f"case:{facts.number}",
            hall_id=facts.hall_id,
            step=made.step,
            due=made.due.isoformat(),
        )
        tx.after_commit(hint(act, facts.hall_id))


async def _open_overdue(act: Act, turned: LightTurned, facts: cases.CaseFacts) -> None:
    async with act.transaction() as tx:
        await _hold(turned.case_id)
        if await SupervisionEntry.filter(**_step_of(turned), step_due=turned.due).exists():
            return
        await SupervisionWarning.filter(**_step_of(turned), due=turned.due, over_at=None).update(
            over_at=act.at
        )
        why = f"“{STEP_NAMES[turned.step]}”应于 {turned.due.isoformat()} 前完成，已超期。"
        matter = _Matter(
            facts,
            Cause.OVERDUE,
            why,
            turned.department_id,
            turned.step,
            turned.task_id,
            turned.due,
        )
        await _open(act, tx, matter)


def _step_of(turned: LightTurned) -> dict[str, Any]:
    return {"case_id": turned.case_id, "step": turned.step.value, "task_id": turned.task_id}


async def open_by_hand(act: Act, given: OpenEntryIn) -> SupervisionEntry:
    """A supervisor opens an entry on any case of their halls, with a reason.

    Raises:
        NotFound: no case of theirs, or the department is not of the case's hall.
    """
    person = require_staff(act.actor)
    facts = (await cases.facts([given.case_id])).get(given.case_id)
    if facts is None or facts.hall_id not in person.halls(Role.SUPERVISOR):
        raise NotFound("没有找到这个办件。")
    if given.department_id:
        department = await halls.department(given.department_id)
        if department.hall_id != facts.hall_id:
            raise NotFound("这个部门不属于该中心。")
    async with act.transaction() as tx:
        await _hold(facts.id)
        matter = _Matter(facts, Cause(given.cause), given.reason.strip(), given.department_id)
        return await _open(act, tx, matter)


async def _hold(case_id: UUID) -> None:
    """Entries and warnings of one case are made one after the other: numbered, and once."""
    await db.fetch("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"supervise:{case_id}")


async def _open(act: Act, tx: Transaction, matter: _Matter) -> SupervisionEntry:
    """Open the entry; the case is held."""
    serial = await SupervisionEntry.filter(case_id=matter.case.id).count() + 1
    entry = SupervisionEntry(
        number=f"{matter.case.number}-D{serial:02d}",
        hall_id=matter.case.hall_id,
        case_id=matter.case.id,
        case_number=matter.case.number,
        item_name=matter.case.item_name,
        department_id=matter.department_id,
        cause=matter.cause,
        step=matter.step,
        task_id=matter.task_id,
        step_due=matter.step_due,
        why=matter.why,
        state=opened(matter.cause).state,
        opened_at=act.at,
        opened_on=act.today,
        opened_by=act.actor.id if isinstance(act.actor, Staff) else None,
    )
    await ask_answer(act, entry)
    entry.first_due = entry.answer_due
    department = str(entry.department_id) if entry.department_id else None
    await done(act, tx, entry, Event.OPENED, entry.why, department=department, step=entry.step)
    cause = matter.cause.value

    async def count() -> None:
        entries_opened.labels(cause).inc()

    tx.after_commit(count)
    return entry

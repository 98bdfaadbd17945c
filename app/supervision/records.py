"""What every act of supervision shares: the locked entry, who may act, the event, the trail."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from app.core.acts import Act, Transaction
from app.core.auth import Role, Staff, require_staff
from app.core.clock import CHINA
from app.core.errors import Conflict, Forbidden, NotFound
from app.halls import service as halls
from app.supervision.models import SupervisionEntry, SupervisionEvent
from app.supervision.rules import (
    EVENT_NAMES,
    STATE_NAMES,
    Cause,
    Event,
    Move,
    Standing,
    State,
    after,
    answer_limit,
)


class WrongStep(Conflict):
    """The entry does not wait for this; `detail` says what was done last, by whom and when."""

    code = "supervision.wrong_step"
    title = "这张督办单当前不能这样办理。"


class OwnAnswer(Forbidden):
    """Nobody judges what they answered themselves."""

    code = "supervision.own_answer"
    title = "不能审核自己作出的答复，请由另一人处理。"


def no_such_entry() -> NotFound:
    """What everybody gets who asks for one that is not there or not theirs."""
    return NotFound("没有找到这张督办单。")


def subject(entry: SupervisionEntry) -> str:
    """How the trail names an entry."""
    return f"supervision:{entry.number}"


def channel(hall_id: UUID) -> str:
    """The live channel on which a hall's desks are told to look at their supervision lists."""
    return f"supervision:{hall_id}"


def hint(act: Act, hall_id: UUID) -> Callable[[], Awaitable[None]]:
    """What to do after the commit, so that the desks of a hall look again."""
    return lambda: act.house.live.publish(channel(hall_id), b"")


async def locked(entry_id: UUID) -> SupervisionEntry:
    """The entry, locked until the end of the transaction. Raises NotFound."""
    found = await SupervisionEntry.filter(id=entry_id).select_for_update().first()
    if found is None:
        raise no_such_entry()
    return found


async def locked_by_responsible(act: Act, entry_id: UUID) -> tuple[SupervisionEntry, Staff]:
    """One that the person must answer for, locked.

    A reviewer of its department; of one without a department, a clerk of its hall.

    Raises:
        NotFound: anybody else's.
    """
    person, found = require_staff(act.actor), await locked(entry_id)
    if not is_responsible(person, found.hall_id, found.department_id):
        raise no_such_entry()
    return found, person


def is_responsible(person: Staff, hall_id: UUID, department_id: UUID | None) -> bool:
    """Whether somebody answers for an entry: a reviewer of its department, else a hall's clerk."""
    if department_id is None:
        return hall_id in person.halls(Role.CLERK)
    return department_id in person.departments(Role.REVIEWER)


async def locked_by_supervisor(act: Act, entry_id: UUID) -> tuple[SupervisionEntry, Staff]:
    """One of the supervisor's halls, locked. Raises NotFound for anybody else's."""
    person, found = require_staff(act.actor), await locked(entry_id)
    if found.hall_id not in person.halls(Role.SUPERVISOR):
        raise no_such_entry()
    return found, person


def standing_of(entry: SupervisionEntry) -> Standing:
    """Where an entry stands, as the rules see it."""
    return Standing(
        State(entry.state),
        has_step=entry.step is not None,
        step_done=entry.step_done_at is not None,
    )


async def ask_answer(act: Act, entry: SupervisionEntry) -> None:
    """Have the limit of the answer begin today."""
    calendar = await halls.calendar(entry.hall_id)
    limit = answer_limit(calendar, act.today, act.house.settings.supervision_answer_days)
    entry.answer_due = limit.due
    entry.answer_days = limit.days
    entry.yellow_from = limit.yellow_from


async def move(act: Act, entry: SupervisionEntry, wanted: Move) -> None:
    """Make `wanted`; the caller sets what else changes.

    Raises:
        WrongStep: it cannot be made now. The sentence says what happened last, so that the second
            of two people who press the same button is told.
    """
    then = after(standing_of(entry), wanted)
    if then is None:
        last = await SupervisionEvent.filter(entry_id=entry.id).order_by("-id").first()
        assert last is not None, "an entry begins with an event"
        at = f"{last.at.astimezone(CHINA):%m月%d日 %H:%M}"
        raise WrongStep(
            f"当前状态是{STATE_NAMES[State(entry.state)]}：{at} 由{last.by_name}"
            f"{EVENT_NAMES[Event(last.kind)]}。",
            state=entry.state,
        )
    entry.state = then.state
    if wanted is Move.STEP_DONE:
        entry.step_done_at = act.at
    if then.state is State.CLOSED:
        entry.closed_at = act.at


async def done(
    act: Act, tx: Transaction, entry: SupervisionEntry, kind: Event, said: str, **data: Any
) -> None:
    """Save the entry, and leave the event, the trace, and a hint to the hall's desks."""
    await entry.save()
    person = act.actor if isinstance(act.actor, Staff) else None
    await SupervisionEvent.create(
        entry_id=entry.id,
        kind=kind,
        at=act.at,
        actor=act.actor.key,
        staff_id=person.id if person else None,
        by_name=f"{person.name}（工号{person.number}）" if person else "系统",
        said=said,
    )
    tx.audit(
        f"supervision.{kind.value}",
        subject(entry),
        hall_id=entry.hall_id,
        case=entry.case_number,
        cause=Cause(entry.cause).value,
        **data,
    )
    tx.after_commit(hint(act, entry.hall_id))

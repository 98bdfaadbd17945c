"""What happens by itself: lights come in, overdue answers are told, what is done is noted."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import structlog

from app.cases.clock.deadlines import StepKey, waiting
from app.cases.clock.lights import TOPIC
from app.cases.rules import Step
from app.cases.schemas import LightTurned
from app.core.acts import Act
from app.core.outbox import Handler
from app.core.schedule import Periodic
from app.supervision import queries
from app.supervision.answering import escalate, note_step_done
from app.supervision.opening import receive_light

log = structlog.get_logger(__name__)
BATCH = 500


async def tell_managers(act: Act) -> None:
    """Tell the manager of every answer that is overdue, once for each entry."""
    await _each(await queries.owed(act.today), lambda entry_id: escalate(act, entry_id))


async def watch_steps(act: Act) -> None:
    """Note which overdue steps are done by now, and which warnings are none any more."""
    await _watch_entries(act)
    await _watch_warnings(act)


async def _watch_entries(act: Act) -> None:
    after: UUID | None = None
    while rows := await queries.steps_to_watch(after, BATCH):
        still = await waiting([_key(row) for row in rows])
        over = [row["id"] for row in rows if _is_over(row, still)]
        await _each(over, lambda entry_id: note_step_done(act, entry_id))
        after = rows[-1]["id"]


def _is_over(row: dict[str, Any], still: dict[StepKey, date]) -> bool:
    key = _key(row)
    if key not in still:
        return True
    # A case that came back from its correction waits for acceptance anew, by another day.
    return key.step is Step.ACCEPT and still[key] != row["step_due"]


async def _watch_warnings(act: Act) -> None:
    after: UUID | None = None
    while rows := await queries.warnings_to_watch(after, BATCH):
        still = await waiting([_key(row) for row in rows])
        # One whose day has moved will be warned of again, when that day comes near.
        over = [row["id"] for row in rows if still.get(_key(row)) != row["due"]]
        await queries.end_warnings(over, act.at)
        after = rows[-1]["id"]


def _key(row: dict[str, Any]) -> StepKey:
    return StepKey(row["case_id"], Step(row["step"]), row["task_id"])


async def _each(ids: list[UUID], do: Callable[[UUID], Awaitable[None]]) -> None:
    """Each is an act of its own, so that one that cannot be done holds up no other."""
    for entry_id in ids:
        try:
            await do(entry_id)
        except Exception as error:
            log.warning("supervision.job_failed", error=type(error).__name__)


HANDLERS: list[Handler] = [Handler(TOPIC, LightTurned, receive_light)]
PERIODICS = (
    Periodic("supervision.owed", timedelta(minutes=10), tell_managers),
    Periodic("supervision.steps", timedelta(minutes=5), watch_steps),
)

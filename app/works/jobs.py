"""Who takes long work up, and what becomes of it when a process is killed.

The outbox holds an entry for each work until the work has ended. Whoever gets the entry takes the
work up if nobody does it, in a task beside the outbox, and puts the entry off: it is the watch that
finds out when a run has died. A work that is found dead is begun again, a few times.
"""

from datetime import timedelta

from app.core import db
from app.core.acts import Act
from app.core.outbox import Handler, NotYet
from app.core.schedule import Periodic
from app.works import queries, service, vault
from app.works.rules import ASK_AGAIN, LOOK_AGAIN, MOST_ATTEMPTS, State, is_silent
from app.works.runner import KILLED, STOPPED, Runner
from app.works.service import TOPIC, RunWork, kept_until


async def _run(act: Act, payload: RunWork, _key: str) -> None:
    """Take a work up, or see to it that it goes on."""
    if await _is_over(act, payload):
        return
    runner = act.house.part(Runner)
    if not runner.has_room:
        raise NotYet(act.at + ASK_AGAIN)
    claimed = await queries.claim(payload.work_id, db.new_id(), act.at)
    if claimed is not None:
        runner.begin(claimed)
    raise NotYet(act.at + LOOK_AGAIN)


async def _is_over(act: Act, payload: RunWork) -> bool:
    """Whether nothing is left to do; ends a work that nobody does and that shall not go on."""
    async with act.transaction() as tx:
        found = await queries.standing(payload.work_id)
        if found is None or found["state"] not in (State.WAITING, State.RUNNING):
            return True
        if found["state"] == State.RUNNING and not is_silent(found["beat_at"], act.at):
            return False
        if found["cancel_asked_at"] is not None:
            state, message = State.CANCELLED, STOPPED
        elif found["attempts"] >= MOST_ATTEMPTS:
            state, message = State.FAILED, KILLED
        else:
            return False
        await queries.end(
            payload.work_id,
            found["run_id"],
            state,
            now=act.at,
            expires_at=kept_until(act),
            message=message,
        )
        tx.audit(
            f"work.{state}",
            f"work:{payload.work_id}",
            hall_id=found["hall_id"],
            kind=found["kind"],
            attempts=found["attempts"],
        )
    await vault.remove(act.house, payload.work_id, "given")
    return True


async def _forget(act: Act) -> None:
    await service.forget_old(act)


async def _sweep(act: Act) -> None:
    await service.sweep_orphans(act)


HANDLERS: list[Handler] = [Handler(TOPIC, RunWork, _run)]
PERIODICS: list[Periodic] = [
    Periodic("works.forget", timedelta(hours=1), _forget),
    Periodic("works.sweep", timedelta(days=1), _sweep),
]

"""What happens by itself: bad ratings come in from the outbox, and overdue steps light up."""

from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter

from app.core import db
from app.core.acts import Act
from app.core.outbox import Handler
from app.core.schedule import Periodic
from evaluations.rectification.intake import TOPIC, receive
from evaluations.rectification.records import done, locked
from evaluations.rectification.rules import STATE_NAMES, State
from evaluations.rectification.schemas import BadRatingReceived

log = structlog.get_logger(__name__)
reds = Counter("zhangban_rectification_red_total", "Steps that passed their limit.", ["state"])


async def light_up(act: Act) -> None:
    """Record the red light of every step that is overdue, once for each step.

    Each is an act of its own, so that one that cannot be recorded holds up no other.
    """
    rows = await db.fetch(
        "SELECT id FROM rectifications WHERE state <> 'closed' AND step_due < $1"
        " AND red_at IS NULL ORDER BY id",
        act.today,
    )
    for row in rows:
        try:
            await _light_up(act, row["id"])
        except Exception as error:
            log.warning("rectification.light_failed", error=type(error).__name__)


async def _light_up(act: Act, rectification_id: UUID) -> None:
    async with act.transaction() as tx:
        found = await locked(rectification_id)
        # Somebody may have made the step meanwhile, or another worker recorded the light.
        if found.red_at or found.step_due is None or found.step_due >= act.today:
            return
        found.red_at = act.at
        state = State(found.state)
        said = f"“{STATE_NAMES[state]}”已超期，期限 {found.step_due}。"
        department = str(found.department_id) if found.department_id else None
        await done(
            act,
            tx,
            found,
            "overdue",
            said,
            step=state.value,
            due=found.step_due.isoformat(),
            department=department,
        )
    reds.labels(state.value).inc()


HANDLERS: list[Handler] = [Handler(TOPIC, BadRatingReceived, receive)]
PERIODICS = (Periodic("rectification.lights", timedelta(minutes=10), light_up),)

"""HTTP of the clock: pauses, extensions, terminations."""

from uuid import UUID

from app.cases.clock import endings, extensions, pauses
from app.cases.clock.reckoning import running_until
from app.cases.clock.schemas import Extend, PauseBegun, PauseIn
from app.cases.routes import Proposed
from app.cases.schemas import Propose
from app.core.api import Call, Routes
from app.core.auth import Role, staff

routes = Routes("clock", "/api/v1/desk")

ORDERS = staff(Role.CLERK, Role.REVIEWER)


@routes.post("/cases/<case_id:uuid>/pauses", guard=ORDERS, status=201, once=True)
async def begin_pause(call: Call, case_id: UUID, body: PauseIn) -> PauseBegun:
    """Stop the clock for a hearing, an inspection, an appraisal, an expert review, a visit."""
    pause = await pauses.begin_by_staff(call.act, case_id, body)
    return PauseBegun(id=pause.id, case_id=pause.case_id, due=None)


@routes.post("/pauses/<pause_id:uuid>/end", guard=ORDERS, once=True)
async def end_pause(call: Call, pause_id: UUID) -> PauseBegun:
    """Let the clock go on; the limits are worked out again."""
    case, pause = await pauses.end_by_staff(call.act, pause_id)
    return PauseBegun(id=pause.id, case_id=case.id, due=running_until(case))


@routes.post("/cases/<case_id:uuid>/extend", guard=ORDERS, status=202, once=True)
async def propose_extension(call: Call, case_id: UUID, body: Extend) -> Proposed:
    """Propose to put the decision off, once; a supervisor must consent."""
    made = await extensions.propose_extension(call.act, case_id, days=body.days, reason=body.reason)
    return Proposed(id=made.id, state=made.state)


@routes.post("/cases/<case_id:uuid>/terminate", guard=ORDERS, status=202, once=True)
async def propose_termination(call: Call, case_id: UUID, body: Propose) -> Proposed:
    """Propose to end the review without a decision (终止); a supervisor must consent."""
    made = await endings.propose_termination(
        call.act, case_id, reason=body.reason, basis=body.basis
    )
    return Proposed(id=made.id, state=made.state)

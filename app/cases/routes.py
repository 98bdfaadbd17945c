"""HTTP of cases: the applicant's side, and the desk's."""

from typing import Literal
from uuid import UUID

import msgspec

from app.cases import kept, service
from app.cases.intake import acceptance, corrections
from app.cases.intake import service as intake
from app.cases.intake.schemas import SubmitCase, Supplement
from app.cases.kept import KeptCases
from app.cases.list_schemas import (
    CaseRow,
    DeskQuery,
    FollowedRow,
    ProposalRow,
    TaskQuery,
    TaskRow,
)
from app.cases.models import Case, CaseProposal
from app.cases.review import consents
from app.cases.review import service as review
from app.cases.rules import PROGRESS, State
from app.cases.schemas import (
    ApplicantShown,
    AskCorrection,
    CaseShown,
    Consent,
    Decide,
    DeskCase,
    Propose,
    Submitted,
)
from app.core.api import Call, Routes
from app.core.auth import CITIZEN, Role, staff
from app.core.errors import NotFound
from app.core.wire import File, Out, Page, PageQuery
from app.materials.schemas import PictureWanted

routes = Routes("cases", "/api/v1/cases")
desk = Routes("desk", "/api/v1/desk")

CLERK = staff(Role.CLERK)
REVIEWER = staff(Role.REVIEWER)
SECOND = staff(Role.SUPERVISOR, Role.REVIEWER)
READERS = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER, Role.REVIEWER)


class Stands(Out, frozen=True):
    """Where a case stands after an act."""

    id: UUID
    number: str
    state: State
    progress: str


class Proposed(Out, frozen=True):
    """A proposal, and whether it has taken effect."""

    id: UUID
    state: str


class CorrectionAsked(Out, frozen=True):
    """The case after the request; `proposal` is set where a supervisor must consent first."""

    proposal: Proposed | None


def stands(case: Case) -> Stands:
    """Where the case stands, as an act is answered."""
    state = State(case.state)
    return Stands(id=case.id, number=case.number, state=state, progress=PROGRESS[state])


def _proposed(proposal: CaseProposal) -> Proposed:
    return Proposed(id=proposal.id, state=proposal.state)


@routes.post("", guard=CITIZEN, status=201, once=True)
async def submit(call: Call, body: SubmitCase) -> Submitted:
    """Submit an application and get its number."""
    case = await intake.submit(call.act, body)
    return msgspec.convert(case, Submitted, from_attributes=True)


@routes.get("", guard=CITIZEN)
async def mine(call: Call, query: PageQuery) -> Page[FollowedRow]:
    """The cases that the caller follows: their own, their enterprises', those they help in."""
    return await service.mine(call.act, query)


@routes.get("/<case_id:uuid>", guard=CITIZEN, ahead=kept.check)
async def read(call: Call, case_id: UUID) -> CaseShown:
    """Status, timeline, deadline and everything else of one's own case."""
    cases = call.act.house.part(KeptCases)
    return await cases.answer(
        call.act, case_id, lambda: service.for_applicant(call.act, case_id), call.ahead
    )


@routes.post("/<case_id:uuid>/supplement", guard=CITIZEN, once=True)
async def supplement(call: Call, case_id: UUID, body: Supplement) -> Stands:
    """Send what a correction asked for."""
    return stands(await corrections.supplement(call.act, case_id, body))


@routes.post("/<case_id:uuid>/withdraw", guard=CITIZEN, once=True)
async def withdraw(call: Call, case_id: UUID) -> Stands:
    """Withdraw the application, until it is decided."""
    return stands(await intake.withdraw(call.act, case_id))


@desk.get("/cases", guard=staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER))
async def queue(call: Call, query: DeskQuery) -> Page[CaseRow]:
    """The cases of a hall, oldest first."""
    return await service.of_hall(call.act, query)


@desk.get("/tasks", guard=REVIEWER)
async def tasks(call: Call, query: TaskQuery) -> Page[TaskRow]:
    """The open tasks of a department, oldest first."""
    return await service.open_tasks(call.act, query)


@desk.get("/proposals", guard=SECOND)
async def proposals(call: Call, query: PageQuery) -> Page[ProposalRow]:
    """What waits for the caller as the second person, oldest first."""
    return await service.open_proposals(call.act, query)


@desk.get("/cases/<case_id:uuid>", guard=READERS)
async def open_case(call: Call, case_id: UUID) -> DeskCase:
    """A case with the applicant masked."""
    return await service.for_staff(call.act, case_id)


@desk.get("/cases/<case_id:uuid>/applicant", guard=READERS)
async def applicant(call: Call, case_id: UUID) -> ApplicantShown:
    """The applicant and the form in the clear; the reading is recorded."""
    return await service.applicant(call.act, case_id)


@desk.get("/cases/<case_id:uuid>/materials/<material_id:uuid>/<size:str>", guard=READERS)
async def photo(
    call: Call, query: PictureWanted, case_id: UUID, material_id: UUID, size: str
) -> File:
    """A photo of the case, or a page of it, `display` or `thumbnail`; the reading is recorded."""
    try:
        wanted = msgspec.convert(size, Literal["display", "thumbnail"])
    except msgspec.ValidationError:
        raise NotFound from None
    return await service.photo(call.act, case_id, material_id, wanted, query.page)


@desk.post("/cases/<case_id:uuid>/accept", guard=CLERK, once=True)
async def accept(call: Call, case_id: UUID) -> Stands:
    """Accept the application (受理); a receipt is written and the clock begins."""
    return stands(await acceptance.accept(call.act, case_id))


@desk.post("/cases/<case_id:uuid>/ask-correction", guard=CLERK, once=True)
async def ask_correction(call: Call, case_id: UUID, body: AskCorrection) -> CorrectionAsked:
    """Ask for all corrections at once (一次性告知)."""
    proposal = await corrections.ask_correction(call.act, case_id, body)
    return CorrectionAsked(proposal=_proposed(proposal) if proposal else None)


@desk.post("/cases/<case_id:uuid>/not-accept", guard=CLERK, status=202, once=True)
async def propose_not_accept(call: Call, case_id: UUID, body: Propose) -> Proposed:
    """Propose not to accept (不予受理); a second person must consent."""
    made = await corrections.propose_not_accept(call.act, case_id, body.reason, body.basis)
    return _proposed(made)


@desk.post("/tasks/<task_id:uuid>/grant", guard=REVIEWER, once=True)
async def grant(call: Call, task_id: UUID, body: Decide) -> Stands:
    """The department agrees."""
    return stands(await review.grant(call.act, task_id, body.opinion))


@desk.post("/tasks/<task_id:uuid>/refuse", guard=REVIEWER, status=202, once=True)
async def propose_refusal(call: Call, task_id: UUID, body: Propose) -> Proposed:
    """Propose to refuse; a second person must consent."""
    made = await review.propose_refusal(call.act, task_id, body.reason, body.basis)
    return _proposed(made)


@desk.post("/proposals/<proposal_id:uuid>/answer", guard=SECOND, once=True)
async def answer_proposal(call: Call, proposal_id: UUID, body: Consent) -> Proposed:
    """A second person agrees, and it takes effect, or declines."""
    return _proposed(
        await consents.answer_proposal(call.act, proposal_id, agree=body.agree, text=body.note)
    )

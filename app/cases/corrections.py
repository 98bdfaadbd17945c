"""What is told before acceptance: corrections, what comes back, and non-acceptance."""

from uuid import UUID

from app.cases import queries
from app.cases.contents import attach, by_requirement, sealed
from app.cases.models import Case, CaseProposal
from app.cases.proposals import propose
from app.cases.records import (
    allowed,
    locked_of_applicant,
    locked_of_clerk,
    move,
    note,
    receipt,
    settle_proposals,
    subject,
    tell,
)
from app.cases.rules import (
    CORRECTION_DAYS,
    Move,
    Proposal,
    State,
    deemed_accepted,
)
from app.cases.schemas import AskCorrection, Supplement
from app.catalog import service as catalog
from app.core.acts import Act
from app.core.clock import day_of
from app.core.errors import Conflict, Problem
from app.halls import service as halls
from app.notices.rules import Kind


class NothingSupplied(Problem):
    """A supplement without anything in it."""

    status = 422
    code = "cases.nothing_supplied"
    title = "请修改表单或补充材料后再提交。"


class AnsweredTooLate(Conflict):
    """Nobody answered in time, so the application counts as accepted (art. 32)."""

    code = "cases.answered_too_late"
    title = f"收到申请已超过 {CORRECTION_DAYS} 个工作日，依法视为已受理，请直接受理。"


async def ask_correction(act: Act, case_id: UUID, given: AskCorrection) -> CaseProposal | None:
    """Tell the applicant at once all that must be corrected (art. 32).

    The second time it takes effect only with a supervisor's consent; then the proposal is returned.

    Raises:
        NotFound, WrongState, AnsweredTooLate; ConsentFirst: a proposal is open already.
    """
    async with act.transaction() as tx:
        case, person = await locked_of_clerk(act, case_id)
        if case.corrections == 0:
            await send_correction(act, case, given.points)
            tx.audit("case.correction_asked", subject(case), hall_id=case.hall_id)
            return None
        await allowed(case, Move.ASK_CORRECTION)
        await check_in_time(act, case)
        return await propose(
            act,
            case,
            person,
            Proposal.CORRECT_AGAIN,
            reason="再次要求补正",
            basis="行政许可法第三十二条",
            points=given.points,
        )


async def check_in_time(act: Act, case: Case) -> None:
    """Raise AnsweredTooLate if a case that waits for acceptance counts as accepted by now."""
    if case.state != State.SUBMITTED:
        return
    calendar = await halls.calendar(case.hall_id)
    if deemed_accepted(calendar, day_of(case.received_at), act.today):
        raise AnsweredTooLate


async def send_correction(act: Act, case: Case, points: list[str]) -> None:
    """Put the case into correction, with its receipt and message. The case is locked.

    Raises:
        WrongState, AnsweredTooLate.
    """
    await check_in_time(act, case)
    await move(case, Move.ASK_CORRECTION)
    case.corrections += 1
    await case.save(update_fields=["state", "corrections"])
    await settle_proposals(act, case)
    number = await receipt(act, case, "correction", "补正材料一次性告知书", list(points))
    await note(act, case, "correction_asked", f"需要补正 {len(points)} 项，告知书编号 {number}。")
    remark = f"需补正{len(points)}项，请在小程序中查看"
    await tell(act, case, Kind.REMINDER, "待补正", remark)


async def propose_not_accept(act: Act, case_id: UUID, reason: str, basis: str) -> CaseProposal:
    """Propose not to accept a case; it takes effect with a second person's consent.

    Raises:
        NotFound, WrongState, AnsweredTooLate; ConsentFirst: a proposal is open already.
    """
    async with act.transaction():
        case, person = await locked_of_clerk(act, case_id)
        await allowed(case, Move.NOT_ACCEPT)
        await check_in_time(act, case)
        return await propose(act, case, person, Proposal.NOT_ACCEPT, reason=reason, basis=basis)


async def supplement(act: Act, case_id: UUID, given: Supplement) -> Case:
    """The applicant sends what was asked for; the case waits for acceptance again.

    Photos come beside those that are there, which stay as a record. The most photos of a line
    are meant for one round: otherwise a blurred one could never be replaced.

    Raises:
        NotFound: not the caller's case, or a material that is not theirs.
        WrongState: no correction is open. NothingSupplied.
        FormProblem, MaterialsMissing, MaterialRefused.
    """
    async with act.transaction() as tx:
        case = await locked_of_applicant(act, case_id)
        await move(case, Move.SUPPLEMENT)
        guide = (await catalog.version(case.version_id)).guide
        before, now = await queries.supplied(case.id), by_requirement(given.materials)
        new = {
            code: fresh
            for code, ids in now.items()
            if (fresh := [found for found in ids if found not in before.get(code, [])])
        }
        if given.form is None and not new:
            raise NothingSupplied
        if given.form is not None:
            catalog.check_form(guide, given.form)
            case.form = sealed(given.form)
        catalog.check_materials(guide, {code: len(ids) for code, ids in (before | now).items()})
        await attach(act, case, new)
        case.received_at = act.at
        await case.save(update_fields=["state", "form", "received_at"])
        await settle_proposals(act, case)
        await note(act, case, "supplemented", "补正材料已提交，等待受理。")
        tx.audit("case.supplemented", subject(case), hall_id=case.hall_id)
    return case

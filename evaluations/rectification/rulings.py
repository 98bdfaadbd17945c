"""What takes two persons: a ruling that a rating is invalid, and a department's appeal (申诉)."""

from uuid import UUID

from app.core.acts import Act, Transaction
from app.core.auth import Staff
from app.core.errors import Conflict, InvalidBody, NotFound
from app.core.privacy import Personal
from app.halls import service as halls
from evaluations.ratings.rulings import rule_invalid
from evaluations.rectification import topics
from evaluations.rectification.deadlines import appeal_limit, may_be_complex, rectify_limit
from evaluations.rectification.models import Rectification, RectificationProposal
from evaluations.rectification.records import (
    SamePerson,
    WrongStep,
    check_uninvolved,
    clock_of,
    days_of,
    done,
    locked_by_reviewer,
    locked_by_supervisor,
    loop_of,
    move,
    open_proposal,
    set_limits,
    wrong_step,
)
from evaluations.rectification.rules import (
    INVALID,
    RULINGS,
    VERDICT_NAMES,
    Claim,
    Move,
    State,
    Verdict,
    may_second,
)
from evaluations.rectification.schemas import AppealIn, AssignIn, SecondOpinionIn

CLAIM_NAMES = {
    Claim.MISTAKEN: VERDICT_NAMES[Verdict.MISTAKEN],
    Claim.MALICIOUS: VERDICT_NAMES[Verdict.MALICIOUS],
    Claim.NOT_REASONABLE: VERDICT_NAMES[Verdict.NOT_REASONABLE],
    Claim.NOT_OURS: "不属于本部门职责",
}


class TooLateToAppeal(Conflict):
    """The days in which the department could appeal are over; `until` was the last."""

    code = "rectification.too_late_to_appeal"
    title = "申诉期限已过。"


class TooLateForMore(Conflict):
    """The longer limit is granted once, while the department is at work and not overdue."""

    code = "rectification.too_late_for_more"
    title = "已标为复杂、已超期或整改已完成，不能再延长时限。"


async def propose(
    act: Act, tx: Transaction, found: Rectification, person: Staff, claim: Claim, reason: str
) -> None:
    """Propose a ruling; the department's clock stands still until a supervisor answers.

    Raises:
        WrongStep: it does not wait for verification, or a ruling was declined before.
    """
    await move(act, found, Move.PROPOSE, claim)
    await _propose(act, found, person, "ruling", claim, reason)
    said = f"提请裁定为{CLAIM_NAMES[claim]}。"
    await done(act, tx, found, "ruling_proposed", said, reason, claim=claim.value)


async def _propose(
    act: Act, found: Rectification, person: Staff, kind: str, claim: Claim, reason: str
) -> None:
    assert found.department_id is not None, "a department proposes"
    await RectificationProposal.create(
        rectification_id=found.id,
        department_id=found.department_id,
        kind=kind,
        claim=claim,
        proposed_by=person.id,
        proposed_at=act.at,
        reason=Personal(reason.strip(), "form"),
        state="open",
    )


async def appeal(act: Act, rectification_id: UUID, given: AppealIn) -> Rectification:
    """Appeal against the rating within the days that there are for it, once for a department.

    Raises:
        NotFound, WrongStep. TooLateToAppeal.
    """
    async with act.transaction() as tx:
        found, person = await locked_by_reviewer(act, rectification_id)
        calendar = await halls.calendar(found.hall_id)
        until = appeal_limit(calendar, clock_of(found), days_of(act.house.settings)).due
        await move(act, found, Move.APPEAL, given.claim)
        if act.today > until:
            raise TooLateToAppeal(until=until.isoformat())
        await _propose(act, found, person, "appeal", given.claim, given.reason)
        said = f"部门申诉：{CLAIM_NAMES[given.claim]}。"
        await done(act, tx, found, "appealed", said, given.reason, claim=given.claim.value)
    return found


async def rule(act: Act, rectification_id: UUID, given: SecondOpinionIn) -> Rectification:
    """A supervisor confirms or declines the proposed ruling.

    Confirmed, the rating is ruled invalid in the same transaction: it stays, and counts no more.

    Raises:
        NotFound, WrongStep. SamePerson: the supervisor proposed it.
    """
    async with act.transaction() as tx:
        found, person = await locked_by_supervisor(act, rectification_id)
        proposal = await _waiting(found, State.TO_RULE)
        if not may_second(person.id, {proposal.proposed_by}):
            raise SamePerson
        await move(act, found, Move.CONFIRM if given.agree else Move.DECLINE)
        await _settle(act, proposal, person, given)
        name = CLAIM_NAMES[Claim(proposal.claim)]
        if not given.agree:
            said = f"不同意裁定为{name}，请继续核实。"
            await done(act, tx, found, "ruling_declined", said, given.note)
            return found
        found.verified_at = act.at
        await done(act, tx, found, "ruling_confirmed", f"裁定为{name}，不计入得分。", given.note)
        await _take_out(act, found, proposal)
    return found


async def review(act: Act, rectification_id: UUID, given: SecondOpinionIn) -> Rectification:
    """A supervisor who has not taken part, nor assigned it, answers the department's appeal.

    Raises:
        NotFound, WrongStep, SamePerson. InvalidBody: no other department is named where the appeal
        that is agreed to says that another one is responsible.
    """
    async with act.transaction() as tx:
        found, person = await locked_by_supervisor(act, rectification_id)
        proposal = await _waiting(found, State.APPEALED)
        await check_uninvolved(found, person, found.assigned_by)
        claim = Claim(proposal.claim)
        elsewhere = given.agree and claim is Claim.NOT_OURS
        if elsewhere:
            await _check_department(found, given.department_id)
        await move(act, found, Move.UPHOLD if given.agree else Move.REJECT)
        await _settle(act, proposal, person, given)
        if not given.agree:
            await done(act, tx, found, "appeal_rejected", "申诉不成立，继续办理。", given.note)
            return found
        said = f"申诉成立：{CLAIM_NAMES[claim]}。"
        if elsewhere:
            await _hand_over(act, found, person, given.department_id)
            await done(act, tx, found, "appeal_upheld", said, given.note)
            await topics.gather(act, tx, found)
            return found
        found.verified_at = act.at
        await done(act, tx, found, "appeal_upheld", said, given.note)
        if claim in RULINGS:
            await _take_out(act, found, proposal)
    return found


async def _waiting(found: Rectification, state: State) -> RectificationProposal:
    proposal = await open_proposal(found)
    if found.state != state or proposal is None:
        raise await wrong_step(found)
    return proposal


async def _settle(
    act: Act, proposal: RectificationProposal, person: Staff, given: SecondOpinionIn
) -> None:
    proposal.state = "agreed" if given.agree else "declined"
    proposal.second_id = person.id
    proposal.second_at = act.at
    proposal.second_note = Personal(given.note.strip(), "form")
    await proposal.save()


async def _take_out(act: Act, found: Rectification, proposal: RectificationProposal) -> None:
    """Count the rating out; last in the transaction, because it locks the score table."""
    assert found.verdict in INVALID, "an agreed ruling is a verdict"
    await topics.drop(found)
    await rule_invalid(act, found.rating_id, str(found.verdict), proposal.reason.reveal())


async def assign(act: Act, rectification_id: UUID, given: AssignIn) -> Rectification:
    """Give it to the department that is responsible, or to another one; its clock begins anew.

    Raises:
        NotFound: not of the supervisor's halls, or no such department there. WrongStep: it is
        with that department already, waits for a second person, or is rectified.
    """
    async with act.transaction() as tx:
        found, person = await locked_by_supervisor(act, rectification_id)
        await _check_department(found, given.department_id)
        await move(act, found, Move.ASSIGN)
        await _hand_over(act, found, person, given.department_id)
        name = (await halls.department(given.department_id)).name
        said = f"分派给{name}。"
        department = str(given.department_id)
        await done(act, tx, found, "assigned", said, given.reason, department=department)
        await topics.gather(act, tx, found)
    return found


async def _check_department(found: Rectification, department_id: UUID | None) -> None:
    if department_id is None:
        raise InvalidBody("请指明由哪个部门负责。", field="department_id")
    department = await halls.department(department_id)
    if department.hall_id != found.hall_id:
        raise NotFound("这个部门不属于该中心。")
    if department_id == found.department_id:
        raise await _already_there(found, department.name)


async def _already_there(found: Rectification, name: str) -> WrongStep:
    return WrongStep(f"这条差评已经在{name}办理。", state=found.state)


async def _hand_over(
    act: Act, found: Rectification, person: Staff, department_id: UUID | None
) -> None:
    await topics.drop(found)
    found.department_id = department_id
    found.assigned_at = act.at
    found.assigned_by = person.id
    await set_limits(act, found)


async def make_complex(act: Act, rectification_id: UUID, reason: str) -> Rectification:
    """Grant the longer limit of a complex rectification, counted from the same day.

    Raises:
        NotFound. TooLateForMore: granted before, overdue, or nothing is left to rectify.
    """
    async with act.transaction() as tx:
        found, _ = await locked_by_supervisor(act, rectification_id)
        calendar = await halls.calendar(found.hall_id)
        clock = clock_of(found)
        limit = rectify_limit(calendar, clock, days_of(act.house.settings))
        if not may_be_complex(await loop_of(found), clock, act.today, limit):
            raise TooLateForMore(state=found.state)
        found.complex = True
        await set_limits(act, found)
        await done(act, tx, found, "made_complex", "标为复杂，整改时限延长。", reason)
    return found

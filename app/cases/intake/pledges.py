"""Pledges in the place of materials (告知承诺): signed, checked after the grant, revoked if false.

The State Council's guidance (国办发〔2020〕42号) has the applicant pledge in writing, the decision
rest on that, and the pledge checked afterwards; who pledged falsely is held to it.
"""

from typing import Any
from uuid import UUID

import msgspec

from app.cases.access import check_no_helper
from app.cases.contents import end_links, guide_of
from app.cases.delivery import posting
from app.cases.intake.promise_schemas import FalsePledge, PledgeState
from app.cases.intake.schemas import CheckPledge, PledgeChecked, PledgeQuery, PledgeRow
from app.cases.models import Case, CasePledge, CaseProposal
from app.cases.records import (
    allowed,
    locked,
    move,
    note,
    receipt,
    settle_proposals,
    subject,
    tell,
)
from app.cases.review.proposals import consent_first, propose
from app.cases.rules import APPEAL, Move, Proposal
from app.catalog import service as catalog
from app.catalog.guide import Guide, Requirement
from app.catalog.guide import Kind as ItemKind
from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.errors import Conflict, Forbidden, NotFound, Problem
from app.core.privacy import Personal
from app.core.wire import Page, after_id, page
from app.documents import service as documents
from app.halls import service as halls
from app.holdings import service as holdings
from app.notices.rules import Kind


class BasisNeeded(Problem):
    """A pledge was found false, and no legal basis for revoking the grant was named."""

    status = 422
    code = "cases.basis_needed"
    title = "认定承诺不实的，请写明撤销决定的依据。"


class PledgeDone(Conflict):
    """The pledge is not to be checked: not yet, or not any more."""

    code = "cases.pledge_done"
    title = "这份承诺当前不需要核查。"


def wording(requirement: Requirement) -> str:
    """What the applicant signs: the item's own words, else the four points of the guidance.

    国办发〔2020〕42号: the applicant knows what was told, fulfils the conditions, bears the legal
    responsibility for a false pledge, and means what the pledge says.
    """
    return requirement.pledge_text.strip() or (
        f"申请人以本承诺代替提交“{requirement.name}”，并郑重承诺：一、已知晓告知的全部事项；"
        "二、已符合告知的条件和要求；三、愿意承担不实承诺的法律责任；"
        "四、以上承诺是申请人真实的意思表示。"
    )


async def supervisor_of(guide: Guide, hall_id: UUID, department_id: UUID) -> UUID:
    """The department that checks pledges: the one that the guide names, else the item's own."""
    name = guide.supervising_department.strip()
    if not name:
        return department_id
    return await halls.department_named(hall_id, name) or department_id


async def end(case: Case) -> None:
    """What was pledged has no object any more: the case is over, without a grant that stands."""
    await db.execute(
        "UPDATE case_pledges SET state = 'ended'"
        " WHERE case_id = $1 AND state IN ('signed', 'to_check')",
        case.id,
    )


async def after_grant(act: Act, case: Case) -> None:
    """The case was granted on its pledges: from now on they are to be checked."""
    async with act.transaction() as tx:
        found = await db.execute(
            "UPDATE case_pledges SET state = 'to_check' WHERE case_id = $1 AND state = 'signed'",
            case.id,
        )
        if found:
            tx.audit("case.pledges_to_check", subject(case), hall_id=case.hall_id, pledges=found)


async def listed(act: Act, query: PledgeQuery) -> Page[PledgeRow]:
    """The pledges that a department checks, for its reviewers, oldest first. Raises Forbidden."""
    person = require_staff(act.actor)
    if query.department_id not in person.departments(Role.REVIEWER):
        raise Forbidden
    rows = await db.fetch(
        "SELECT p.id, p.case_id, c.number, c.item_name, c.applicant_name, c.version_id, p.state,"
        " p.requirement, p.text, p.signed_at, p.checked_at, p.finding FROM case_pledges p"
        " JOIN cases c ON c.id = p.case_id WHERE p.department_id = $1 AND p.state = $2"
        " AND ($3::uuid IS NULL OR p.id > $3) ORDER BY p.id LIMIT $4",
        query.department_id,
        query.state,
        after_id(query),
        query.limit + 1,
    )
    lines = {
        version_id: {line.code: line.name for line in offered.guide.materials}
        for version_id in {row["version_id"] for row in rows}
        for offered in [await catalog.version(version_id)]
    }
    keyring = act.house.keyring

    def show(row: dict[str, Any]) -> PledgeRow:
        name = keyring.open(row["applicant_name"], "cases.applicant_name").decode()
        code = row["requirement"]
        return msgspec.convert(
            row
            | {
                "applicant": Personal(name, "name").masked(),
                "name": lines[row["version_id"]].get(code, code),
            },
            PledgeRow,
        )

    return page(rows, query.limit, show, lambda row: (row["id"],))


async def check(act: Act, pledge_id: UUID, given: CheckPledge) -> PledgeChecked:
    """Note what the check of a pledge found.

    Kept, it is recorded and the applicant is told. False, it becomes a proposal to revoke the
    grant, which takes effect with a second person's consent.

    Raises:
        NotFound: not a pledge that the caller's department checks. HelperDecides.
        PledgeDone: it is not to be checked. BasisNeeded. ConsentFirst: a proposal is open.
    """
    person = require_staff(act.actor)
    seen = await CasePledge.get_or_none(id=pledge_id)
    if seen is None or seen.department_id not in person.departments(Role.REVIEWER):
        raise NotFound("没有找到这份承诺。")
    if not given.kept and given.basis is None:
        raise BasisNeeded
    async with act.transaction():
        case = await locked(seen.case_id)
        await check_no_helper(person, case)
        pledge = await CasePledge.filter(id=pledge_id).select_for_update().get()
        if pledge.state != PledgeState.TO_CHECK:
            raise PledgeDone
        waiting = await CaseProposal.filter(
            case_id=case.id, kind=Proposal.REVOKE, state="open"
        ).first()
        if waiting:
            raise await consent_first(waiting)
        if given.kept:
            await _keep(act, case, pledge, person, given.finding)
            return PledgeChecked(id=pledge.id, state=PledgeState.KEPT, proposal_id=None)
        made = await _propose(act, case, pledge, person, given)
    return PledgeChecked(id=pledge.id, state=PledgeState.TO_CHECK, proposal_id=made.id)


async def _keep(act: Act, case: Case, pledge: CasePledge, person: Staff, finding: str) -> None:
    async with act.transaction() as tx:
        await _settle(act, pledge, PledgeState.KEPT, person.id, finding)
        name = await _name(case, pledge.requirement)
        await note(act, case, "pledge_kept", f"承诺事项“{name}”经核查属实。")
        await tell(act, case, Kind.REMINDER, "核查通过", f"承诺事项“{name}”经核查属实")
        tx.audit("case.pledge_kept", subject(case), hall_id=case.hall_id, pledge=str(pledge.id))


async def _propose(
    act: Act, case: Case, pledge: CasePledge, person: Staff, given: CheckPledge
) -> CaseProposal:
    assert given.basis is not None
    await allowed(case, Move.REVOKE)
    return await propose(
        act,
        case,
        person,
        Proposal.REVOKE,
        reason=given.finding,
        basis=given.basis,
        points=[
            {"requirement": pledge.requirement, "words": await _name(case, pledge.requirement)}
        ],
    )


async def revoke(act: Act, case: Case, proposal: CaseProposal) -> None:
    """Take the grant back because a pledge was false, with all that was issued on it.

    The case is locked, and a second person has consented to the proposal.

    Raises:
        WrongState: there is no grant to take back (any more).
    """
    async with act.transaction() as tx:
        assert proposal.proposed_by is not None, "a department's reviewer checks pledges"
        pledge = (
            await CasePledge.filter(case_id=case.id, requirement=proposal.points[0]["requirement"])
            .select_for_update()
            .get()
        )
        await move(case, Move.REVOKE)
        case.closed_at = case.closed_at or act.at
        await case.save(update_fields=["state", "closed_at"])
        await _settle(act, pledge, PledgeState.FALSE, proposal.proposed_by, proposal.reason)
        await end(case)  # what else was pledged carries nothing any more
        await end_links(act, case)
        await settle_proposals(act, case)
        await posting.stop(act, case, "准予决定已撤销")
        ended = await _revoke_papers(act, case, f"承诺不实，决定已撤销：{proposal.reason}"[:300])
        number = await _tell_revoked(act, case, pledge, proposal)
        tx.audit(
            "case.revoked",
            subject(case),
            hall_id=case.hall_id,
            receipt=number,
            pledge=str(pledge.id),
            basis=proposal.basis,
            certificates=ended,
        )


async def _revoke_papers(act: Act, case: Case, why: str) -> list[str]:
    """Revoke the certificates of the case, and what may be used again of it; their numbers."""
    ended = [
        paper.number
        for paper in await documents.of_subject(subject(case))
        if paper.kind == "certificate" and paper.revoked_at is None
    ]
    for number in ended:
        await documents.revoke(act, number, why)
    await holdings.revoke(act, subject(case), why)
    return ended


async def _tell_revoked(act: Act, case: Case, pledge: CasePledge, proposal: CaseProposal) -> str:
    offered = await catalog.version(case.version_id)
    licence = offered.kind_code is ItemKind.LICENCE
    title = "撤销行政许可决定书" if licence else "撤销准予办理决定书"
    name = await _name(case, pledge.requirement)
    lines = [
        f"经核查，您就“{name}”作出的承诺不实，现撤销对“{case.item_name}”"
        f"（办件编号 {case.number}）作出的准予决定。",
        f"核查情况：{proposal.reason}",
        f"依据：{proposal.basis}",
        "凭该决定取得的证照同时失效。",
        APPEAL.format("决定书"),
    ]
    number = await receipt(act, case, "revoked", title, lines)
    await note(act, case, "revoked", f"承诺不实，准予决定已撤销：{title}，编号 {number}。")
    await tell(act, case, Kind.READY, "已撤销", "承诺不实，准予决定已撤销，请在小程序中查看")
    return number


async def _settle(
    act: Act, pledge: CasePledge, state: PledgeState, staff_id: UUID, finding: str
) -> None:
    pledge.state = state
    pledge.checked_by = staff_id
    pledge.checked_at = act.at
    pledge.finding = finding
    await pledge.save(update_fields=["state", "checked_by", "checked_at", "finding"])


async def _name(case: Case, code: str) -> str:
    guide = await guide_of(case)
    return next((line.name for line in guide.materials if line.code == code), code)


async def false_ones(case: Case, *, limit: int = 20) -> list[FalsePledge]:
    """Earlier pledges of the applicant, or of the enterprise, that were false, newest first.

    For those who handle a case alone.
    """
    applicants = await citizens.identities(case.applicant_id)
    rows = await db.fetch(
        "SELECT c.number, c.item_name, p.finding, p.checked_at FROM case_pledges p"
        " JOIN cases c ON c.id = p.case_id WHERE p.state = 'false' AND c.id <> $1"
        " AND (c.applicant_id = ANY($2::uuid[]) OR c.enterprise_id = $3)"
        " ORDER BY p.checked_at DESC LIMIT $4",
        case.id,
        list(applicants),
        case.enterprise_id,
        limit,
    )
    return [msgspec.convert(row, FalsePledge) for row in rows]

"""What is told before acceptance: corrections, what comes back, and non-acceptance."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from app.cases import queries
from app.cases.access import locked_of_applicant
from app.cases.contents import attach, by_requirement, counts, guide_of, sealed
from app.cases.figures import service as figures
from app.cases.intake import deferrals, filing
from app.cases.intake.schemas import Supplement
from app.cases.models import Case, CaseProposal
from app.cases.records import (
    allowed,
    locked_of_clerk,
    move,
    note,
    receipt,
    settle_proposals,
    subject,
    tell,
)
from app.cases.review.proposals import propose
from app.cases.rules import (
    CORRECTION_DAYS,
    WAITS_FOR_ACCEPTANCE,
    Move,
    Proposal,
    State,
    deemed_accepted,
)
from app.cases.schemas import AskCorrection, CorrectionShown, PointAt
from app.catalog import service as catalog
from app.catalog.guide import Guide
from app.core import db
from app.core.acts import Act
from app.core.clock import day_of
from app.core.errors import Conflict, Problem
from app.halls import service as halls
from app.holdings import service as holdings
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


class NoSuchPlace(Problem):
    """A point to correct names a material or a field that the application does not have."""

    status = 422
    code = "cases.no_such_place"
    title = "补正事项所指的材料或表单项不存在，请重新选择。"


async def ask_correction(act: Act, case_id: UUID, given: AskCorrection) -> CaseProposal | None:
    """Tell the applicant at once all that must be corrected (art. 32).

    The second time it takes effect only with a supervisor's consent; then the proposal is returned.

    Raises:
        NotFound, WrongState, AnsweredTooLate; ConsentFirst: a proposal is open already.
        NoSuchPlace.
    """
    async with act.transaction() as tx:
        case, person = await locked_of_clerk(act, case_id)
        points = [_point(point) for point in given.points]
        guide = await guide_of(case)
        _check_places(points, guide)
        if case.corrections == 0:
            await send_correction(act, case, points)
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
            points=[msgspec.to_builtins(p) | {"words": in_words(p, guide)} for p in points],
        )


def _check_places(points: Sequence[PointAt], guide: Guide) -> None:
    lines, fields = deferrals.names_of(guide), guide.form.get("properties", {})
    for point in points:
        if point.requirement is not None and point.requirement not in lines:
            raise NoSuchPlace(requirement=point.requirement)
        if point.field is not None and point.field not in fields:
            raise NoSuchPlace(field=point.field)


def _point(given: str | dict[str, Any] | PointAt) -> PointAt:
    """A point as it was asked for, or as a proposal keeps it."""
    if isinstance(given, PointAt):
        return given
    if isinstance(given, str):
        return PointAt(given)
    return PointAt(given["text"], given["requirement"], given["field"])


def in_words(point: PointAt, guide: Guide) -> str:
    """A point as a receipt says it, after the name of its place."""
    place = deferrals.names_of(guide).get(point.requirement or "", "")
    if point.field is not None:
        field = guide.form.get("properties", {}).get(point.field, {})
        place = field.get("title", point.field)
    return f"{place}：{point.text}" if place else point.text


async def check_in_time(act: Act, case: Case) -> None:
    """Raise AnsweredTooLate if a case that waits for acceptance counts as accepted by now."""
    if case.state not in WAITS_FOR_ACCEPTANCE:
        return
    calendar = await halls.calendar(case.hall_id)
    if deemed_accepted(calendar, day_of(case.received_at), act.today):
        raise AnsweredTooLate


async def send_correction(
    act: Act, case: Case, asked_for: Sequence[str | dict[str, Any] | PointAt]
) -> None:
    """Put the case into correction, with its receipt and message. The case is locked.

    A second round, to which a supervisor has consented, is counted against the window; figures
    are locked last, so nothing may be locked after this.

    Raises:
        WrongState, AnsweredTooLate.
    """
    await check_in_time(act, case)
    await move(case, Move.ASK_CORRECTION)
    guide, points = await guide_of(case), [_point(point) for point in asked_for]
    lines = [in_words(point, guide) for point in points]
    shown = CorrectionShown(points=lines, asked_at=act.at, places=points)
    case.corrections += 1
    case.correction = msgspec.to_builtins(shown)
    await case.save(update_fields=["state", "corrections", "correction"])
    await settle_proposals(act, case)
    number = await receipt(act, case, "correction", "补正材料一次性告知书", lines)
    await note(act, case, "correction_asked", f"需要补正 {len(points)} 项，告知书编号 {number}。")
    remark = f"需补正{len(points)}项，请在小程序中查看"
    await tell(act, case, Kind.REMINDER, "待补正", remark)
    if case.corrections > 1:
        await figures.count_second_correction(act, case)


async def asked(case: Case) -> CorrectionShown | None:
    """What the applicant is asked to correct now; None while nothing is asked."""
    if case.state != State.CORRECTION:
        return None
    if case.correction is None:  # asked for before points had places
        return await queries.correction(case.id)
    return msgspec.convert(case.correction, CorrectionShown)


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
    are meant for one round: otherwise a blurred one could never be replaced. Other answers to the
    guide's questions change what applies: form, materials, promises and departments follow them.

    Raises:
        NotFound: not the caller's case, or a material that is not theirs.
        WrongState: no correction is open. NothingSupplied.
        SituationProblem, FormProblem, MaterialsMissing, MaterialRefused.
    """
    async with act.transaction() as tx:
        case = await locked_of_applicant(act, case_id)
        await move(case, Move.SUPPLEMENT)
        before, now = await queries.supplied(case.id), by_requirement(given.materials)
        new = {
            code: fresh
            for code, ids in now.items()
            if (fresh := [found for found in ids if found not in before.get(code, [])])
        }
        situated = given.answers is not None and given.answers != case.answers
        if given.form is None and not new and not situated:
            raise NothingSupplied
        guide = await _situate(act, case, given) if situated else await guide_of(case)
        if given.form is not None or situated:
            form = msgspec.json.decode(case.form.reveal()) if given.form is None else given.form
            catalog.check_form(guide, form)
            case.form = sealed(form)
        await _check_supplied(case, guide, before, now)
        await attach(act, case, new, guide)
        await deferrals.supplied(act, case, new.keys())
        case.received_at = act.at
        case.accept_due = await accept_due(act, case.hall_id)
        await case.save(update_fields=["state", "form", "answers", "received_at", "accept_due"])
        await settle_proposals(act, case)
        await note(act, case, "supplemented", "补正材料已提交，等待受理。")
        tx.audit("case.supplemented", subject(case), hall_id=case.hall_id, situation=situated)
    return case


async def accept_due(act: Act, hall_id: UUID) -> Any:
    """The last day to answer what was received today; after it, it counts as accepted (art. 32)."""
    return (await halls.calendar(hall_id)).add(act.today, CORRECTION_DAYS).day


async def _situate(act: Act, case: Case, given: Supplement) -> Guide:
    """Put the case into another situation; the guide that applies there."""
    assert given.answers is not None
    offered = catalog.narrowed(await catalog.version(case.version_id), given.answers)
    case.answers = given.answers
    await filing.plan_again(case, offered)
    asked_for = [line.code for line in offered.guide.materials]
    await deferrals.end(case, but=asked_for)
    await db.execute(
        "UPDATE case_pledges SET state = 'ended' WHERE case_id = $1 AND state = 'signed'"
        " AND requirement <> ALL($2::text[])",
        case.id,
        asked_for,
    )
    await note(act, case, "situation_changed", "申请人更正了情形选择，办理要求随之调整。")
    return offered.guide


async def _check_supplied(
    case: Case, guide: Guide, before: dict[str, list[UUID]], now: dict[str, list[UUID]]
) -> None:
    """Everything that is asked for is there, with what came before, or is promised."""
    asked_for = {line.code: line for line in guide.materials}
    promised = await deferrals.promised_of(case.id)
    reused = {entry.requirement for entry in await holdings.used_for(subject(case))}
    catalog.check_materials(
        guide,
        {code: 1 for code in {*before, *reused} if code in asked_for} | counts(now),
        deferred=[c for c in promised if c in asked_for and asked_for[c].deferrable],
        pledged=[c for c in promised if c in asked_for and asked_for[c].pledge],
    )

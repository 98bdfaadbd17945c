"""Deferred materials (容缺): supplied by the applicant, online or at the window; reminded of, and
suspended for when overdue."""

from uuid import UUID

from app.cases import queries
from app.cases.access import check_applies, locked_of_applicant, locked_of_window
from app.cases.clock import endings, pauses
from app.cases.contents import attach, by_requirement, counts, guide_of
from app.cases.intake import deferrals
from app.cases.intake.corrections import NothingSupplied
from app.cases.intake.promise_schemas import DeferralState
from app.cases.intake.schemas import SupplyAtWindow, SupplyDeferred
from app.cases.intake.window import present
from app.cases.models import Case, CaseDeferral
from app.cases.records import allowed, china_day, locked, note, receipt, subject, tell
from app.cases.review import service as review
from app.cases.rules import Move, PauseKind, State
from app.catalog import service as catalog
from app.core.acts import Act
from app.core.errors import Problem
from app.halls import service as halls
from app.notices.rules import Kind

BASIS = "申请人作出的容缺受理承诺"
"""What a suspension rests on: the applicant agreed to the day, and to what follows after it."""


class NotDeferred(Problem):
    """A material that nobody owes: it was not deferred, or has come already."""

    status = 422
    code = "cases.not_deferred"
    title = "这份材料不需要容缺补交。"


async def supply(act: Act, case_id: UUID, given: SupplyDeferred) -> Case:
    """The applicant supplies what was deferred; with the last of it a suspended case goes on.

    Raises:
        NotFound: not the caller's case, or a photo that is not theirs.
        WrongState: it is decided, or over. NotDeferred. MaterialRefused: too many photos.
    """
    async with act.transaction() as tx:
        case = await locked_of_applicant(act, case_id)
        fresh = await _take(act, case, given, "容缺材料{}已补交。")
        tx.audit(
            "case.deferred_supplied",
            subject(case),
            hall_id=case.hall_id,
            materials=fresh,
        )
    return case


async def supply_at_window(act: Act, case_id: UUID, given: SupplyAtWindow) -> Case:
    """A clerk takes in what was deferred, from the applicant who stands at the window.

    Raises:
        TicketEnded. NotFound: not a case of the clerk's halls, or a photo that was not taken for
            this applicant. NotTheirCase: the applicant is somebody else. MayNot: their role in
            the enterprise does not let them. WrongState, NotDeferred, MaterialRefused as above.
    """
    async with act.transaction() as tx:
        case = await locked_of_window(act, case_id)
        person = present(act, given.applicant)
        await check_applies(act, case, person)
        fresh = await _take(act, case, given, "容缺材料{}已在窗口补交。", person.id)
        tx.audit(
            "case.deferred_taken_in",
            subject(case),
            hall_id=case.hall_id,
            materials=fresh,
        )
    return case


async def _take(
    act: Act, case: Case, given: SupplyDeferred, says: str, owner_id: UUID | None = None
) -> list[str]:
    """Make what has come part of the case; returns the lines of the list that it was for.

    Args:
        says: what the timeline tells, with the names of the materials in the place of `{}`.
        owner_id: as for `contents.attach`.
    """
    await allowed(case, Move.WITHDRAW)  # which can be done for as long as it is not decided
    guide, now = await guide_of(case), by_requirement(given.materials)
    names, owed = deferrals.names_of(guide), await deferrals.open_of(case.id)
    if needless := sorted(now.keys() - set(owed)):
        said = "、".join(f"“{names.get(code, code)}”" for code in needless)
        raise NotDeferred(f"{said}不需要容缺补交。")
    before = await queries.supplied(case.id)
    fresh = {
        code: new
        for code, ids in now.items()
        if (new := [found for found in ids if found not in before.get(code, ())])
    }
    if not fresh:
        raise NothingSupplied
    catalog.check_materials(
        guide,
        dict.fromkeys(before, 1) | counts(fresh),
        deferred=owed,
        pledged=[code for code in await deferrals.promised_of(case.id) if code not in owed],
    )
    await attach(act, case, fresh, guide, owner_id=owner_id)
    await deferrals.supplied(act, case, fresh.keys())
    said = "、".join(f"“{names[code]}”" for code in fresh)
    await note(act, case, "deferred_supplied", says.format(said)[:500])
    if fresh.keys() >= set(owed):
        await _go_on(act, case)
    return sorted(fresh)


async def _go_on(act: Act, case: Case) -> None:
    """Nothing is owed any more: what waited for it follows."""
    if case.state == State.SUSPENDED:
        await pauses.end_of_kind(act, case, PauseKind.DEFERRAL)
        await endings.resume(act, case, "容缺材料已全部补交。")
        await tell(act, case, Kind.REMINDER, "恢复审查", "容缺材料已补齐，审查继续进行")
    if case.state == State.UNDER_REVIEW:
        await review.follow(act, case)


async def remind(act: Act, case_id: UUID) -> bool:
    """Remind the applicant, once, of what is due so many working days ahead; False: nothing is."""
    async with act.transaction() as tx:
        case = await locked(case_id)
        if case.state not in (State.UNDER_REVIEW, State.SUSPENDED):
            return False
        calendar = await halls.calendar(case.hall_id)
        rows = await CaseDeferral.filter(
            case_id=case.id, state=DeferralState.OPEN, reminded_at=None, due__gte=act.today
        ).order_by("due", "requirement")
        ahead = act.house.settings.deferral_remind_days
        due = [
            row
            for row in rows
            if row.due and deferrals.is_near(calendar, act.today, row.due, ahead)
        ]
        if not due:
            return False
        await CaseDeferral.filter(id__in=[row.id for row in due]).update(reminded_at=act.at)
        names = deferrals.names_of(await guide_of(case))
        said = "、".join(f"“{names.get(row.requirement, row.requirement)}”" for row in due)
        first = due[0].due
        assert first is not None
        text = f"容缺材料{said}应于{china_day(first)}前补交。"
        await note(act, case, "deferral_reminded", text)
        await tell(act, case, Kind.REMINDER, "容缺待补", f"请补交{said}", until=first)
        tx.audit("case.deferral_reminded", subject(case), hall_id=case.hall_id)
    return True


async def suspend_overdue(act: Act, case_id: UUID) -> bool:
    """Suspend a case of which a deferred material is overdue, and tell the applicant.

    False where nothing is: the applicant or somebody else was faster.
    """
    async with act.transaction() as tx:
        case = await locked(case_id)
        if case.state not in (State.UNDER_REVIEW, State.SUSPENDED):
            return False
        rows = await CaseDeferral.filter(
            case_id=case.id, state=DeferralState.OPEN, due__lt=act.today
        ).order_by("requirement")
        if not rows:
            return False
        await CaseDeferral.filter(id__in=[row.id for row in rows]).update(
            state=DeferralState.OVERDUE
        )
        names = deferrals.names_of(await guide_of(case))
        said = "、".join(f"“{names.get(row.requirement, row.requirement)}”" for row in rows)
        tx.audit(
            "case.deferral_overdue",
            subject(case),
            hall_id=case.hall_id,
            materials=[row.requirement for row in rows],
        )
        if case.state == State.UNDER_REVIEW:
            await _suspend(act, case, said)
        else:
            await note(act, case, "deferral_overdue", f"容缺材料{said}也已逾期未补交。")
    return True


async def _suspend(act: Act, case: Case, names: str) -> None:
    """The review stops and its clock stands, until what is owed has come."""
    await endings.suspend(act, case, f"容缺材料{names}逾期未补交。")
    reason = f"容缺材料{names}逾期未补交"[:500]
    await pauses.begin(act, case, PauseKind.DEFERRAL, reason=reason, basis=BASIS)
    lines = [
        f"您申请的“{case.item_name}”（办件编号 {case.number}）按容缺受理办理，"
        f"{names}未在承诺的期限内补交，现中止审查。",
        f"依据：{BASIS}。",
        "补交后恢复审查；中止期间不计入办理时限。",
    ]
    number = await receipt(act, case, "suspended", "中止审查告知书", lines)
    await tell(act, case, Kind.REMINDER, "已中止", f"请尽快补交{names}，告知书编号{number}")

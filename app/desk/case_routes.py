"""HTTP of one case at the desk: the page, and the acts before the decision."""

from uuid import UUID

from app.cases.clock import endings, extensions, pauses
from app.cases.clock.schemas import Extend, PauseIn
from app.cases.intake import acceptance, corrections, deferral_acts, prechecks
from app.cases.intake.schemas import SupplyAtWindow
from app.cases.review import service as review
from app.cases.schemas import Decide, Propose
from app.core.api import Call
from app.core.auth import Role, staff
from app.desk.case_views import case_page
from app.desk.forms import AskForm, CasePageQuery, NoForm
from app.desk.showing import among, view
from app.pages.addresses import address
from app.pages.routes import PageRoutes, Redirect, View

pages = PageRoutes("desk-cases", "/desk")

CLERK = staff(Role.CLERK)
REVIEWER = staff(Role.REVIEWER)
ORDERS = staff(Role.CLERK, Role.REVIEWER)
READERS = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER, Role.REVIEWER)
HANDLERS = staff(Role.CLERK, Role.SUPERVISOR, Role.REVIEWER)
WAITS = "已提出，等待第二人同意后生效。"


def back(case_id: UUID, query: CasePageQuery, said: str) -> Redirect:
    """Back to the case, from which the next one in the list is one key away."""
    return Redirect(address(f"/desk/cases/{case_id}", work=query.work), said=said)


@pages.page("/cases/<case_id:uuid>", guard=READERS)
async def case(call: Call, case_id: UUID, query: CasePageQuery) -> View:
    """A case with the applicant masked, and what can be done with it now."""
    return await _case(call, case_id, query, clear=False)


@pages.form("/cases/<case_id:uuid>/applicant", guard=HANDLERS)
async def applicant(call: Call, case_id: UUID, query: CasePageQuery, body: NoForm) -> View:
    """The case with the applicant and the form in the clear; the reading is recorded."""
    return await _case(call, case_id, query, clear=True)


async def _case(call: Call, case_id: UUID, query: CasePageQuery, *, clear: bool) -> View:
    shown = await case_page(call.act, case_id, query.work, clear=clear)
    return view(
        "desk/case.html",
        title=f"办件 {shown.case.number}",
        shown=shown,
        case=shown.case,
        work=shown.work,
        here=f"/desk/cases/{case_id}",
        query=query,
        in_hall=among(call.act, shown.case.hall_id),
    )


@pages.form("/cases/<case_id:uuid>/pre-check", guard=CLERK)
async def pre_check(call: Call, case_id: UUID, query: CasePageQuery, body: NoForm) -> Redirect:
    """The materials pass the pre-check."""
    _, number = await prechecks.pre_check(call.act, case_id)
    return back(case_id, query, f"预审通过，通知书编号 {number}。")


@pages.form("/cases/<case_id:uuid>/accept", guard=CLERK)
async def accept(call: Call, case_id: UUID, query: CasePageQuery, body: NoForm) -> Redirect:
    """Accept."""
    await acceptance.accept(call.act, case_id)
    return back(case_id, query, "已受理，受理通知书已送达申请人。")


@pages.form("/cases/<case_id:uuid>/ask-correction", guard=CLERK)
async def ask_correction(
    call: Call, case_id: UUID, query: CasePageQuery, body: AskForm
) -> Redirect:
    """Ask for all corrections at once."""
    proposal = await corrections.ask_correction(call.act, case_id, body.asked())
    return back(case_id, query, WAITS if proposal else "已一次性告知申请人需要补正的内容。")


@pages.form("/cases/<case_id:uuid>/not-accept", guard=CLERK)
async def not_accept(call: Call, case_id: UUID, query: CasePageQuery, body: Propose) -> Redirect:
    """Propose not to accept."""
    await corrections.propose_not_accept(call.act, case_id, body.reason, body.basis)
    return back(case_id, query, WAITS)


@pages.form("/cases/<case_id:uuid>/deferred", guard=CLERK)
async def supply_deferred(
    call: Call, case_id: UUID, query: CasePageQuery, body: SupplyAtWindow
) -> Redirect:
    """Take in deferred materials that the applicant brought to the window."""
    await deferral_acts.supply_at_window(call.act, case_id, body)
    return back(case_id, query, "容缺材料已收取。")


@pages.form("/cases/<case_id:uuid>/pauses", guard=ORDERS)
async def pause(call: Call, case_id: UUID, query: CasePageQuery, body: PauseIn) -> Redirect:
    """Stop the clock."""
    await pauses.begin_by_staff(call.act, case_id, body)
    return back(case_id, query, "已暂停计时，并告知申请人。")


@pages.form("/pauses/<pause_id:uuid>/end", guard=ORDERS)
async def end_pause(call: Call, pause_id: UUID, body: NoForm) -> Redirect:
    """Let the clock go on."""
    found, _ = await pauses.end_by_staff(call.act, pause_id)
    return Redirect(f"/desk/cases/{found.id}", said="已结束暂停，期限重新计算。")


@pages.form("/cases/<case_id:uuid>/extend", guard=ORDERS)
async def extend(call: Call, case_id: UUID, query: CasePageQuery, body: Extend) -> Redirect:
    """Propose to put the decision off."""
    await extensions.propose_extension(call.act, case_id, days=body.days, reason=body.reason)
    return back(case_id, query, WAITS)


@pages.form("/cases/<case_id:uuid>/terminate", guard=ORDERS)
async def terminate(call: Call, case_id: UUID, query: CasePageQuery, body: Propose) -> Redirect:
    """Propose to end the review without a decision."""
    await endings.propose_termination(call.act, case_id, reason=body.reason, basis=body.basis)
    return back(case_id, query, WAITS)


@pages.form("/tasks/<task_id:uuid>/grant", guard=REVIEWER)
async def grant(call: Call, task_id: UUID, body: Decide) -> Redirect:
    """The department agrees."""
    found = await review.grant(call.act, task_id, body.opinion)
    return Redirect(f"/desk/cases/{found.id}", said="本部门已同意。")


@pages.form("/tasks/<task_id:uuid>/refuse", guard=REVIEWER)
async def refuse(call: Call, task_id: UUID, body: Propose) -> Redirect:
    """Propose to refuse."""
    made = await review.propose_refusal(call.act, task_id, body.reason, body.basis)
    return Redirect(f"/desk/cases/{made.case_id}", said=WAITS)

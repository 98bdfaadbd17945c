"""HTTP of fees at the desk: what is due, set, waived, paid once, given back."""

from uuid import UUID

from app.core.api import Call
from app.core.auth import Role, staff
from app.desk import places
from app.desk.forms import HallPageQuery, NoForm
from app.desk.money import AmountForm, PayForm, RefundForm, WaiveForm, fen
from app.desk.showing import view
from app.pages.routes import PageRoutes, Redirect, View
from app.projects.fees import due, listing, payments, service
from app.projects.fees.due import FeeDueQuery
from app.projects.fees.rules import CHANNEL_NAMES
from app.projects.fees.schemas import FeeListShown, PayFees, RefundFee, SetAmount, WaiveFee

pages = PageRoutes("desk-fees", "/desk")

CLERK = staff(Role.CLERK)
REVIEWER = staff(Role.REVIEWER)
LISTERS = staff(Role.CLERK, Role.REVIEWER)
READERS = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER, Role.REVIEWER)


@pages.page("/fees", guard=READERS)
async def fees(call: Call, query: HallPageQuery) -> View:
    """What is left to be paid in the caller's hall, a case a row."""
    desk = await places.desk_of(call.act, query.hall_id)
    rows = None
    if desk.hall:
        asked = FeeDueQuery(hall_id=desk.hall.id, after=query.after, limit=query.limit)
        rows = await due.in_hall(call.act, asked)
    return view("desk/fees.html", desk if desk.hall else None, title="一次缴费", rows=rows)


@pages.page("/fees/cases/<case_id:uuid>", guard=READERS)
async def fees_of_case(call: Call, case_id: UUID) -> View:
    """All fees of a case."""
    return await _list(call, await listing.for_desk(call.act, case_id=case_id), "cases", case_id)


@pages.page("/fees/projects/<project_id:uuid>", guard=READERS)
async def fees_of_project(call: Call, project_id: UUID) -> View:
    """All fees of a construction project."""
    found = await listing.for_desk(call.act, project_id=project_id)
    return await _list(call, found, "projects", project_id)


async def _list(call: Call, found: FeeListShown, what: str, thing_id: UUID) -> View:
    desk = await places.desk_of(call.act)
    return view(
        "desk/fee_list.html",
        title="收费清单",
        fees=found,
        here=f"/desk/fees/{what}/{thing_id}",
        what=what,
        thing_id=thing_id,
        clerk=desk.clerk,
        mine={one.name for one in desk.departments},
        channels=[(one.value, name) for one, name in CHANNEL_NAMES.items()],
        names=CHANNEL_NAMES,
    )


@pages.form("/fees/cases/<case_id:uuid>/open", guard=LISTERS)
async def open_case(call: Call, case_id: UUID, body: NoForm) -> Redirect:
    """List the fees of a case for good."""
    await listing.open_at_desk(call.act, case_id=case_id)
    return Redirect(f"/desk/fees/cases/{case_id}", said="已列出收费清单。")


@pages.form("/fees/projects/<project_id:uuid>/open", guard=LISTERS)
async def open_project(call: Call, project_id: UUID, body: NoForm) -> Redirect:
    """List the fees of all cases of a project for good."""
    await listing.open_at_desk(call.act, project_id=project_id)
    return Redirect(f"/desk/fees/projects/{project_id}", said="已列出收费清单。")


def _paid(body: PayForm) -> PayFees:
    return PayFees(
        total_fen=body.total_fen,
        channel=body.channel,
        receipt_number=body.receipt_number,
    )


@pages.form("/fees/cases/<case_id:uuid>/pay", guard=CLERK)
async def pay_case(call: Call, case_id: UUID, body: PayForm) -> Redirect:
    """Record that all that is due of a case was paid."""
    await payments.pay(call.act, _paid(body), case_id=case_id)
    return Redirect(f"/desk/fees/cases/{case_id}", said="缴费已登记。")


@pages.form("/fees/projects/<project_id:uuid>/pay", guard=CLERK)
async def pay_project(call: Call, project_id: UUID, body: PayForm) -> Redirect:
    """Record that all that is due of a project was paid, in one act."""
    await payments.pay(call.act, _paid(body), project_id=project_id)
    return Redirect(f"/desk/fees/projects/{project_id}", said="缴费已登记。")


@pages.form("/fees/lines/<line_id:uuid>/amount", guard=REVIEWER)
async def set_amount(call: Call, line_id: UUID, body: AmountForm) -> Redirect:
    """Say what a fee comes to in this case."""
    given = SetAmount(amount_fen=fen(body.amount, "amount"), calculation=body.calculation)
    done = await service.set_amount(call.act, line_id, given)
    return Redirect(f"/desk/fees/cases/{done.case_id}", said="金额已核定。")


@pages.form("/fees/lines/<line_id:uuid>/waive", guard=REVIEWER)
async def waive(call: Call, line_id: UUID, body: WaiveForm) -> Redirect:
    """Do not ask for a fee."""
    given = WaiveFee(reason=body.reason, basis=body.basis)
    done = await service.waive(call.act, line_id, given)
    return Redirect(f"/desk/fees/cases/{done.case_id}", said="已登记减免。")


@pages.form("/fees/lines/<line_id:uuid>/refund", guard=CLERK)
async def refund(call: Call, line_id: UUID, body: RefundForm) -> Redirect:
    """Record that money was given back."""
    given = RefundFee(
        amount_fen=fen(body.amount, "amount"),
        reason=body.reason,
        voucher_number=body.voucher_number,
    )
    done = await service.refund(call.act, line_id, given)
    return Redirect(f"/desk/fees/cases/{done.case_id}", said="退费已登记。")

"""HTTP of intake: drafts, pre-checks, the window, deferred materials, pledges."""

from uuid import UUID

from sanic.response import HTTPResponse

from app.cases.intake import deferral_acts, pledges, prechecks, reuse
from app.cases.intake import drafts as kept
from app.cases.intake import window as window_intake
from app.cases.intake.reuse import ReusableAtWindow
from app.cases.intake.schemas import (
    ApplicantAtWindow,
    CheckPledge,
    DraftIn,
    DraftRow,
    DraftSaved,
    DraftShown,
    ForWhom,
    PledgeChecked,
    PledgeQuery,
    PledgeRow,
    PreChecked,
    SupplyAtWindow,
    SupplyDeferred,
    TicketQuery,
    WindowCase,
    WindowFiled,
)
from app.cases.routes import Stands, stands
from app.cases.rules import State
from app.citizens.schemas import PersonIn
from app.core.api import Call, Routes
from app.core.auth import CITIZEN, Role, staff
from app.core.wire import Page
from app.holdings.schemas import ReusableShown
from app.materials import intake as uploads
from app.materials import service as materials
from app.materials import upload_routes
from app.materials.schemas import MaterialShown

drafts = Routes("drafts", "/api/v1/drafts")
applicants = Routes("applicants", "/api/v1/cases")
desk = Routes("intake", "/api/v1/desk")

CLERK = staff(Role.CLERK)
REVIEWER = staff(Role.REVIEWER)


@drafts.get("", guard=CITIZEN)
async def my_drafts(call: Call) -> list[DraftRow]:
    """The caller's drafts, the last saved first."""
    return await kept.mine(call.act)


@drafts.get("/<item_id:uuid>", guard=CITIZEN)
async def resume_draft(call: Call, item_id: UUID) -> DraftShown:
    """The caller's draft for an item, fitted to the guide that is offered now."""
    return await kept.resume(call.act, item_id)


@drafts.put("/<item_id:uuid>", guard=CITIZEN)
async def save_draft(call: Call, item_id: UUID, body: DraftIn) -> DraftSaved:
    """Save the caller's draft for an item, in the place of the one before."""
    return await kept.save(call.act, item_id, body)


@drafts.delete("/<item_id:uuid>", guard=CITIZEN)
async def forget_draft(call: Call, item_id: UUID) -> None:
    """Delete the caller's draft for an item."""
    await kept.forget(call.act, item_id)


@applicants.post("/<case_id:uuid>/deferred", guard=CITIZEN, once=True)
async def supply_deferred(call: Call, case_id: UUID, body: SupplyDeferred) -> Stands:
    """Supply materials that were deferred (容缺后补)."""
    return stands(await deferral_acts.supply(call.act, case_id, body))


@desk.post("/cases/<case_id:uuid>/pre-check", guard=CLERK, once=True)
async def pre_check(call: Call, case_id: UUID) -> PreChecked:
    """The materials that were filed online pass the pre-check (预审通过)."""
    case, number = await prechecks.pre_check(call.act, case_id)
    return PreChecked(id=case.id, number=case.number, state=State(case.state), receipt=number)


@desk.post("/applicants", guard=CLERK)
async def applicant_at_window(call: Call, body: PersonIn) -> ApplicantAtWindow:
    """Say who stands at the window, from their ID card; the ticket names them from then on."""
    return await window_intake.applicant(call.act, body)


@desk.get("/applicants/for-whom", guard=CLERK)
async def for_whom_at_window(call: Call, query: TicketQuery) -> ForWhom:
    """The enterprises and children for whom the applicant at the window may file; recorded."""
    return await window_intake.for_whom(call.act, query.applicant)


@desk.post("/cases/<case_id:uuid>/deferred", guard=CLERK, once=True)
async def supply_deferred_at_window(call: Call, case_id: UUID, body: SupplyAtWindow) -> Stands:
    """Take in materials that were deferred (容缺后补), brought to the window by the applicant."""
    return stands(await deferral_acts.supply_at_window(call.act, case_id, body))


@desk.post("/materials", guard=CLERK, status=201, stream=True)
async def photo_at_window(call: Call, query: TicketQuery) -> MaterialShown:
    """Send a photo that was taken at the window, as the part `file` of a form."""
    house = call.act.house
    folder, most = materials.upload_folder(house), house.settings.upload_max_bytes
    async with uploads.receive(call.request, folder, most) as upload:
        return await window_intake.photo(call.act, query.applicant, upload)


@desk.post("/uploads", guard=CLERK, status=201)
async def upload_at_window(call: Call, query: TicketQuery) -> HTTPResponse:
    """Begin an upload in pieces (tus) at the window; it goes on at `/api/v1/uploads`."""
    size, filename = upload_routes.announced(call.request)
    begun = await window_intake.begin_upload(call.act, query.applicant, size, filename)
    return upload_routes.created(begun)


@desk.post("/cases", guard=CLERK, status=201, once=True)
async def file_at_window(call: Call, body: WindowCase) -> WindowFiled:
    """File for the applicant at the window; there is a receipt at once."""
    case, number = await window_intake.file(call.act, body)
    return WindowFiled(
        id=case.id,
        number=case.number,
        state=State(case.state),
        submitted_at=case.submitted_at,
        receipt=number,
    )


@desk.get("/reusable", guard=CLERK)
async def reusable_at_window(call: Call, query: ReusableAtWindow) -> ReusableShown:
    """What the applicant at the window need not bring again for an item; recorded."""
    return await reuse.at_window(call.act, query)


@desk.get("/pledges", guard=REVIEWER)
async def pledges_to_check(call: Call, query: PledgeQuery) -> Page[PledgeRow]:
    """The pledges that a department checks, oldest first."""
    return await pledges.listed(call.act, query)


@desk.post("/pledges/<pledge_id:uuid>/check", guard=REVIEWER, once=True)
async def check_pledge(call: Call, pledge_id: UUID, body: CheckPledge) -> PledgeChecked:
    """Note what the check of a pledge found; a false one is proposed for revocation."""
    return await pledges.check(call.act, pledge_id, body)

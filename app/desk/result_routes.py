"""HTTP of a case's result at the desk: made out, handed over, posted."""

from uuid import UUID

from app.cases.delivery import posting
from app.cases.delivery import service as delivery
from app.cases.delivery.schemas import Deliver, Issue, PostIn, ShipmentReport
from app.core.api import Call
from app.core.auth import Role, staff
from app.desk.case_routes import back
from app.desk.forms import CasePageQuery
from app.pages.routes import PageRoutes, Redirect

pages = PageRoutes("desk-results", "/desk")

HANDLERS = staff(Role.CLERK, Role.REVIEWER)


@pages.form("/cases/<case_id:uuid>/issue", guard=HANDLERS)
async def issue(call: Call, case_id: UUID, query: CasePageQuery, body: Issue) -> Redirect:
    """The documents are made out."""
    await delivery.issue(call.act, case_id, body)
    return back(case_id, query, "证照已制作完成，并告知申请人。")


@pages.form("/cases/<case_id:uuid>/deliver", guard=HANDLERS)
async def deliver(call: Call, case_id: UUID, query: CasePageQuery, body: Deliver) -> Redirect:
    """The result is handed over."""
    await delivery.deliver(call.act, case_id, body)
    return back(case_id, query, "已送达，办件办结。")


@pages.form("/cases/<case_id:uuid>/post", guard=HANDLERS)
async def post(call: Call, case_id: UUID, query: CasePageQuery, body: PostIn) -> Redirect:
    """The result is given to a carrier."""
    await posting.post(call.act, case_id, body)
    return back(case_id, query, "已登记寄出，并把单号告知申请人。")


@pages.form("/cases/<case_id:uuid>/shipment", guard=HANDLERS)
async def report(call: Call, case_id: UUID, query: CasePageQuery, body: ShipmentReport) -> Redirect:
    """What was learned of the shipment."""
    await posting.report(call.act, case_id, body)
    return back(case_id, query, "邮件状态已更新。")

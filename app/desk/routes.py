"""HTTP of the desk: today at my window, what waits, duty and visits."""

from uuid import UUID

from app.core.api import Call
from app.core.auth import Role, require_staff, staff
from app.core.errors import NotFound
from app.desk import views
from app.desk.forms import DutyForm, NoForm, QueueQuery, VisitForm
from app.desk.showing import view
from app.halls import service as halls
from app.pages.routes import PageRoutes, Redirect, View
from evaluations.ratings import visits

pages = PageRoutes("desk-pages", "/desk")

CLERK = staff(Role.CLERK)
HALL = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER)
DESK = staff(Role.CLERK, Role.REVIEWER, Role.SUPERVISOR, Role.MANAGER)


@pages.page("", guard=DESK)
async def home(call: Call, query: QueueQuery) -> View:
    """Today: what waits, and the caller's window."""
    reviews = require_staff(call.act.actor).departments(Role.REVIEWER)
    found = await views.queue(call.act, query)
    return view(
        "desk/home.html",
        found.desk if found else None,
        title="工作台",
        query=query,
        queue=found,
        window=await views.window(call.act),
        tasks=await views.tasks(call.act, None, limit=10) if reviews else None,
    )


@pages.page("/parts/queue", guard=HALL)
async def queue_part(call: Call, query: QueueQuery) -> View:
    """What waits, for a page that renews it."""
    found = await views.queue(call.act, query)
    if found is None:
        raise NotFound
    return view("desk/parts/queue.html", found.desk, queue=found, query=query)


@pages.page("/parts/visit", guard=CLERK)
async def visit_part(call: Call) -> View:
    """The visit at the caller's window, for a page that renews it."""
    shown = await views.window(call.act)
    return view("desk/parts/visit.html", window=shown, part=True)


@pages.form("/duty", guard=CLERK)
async def start_duty(call: Call, body: DutyForm) -> Redirect:
    """Begin to serve at a window."""
    await halls.start_duty(call.act, body.window_id)
    return Redirect("/desk", said="已上岗。")


@pages.form("/duty/end", guard=CLERK)
async def end_duty(call: Call, body: NoForm) -> Redirect:
    """Stop serving."""
    await halls.end_duty(call.act)
    return Redirect("/desk", said="已离岗。")


@pages.form("/visits", guard=CLERK)
async def start_visit(call: Call, body: VisitForm) -> Redirect:
    """Begin a visit; the evaluator prompts at once."""
    await visits.start(call.act, body.visit())
    return Redirect("/desk", said="已开始服务，评价器正在邀请评价。")


@pages.form("/visits/<visit_id:uuid>/end", guard=CLERK)
async def end_visit(call: Call, visit_id: UUID, body: NoForm) -> Redirect:
    """End a visit."""
    await visits.end(call.act, visit_id)
    return Redirect("/desk", said="本次服务已结束。")

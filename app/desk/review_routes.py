"""HTTP of what reviewers and supervisors have before them: tasks, consents, pledges, meetings."""

from uuid import UUID

from app.cases import service as cases
from app.cases.intake import pledges
from app.cases.intake.schemas import CheckPledge, PledgeQuery
from app.cases.review import consents
from app.core.api import Call
from app.core.auth import Role, staff
from app.core.wire import PageQuery
from app.desk import places, views
from app.desk.forms import CheckForm, DepartmentPageQuery, SecondForm
from app.desk.showing import view
from app.pages.routes import PageRoutes, Redirect, View

pages = PageRoutes("desk-reviews", "/desk")

REVIEWER = staff(Role.REVIEWER)
SECOND = staff(Role.SUPERVISOR, Role.REVIEWER)


@pages.page("/tasks", guard=REVIEWER)
async def tasks(call: Call, query: DepartmentPageQuery) -> View:
    """The open tasks of a department, oldest first."""
    found = await views.tasks(call.act, query.department_id, after=query.after, limit=query.limit)
    return view("desk/tasks.html", title="审查任务", found=found)


@pages.page("/consents", guard=SECOND)
async def open_proposals(call: Call, query: PageQuery) -> View:
    """What waits for the caller as the second person, oldest first."""
    rows = await cases.open_proposals(call.act, query)
    return view("desk/consents.html", title="待我同意", rows=rows)


@pages.form("/proposals/<proposal_id:uuid>/answer", guard=SECOND)
async def answer_proposal(call: Call, proposal_id: UUID, body: SecondForm) -> Redirect:
    """Consent to a proposal, or decline."""
    done = await consents.answer_proposal(
        call.act, proposal_id, agree=body.agree, text=body.note.strip()
    )
    said = "已同意，立即生效。" if body.agree else "已答复不同意。"
    return Redirect(f"/desk/cases/{done.case_id}", said=said)


@pages.page("/pledges", guard=REVIEWER)
async def pledges_to_check(call: Call, query: DepartmentPageQuery) -> View:
    """The pledges that a department checks, oldest first."""
    department, departments = await places.department_of(call.act, query.department_id)
    asked = PledgeQuery(department_id=department.id, after=query.after, limit=query.limit)
    found = views.OfDepartment(department, departments, await pledges.listed(call.act, asked))
    return view("desk/pledges.html", title="承诺核查", found=found)


@pages.form("/pledges/<pledge_id:uuid>/check", guard=REVIEWER)
async def check_pledge(call: Call, pledge_id: UUID, body: CheckForm) -> Redirect:
    """Note what the check of a pledge found."""
    given = CheckPledge(kept=body.kept, finding=body.finding, basis=body.basis)
    done = await pledges.check(call.act, pledge_id, given)
    said = "已提出撤销，等待第二人同意。" if done.proposal_id else "核查结果已登记。"
    return Redirect("/desk/pledges", said=said)

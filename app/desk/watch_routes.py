"""HTTP of what is due at the desk: the open steps, and supervision entries to answer."""

from uuid import UUID

from app.core.api import Call
from app.core.auth import Role, staff
from app.desk import places
from app.desk.forms import EntryPageQuery, StepQuery
from app.desk.showing import view
from app.pages.routes import PageRoutes, Redirect, View
from app.supervision import answering
from app.supervision import service as supervision
from app.supervision.report_schemas import DeadlineQuery
from app.supervision.rules import STATE_NAMES, STEP_NAMES, State
from app.supervision.schemas import AnswerEntryIn, EntryQuery

pages = PageRoutes("desk-watch", "/desk")

DESK = staff(Role.CLERK, Role.REVIEWER)
READERS = staff(Role.CLERK, Role.REVIEWER, Role.SUPERVISOR, Role.MANAGER)


@pages.page("/deadlines", guard=READERS)
async def deadlines(call: Call, query: StepQuery) -> View:
    """The open steps of a hall, or of a department, the soonest due first."""
    desk = await places.desk_of(call.act, query.hall_id)
    place: places.Named | None = desk.hall
    department = None
    if query.department_id or place is None:
        department, _ = await places.department_of(call.act, query.department_id)
    asked = DeadlineQuery(
        hall_id=place.id if place and department is None else None,
        department_id=department.id if department else None,
        light=query.light,
        step=query.step,
        after=query.after,
        limit=query.limit,
    )
    return view(
        "desk/deadlines.html",
        None if department else desk,
        title="期限",
        place=department or place,
        rows=await supervision.open_steps(call.act, asked),
        query=query,
        steps=[(step.value, name) for step, name in STEP_NAMES.items()],
    )


@pages.page("/supervision", guard=READERS)
async def entries(call: Call, query: EntryPageQuery) -> View:
    """Supervision entries that are the caller's to see, answers owed first."""
    asked = EntryQuery(state=query.state, after=query.after, limit=query.limit)
    return view(
        "desk/supervision.html",
        title="督办答复",
        rows=await supervision.listed(call.act, asked),
        query=query,
        states=[(state.value, STATE_NAMES[state]) for state in State],
    )


@pages.page("/supervision/<entry_id:uuid>", guard=READERS)
async def entry(call: Call, entry_id: UUID) -> View:
    """A supervision entry with its answer and verdict."""
    found = await supervision.shown(call.act, entry_id)
    return view(
        "desk/supervision_entry.html",
        title=f"督办 {found.summary.number}",
        entry=found,
        owed=supervision.owes_answer(call.act, found),
    )


@pages.form("/supervision/<entry_id:uuid>/answer", guard=DESK)
async def answer(call: Call, entry_id: UUID, body: AnswerEntryIn) -> Redirect:
    """Answer: why it happened, what will be done, and until when."""
    await answering.answer(call.act, entry_id, body)
    return Redirect(f"/desk/supervision/{entry_id}", said="答复已提交，等待督查员审核。")

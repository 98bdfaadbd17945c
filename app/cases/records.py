"""What every act on a case leaves behind: an entry of the timeline, a receipt, a message."""

from datetime import date, datetime
from uuid import UUID

from app.cases import access
from app.cases.access import locked, no_such_case, subject
from app.cases.models import Case, CaseEvent, CaseReceipt
from app.cases.rules import PROGRESS, Move, State, TaskState, after
from app.core import db
from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.clock import CHINA
from app.core.errors import Conflict
from app.core.privacy import Personal
from app.documents import service as documents
from app.halls import service as halls
from app.notices import service as notices
from app.notices.rules import Kind, Telling
from evaluations.ratings.counting import Place
from evaluations.ratings.opening import NewService


class WrongState(Conflict):
    """The case is not in a state in which this can be done; `detail` says who did what."""

    code = "cases.wrong_state"
    title = "办件当前的状态不能这样办理。"


async def locked_of_clerk(act: Act, case_id: UUID) -> tuple[Case, Staff]:
    """A case of the clerk's halls, locked, for a clerk who has not helped its applicant.

    Raises:
        NotFound: another hall's. HelperDecides.
    """
    person = require_staff(act.actor)
    case = await locked(case_id)
    if case.hall_id not in person.halls(Role.CLERK):
        raise no_such_case()
    await access.check_no_helper(person, case)
    return case, person


async def allowed(case: Case, wanted: Move) -> State:
    """The state that `wanted` leads to from where the case stands.

    Raises:
        WrongState: it leads nowhere from there. The sentence says what happened last, so that the
            second of two clerks who press the same button is told.
    """
    state = after(State(case.state), wanted)
    if state is None:
        last = await CaseEvent.filter(case_id=case.id).order_by("-id").first()
        assert last is not None, "a case begins with an entry of its timeline"
        raise WrongState(
            f"办件现在的状态是{PROGRESS[State(case.state)]}：{done_by(last.at, last.by_name)}办理，"
            "不能再这样操作。",
            state=case.state,
        )
    return state


async def move(case: Case, wanted: Move) -> None:
    """Put `case` into the state that `wanted` leads to; the caller saves it. Raises WrongState."""
    case.state = await allowed(case, wanted)


def done_by(at: datetime, name: str) -> str:
    """When and by whom something was done, to go on from: "03月05日 09:30 由张三"."""
    return f"{at.astimezone(CHINA):%m月%d日 %H:%M} 由{name}"


async def note(act: Act, case: Case, kind: str, text: str) -> None:
    """Add an entry to the timeline that the applicant reads, under the name of whoever acts."""
    await CaseEvent.create(
        case_id=case.id,
        kind=kind,
        at=act.at,
        actor=act.actor.key,
        by_name=await access.enter_actor(act, case, kind),
        note=text[:500],
    )


async def receipt(act: Act, case: Case, kind: str, title: str, lines: list[str]) -> str:
    """Write a receipt, dated and numbered, and return its number. The case's row is locked.

    It is written as a paper too, which the applicant can hold in hand and anybody can verify.
    """
    serial = await CaseReceipt.filter(case_id=case.id).count() + 1
    number = f"{case.number}-{serial:02d}"
    made = await CaseReceipt.create(
        case_id=case.id,
        serial=serial,
        kind=kind,
        number=number,
        issued_at=act.at,
        title=title,
        lines=lines,
    )
    await documents.write(act, await paper_of(case, made))
    return number


async def paper_of(case: Case, given: CaseReceipt) -> documents.Paper:
    """A receipt as a paper, addressed to whoever applied: the enterprise, or the person."""
    hall = await halls.hall(case.hall_id)
    name = case.enterprise_name
    return documents.Paper(
        kind=documents.Kind.RECEIPT,
        number=given.number,
        title=given.title,
        hall_id=case.hall_id,
        hall_name=hall.name,
        subject=subject(case),
        lines=tuple(given.lines),
        issued_at=given.issued_at,
        holder=Personal(name, "name") if name else case.applicant_name,
        item_name=case.item_name,
    )


async def tell(
    act: Act, case: Case, kind: Kind, status: str, remark: str, *, until: date | None = None
) -> None:
    """Send the applicant one of the four messages, after the timeline's entry that it is about.

    Args:
        status: at most five Han characters, as WeChat's phrase.
        until: the last day for what is asked; without one the message carries the moment.
    """
    entry = await CaseEvent.filter(case_id=case.id).count()
    await notices.tell(
        act,
        Telling(
            citizen_id=case.applicant_id,
            kind=kind,
            key=f"{subject(case)}:{kind}:{entry}",
            subject=subject(case),
            case_number=case.number,
            item_name=case.item_name,
            status=status,
            at=until or act.at,
            remark=remark,
            hall_id=case.hall_id,
        ),
    )


async def settle_proposals(act: Act, case: Case, task_id: UUID | None = None) -> None:
    """What was proposed and is overtaken by another act has no object any more (moot).

    All of the case's open proposals, or those about one task.
    """
    await db.execute(
        "UPDATE case_proposals SET state = 'moot', second_at = $3 WHERE case_id = $1"
        " AND state = 'open' AND ($2::uuid IS NULL OR task_id = $2)",
        case.id,
        task_id,
        act.at,
    )


async def open_stage(act: Act, case: Case, stage: int) -> None:
    """Begin a stage: all its departments get their task at once, each with its own limit."""
    calendar = await halls.calendar(case.hall_id)
    rows = await db.fetch(
        "SELECT id, days FROM case_tasks WHERE case_id = $1 AND stage = $2 ORDER BY id",
        case.id,
        stage,
    )
    for row in rows:
        await db.execute(
            "UPDATE case_tasks SET state = $2, opened_at = $3, due = $4 WHERE id = $1",
            row["id"],
            TaskState.OPEN,
            act.at,
            calendar.add(act.today, row["days"]).day,
        )
    case.stage = stage


async def end_tasks(case: Case) -> None:
    """What the departments have not decided needs no decision any more."""
    await db.execute(
        "UPDATE case_tasks SET state = $2 WHERE case_id = $1 AND state = ANY($3::text[])",
        case.id,
        TaskState.ENDED,
        [TaskState.WAITING, TaskState.OPEN],
    )


def china_day(moment: datetime | date) -> str:
    """A day as a receipt writes it."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(CHINA)
    return f"{moment:%Y年%m月%d日}"


def served(act: Act, case: Case, since: datetime, by: Staff | None = None) -> NewService:
    """The case as a service that was done now and can be rated.

    Args:
        since: when this part of the work began.
        by: who did it, at the window where they serve; without one, who accepted the case.
    """
    return NewService(
        subject=subject(case),
        place=Place(
            hall_id=case.hall_id,
            department_id=case.department_id,
            window_id=by.window_id if by else case.window_id,
            staff_id=by.id if by else case.accepted_by,
            item_id=case.item_id,
        ),
        item_name=case.item_name,
        citizen_id=case.applicant_id,
        project_no=case.number,
        started_at=since,
        ended_at=act.at,
    )

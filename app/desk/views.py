"""What the pages of the desk show, by the services that the API asks too."""

from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from app.cases import service as cases
from app.cases.list_schemas import (
    CaseRow,
    DeskQuery,
    TaskQuery,
    TaskRow,
)
from app.cases.numbering import LENGTH, is_mistyped
from app.cases.worklist import service as worklist
from app.cases.worklist.schemas import CountQuery, WorkCount, WorkQuery, WorkRow
from app.core.acts import Act
from app.core.auth import Role, require_staff
from app.core.wire import Page
from app.desk import places
from app.desk.forms import QueueQuery
from app.desk.places import Desk
from app.halls import service as halls
from app.pages.qr import QrPath, qr_path
from evaluations.devices import service as devices
from evaluations.ratings import visits
from evaluations.ratings.schemas import VisitShown

Row = TypeVar("Row")


class Queue(msgspec.Struct, frozen=True):
    """What waits in a hall: the counts, and a page of cases of the chosen kind."""

    desk: Desk
    counts: list[WorkCount]
    rows: Page[WorkRow]
    found: list[CaseRow] | None
    """The case of the number that was sought; None where none was."""
    mistyped: bool = False
    """Whether that number cannot be any case's: its check digit is wrong."""

    @property
    def to_do(self) -> int:
        """How many cases wait for a clerk."""
        return sum(count.total for count in self.counts if count.work in worklist.TO_DO)

    @property
    def red(self) -> int:
        """How many of them are overdue."""
        return sum(count.red for count in self.counts if count.work in worklist.TO_DO)

    @property
    def yellow(self) -> int:
        """How many of them are due soon."""
        return sum(count.yellow for count in self.counts if count.work in worklist.TO_DO)


async def queue(act: Act, query: QueueQuery) -> Queue | None:
    """What waits in the caller's hall; None for who sees no hall's work."""
    desk = await places.desk_of(act, query.hall_id)
    if desk.hall is None:
        return None
    hall_id = desk.hall.id
    counts = await worklist.counts(
        act, CountQuery(hall_id=hall_id, department_id=desk.department_id)
    )
    number, found = "".join((query.number or "").split())[:LENGTH], None
    if number:
        found = (await cases.of_hall(act, DeskQuery(hall_id=hall_id, number=number))).items
    rows = await worklist.waiting(act, work_query(desk, query))
    return Queue(desk, counts, rows, found, mistyped=is_mistyped(number))


def work_query(desk: Desk, query: QueueQuery) -> WorkQuery:
    """The list that a desk shows."""
    assert desk.hall is not None, "a list is of a hall"
    return WorkQuery(
        hall_id=desk.hall.id,
        work=query.work,
        department_id=desk.department_id,
        after=query.after,
        limit=query.limit,
    )


class Window(msgspec.Struct, frozen=True):
    """The caller's window with the visit there, or the windows where they can begin to serve."""

    here: bool
    name: str
    hall_id: UUID | None
    reachable: bool | None
    """Whether an evaluator there is heard of now; None where there is none."""
    free: list[tuple[UUID, str]]
    visit: VisitShown | None
    code: QrPath | None
    """The QR code of the visit, for as long as it can be rated and was not."""


async def window(act: Act) -> Window | None:
    """The caller's window; None for who is no clerk."""
    person = require_staff(act.actor)
    if not person.has(Role.CLERK):
        return None
    if person.window_id is None:
        return Window(
            here=False,
            name="",
            hall_id=None,
            reachable=None,
            free=await _free_windows(act),
            visit=None,
            code=None,
        )
    here = await halls.window_on_duty(person.window_id)
    names = await halls.names(here.window_id)
    visit = await visits.at_my_window(act)
    code = None
    if (
        visit
        and not visit.rated
        and (visit.rateable_until is None or act.at < visit.rateable_until)
    ):
        code = qr_path((await visits.code_of(act, visit.id)).url)
    return Window(
        here=True,
        name=names[here.window_id],
        hall_id=here.hall_id,
        reachable=await devices.reachable_at(act, here.window_id),
        free=[],
        visit=visit,
        code=code,
    )


async def _free_windows(act: Act) -> list[tuple[UUID, str]]:
    found = []
    served = require_staff(act.actor).halls(Role.CLERK)
    for hall in (await places.desk_of(act)).halls:
        if hall.id not in served:
            continue
        windows = await halls.windows(hall.id)
        names = await halls.names(*(one.window_id for one in windows))
        found += [
            (one.window_id, f"{names[one.window_id]}（{hall.name}）")
            for one in windows
            if one.staff_id is None
        ]
    return found


class OfDepartment(msgspec.Struct, Generic[Row], frozen=True):
    """A list of one department, and the departments to choose from."""

    department: places.Named
    departments: list[places.Named]
    rows: Page[Row]


async def tasks(act: Act, department_id: UUID | None, **page: Any) -> OfDepartment[TaskRow]:
    """The open tasks of a department of the caller's. Raises NotFound."""
    department, departments = await places.department_of(act, department_id)
    rows = await cases.open_tasks(act, TaskQuery(department_id=department.id, **page))
    return OfDepartment(department, departments, rows)

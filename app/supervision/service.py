"""Reading supervision: lists, the board, one entry, warnings, deadlines.

The acts are in their own chapters: `opening.py`, `answering.py`; the reports in `handling.py` and
`reports.py`.
"""

from collections import Counter
from datetime import date
from uuid import UUID

from app.cases.clock import deadlines
from app.cases.clock.deadlines import OpenStep, Position, Sought
from app.cases.rules import Step
from app.core.acts import Act
from app.core.auth import Role, require_staff
from app.core.errors import Forbidden, InvalidQuery
from app.core.lights import Light, standing
from app.core.wire import Page, decode_cursor, encode_cursor, page
from app.halls import service as halls
from app.supervision import queries, views
from app.supervision.models import SupervisionEntry
from app.supervision.queries import Place, Sight
from app.supervision.records import is_responsible, no_such_entry
from app.supervision.report_schemas import DeadlineQuery, DeadlineRow
from app.supervision.rules import STATE_NAMES, STEP_NAMES, TO_ANSWER, State
from app.supervision.schemas import (
    EntryQuery,
    EntryRow,
    EntryShown,
    SupervisionBoard,
    SupervisionBoardColumn,
    SupervisionBoardQuery,
    WarningQuery,
    WarningRow,
)

WATCHERS = (Role.CLERK, Role.SUPERVISOR, Role.MANAGER)
"""Who sees a hall's deadlines; reviewers see those of their departments."""


async def listed(act: Act, query: EntryQuery) -> Page[EntryRow]:
    """Entries that are the caller's to see: answers owed first, the longest overdue at the top.

    Closed ones are listed apart, the last opened first.
    """
    sight = Sight.of(require_staff(act.actor))
    place = Place(query.hall_id, query.department_id)
    if query.state is State.CLOSED:
        return await _closed(act, sight, place, query)
    found = await queries.not_closed(
        sight,
        place,
        act.today,
        state=query.state,
        light=query.light,
        escalated=query.escalated,
        after=decode_cursor(query.after, bool, date, UUID),
        limit=query.limit,
    )
    rows = await views.rows(act, found[: query.limit])
    if len(found) <= query.limit:
        return Page(items=rows)
    last = found[query.limit - 1]
    return Page(items=rows, next=encode_cursor(last["rank"], last["answer_due"], last["id"]))


async def _closed(act: Act, sight: Sight, place: Place, query: EntryQuery) -> Page[EntryRow]:
    if query.light is not None:
        return Page(items=[])  # nothing is owed any more
    after = decode_cursor(query.after, UUID)
    found = await queries.closed(
        sight,
        place,
        escalated=query.escalated,
        before=after[0] if after else None,
        limit=query.limit,
    )
    rows = await views.rows(act, found[: query.limit])
    return Page(items=rows, next=encode_cursor(rows[-1].id) if len(found) > query.limit else None)


async def board(act: Act, query: SupervisionBoardQuery) -> SupervisionBoard:
    """How many entries wait for what, of those that are the caller's to see."""
    sight = Sight.of(require_staff(act.actor))
    place = Place(query.hall_id, query.department_id)
    counts: Counter[tuple[str, str | None]] = Counter()
    escalated = 0
    for row in await queries.counts(sight, place, act.today):
        counts[row["state"], row["light"]] += row["n"]
        if row["escalated"] and row["light"] == Light.RED:
            escalated += row["n"]
    return SupervisionBoard(
        columns=[_column(counts, state) for state in State if state is not State.CLOSED],
        escalated=escalated,
        warnings=await queries.warnings_count(sight, place),
        overdue=await queries.overdue_count(sight, place),
    )


def _column(counts: Counter[tuple[str, str | None]], state: State) -> SupervisionBoardColumn:
    return SupervisionBoardColumn(
        state=state,
        name=STATE_NAMES[state],
        total=sum(n for (of, _), n in counts.items() if of == state),
        green=counts[state, Light.GREEN],
        yellow=counts[state, Light.YELLOW],
        red=counts[state, Light.RED],
    )


async def shown(act: Act, entry_id: UUID) -> EntryShown:
    """All of an entry. Raises NotFound for one that is not the caller's to see."""
    found = await SupervisionEntry.get_or_none(id=entry_id)
    sight = Sight.of(require_staff(act.actor))
    if found is None or not sight.covers(found.hall_id, found.department_id):
        raise no_such_entry()
    return await views.whole(act, found)


def owes_answer(act: Act, entry: EntryShown) -> bool:
    """Whether the caller is to answer this entry now."""
    about = entry.summary
    return about.state in TO_ANSWER and is_responsible(
        require_staff(act.actor), about.hall_id, about.department_id
    )


async def warnings(act: Act, query: WarningQuery) -> Page[WarningRow]:
    """Steps with a yellow light that are the caller's to see, the first due first."""
    found = await queries.warnings(
        Sight.of(require_staff(act.actor)),
        Place(query.hall_id, query.department_id),
        decode_cursor(query.after, date, UUID),
        query.limit,
    )
    show = await views.warning_shower(act, found)
    return page(found, query.limit, show, lambda row: (row["due"], row["id"]))


async def open_steps(act: Act, query: DeadlineQuery) -> Page[DeadlineRow]:
    """The open steps of a hall, or the reviews of a department, the soonest due first.

    Raises:
        Forbidden: a hall or a department that is not the caller's to watch.
        InvalidQuery: neither or both are given.
    """
    person = require_staff(act.actor)
    after = decode_cursor(query.after, date, Step, UUID)
    sought = Sought(query.limit, query.light, query.step, Position(*after) if after else None)
    if query.hall_id and not query.department_id:
        if query.hall_id not in person.halls(*WATCHERS):
            raise Forbidden
        calendar = await halls.calendar(query.hall_id)
        found = await deadlines.of_hall(query.hall_id, calendar, act.today, sought)
    elif query.department_id and not query.hall_id:
        if query.department_id not in person.departments(Role.REVIEWER):
            raise Forbidden
        department = await halls.department(query.department_id)
        calendar = await halls.calendar(department.hall_id)
        found = await deadlines.of_department(department.id, calendar, act.today, sought)
    else:
        raise InvalidQuery("请选择一个中心或一个部门。", field="hall_id")
    names = await halls.names(*{step.department_id for step in found})

    def show(step: OpenStep) -> DeadlineRow:
        stands = standing(calendar, act.today, step.due, step.days)
        return DeadlineRow(
            id=step.id,
            step=step.step,
            step_name=STEP_NAMES[step.step],
            case_id=step.case_id,
            case_number=step.case_number,
            item_name=step.item_name,
            department_id=step.department_id,
            department=names[step.department_id] if step.department_id else None,
            due=step.due,
            days=step.days,
            remaining_days=stands.remaining,
            light=stands.light,
        )

    return page(found, query.limit, show, lambda step: (step.due, step.step, step.id))

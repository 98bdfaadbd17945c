"""Reading the loop: lists, the board, one rectification, the rater, the rates; topics.

The acts are in their own chapters: `intake.py`, `handling.py`, `rulings.py`, `topics.py`.
"""

from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

from app.citizens import service as citizens
from app.core.acts import Act
from app.core.auth import Role, Staff, require_citizen, require_over_hall, require_staff
from app.core.errors import Conflict, InvalidQuery
from app.core.lights import Light, standing
from app.core.wire import Page, PageQuery, after_id, decode_cursor, encode_cursor, page
from app.halls import service as halls
from evaluations.ratings import service as ratings
from evaluations.ratings.moderated import shown_text
from evaluations.rectification import queries, views
from evaluations.rectification.models import Rectification
from evaluations.rectification.queries import Sight
from evaluations.rectification.rates import Tally, tally
from evaluations.rectification.records import no_such, subject
from evaluations.rectification.report_schemas import (
    RectificationBoard,
    RectificationBoardColumn,
    RectificationBoardQuery,
    RectificationRates,
    rates_row,
)
from evaluations.rectification.rules import STATE_NAMES, State
from evaluations.rectification.schemas import (
    MyAnswer,
    RaterShown,
    RectificationQuery,
    RectificationRow,
    RectificationShown,
    TopicQuery,
    TopicRow,
    TopicShown,
)
from evaluations.rectification.topics import no_such_topic


class NoContact(Conflict):
    """The rater is not known, or has left no name and number."""

    code = "rectification.no_contact"
    title = "评价人没有留下联系方式。"


async def listed(act: Act, query: RectificationQuery) -> Page[RectificationRow]:
    """Rectifications that are the caller's to see: the oldest first, or see `by_due`."""
    if query.by_due:
        return await _by_due(act, query)
    found = await queries.listed(
        Sight.of(require_staff(act.actor)),
        query.hall_id,
        query.department_id,
        state=query.state,
        due_before=act.today if query.overdue else None,
        after=after_id(query),
        limit=query.limit,
    )
    rows = await views.rows(act, found[: query.limit])
    more = len(found) > query.limit
    return Page(items=rows, next=encode_cursor(rows[-1].id) if more else None)


async def _by_due(act: Act, query: RectificationQuery) -> Page[RectificationRow]:
    after = decode_cursor(query.after, date, UUID)
    found = await queries.open_by_due(
        Sight.of(require_staff(act.actor)),
        query.hall_id,
        query.department_id,
        state=query.state,
        due_before=act.today if query.overdue else None,
        after=(after[0], after[1]) if after else None,
        limit=query.limit,
    )
    rows = await views.rows(act, found[: query.limit])
    more = len(found) > query.limit
    return Page(items=rows, next=encode_cursor(rows[-1].due, rows[-1].id) if more else None)


async def board(act: Act, query: RectificationBoardQuery) -> RectificationBoard:
    """How many wait for what, by their lights of today."""
    found = await queries.waiting(
        Sight.of(require_staff(act.actor)), query.hall_id, query.department_id
    )
    calendars = {hall: await halls.calendar(hall) for hall in {row["hall_id"] for row in found}}
    counts: Counter[tuple[State, Light]] = Counter()
    for row in found:
        stands = standing(calendars[row["hall_id"]], act.today, row["step_due"], row["step_days"])
        counts[State(row["state"]), stands.light] += row["n"]
    columns = [_column(state, counts) for state in State if state is not State.CLOSED]
    return RectificationBoard(columns=columns, overdue=sum(column.red for column in columns))


def _column(state: State, counts: "Counter[tuple[State, Light]]") -> RectificationBoardColumn:
    green, yellow, red = (counts[state, light] for light in Light)
    return RectificationBoardColumn(
        state=state,
        name=STATE_NAMES[state],
        total=green + yellow + red,
        green=green,
        yellow=yellow,
        red=red,
    )


async def _seen(person: Staff, rectification_id: UUID) -> tuple[Rectification, bool]:
    """One that is the person's to see, and whether what people wrote is too. Raises NotFound."""
    found = await Rectification.get_or_none(id=rectification_id)
    if found is None or not Sight.of(person).covers(found.hall_id, found.department_id):
        raise no_such()
    reviews = found.department_id in person.departments(Role.REVIEWER)
    return found, reviews or found.hall_id in person.halls(Role.SUPERVISOR)


async def shown(act: Act, rectification_id: UUID) -> RectificationShown:
    """All of a rectification; managers see nothing that people wrote. Raises NotFound.

    Reading what people wrote leaves a trace.
    """
    found, clear = await _seen(require_staff(act.actor), rectification_id)
    rating = await ratings.bad_rating(found.rating_id)
    if clear:
        async with act.transaction() as tx:
            tx.audit("rectification.read", subject(found), hall_id=found.hall_id)
    comment = await shown_text(act, rating.id, rating.comment)
    return await views.whole(act, found, comment, clear=clear)


async def rater(act: Act, rectification_id: UUID) -> RaterShown:
    """Name and number of the rater, for those who call them; each reading is recorded.

    Raises:
        NotFound: not the caller's, or closed. NoContact.
    """
    found, clear = await _seen(require_staff(act.actor), rectification_id)
    if not clear or found.state == State.CLOSED:
        raise no_such()
    if found.citizen_id is None:
        raise NoContact("这条评价是匿名的。")
    try:
        person = await citizens.person(found.citizen_id)
    except citizens.WhoFirst:
        raise NoContact from None
    async with act.transaction() as tx:
        tx.audit("rectification.rater_read", subject(found), hall_id=found.hall_id)
    return RaterShown(name=person.name.reveal(), phone=person.phone.reveal())


async def mine(act: Act, query: PageQuery) -> Page[MyAnswer]:
    """What has become of the citizen's own bad ratings, newest first."""
    citizen = require_citizen(act.actor)
    accounts = await citizens.identities(citizen.id)
    found = await queries.of_citizen(accounts, after_id(query), query.limit)
    return page(found, query.limit, views.my_answer, lambda row: (row["id"],))


async def tallies(hall_id: UUID, first: date, last: date, today: date) -> dict[UUID | None, Tally]:
    """What the rates are made of, by department (None: not assigned yet), for other features.

    Of the bad ratings received from `first` to `last`, of a hall with all below it, as they stand
    on `today`. The sum of all is the hall's.
    """
    found = await queries.facts(hall_id, first, last, today)
    return {department: tally(facts) for department, facts in found.items()}


async def rates(act: Act, hall_id: UUID, first: date, last: date) -> RectificationRates:
    """整改率, 按期整改率 and 回访率 of a hall and of its departments.

    Raises:
        Forbidden: the caller neither manages nor supervises the hall.
        InvalidQuery: the period ends before it begins.
    """
    require_over_hall(act.actor, hall_id, [Role.MANAGER, Role.SUPERVISOR])
    if last < first:
        raise InvalidQuery("结束日期不能早于开始日期。", field="to")
    found = await queries.facts(hall_id, first, last, act.today)
    names = await halls.names(hall_id, *found)
    rows = [
        rates_row(key, names[key] if key else "待分派", tally(facts))
        for key, facts in found.items()
    ]
    rows.sort(key=lambda row: (row.key is None, row.name))
    total = tally(fact for facts in found.values() for fact in facts)
    return RectificationRates(
        hall_id=hall_id,
        hall_name=names[hall_id],
        first=first,
        last=last,
        total=rates_row(hall_id, "合计", total),
        departments=rows,
    )


async def topics(act: Act, query: TopicQuery) -> Page[TopicRow]:
    """Improvement topics that are the caller's to see, newest first."""
    found = await queries.topics(
        Sight.of(require_staff(act.actor)),
        query.hall_id,
        query.department_id,
        closed=query.closed,
        before=after_id(query),
        limit=query.limit,
    )
    rows = await views.topic_rows(found[: query.limit])
    more = len(found) > query.limit
    return Page(items=rows, next=encode_cursor(rows[-1].id) if more else None)


async def topic(act: Act, topic_id: UUID) -> TopicShown:
    """A topic with the bad ratings behind it. Raises NotFound."""
    row: dict[str, Any] | None = await queries.topic(topic_id)
    sight = Sight.of(require_staff(act.actor))
    if row is None or not sight.covers(row["hall_id"], row["department_id"]):
        raise no_such_topic()
    [shown_row] = await views.topic_rows([row])
    return TopicShown(topic=shown_row, behind=await views.rows(act, await queries.behind(topic_id)))

"""The visits for which a clerk can enter a card: found by window, time and item, never by a rating.

Visits that were rated are left out, and so is what the clerk served: nobody enters a rating of
their own service (`entering.enter`).
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from app.core.acts import Act
from app.core.auth import Role, require_over_hall, require_staff
from app.core.clock import CHINA
from app.core.errors import NotFound
from app.core.wire import Page, decode_cursor, page
from app.halls import service as halls
from evaluations.ratings import queries
from evaluations.ratings.hub_schemas import CardVisit, CardVisitQuery

FAR = timedelta(days=366)
"""Days from today beyond which no visit can be rated: the time to rate is some working days."""
_Moment = Annotated[datetime, Meta(tz=True)]
_EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


async def on_day(act: Act, query: CardVisitQuery) -> Page[CardVisit]:
    """The visits of one day in a hall of the clerk's that can still be rated, newest first.

    Raises:
        Forbidden: not a hall where the caller is a clerk. NotFound: not a window of the hall.
    """
    person = require_over_hall(act.actor, query.hall_id, [Role.CLERK])
    windows = {one.window_id for one in await halls.windows(query.hall_id)}
    if query.window_id is not None and query.window_id not in windows:
        raise NotFound("没有找到这个窗口。")
    day = query.day or act.today
    after = decode_cursor(query.after, _Moment, UUID)
    if abs(day - act.today) > FAR:
        return Page(items=[])
    rows = await queries.visits_without_rating(
        [query.window_id] if query.window_id else windows,
        _whole(day),
        act.at,
        but_of=person.id,
        before=(after[0], after[1]) if after else None,
        limit=query.limit,
    )
    names = await halls.names(*{row["window_id"] for row in rows})

    def show(row: dict[str, Any]) -> CardVisit:
        return _shown(row, names)

    return page(rows, query.limit, show, lambda row: (row["started_at"], row["id"]))


def _whole(day: date) -> tuple[datetime, datetime]:
    first = datetime.combine(day, time(), CHINA)
    return first, first + timedelta(days=1)


async def one(act: Act, visit_id: UUID) -> CardVisit:
    """A visit for which the caller can enter a card now.

    Raises:
        NotFound: not of the clerk's halls, their own, rated, or too long ago.
    """
    person = require_staff(act.actor)
    windows = [
        window.window_id
        for hall_id in person.halls(Role.CLERK)
        for window in await halls.windows(hall_id)
    ]
    rows = await queries.visits_without_rating(
        windows, _EVER, act.at, but_of=person.id, visit_id=visit_id, limit=1
    )
    if not rows:
        raise NotFound("没有找到可以补录评价的这次服务：可能已经评价、已过期限，或是您本人办理的。")
    return _shown(rows[0], await halls.names(rows[0]["window_id"]))


def _shown(row: dict[str, Any], names: dict[UUID, str]) -> CardVisit:
    return CardVisit(
        id=row["id"],
        window=names[row["window_id"]],
        item_name=row["item_name"],
        case_number=row["case_number"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        rateable_until=row["rateable_until"],
    )

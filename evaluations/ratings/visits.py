"""What becomes rateable: visits to a window, and cases when they are decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from tortoise.exceptions import IntegrityError

from app.catalog import service as catalog
from app.core import db
from app.core.acts import Act, Transaction
from app.core.auth import Role, Staff, require_over_hall, require_staff
from app.core.clock import day_of
from app.core.errors import Conflict, NotFound
from app.halls import service as halls
from evaluations.ratings import queries
from evaluations.ratings.counting import Place, count_due
from evaluations.ratings.rules import Kind, rateable_until
from evaluations.ratings.schemas import VisitIn, VisitShown


class NotOnDuty(Conflict):
    """The clerk serves at no window at this moment."""

    code = "visits.not_on_duty"
    title = "请先在窗口上岗，再开始服务。"


@dataclass(frozen=True)
class NewService:
    """A case that was decided and can now be rated.

    Args:
        subject: "case:<number>"; the service is made once for each.
        place: hall, department, window, staff and item under which its rating counts.
        citizen_id: who may rate it in the mini program.
        started_at: when it was accepted.
        ended_at: when it was decided; it should be rated from this day on.
    """

    subject: str
    place: Place
    item_name: str
    citizen_id: UUID | None
    project_no: str | None
    started_at: datetime
    ended_at: datetime


def channel(window_id: UUID) -> str:
    """The live channel of a window: a hint that what its evaluators should show has changed."""
    return f"window:{window_id}"


async def open_for_rating(act: Act, new: NewService) -> UUID:
    """Make a decided case rateable, in the act's transaction, and count it as due.

    Call it last and once in a transaction (see `counting.count_due`). Repeating it for the same
    subject changes nothing; the id is that of the first time.
    """
    async with act.transaction():
        calendar = await halls.calendar(new.place.hall_id)
        ended_on = day_of(new.ended_at)
        made = await _insert(
            act,
            Kind.CASE,
            new.subject,
            new.place,
            item_name=new.item_name,
            citizen_id=new.citizen_id,
            project_no=new.project_no,
            started_at=new.started_at,
            ended_at=new.ended_at,
            until=rateable_until(Kind.CASE, ended_on, calendar),
        )
        if made is None:
            row = await db.fetch_one("SELECT id FROM services WHERE subject = $1", new.subject)
            assert row, "a conflict on the subject means that it is there"
            return row["id"]
        await count_due(new.place, ended_on, rated=False)
        return made


async def _insert(
    act: Act,
    kind: Kind,
    subject: str,
    place: Place,
    *,
    item_name: str,
    citizen_id: UUID | None,
    project_no: str | None,
    started_at: datetime,
    ended_at: datetime | None = None,
    until: datetime | None = None,
    service_id: UUID | None = None,
) -> UUID | None:
    if project_no:
        # Services of one number are counted one after the other: the province's serviceNumber.
        await db.fetch("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", project_no)
    rows = await db.fetch(
        "INSERT INTO services (id, kind, subject, hall_id, department_id, window_id, staff_id,"
        " item_id, item_name, citizen_id, project_no, service_number, started_at, ended_at,"
        " rateable_until, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
        " $11::varchar, (SELECT coalesce(max(service_number), 0) + 1 FROM services"
        "  WHERE project_no = $11::varchar),"
        " $12, $13, $14, $15) ON CONFLICT (subject) DO NOTHING RETURNING id",
        service_id or db.new_id(),
        kind,
        subject,
        place.hall_id,
        place.department_id,
        place.window_id,
        place.staff_id,
        place.item_id,
        item_name,
        citizen_id,
        project_no,
        started_at,
        ended_at,
        until,
        act.at,
    )
    return rows[0]["id"] if rows else None


async def start(act: Act, new: VisitIn) -> VisitShown:
    """Begin a visit at the window where the caller serves, and prompt its evaluators.

    A visit that is still open there ends with it.

    Raises:
        NotOnDuty: the caller serves nowhere.
        NotFound: there is no such item in the hall, or no such citizen.
    """
    person = require_staff(act.actor)
    if person.window_id is None:
        raise NotOnDuty
    window = await halls.window_on_duty(person.window_id)
    require_over_hall(person, window.hall_id, [Role.CLERK])
    topic = await _topic(window.hall_id, new)
    visit_id = db.new_id()
    place = Place(
        hall_id=window.hall_id,
        department_id=window.department_id or topic.department_id,
        window_id=window.window_id,
        staff_id=person.id,
        item_id=topic.item_id,
    )
    async with act.transaction() as tx:
        # One visit after the other at a window, also for a button that is pressed twice.
        await db.fetch(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", window.window_id.hex
        )
        before = await db.fetch_one(
            "SELECT * FROM services WHERE window_id = $1 AND kind = 'visit' AND ended_at IS NULL",
            window.window_id,
        )
        if before:
            await _end(act, tx, before)
        try:
            await _insert(
                act,
                Kind.VISIT,
                f"visit:{visit_id}",
                place,
                item_name=topic.item_name,
                citizen_id=topic.citizen_id,
                project_no=new.case_number,
                started_at=act.at,
                service_id=visit_id,
            )
        except IntegrityError as error:
            raise _no_such_citizen(error) from None
        tx.audit(
            "visit.started",
            f"visit:{visit_id}",
            hall_id=place.hall_id,
            window=window.window_number,
        )
        tx.after_commit(lambda: act.house.live.publish(channel(window.window_id), b""))
    return await _read(visit_id)


def _no_such_citizen(error: IntegrityError) -> Exception:
    cause = error.__cause__
    if isinstance(cause, asyncpg.ForeignKeyViolationError) and "citizen" in str(
        cause.constraint_name
    ):
        return NotFound("没有找到这位申请人。")
    return error


@dataclass(frozen=True)
class _Topic:
    item_id: UUID | None
    item_name: str
    department_id: UUID | None
    citizen_id: UUID | None


async def _topic(hall_id: UUID, new: VisitIn) -> _Topic:
    """What a visit is about: the decided case's item and applicant, the item, or the words."""
    case = await queries.case_service(hall_id, new.case_number) if new.case_number else None
    if case:
        return _Topic(case["item_id"], case["item_name"], case["department_id"], case["citizen_id"])
    if new.item_id:
        item = await catalog.published(new.item_id)
        if item.hall_id != hall_id:
            raise NotFound("本中心没有这个事项。")
        return _Topic(item.item_id, item.name, item.department_id, new.citizen_id)
    return _Topic(None, new.about.strip(), None, new.citizen_id)


async def end(act: Act, visit_id: UUID) -> VisitShown:
    """End a visit of one's own, or of the window where one serves now.

    Repeating it changes nothing. From this day on the visit counts as one that should have been
    rated, and it can be rated for five more working days.

    Raises:
        NotFound: no such visit, or it is none of the caller's.
    """
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        row = await db.fetch_one(
            "SELECT * FROM services WHERE id = $1 AND kind = 'visit' FOR UPDATE", visit_id
        )
        if row is None or not _is_theirs(person, row):
            raise NotFound("没有找到这次服务。")
        if row["ended_at"] is None:
            await _end(act, tx, row)
            tx.after_commit(lambda: act.house.live.publish(channel(row["window_id"]), b""))
    return await _read(visit_id)


def _is_theirs(person: Staff, row: dict[str, Any]) -> bool:
    return row["hall_id"] in person.halls(Role.CLERK) and (
        row["staff_id"] == person.id or row["window_id"] == person.window_id
    )


async def _end(act: Act, tx: Transaction, row: dict[str, Any]) -> None:
    calendar = await halls.calendar(row["hall_id"])
    # A clock that was set back between two requests must not end a visit before it began.
    ended_at = max(act.at, row["started_at"])
    ended_on = day_of(ended_at)
    # Waits for a rating on its way in, which holds the service; the next statement then sees it.
    ended = await db.execute(
        "UPDATE services SET ended_at = $2, rateable_until = $3 WHERE id = $1 AND ended_at IS NULL",
        row["id"],
        ended_at,
        rateable_until(Kind.VISIT, ended_on, calendar),
    )
    if not ended:
        return
    place = Place(
        row["hall_id"], row["department_id"], row["window_id"], row["staff_id"], row["item_id"]
    )
    await count_due(place, ended_on, rated=await queries.is_rated(row["id"]))
    tx.audit("visit.ended", f"visit:{row['id']}", hall_id=row["hall_id"])


def _shown(row: dict[str, Any]) -> VisitShown:
    return VisitShown(
        id=row["id"],
        window_id=row["window_id"],
        item_name=row["item_name"],
        case_number=row["project_no"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        rateable_until=row["rateable_until"],
        rated=row["rated"],
    )


async def _read(visit_id: UUID) -> VisitShown:
    row = await queries.visit(visit_id)
    assert row, "visits are never deleted"
    return _shown(row)


async def for_clerk(act: Act, visit_id: UUID) -> VisitShown:
    """A visit for the clerk whose own it is, or at whose window it was. Raises NotFound."""
    person = require_staff(act.actor)
    row = await queries.visit(visit_id)
    if row is None or not _is_theirs(person, row):
        raise NotFound("没有找到这次服务。")
    return _shown(row)

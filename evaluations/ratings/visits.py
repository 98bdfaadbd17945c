"""Visits to a window: they begin and end, and each can be rated once (一次一评)."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

import asyncpg
from tortoise.exceptions import IntegrityError

from app.catalog import service as catalog
from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act, Transaction
from app.core.auth import Role, Staff, require_over_hall, require_staff
from app.core.clock import CHINA, day_of
from app.core.errors import Conflict, NotFound
from app.core.privacy import Personal
from app.halls import service as halls
from evaluations.ratings import codes, invitations, queries
from evaluations.ratings.counting import Place, count_due
from evaluations.ratings.opening import NewService, insert, open_for_rating
from evaluations.ratings.rules import Kind, Via, forgotten_end, rateable_until
from evaluations.ratings.schemas import CodeOut, VisitIn, VisitShown

__all__ = [
    "NewService",
    "NotOnDuty",
    "Place",
    "at_my_window",
    "channel",
    "code_of",
    "end",
    "end_forgotten",
    "for_clerk",
    "open_for_rating",
    "start",
]


class NotOnDuty(Conflict):
    """The clerk serves at no window at this moment."""

    code = "visits.not_on_duty"
    title = "请先在窗口上岗，再开始服务。"


def channel(window_id: UUID) -> str:
    """The live channel of a window: a hint that what its evaluators should show has changed."""
    return halls.window_channel(window_id)


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
            await insert(
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
        if topic.citizen_id or new.phone:
            phone = Personal(citizens.checked_phone(new.phone), "phone") if new.phone else None
            await invitations.plan(act, visit_id, place.hall_id, act.at, phone)
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


async def end_forgotten(act: Act) -> int:
    """End visits of days before this one that nobody ended; returns how many.

    Each counts as ended in the last second of its own day, so that no visit lasts over midnight.
    """
    midnight = datetime.combine(act.today, time(), CHINA)
    ended = 0
    while rows := await queries.forgotten_visits(midnight, _FORGOTTEN_AT_ONCE):
        for row in rows:
            # One after the other: a transaction counts one service and no more.
            async with act.transaction() as tx:
                found = await db.fetch_one(
                    "SELECT * FROM services WHERE id = $1 AND ended_at IS NULL FOR UPDATE",
                    row["id"],
                )
                if found:
                    await _end(act, tx, found, forgotten_end(found["started_at"]))
                    ended += 1
    return ended


_FORGOTTEN_AT_ONCE = 200


async def _end(act: Act, tx: Transaction, row: dict[str, Any], at: datetime | None = None) -> None:
    calendar = await halls.calendar(row["hall_id"])
    # A clock that was set back between two requests must not end a visit before it began.
    ended_at = max(at or act.at, row["started_at"])
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
    await count_due(place, ended_on, rated=await queries.has_valid_rating(row["id"]))
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
        prompted_at=row["prompted_at"],
    )


async def _read(visit_id: UUID) -> VisitShown:
    row = await queries.visit(visit_id)
    assert row, "visits are never deleted"
    return _shown(row)


async def code_of(act: Act, visit_id: UUID) -> CodeOut:
    """A QR code with which whoever was served can rate this one visit, while it can be rated."""
    found = await for_clerk(act, visit_id)
    hall_id = (await halls.window_on_duty(found.window_id)).hall_id
    calendar = await halls.calendar(hall_id)
    until = found.rateable_until or rateable_until(Kind.VISIT, act.today, calendar)
    code = codes.service_code(act.house.keyring, visit_id, Via.VISIT, until)
    address = f"{act.house.settings.public_url}/q/{code}"
    return CodeOut(code=code, url=address, expires_at=until)


async def open_at(hall_id: UUID) -> dict[UUID, int]:
    """How many visits are open now at each window of a hall; nothing tells of whose they are."""
    return await queries.open_visits(hall_id)


async def at_my_window(act: Act) -> VisitShown | None:
    """The visit that is open at the window where the caller serves, else today's last one there.

    None where they serve nowhere, or nobody has come yet.
    """
    person = require_staff(act.actor)
    if person.window_id is None:
        return None
    midnight = datetime.combine(act.today, time(), CHINA)
    found = await queries.last_visit_at(person.window_id, midnight)
    row = await queries.visit(found) if found else None
    return _shown(row) if row and _is_theirs(person, row) else None


async def for_clerk(act: Act, visit_id: UUID) -> VisitShown:
    """A visit for the clerk whose own it is, or at whose window it was. Raises NotFound."""
    person = require_staff(act.actor)
    row = await queries.visit(visit_id)
    if row is None or not _is_theirs(person, row):
        raise NotFound("没有找到这次服务。")
    return _shown(row)

"""Other systems of the hall: first the record of a service, then its rating (docs/hub.md)."""

from datetime import timedelta
from uuid import UUID

import msgspec

from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act, canonical
from app.core.auth import Client
from app.core.clock import day_of
from app.core.errors import Forbidden
from app.core.privacy import Personal
from app.halls import service as halls
from evaluations.ratings import invitations, queries
from evaluations.ratings.counting import Place, count_due
from evaluations.ratings.hub_schemas import HubRating, RecordIn, RecordShown
from evaluations.ratings.intake import Entry, Kept
from evaluations.ratings.opening import insert
from evaluations.ratings.refusals import RecordChanged, RecordFirst, Unfit
from evaluations.ratings.rules import Kind, Via, plausible, rateable_until
from evaluations.ratings.schemas import RatingShown
from evaluations.ratings.tags import NATIONAL
from evaluations.ratings.taking import check, take

CONTEXT = "external_records.digest"
OLDEST = timedelta(days=90)
"""A record of a service that is longer past is refused: the scores of its day were published."""
AHEAD = timedelta(minutes=5)
"""How far another system's clock may run before the server's."""


def _client(act: Act) -> Client:
    if not isinstance(act.actor, Client):
        raise Forbidden
    return act.actor


async def record(act: Act, given: RecordIn) -> tuple[RecordShown, bool]:
    """Keep the record of a service and make it rateable. The second value: whether it is new.

    Keyed by `project_no` and `service_number`; the same record again changes nothing.

    Raises:
        RecordChanged: there is one of this key, and it is another one or another system's.
        Unfit: a time, a window or a staff member that cannot be; `field` says which.
    """
    client = _client(act)
    if not given.started_at <= given.ended_at <= act.at + AHEAD:
        raise Unfit("服务的起止时间不正确。", field="ended_at")
    place = await _place(client.hall_id, given)
    told = canonical(msgspec.structs.replace(given, phone=None))
    async with act.transaction() as tx:
        kept = await _first(client, given)
        if kept is None:
            if given.ended_at < act.at - OLDEST:
                raise Unfit("服务结束已超过 90 天，不再接收。", field="ended_at")
            service_id = await _insert(act, client, given, place, told)
            if service_id is not None:
                tx.audit("hub.recorded", f"service:{service_id}", hall_id=client.hall_id)
                # Last: the score table is locked after everything else.
                await count_due(place, day_of(given.ended_at), rated=False)
                return await _shown(service_id), True
            kept = await _first(client, given)
    if kept is None or kept[1] not in act.house.keyring.indexes(told.decode(), CONTEXT):
        raise RecordChanged
    return await _shown(kept[0]), False


async def _place(hall_id: UUID, given: RecordIn) -> Place:
    found = await halls.by_numbers(
        hall_id,
        window=given.window_number,
        staff=given.staff_number,
        department_code=given.department_code,
    )
    if given.window_number and found.window_id is None:
        raise Unfit("本中心没有这个编号的窗口。", field="window_number")
    if given.staff_number and found.staff_id is None:
        raise Unfit("本中心没有这个工号的人员。", field="staff_number")
    return Place(hall_id, found.department_id, found.window_id, found.staff_id)


async def _first(client: Client, given: RecordIn) -> tuple[UUID, bytes] | None:
    row = await db.fetch_one(
        "SELECT s.id, e.digest FROM services s JOIN external_records e ON e.service_id = s.id"
        " WHERE s.client_id = $1 AND s.project_no = $2 AND s.service_number = $3::smallint",
        client.id,
        given.project_no,
        given.service_number,
    )
    return (row["id"], bytes(row["digest"])) if row else None


async def _insert(
    act: Act, client: Client, given: RecordIn, place: Place, told: bytes
) -> UUID | None:
    calendar = await halls.calendar(client.hall_id)
    made = await insert(
        act,
        Kind.EXTERNAL,
        f"external:{given.project_no}:{given.service_number}",
        place,
        item_name=given.task_name,
        citizen_id=None,
        project_no=given.project_no,
        started_at=given.started_at,
        ended_at=given.ended_at,
        until=rateable_until(Kind.EXTERNAL, day_of(given.ended_at), calendar),
        client_id=client.id,
        service_number=given.service_number,
    )
    if made is None:
        return None
    await db.execute(
        "INSERT INTO external_records (service_id, task_code, department_code, area_code,"
        " user_prop, pro_status, pro_channel, promised_days, accepted_on, result_on, digest)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        made,
        given.task_code,
        given.department_code,
        given.area_code,
        given.user_prop,
        given.pro_status,
        given.pro_channel,
        given.promised_days,
        given.accepted_on,
        given.result_on,
        act.house.keyring.index(told.decode(), CONTEXT),
    )
    if given.phone:
        phone = Personal(citizens.checked_phone(given.phone), "phone")
        await invitations.plan(act, made, client.hall_id, given.ended_at, phone)
    return made


async def _shown(service_id: UUID) -> RecordShown:
    row = await queries.service(service_id)
    assert row, "services are never deleted"
    return RecordShown(
        service_id=service_id,
        project_no=row["project_no"],
        service_number=row["service_number"],
        rateable_until=row["rateable_until"],
    )


async def rate(act: Act, given: HubRating) -> tuple[RatingShown, bool]:
    """Take in a rating of a record that this system sent. The second value: whether it is new.

    Keyed by `assess_number`; the same rating again gets the first answer.

    Raises:
        RecordFirst: there is no record of this key yet. RecordChanged: this assess number came
        with other content. Unfit, AlreadyRated, TooLate.
    """
    client = _client(act)
    check(given.level, given.tags, given.comment)
    if not plausible(given.happened_at):
        raise Unfit("评价时间不正确。", field="happened_at")
    service_id = await queries.external(client.id, given.project_no, given.service_number)
    if service_id is None:
        raise RecordFirst
    entry = Entry(
        service_id=service_id,
        level=given.level,
        tags=tuple(given.tags),
        tags_version=NATIONAL.version,
        comment=given.comment.strip(),
        channel=given.channel,
        happened_at=given.happened_at,
        received_at=act.at,
        raw_level=given.raw_level,
        client_id=client.id,
        assess_number=given.assess_number,
        via=Via.CLIENT,
    )
    rating, new = await take(act, entry, _never)
    if not new and not _agrees(rating, entry):
        raise RecordChanged
    return rating, new


def _never(_first: Kept, _entry: Entry) -> bool:
    # The writer knows assess numbers; whatever else met a first rating is another one.
    return False


def _agrees(first: RatingShown, entry: Entry) -> bool:
    return (
        first.service_id == entry.service_id
        and first.level == entry.level
        and {tag.code for tag in first.tags} == set(entry.tags)
        and first.comment == entry.comment
    )

"""Rating: on an evaluator, and with an account for one's own visits and cases."""

import asyncio
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from prometheus_client import Counter

from app.citizens import service as citizens
from app.core import wording
from app.core.acts import Act
from app.core.auth import Device, require_citizen
from app.core.errors import Forbidden, InvalidBody, Problem
from app.core.wire import Page, PageQuery, decode_cursor, page
from app.halls import service as halls
from evaluations.devices.vendors import Meaning, UnknownNumberError, meaning, scheme_of
from evaluations.ratings import bindings, queries
from evaluations.ratings.intake import Entry, Kept
from evaluations.ratings.opening import NewService, open_for_rating, open_node_for_rating
from evaluations.ratings.refusals import NoSuchRating, NoSuchService, OwnService, Unfit
from evaluations.ratings.rules import BAD, Channel, Kind, Via, device_channel, plausible
from evaluations.ratings.schemas import (
    BatchAnswer,
    BatchAnswers,
    CitizenRating,
    DeviceBatch,
    DeviceRating,
    MyService,
    NotRated,
    RatingShown,
    tags_shown,
)
from evaluations.ratings.tags import NATIONAL
from evaluations.ratings.taking import check, said_the_same, take

__all__ = [
    "BadRating",
    "NewService",
    "bad_rating",
    "mine",
    "my_services",
    "open_for_rating",
    "open_node_for_rating",
    "rate",
    "rate_batch",
    "rate_on_device",
]

unrated = Counter("zhangban_unrated_taps_total", "Taps that are no rating.", ["reason"])


@dataclass(frozen=True)
class BadRating:
    """A bad rating (差评) with where it belongs, as whoever rectifies it needs to know it.

    `citizen_id` is who gave it; None for an anonymous one.
    """

    id: UUID
    service_id: UUID
    kind: Kind
    hall_id: UUID
    department_id: UUID | None
    window_id: UUID | None
    staff_id: UUID | None
    item_id: UUID | None
    item_name: str
    project_no: str | None
    citizen_id: UUID | None
    level: int
    tags: tuple[str, ...]
    comment: str
    channel: Channel
    day: date
    received_at: datetime


async def bad_rating(rating_id: UUID) -> BadRating:
    """A rating of level 1 or 2, ruled invalid or not. Raises NoSuchRating for any other."""
    row = await queries.rating_of(rating_id)
    if row is None or row["level"] not in BAD:
        raise NoSuchRating
    values = {field.name: row[field.name] for field in fields(BadRating)}
    return BadRating(
        **values
        | {
            "kind": Kind(row["kind"]),
            "tags": tuple(row["tags"]),
            "channel": Channel(row["channel"]),
        }
    )


async def rate_on_device(
    act: Act, given: DeviceRating, clock_offset_ms: int
) -> tuple[RatingShown | NotRated, bool]:
    """Take in a tap on an evaluator. The second value: whether it is a new rating.

    A vendor's number for "timed out" or "not rated" is kept as that, and is no rating.

    Args:
        clock_offset_ms: how far the device's clock runs before the server's.

    Raises:
        Unfit, AlreadyRated, TooLate, NoSuchService, Revoked; and what `RatingWriter.write` does.
    """
    device = act.actor
    if not isinstance(device, Device):
        raise Forbidden
    if not plausible(given.happened_at):
        raise Unfit("评价时间不正确。", field="happened_at")
    meant = _meant(act, device, given)
    if meant.reason or meant.level is None:
        reason = meant.reason or "not_rated"
        times = (given.happened_at, act.at, clock_offset_ms)
        await queries.keep_unrated(
            device.id, given.event_id, given.service_id, given.raw_level or 0, reason, times
        )
        unrated.labels(reason).inc()
        return NotRated(event_id=given.event_id, not_rated=reason), False
    check(meant.level, given.tags, given.comment)
    return await take(
        act,
        Entry(
            service_id=given.service_id,
            level=meant.level,
            tags=tuple(given.tags),
            tags_version=NATIONAL.version,
            comment=given.comment.strip(),
            channel=device_channel(at_window=device.window_id is not None),
            happened_at=given.happened_at,
            received_at=act.at,
            device_id=device.id,
            event_id=given.event_id,
            raw_level=given.raw_level,
            clock_offset_ms=clock_offset_ms,
            via=Via.DEVICE,
        ),
        _never,
    )


def _never(_first: Kept, _entry: Entry) -> bool:
    # The writer knows a device's events; whatever else met a first rating is another one.
    return False


def _meant(act: Act, device: Device, given: DeviceRating) -> Meaning:
    """The level of a tap: the vendor's number where the model has its own, else the level sent."""
    overrides = act.house.settings.device_models
    scheme = scheme_of(device.model, overrides) if given.raw_level is not None else None
    if scheme is None or given.raw_level is None:
        if given.level is None:
            raise InvalidBody("请在五个评价等级中选择一个。", field="level")
        return Meaning(level=given.level)
    try:
        meant = meaning(scheme, given.raw_level)
    except UnknownNumberError:
        raise Unfit("该型号的评价器没有这个评价值。", field="raw_level") from None
    if given.level is not None and given.level != meant.level:
        raise Unfit("评价等级与评价器的原始值不一致。", field="level")
    return meant


async def rate_batch(act: Act, given: DeviceBatch, clock_offset_ms: int) -> BatchAnswers:
    """Take in what queued up in a device; each rating is answered by itself, in the batch's order.

    They share commits with each other and with everybody else's; one bad one fails no other.
    """
    answers = [_one_of_batch(act, raw, clock_offset_ms) for raw in given.ratings]
    return BatchAnswers(items=list(await asyncio.gather(*answers)))


async def _one_of_batch(act: Act, raw: Any, clock_offset_ms: int) -> BatchAnswer:
    event_id: UUID | None = None
    try:
        one = _decoded(raw)
        event_id = one.event_id
        answer, new = await rate_on_device(act, one, clock_offset_ms)
    except Problem as problem:
        return BatchAnswer(
            status=problem.status,
            event_id=event_id,
            code=problem.code,
            title=problem.title,
            detail=problem.detail,
        )
    if isinstance(answer, NotRated):
        return BatchAnswer(status=200, event_id=event_id, not_rated=answer.not_rated)
    return BatchAnswer(status=201 if new else 200, event_id=event_id, rating=answer)


def _decoded(raw: Any) -> DeviceRating:
    try:
        return msgspec.convert(raw, DeviceRating)
    except msgspec.ValidationError as error:
        sentence, field = wording.explain(str(error))
        raise Unfit(sentence, **({"field": field} if field else {})) from None


_CHANNELS = {
    "mini_program": Channel.MINI_PROGRAM,
    "pc": Channel.PC,
    "mobile": Channel.MOBILE,
}


async def rate(act: Act, given: CitizenRating) -> tuple[RatingShown, bool]:
    """Take in a citizen's rating of their own visit or case; else as `rate_on_device`.

    The same rating sent again is a repeat; another one of the same service is refused.
    """
    citizen = require_citizen(act.actor)
    if (given.service_id is None) == (given.case_number is None):
        raise InvalidBody("请指明要评价的一次服务或一个办件。", field="service_id")
    check(given.level, given.tags, given.comment)
    accounts = await citizens.identities(citizen.id)
    service_id = given.service_id
    if given.case_number is not None:
        service_id = await queries.own_case(accounts, given.case_number)
    if service_id is None:
        raise NoSuchService
    served = await queries.service(service_id)
    if served is None:
        raise NoSuchService
    for account in accounts:
        if await bindings.is_own(act.house, served["staff_id"], account):
            raise OwnService
    entry = Entry(
        service_id=service_id,
        level=given.level,
        tags=tuple(given.tags),
        tags_version=NATIONAL.version,
        comment=given.comment.strip(),
        channel=_CHANNELS[given.channel],
        happened_at=act.at,
        received_at=act.at,
        # What was done at the counter is rated under the account that was theirs there.
        citizen_id=served["citizen_id"] if served["citizen_id"] in accounts else citizen.id,
        via=Via.ACCOUNT,
    )
    return await take(act, entry, said_the_same)


def _row_shown(row: dict[str, Any]) -> RatingShown:
    return RatingShown(
        id=row["id"],
        service_id=row["service_id"],
        level=row["level"],
        tags=tags_shown(row["tags"]),
        comment=row["comment"],
        received_at=row["received_at"],
        supplement=row["supplement"],
    )


async def mine(act: Act, query: PageQuery) -> Page[RatingShown]:
    """The ratings that the citizen gave, newest first."""
    citizen = require_citizen(act.actor)
    cursor = decode_cursor(query.after, UUID)
    accounts = await citizens.identities(citizen.id)
    rows = await queries.ratings_of(accounts, cursor[0] if cursor else None, query.limit)
    return page(rows, query.limit, _row_shown, lambda row: (row["id"],))


async def my_services(act: Act, query: PageQuery) -> Page[MyService]:
    """What the citizen can rate or has rated, newest first.

    A rating that was given on the window's evaluator is not shown: that the visit is rated, is.
    """
    citizen = require_citizen(act.actor)
    cursor = decode_cursor(query.after, UUID)
    accounts = await citizens.identities(citizen.id)
    rows = await queries.services_of(accounts, cursor[0] if cursor else None, query.limit)
    names = await halls.names(*{row["hall_id"] for row in rows})

    def show(row: dict[str, Any]) -> MyService:
        until = row["rateable_until"]
        own = row["rating_id"] is not None and row["rater_id"] in accounts
        return MyService(
            id=row["id"],
            kind=Kind(row["kind"]),
            case_number=row["project_no"],
            item_name=row["item_name"],
            hall_name=names[row["hall_id"]],
            started_at=row["started_at"],
            ended_at=row["ended_at"],
            rateable_until=until,
            can_rate=row["rating_id"] is None and (until is None or act.at < until),
            rating=_row_shown(row | {"id": row["rating_id"], "service_id": row["id"]})
            if own
            else None,
        )

    return page(rows, query.limit, show, lambda row: (row["id"],))

"""Rating: on an evaluator, and in the mini program for one's own visits and cases."""

from typing import Any
from uuid import UUID

from app.core.acts import Act
from app.core.auth import Device, require_citizen
from app.core.errors import Conflict, Forbidden, InvalidBody, NotFound, Problem
from app.core.wire import Page, PageQuery, decode_cursor, page
from app.halls import service as halls
from evaluations.devices.signatures import Revoked, refusals
from evaluations.ratings import queries
from evaluations.ratings.intake import Entry, Kept, Outcome
from evaluations.ratings.rules import Channel, Kind, device_channel, fault, plausible
from evaluations.ratings.schemas import (
    CitizenRating,
    DeviceRating,
    MyService,
    RatingShown,
    tags_shown,
)
from evaluations.ratings.tags import NATIONAL
from evaluations.ratings.visits import NewService, channel, open_for_rating
from evaluations.ratings.writer import RatingWriter

__all__ = ["NewService", "mine", "my_services", "open_for_rating", "rate", "rate_on_device"]


class Unfit(Problem):
    """The rating breaks a rule; `field` says where, `detail` how."""

    status = 422
    code = "rating.unfit"
    title = "评价内容不符合要求，请修改后重试。"


class AlreadyRated(Conflict):
    """There is a rating of this visit or case, and it is another one."""

    code = "rating.already_rated"
    title = "这次服务已经评价过了，每次服务只能评价一次。"


class TooLate(Conflict):
    """The time in which this visit or case can be rated is over."""

    code = "rating.too_late"
    title = "已超过可以评价的时间。"


class NoSuchService(NotFound):
    """There is no such visit or case, or it is not the rater's to rate."""

    code = "rating.no_such_service"
    title = "没有找到可以评价的服务。"


def _check(level: int, tags: list[str], comment: str) -> None:
    wrong = fault(level, tags, comment, NATIONAL)
    if wrong:
        raise Unfit(wrong.sentence, field=wrong.field)


async def rate_on_device(
    act: Act, given: DeviceRating, clock_offset_ms: int
) -> tuple[RatingShown, bool]:
    """Take in a tap on an evaluator. The second value: whether it is new, not a repeat.

    Args:
        clock_offset_ms: how far the device's clock runs before the server's.

    Raises:
        Unfit, AlreadyRated, TooLate, NoSuchService, Revoked; and what `RatingWriter.write` does.
    """
    device = act.actor
    if not isinstance(device, Device):
        raise Forbidden
    _check(given.level, given.tags, given.comment)
    if not plausible(given.happened_at):
        raise Unfit("评价时间不正确。", field="happened_at")
    outcome = await _write(
        act,
        Entry(
            service_id=given.service_id,
            level=given.level,
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
        ),
    )
    if outcome.rating is None or outcome.verdict == "taken":
        raise AlreadyRated
    return _shown(outcome.rating), outcome.verdict == "kept"


async def rate(act: Act, given: CitizenRating) -> tuple[RatingShown, bool]:
    """Take in a citizen's rating of their own visit or case; else as `rate_on_device`.

    The same rating sent again is a repeat; another one of the same service is refused.
    """
    citizen = require_citizen(act.actor)
    if (given.service_id is None) == (given.case_number is None):
        raise InvalidBody("请指明要评价的一次服务或一个办件。", field="service_id")
    _check(given.level, given.tags, given.comment)
    service_id = given.service_id
    if given.case_number is not None:
        service_id = await queries.own_case(citizen.id, given.case_number)
    if service_id is None:
        raise NoSuchService
    entry = Entry(
        service_id=service_id,
        level=given.level,
        tags=tuple(given.tags),
        tags_version=NATIONAL.version,
        comment=given.comment.strip(),
        channel=Channel.MINI_PROGRAM,
        happened_at=act.at,
        received_at=act.at,
        citizen_id=citizen.id,
    )
    outcome = await _write(act, entry)
    first = outcome.rating
    if first is None or (outcome.verdict == "taken" and not _is_same(first, entry)):
        raise AlreadyRated
    return _shown(first), outcome.verdict == "kept"


def _is_same(first: Kept, entry: Entry) -> bool:
    return (
        first.citizen_id == entry.citizen_id
        and first.channel == entry.channel
        and first.level == entry.level
        and set(first.tags) == set(entry.tags)
        and first.comment == entry.comment
    )


async def _write(act: Act, entry: Entry) -> Outcome:
    """What became of the entry, if it was kept or met a first one; else raises."""
    outcome = await act.house.part(RatingWriter).write(entry)
    if outcome.verdict == "unknown":
        raise NoSuchService
    if outcome.verdict == "closed":
        raise TooLate
    if outcome.verdict == "revoked":
        refusals.labels(Revoked.reason).inc()
        raise Revoked
    if outcome.verdict == "kept" and outcome.window_id:
        await act.house.live.publish(channel(outcome.window_id), b"")
    return outcome


def _shown(kept: Kept) -> RatingShown:
    return RatingShown(
        id=kept.id,
        service_id=kept.service_id,
        level=kept.level,
        tags=tags_shown(list(kept.tags)),
        comment=kept.comment,
        received_at=kept.received_at,
    )


def _row_shown(row: dict[str, Any]) -> RatingShown:
    return RatingShown(
        id=row["id"],
        service_id=row["service_id"],
        level=row["level"],
        tags=tags_shown(row["tags"]),
        comment=row["comment"],
        received_at=row["received_at"],
    )


async def mine(act: Act, query: PageQuery) -> Page[RatingShown]:
    """The ratings that the citizen gave, newest first."""
    citizen = require_citizen(act.actor)
    cursor = decode_cursor(query.after, UUID)
    rows = await queries.ratings_of(citizen.id, cursor[0] if cursor else None, query.limit)
    return page(rows, query.limit, _row_shown, lambda row: (row["id"],))


async def my_services(act: Act, query: PageQuery) -> Page[MyService]:
    """What the citizen can rate or has rated, newest first.

    A rating that was given on the window's evaluator is not shown: that the visit is rated, is.
    """
    citizen = require_citizen(act.actor)
    cursor = decode_cursor(query.after, UUID)
    rows = await queries.services_of(citizen.id, cursor[0] if cursor else None, query.limit)
    names = await halls.names(*{row["hall_id"] for row in rows})

    def show(row: dict[str, Any]) -> MyService:
        until = row["rateable_until"]
        own = row["rating_id"] is not None and row["rater_id"] == citizen.id
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

"""Rating by a code, without an account: at the window, of one visit, from a text message."""

from typing import Any
from uuid import UUID

from app.core.acts import Act
from app.core.auth import Citizen, Client, Device, Role, Staff, require_over_hall
from app.core.errors import Forbidden, NotFound
from app.core.limits import Limits
from app.halls import service as halls
from evaluations.ratings import bindings, codes, queries
from evaluations.ratings.codes import ServiceCode, WindowCode
from evaluations.ratings.hub_schemas import CodeRating, CodeShown
from evaluations.ratings.intake import Entry, Kept
from evaluations.ratings.refusals import BadCode, NoSuchService, NothingToRate, OwnService
from evaluations.ratings.rules import Channel, Via
from evaluations.ratings.schemas import LEVELS, CodeOut, RatingShown
from evaluations.ratings.tags import NATIONAL
from evaluations.ratings.taking import check, take

LOOKS, RATINGS = "60/minute", "20/minute"
"""How often one address may look at a code, and rate by one."""
CODE_USES = "60/minute"
"""How often one code may be used, from all addresses."""
DESK = (Role.CLERK, Role.ADMIN, Role.MANAGER, Role.SUPERVISOR)


async def window_code(act: Act, window_id: UUID) -> CodeOut:
    """The static code of a window, to print and put up; it never changes.

    Raises:
        NotFound: no such window. Forbidden: it is another hall's.
    """
    window = await halls.window_on_duty(window_id)
    require_over_hall(act.actor, window.hall_id, DESK)
    code = codes.window_code(act.house.keyring, window_id)
    return CodeOut(code=code, url=f"{act.house.settings.public_url}/q/{code}", expires_at=None)


async def slow_down(act: Act, address: str, code: str, limit: str) -> None:
    """Count one use of a code against `LOOKS` or `RATINGS` of a caller's address. Raises TooMany.

    Every way to a code counts the same uses: who is refused by one is refused by the other.
    """
    limits = act.house.part(Limits)
    await limits.hit(limit, "ratings.code", address)
    await limits.hit(CODE_USES, "ratings.code", code[:64])


def _read(act: Act, code: str) -> WindowCode | ServiceCode:
    found = codes.read(act.house.keyring, code, act.at)
    if found is None:
        raise BadCode
    return found


async def look(act: Act, code: str, service_id: UUID | None = None) -> CodeShown:
    """What can be rated with this code. It tells nothing of who was served.

    The window's code does not even tell what for: anybody who stands there can scan it. With
    `service_id`, what it showed before: at a window somebody else may be served by now.

    Raises:
        BadCode: none of ours, or its time is over. NothingToRate: no visit at that window.
        NoSuchService: the service is not one that this code is for.
    """
    found = _read(act, code)
    row = await _named(found, service_id) if service_id else await _latest(act, found)
    # Words that a clerk typed may name somebody; the name of an item never does.
    with_item = isinstance(found, ServiceCode) and row["item_id"] is not None
    return await _shown(act, row, with_item=with_item)


async def _named(code: WindowCode | ServiceCode, service_id: UUID) -> dict[str, Any]:
    row = await queries.service(service_id)
    if row is None or not _is_for(code, row):
        raise NoSuchService
    return row


async def _latest(act: Act, code: WindowCode | ServiceCode) -> dict[str, Any]:
    if isinstance(code, ServiceCode):
        row = await queries.service(code.service_id)
        if row is None:
            raise BadCode
        return row
    try:
        await halls.window_on_duty(code.window_id)
    except NotFound:
        raise BadCode from None
    row = await queries.latest_visit(code.window_id, act.at)
    if row is None:
        raise NothingToRate
    return row


async def _shown(act: Act, row: dict[str, Any], *, with_item: bool) -> CodeShown:
    names = await halls.names(row["hall_id"], row["window_id"], row["staff_id"])
    until = row["rateable_until"]
    return CodeShown(
        service_id=row["id"],
        hall_name=names[row["hall_id"]],
        window_name=names.get(row["window_id"]),
        staff_name=names.get(row["staff_id"]),
        item_name=row["item_name"] if with_item else None,
        rated=row["rated"],
        can_rate=not row["rated"] and (until is None or act.at < until),
        levels=LEVELS,
    )


async def rate(act: Act, code: str, given: CodeRating) -> tuple[RatingShown, bool]:
    """Rate the service that `look` showed. The second value: whether the rating is new.

    A phone that is signed in rates by name; anybody else without one. The same event again gets
    the first answer; any other second rating is told that the service is rated already.

    Raises:
        BadCode, NoSuchService: the service is not one that this code is for.
        OwnService: the phone is the server's own. Unfit, AlreadyRated, TooLate.
    """
    if isinstance(act.actor, Staff | Device | Client):
        raise Forbidden("扫码评价供群众使用，请退出工作账号后再试。")
    check(given.level, given.tags, given.comment)
    found = _read(act, code)
    row = await _named(found, given.service_id)
    citizen_id = act.actor.id if isinstance(act.actor, Citizen) else None
    if await bindings.is_own(act.house, row["staff_id"], citizen_id):
        raise OwnService
    via = Via.STATIC if isinstance(found, WindowCode) else found.via
    entry = Entry(
        service_id=given.service_id,
        level=given.level,
        tags=tuple(given.tags),
        tags_version=NATIONAL.version,
        comment=given.comment.strip(),
        channel=Channel.SMS if via is Via.SMS else Channel.QR,
        happened_at=act.at,
        received_at=act.at,
        citizen_id=citizen_id,
        event_id=given.event_id,
        via=via,
    )
    return await take(act, entry, _same_event)


def _is_for(code: WindowCode | ServiceCode, row: dict[str, Any]) -> bool:
    if isinstance(code, WindowCode):
        return row["kind"] == "visit" and row["window_id"] == code.window_id
    return bool(row["id"] == code.service_id)


def _same_event(first: Kept, entry: Entry) -> bool:
    return first.event_id is not None and first.event_id == entry.event_id

"""Big screens (大屏) of a hall: an address that shows the wall and opens nothing else.

A screen hangs where everybody can reach it, so nobody's session may run on it. What it has instead
is a code of 128 random bits in its address. Whoever learns it sees what hangs in the hall anyway;
an administrator revokes it, and the screen goes dark with its next refresh.
"""

import base64
import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

import msgspec

from app.core import db
from app.core.acts import Act
from app.core.auth import Grant, Role, Staff, System, require_staff
from app.core.errors import Conflict, NotFound
from app.core.limits import Limits
from app.halls import queries, service
from app.halls.schemas import ScreenIn, ScreenMade, ScreenShown

CODE_BYTES = 16
UNKNOWN = "60/minute"
"""How often one address may ask with codes that no screen has; screens in use are not counted."""
SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a screen was last seen: it asks every few seconds."""
_LONGEST_CODE = 64


class ScreenNameTaken(Conflict):
    """The hall has a screen of this name in use."""

    code = "screens.name_taken"
    title = "已有同名的大屏，请换一个名称，或先停用原来的。"


class UnknownScreen(NotFound):
    """No screen in use has this code: mistyped, or revoked. The two are not told apart."""

    code = "screens.unknown"
    title = "这块大屏的地址已停用，或者输入有误。"


def new_code() -> str:
    """A code of 128 random bits: 26 small letters and digits, without 0 and 1 (RFC 4648, base32).

    Somebody may have to type it with a remote control.
    """
    return base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().rstrip("=").lower()


def _hash(code: str) -> bytes:
    # A code is as random as a key: a plain digest says nothing of it, and outlives every key.
    return hashlib.sha256(code.strip().lower().encode()).digest()


async def of_hall(act: Act, hall_id: UUID) -> list[ScreenShown]:
    """The screens of a hall, for its administrators; revoked ones last. Raises NotFound."""
    _require_admin(act, hall_id)
    return [msgspec.convert(row, ScreenShown) for row in await queries.screens(hall_id)]


async def make(act: Act, hall_id: UUID, new: ScreenIn) -> ScreenMade:
    """Make a screen, for an administrator of the hall or a command of the server.

    Raises:
        NotFound: no such hall, or it is another's. ScreenNameTaken.
    """
    _require_admin(act, hall_id)
    await service.hall(hall_id)
    code, name = new_code(), new.name.strip()
    async with act.transaction() as tx:
        made = await db.fetch_one(
            "INSERT INTO hall_screens (id, hall_id, name, code_hash, made_at)"
            " VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (hall_id, name) WHERE revoked_at IS NULL DO NOTHING RETURNING id",
            db.new_id(),
            hall_id,
            name,
            _hash(code),
            act.at,
        )
        if made is None:
            raise ScreenNameTaken
        tx.audit("screen.made", f"screen:{made['id']}", hall_id=hall_id, name=name)
        shown = await _screen(made["id"])
    return ScreenMade(screen=shown, address=f"{act.house.settings.public_url}/wall/{code}")


async def revoke(act: Act, screen_id: UUID, reason: str) -> ScreenShown:
    """End a screen's address for good; repeating it changes nothing.

    Raises:
        NotFound: no such screen, or it is another hall's.
    """
    found = await _screen(screen_id)
    _require_admin(act, found.hall_id)
    async with act.transaction() as tx:
        ended = await db.execute(
            "UPDATE hall_screens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
            screen_id,
            act.at,
        )
        if ended:
            tx.audit(
                "screen.revoked",
                f"screen:{screen_id}",
                hall_id=found.hall_id,
                name=found.name,
                reason=reason,
            )
    return await _screen(screen_id)


async def of_code(act: Act, code: str, address: str) -> ScreenShown:
    """The screen in use that has this code, which is noted as seen.

    Args:
        address: the network address that asks; only its unknown codes are counted, because the
            screens of a hall may all ask from one.

    Raises:
        UnknownScreen. TooMany: the address has asked with too many unknown codes.
    """
    row = await queries.screen_of_code(_hash(code)) if len(code) <= _LONGEST_CODE else None
    if row is None:
        await act.house.part(Limits).hit(UNKNOWN, "screens.unknown", address)
        raise UnknownScreen
    found = msgspec.convert(row, ScreenShown)
    if found.last_seen_at is None or act.at - found.last_seen_at >= SEEN_EVERY:
        await db.execute(
            "UPDATE hall_screens SET last_seen_at = $2 WHERE id = $1", found.id, act.at
        )
    return found


async def sight(screen: ScreenShown) -> Staff:
    """What a screen's view is gathered with: a manager's sight of its hall and those below it.

    It is nobody's account: it has no session, and no request is ever taken for it.
    """
    grant = Grant(Role.MANAGER, frozenset(await service.tree(screen.hall_id)))
    return Staff(screen.id, screen.id, screen.name, "", screen.hall_id, (grant,))


def _require_admin(act: Act, hall_id: UUID) -> None:
    if isinstance(act.actor, System):
        return
    if hall_id not in require_staff(act.actor).halls(Role.ADMIN):
        raise NotFound("没有找到这个政务服务中心，或您不负责管理它。")


async def _screen(screen_id: UUID) -> ScreenShown:
    row = await queries.screen(screen_id)
    if row is None:
        raise NotFound("没有找到这块大屏。")
    return msgspec.convert(row, ScreenShown)

"""Short-lived signed links to pictures, for what cannot send a session: image tags, the platform.

A link is a token: which picture, in which size and for whom it was made, by whom, until when, under
an authentication code of its own key. It is not stored, and opens without signing in; each reading
is recorded under whoever made it. It ends after some minutes, when the material is deleted, and
when the material's links are revoked.
"""

import base64
import binascii
import io
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from app.core import db
from app.core.acts import Act
from app.core.errors import NotFound
from app.core.wire import File
from app.materials import queries, rules
from app.materials.rules import Size
from app.materials.schemas import PictureLink, PictureLinkIn
from app.materials.showing import content

PURPOSE = "materials.link"
PATH = "/api/v1/m"
LONGEST_TOKEN = 400
_CODE_BYTES = 32
_MOMENT_BYTES = 8
_UUID_BYTES = 16
_PAGE_BYTES = 2
_FIXED = _UUID_BYTES + 1 + _PAGE_BYTES + 2 * _MOMENT_BYTES + 1
_EPOCH = datetime.fromtimestamp(0, UTC)


class Link(NamedTuple):
    """What a token says."""

    material_id: UUID
    size: Size
    page: int
    made_at: datetime
    until: datetime
    audience: str
    """For whom: a name such as "owner" or "media_check", at most 32 characters of ASCII."""
    maker: str
    """The key of the actor who made it."""


async def open_link(
    act: Act, material_id: UUID, size: Size, audience: str, *, page: int = 1
) -> str:
    """An address under which anybody can see this picture for `link_seconds` from now.

    Without an access check: the caller has made sure that the actor may see it.

    Raises:
        NotFound: there is no such material.
    """
    if await queries.picture_of(material_id) is None:
        raise NotFound("没有找到这张照片。")
    link = Link(material_id, size, page, act.at, _until(act), audience, act.actor.key)
    body = _packed(link)
    token = base64.urlsafe_b64encode(body + act.house.keyring.mac(body, PURPOSE))
    return f"{act.house.settings.public_url.rstrip('/')}{PATH}/{token.decode().rstrip('=')}"


async def link_for_screen(act: Act, material_id: UUID, wanted: PictureLinkIn) -> PictureLink:
    """`open_link` for an image tag of somebody who may see the picture; the caller has checked."""
    url = await open_link(act, material_id, wanted.size, "image_tag", page=wanted.page)
    return PictureLink(url=url, until=_until(act))


async def follow(act: Act, token: str) -> File:
    """The picture that a link opens; the reading is recorded.

    Raises:
        NotFound: forged, over, revoked, or its picture is gone: the four are not told apart.
        StorageDown: it cannot be read now.
    """
    link = _opened(act, token)
    if link is None or act.at >= link.until:
        raise _no_such_link()
    if not await queries.link_holds(link.material_id, link.made_at):
        raise _no_such_link()
    async with act.transaction() as tx:
        tx.audit(
            "material.read_by_link",
            f"material:{link.material_id}",
            made_by=link.maker,
            audience=link.audience,
            size=link.size,
        )
    return await content(act, link.material_id, link.size, link.page)


async def revoke_links(act: Act, material_ids: list[UUID]) -> None:
    """End all links to these materials that were made until now, in the caller's transaction."""
    await db.execute(
        "UPDATE materials SET links_from = greatest(links_from, $2) WHERE id = ANY($1::uuid[])",
        sorted(material_ids),
        act.at,
    )


def _until(act: Act) -> datetime:
    return act.at + timedelta(seconds=act.house.settings.link_seconds)


def _no_such_link() -> NotFound:
    return NotFound("链接不存在或已失效，请重新打开页面。")


def _packed(link: Link) -> bytes:
    audience = link.audience.encode("ascii")
    return b"".join(
        (
            link.material_id.bytes,
            bytes((rules.SIZES.index(link.size),)),
            link.page.to_bytes(_PAGE_BYTES, "big"),
            _moment(link.made_at),
            _moment(link.until),
            bytes((len(audience),)),
            audience,
            link.maker.encode(),
        )
    )


def _opened(act: Act, token: str) -> Link | None:
    """What a token says; None where nobody of the house has made it."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    try:
        whole = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    body, code = whole[:-_CODE_BYTES], whole[-_CODE_BYTES:]
    if len(body) < _FIXED or not act.house.keyring.verify_mac(body, code, PURPOSE):
        return None
    return _unpacked(body)


def _unpacked(body: bytes) -> Link:
    """`_packed` undone; only for what was found to be our own."""
    rest = io.BytesIO(body)
    return Link(
        material_id=UUID(bytes=rest.read(_UUID_BYTES)),
        size=rules.SIZES[rest.read(1)[0]],
        page=int.from_bytes(rest.read(_PAGE_BYTES), "big"),
        made_at=_at(rest.read(_MOMENT_BYTES)),
        until=_at(rest.read(_MOMENT_BYTES)),
        audience=rest.read(rest.read(1)[0]).decode("ascii"),
        maker=rest.read().decode(),
    )


def _moment(moment: datetime) -> bytes:
    return ((moment - _EPOCH) // timedelta(microseconds=1)).to_bytes(_MOMENT_BYTES, "big")


def _at(moment: bytes) -> datetime:
    return _EPOCH + timedelta(microseconds=int.from_bytes(moment, "big"))

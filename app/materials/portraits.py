"""Photos of staff: what the evaluator at a window shows of whoever serves there.

A photo is made safe as every picture is, cut to a shape that is nearly square, and kept sealed in
one row: small, gone with the row, and in no other store that would have to be swept.
"""

import asyncio
import functools
import io
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from PIL import Image

from app.core import db
from app.core.acts import Act
from app.core.auth import Device, Role, require_over_hall, require_staff
from app.core.errors import Forbidden, NotFound
from app.core.kept import Kept
from app.core.limits import Limits
from app.core.wire import File, Out
from app.halls import accounts
from app.halls import service as halls
from app.materials import decoders, pictures, scanning
from app.materials.intake import Upload
from app.materials.pixels import encoded, fitted

CONTEXT = "staff_photos.jpeg"
LONGEST_EDGE = 480
"""Pixels of the photo that is kept."""
DECODED_EDGE = 1920
"""Pixels before the ends are cut off: what is left of a tall picture still fills the edge."""
WIDEST = 4 / 3
"""How many times its width a photo may be high, or the other way round; the rest is cut off."""


class NoPhoto(NotFound):
    """This person has no photo, or nobody serves at the device's window."""

    title = "没有照片。"


class PhotoShown(Out, frozen=True):
    """That a staff member has a photo; `version` is another one each time it is set."""

    staff_id: UUID
    version: UUID
    width: int
    height: int
    set_at: datetime


_versions: Kept[UUID, UUID | None] = Kept(5_000)


async def put(act: Act, staff_id: UUID, upload: Upload) -> PhotoShown:
    """Set the photo of a staff member, for an administrator of their hall.

    Raises:
        NotFound, Forbidden: no such person; no administrator of their hall.
        TooMany: the administrator's pictures of this hour are used up.
        NotAPhoto, TooManyPixels, TooSmall, Animated, Damaged, Infected: it is not taken, and why.
        ScannerDown: a virus scanner is set and does not answer.
    """
    hall_id = await may_put(act, staff_id)
    settings = act.house.settings
    limit = f"{settings.uploads_per_hour}/hour"
    await act.house.part(Limits).hit(limit, "staff.photo", act.actor.key)
    await scanning.check(settings, upload.path)
    draw = functools.partial(_portrait, upload, settings.upload_max_pixels)
    jpeg, width, height = await decoders.decode(upload.path, settings.workers, draw)
    sealed = await asyncio.to_thread(act.house.keyring.seal, jpeg, CONTEXT)
    version = db.new_id()
    async with act.transaction() as tx:
        await db.execute(
            "INSERT INTO staff_photos (staff_id, version, jpeg, width, height, set_at)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (staff_id) DO UPDATE SET"
            " version = EXCLUDED.version, jpeg = EXCLUDED.jpeg, width = EXCLUDED.width,"
            " height = EXCLUDED.height, set_at = EXCLUDED.set_at",
            staff_id,
            version,
            sealed,
            width,
            height,
            act.at,
        )
        tx.audit("staff.photo_set", f"staff:{staff_id}", hall_id=hall_id)
        tx.after_commit(_changed)
    return PhotoShown(staff_id=staff_id, version=version, width=width, height=height, set_at=act.at)


async def may_put(act: Act, staff_id: UUID) -> UUID:
    """The person's hall, for an administrator of it. Raises NotFound, Forbidden."""
    person = await accounts.staff_member(staff_id)
    require_over_hall(act.actor, person.hall_id, [Role.ADMIN])
    return person.hall_id


def _portrait(upload: Upload, max_pixels: int) -> tuple[bytes, int, int]:
    drawn = pictures.take_in(upload.path, max_pixels=max_pixels, display_edge=DECODED_EDGE)
    with Image.open(io.BytesIO(drawn.display), formats=("JPEG",)) as image:
        small = fitted(_nearly_square(image), LONGEST_EDGE)
    return encoded(small, quality=85, subsampling="4:2:0"), small.width, small.height


def _nearly_square(image: Image.Image) -> Image.Image:
    """The middle of the picture; of a tall one the upper part, where the face is."""
    width, height = image.size
    if width > height * WIDEST:
        kept = round(height * WIDEST)
        left = (width - kept) // 2
        return image.crop((left, 0, left + kept, height))
    if height > width * WIDEST:
        kept = round(width * WIDEST)
        top = (height - kept) // 4
        return image.crop((0, top, width, top + kept))
    return image.copy()


async def forget(act: Act, staff_id: UUID) -> None:
    """Delete the photo of a staff member, for an administrator of their hall.

    Raises:
        NotFound, Forbidden: no such person; no administrator of their hall. NoPhoto.
    """
    hall_id = await may_put(act, staff_id)
    async with act.transaction() as tx:
        if not await db.execute("DELETE FROM staff_photos WHERE staff_id = $1", staff_id):
            raise NoPhoto
        tx.audit("staff.photo_deleted", f"staff:{staff_id}", hall_id=hall_id)
        tx.after_commit(_changed)


async def _changed() -> None:
    _versions.clear()


async def shown(act: Act, staff_id: UUID) -> File:
    """The photo as a JPEG of at most 480 pixels, for staff of the person's hall or above it.

    Raises:
        NotFound: no such person, or one of another hall. NoPhoto.
    """
    asking = require_staff(act.actor)
    hall_id = (await accounts.staff_member(staff_id)).hall_id
    if hall_id != asking.hall_id and hall_id not in asking.halls(*Role):
        raise NotFound("没有找到这位工作人员。")
    return await _file(act, staff_id)


async def of_who_serves(act: Act) -> File:
    """The photo of whoever serves now at the window of the device that asks; `ETag`: its version.

    Raises:
        NoPhoto: nobody serves there, or who does has none.
    """
    device = act.actor
    if not isinstance(device, Device):
        raise Forbidden
    if device.window_id is None:
        raise NoPhoto
    window = await halls.window_on_duty(device.window_id)
    if window.staff_id is None:
        raise NoPhoto
    return await _file(act, window.staff_id)


async def _file(act: Act, staff_id: UUID) -> File:
    row = await db.fetch_one("SELECT version, jpeg FROM staff_photos WHERE staff_id = $1", staff_id)
    if row is None:
        raise NoPhoto
    jpeg = await asyncio.to_thread(act.house.keyring.open, bytes(row["jpeg"]), CONTEXT)
    return File(
        jpeg,
        "image/jpeg",
        filename=f"{staff_id}.jpg",
        inline=True,
        headers={"ETag": f'"{row["version"]}"'},
    )


async def versions(staff_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Which of these people have a photo, and of which version; a few seconds old at most."""

    async def read(missing: list[UUID]) -> dict[UUID, UUID | None]:
        rows = await db.fetch(
            "SELECT staff_id, version FROM staff_photos WHERE staff_id = ANY($1::uuid[])", missing
        )
        return dict.fromkeys(missing) | {row["staff_id"]: row["version"] for row in rows}

    found = await _versions.of_all(set(staff_ids), read)
    return {staff_id: version for staff_id, version in found.items() if version is not None}


async def forget_of_closed(act: Act) -> int:
    """Delete the photos of people whose account is closed; returns how many.

    They serve nobody any more, so nothing needs the photo (Personal Information Protection Law,
    art. 47).
    """
    rows = await db.fetch("SELECT staff_id FROM staff_photos")
    closed = await accounts.closed_among([row["staff_id"] for row in rows])
    for staff_id, hall_id in closed.items():
        async with act.transaction() as tx:
            await db.execute("DELETE FROM staff_photos WHERE staff_id = $1", staff_id)
            tx.audit("staff.photo_deleted", f"staff:{staff_id}", hall_id=hall_id)
    return len(closed)

"""What can be done with materials: take one in, show it, attach it to an application, forget it.

A photo is drawn anew, its objects are stored, then its rows are committed. A crash in between
leaves objects that no row knows, which `sweep_orphans` removes; there is never a row without its
objects. Whoever changes rows locks the picture first and the material after it.
"""

import asyncio
import functools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import msgspec

from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act
from app.core.auth import require_citizen, require_staff
from app.core.errors import Conflict, NotFound
from app.core.limits import Limits
from app.core.wire import File
from app.materials import pictures, queries, rules, vault
from app.materials.forgetting import (
    drop,
    hold,
    holders,
    sweep_orphans,
    sweep_unattached,
    sweep_uploads,
)
from app.materials.intake import Upload, upload_folder
from app.materials.pictures import Picture
from app.materials.rules import Size
from app.materials.schemas import MaterialFacts, MaterialShown
from app.materials.vault import Kept

__all__ = [
    "InUse",
    "claim",
    "claim_again",
    "content",
    "facts",
    "forget",
    "hold",
    "holders",
    "own",
    "owned",
    "sweep_orphans",
    "sweep_unattached",
    "sweep_uploads",
    "take_in",
    "take_in_for",
    "upload_folder",
]

DIGEST = "pictures.digest"

# At most two photos at once are decoded in a process: one can take ten bytes a pixel. Threads of
# their own, because a decoder works on when its client has hung up, and still counts as one.
_decoders = ThreadPoolExecutor(2, thread_name_prefix="pictures")


class InUse(Conflict):
    """The material is part of an application, and stays with it."""

    code = "materials.in_use"
    title = "这张照片已随办件提交，不能删除。"


async def take_in(act: Act, upload: Upload) -> MaterialShown:
    """Make the citizen's photo safe and keep it. The same photo sent again is the same material.

    Raises:
        TooMany: the citizen's photos of this hour are used up.
        NotAPhoto, TooManyPixels, TooSmall, Animated, Damaged: it is not taken, and why.
        StorageDown: it cannot be kept now.
    """
    citizen = require_citizen(act.actor)
    return await _take_in(act, citizen.id, upload, str(citizen.id))


async def take_in_for(act: Act, owner_id: UUID, upload: Upload) -> MaterialShown:
    """Take in a photo that a clerk took at the window; it is the applicant's, `owner_id`'s.

    Without an access check: the caller has made sure that the applicant stands there.

    Raises:
        Forbidden: not staff. All that `take_in` raises; the photos of an hour are the clerk's.
    """
    person = require_staff(act.actor)
    return await _take_in(act, owner_id, upload, str(person.id))


async def _take_in(act: Act, owner_id: UUID, upload: Upload, sender: str) -> MaterialShown:
    settings = act.house.settings
    limit = f"{settings.uploads_per_hour}/hour"
    await act.house.part(Limits).hit(limit, "materials.upload", sender)
    draw = functools.partial(pictures.take_in, upload.path, max_pixels=settings.upload_max_pixels)
    picture = await asyncio.get_running_loop().run_in_executor(_decoders, draw)
    filename = rules.shown_filename(upload.filename)
    taken = await _enter(act, owner_id, filename, picture, None)
    if taken is None:
        kept = await vault.keep(act.house, picture)
        taken = await _enter(act, owner_id, filename, picture, kept)
    assert taken is not None, "with its objects stored, it is entered"
    return taken


async def own(act: Act, material_id: UUID) -> MaterialShown:
    """A material of the citizen who asks.

    Raises:
        NotFound: there is none, or it is another's.
    """
    accounts = await citizens.identities(require_citizen(act.actor).id)
    row = await queries.one_owned(accounts, material_id)
    if row is None:
        raise NotFound("没有找到这张照片。")
    return msgspec.convert(row, MaterialShown)


async def facts(ids: Sequence[UUID]) -> dict[UUID, MaterialFacts]:
    """What there is to say about these materials; an id that does not exist is left out.

    Without an access check: the caller has made sure that whoever asks may see them.
    """
    return _facts(await queries.facts(ids))


async def content(act: Act, material_id: UUID, size: Size) -> File:
    """The picture as a JPEG, to be shown and never cached by anything but the screen.

    Without an access check: the caller has made sure that whoever asks may see it, and logs the
    reading where that is asked for.

    Raises:
        NotFound: there is no such material.
        StorageDown: it cannot be read now.
    """
    row = await queries.picture_of(material_id)
    if row is None:
        raise NotFound("没有找到这张照片。")
    jpeg = await vault.read(act.house, vault.kept_of(row), size)
    return File(jpeg, "image/jpeg", filename=f"{material_id}.jpg", inline=True)


async def claim(act: Act, owner_id: UUID, ids: Sequence[UUID]) -> dict[UUID, MaterialFacts]:
    """Make these materials part of an application, in the transaction of the caller.

    They are locked in the order of their ids. A material may be claimed again, for another
    application (一次提交、反复使用): it stays as long as it was claimed once.

    Raises:
        NotFound: one of them does not exist or is not `owner_id`'s. Nothing is claimed.
    """
    async with act.transaction():
        rows = await queries.claimed(await citizens.identities(owner_id), ids, act.at)
        if len(rows) != len(set(ids)):
            raise NotFound("有的照片不存在或已过期，请重新上传。")
    return _facts(rows)


async def claim_again(ids: Sequence[UUID]) -> dict[UUID, MaterialFacts]:
    """Make materials that are part of an application part of another, in the caller's transaction.

    Without an access check, and whoever sent them: the caller has made sure that the applicant may
    use them again.

    Raises:
        NotFound: one of them does not exist, or is part of none.
    """
    rows = await queries.attached(ids) if ids else []
    if len(rows) != len(set(ids)):
        raise NotFound("有的照片不存在或已过期，请重新上传。")
    return _facts(rows)


async def owned(owner_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
    """Those of `ids` that are there and this citizen's."""
    return await queries.those_owned(await citizens.identities(owner_id), ids)


async def forget(act: Act, material_id: UUID) -> None:
    """Delete a material of one's own that is not part of an application.

    Raises:
        NotFound: there is none, or it is another's.
        InUse: it is part of an application.
    """
    await own(act, material_id)
    if not await drop(act, material_id, "material.forgotten"):
        await own(act, material_id)  # gone, where it was deleted twice at once
        raise InUse


def _facts(rows: Sequence[dict[str, Any]]) -> dict[UUID, MaterialFacts]:
    return {row["id"]: msgspec.convert(row, MaterialFacts) for row in rows}


async def _enter(
    act: Act, owner_id: UUID, filename: str, picture: Picture, kept: Kept | None
) -> MaterialShown | None:
    """Commit the rows of a photo; None if its picture is not there and was not stored either."""
    async with act.transaction() as tx:
        found = await _picture(act, picture, kept)
        if found is None:
            return None
        new_id = db.new_id()
        entered = await db.fetch(
            "INSERT INTO materials (id, owner_id, digest, filename, created_at, sent_at)"
            " VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (owner_id, digest)"
            " DO UPDATE SET sent_at = greatest(materials.sent_at, EXCLUDED.sent_at) RETURNING id",
            new_id,
            owner_id,
            found["digest"],
            filename,
            act.at,
        )
        if entered[0]["id"] == new_id:
            tx.audit("material.taken_in", f"material:{new_id}", format=picture.source_format)
        row = await queries.one_owned([owner_id], entered[0]["id"])
        if kept is not None and found["stored_as"] != kept.stored_as:
            # Somebody else sent it at the same moment and was first.
            tx.after_commit(functools.partial(vault.remove, act.house, kept.stored_as))
    return msgspec.convert(row, MaterialShown)


async def _picture(act: Act, picture: Picture, kept: Kept | None) -> dict[str, Any] | None:
    """The picture's row, which nobody can delete before the commit; made if it is `kept`."""
    # Under every key, so that a photo sent before the keys were rotated is still the same.
    digests = act.house.keyring.indexes(picture.digest, DIGEST)
    while True:
        found = await db.fetch_one(
            "SELECT digest, stored_as FROM pictures WHERE digest = ANY($1::bytea[])"
            " ORDER BY created_at LIMIT 1 FOR KEY SHARE",
            digests,
        )
        if found or kept is None:
            return found
        await db.execute(
            "INSERT INTO pictures (digest, stored_as, data_key, width, height, display_bytes,"
            " thumbnail_bytes, source_format, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (digest) DO NOTHING",
            digests[0],
            kept.stored_as,
            kept.data_key,
            picture.width,
            picture.height,
            len(picture.display),
            len(picture.thumbnail),
            picture.source_format,
            act.at,
        )

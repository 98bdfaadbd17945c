"""What can be done with materials: take one in, show it, attach it to an application, forget it.

A photo is drawn anew, its objects are stored, then its rows are committed. A crash in between
leaves objects that no row knows, which `sweep_orphans` removes; there is never a row without its
objects. Whoever changes rows locks the picture first and the material after it.
"""

import asyncio
import functools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import structlog

from app.core import db
from app.core.acts import Act
from app.core.auth import require_citizen, require_staff
from app.core.errors import Conflict, NotFound
from app.core.house import House
from app.core.limits import Limits
from app.core.wire import File
from app.materials import pictures, queries, rules, vault
from app.materials.intake import Upload
from app.materials.pictures import Picture
from app.materials.rules import Size
from app.materials.schemas import MaterialFacts, MaterialShown
from app.materials.vault import Kept

log = structlog.get_logger(__name__)
DIGEST = "pictures.digest"
BATCH = 500

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
    row = await queries.one_owned(require_citizen(act.actor).id, material_id)
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
        rows = await queries.locked(owner_id, ids)
        if len(rows) != len(set(ids)):
            raise NotFound("有的照片不存在或已过期，请重新上传。")
        await db.execute(
            "UPDATE materials SET attached_at = $2"
            " WHERE id = ANY($1::uuid[]) AND attached_at IS NULL",
            [row["id"] for row in rows],
            act.at,
        )
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


async def hold(act: Act, owner_id: UUID, holder: str, ids: Sequence[UUID]) -> set[UUID]:
    """Keep these photos for as long as `holder` ("draft:…", at most 80 characters) names them.

    Photos that belong to no application are otherwise deleted after a day. The owner can still
    delete them. Each call takes the place of the holder's call before; without ids its hold ends.
    Returns those of `ids` that are there and `owner_id`'s; the others are not held.
    """
    async with act.transaction():
        # Two calls of one holder at once: the whole of one comes after the whole of the other.
        await db.fetch("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", holder)
        rows = await queries.locked(owner_id, ids) if ids else []
        held = [row["id"] for row in rows]
        await db.execute(
            "DELETE FROM material_holds WHERE holder = $1 AND material_id <> ALL($2::uuid[])",
            holder,
            held,
        )
        if held:
            # The sweep, which waits for these rows, must see that they have changed.
            await db.execute(
                "UPDATE materials SET sent_at = greatest(sent_at, $2) WHERE id = ANY($1::uuid[])",
                held,
                act.at,
            )
            await db.execute(
                "INSERT INTO material_holds (id, material_id, holder)"
                " SELECT id, material_id, $3 FROM unnest($1::uuid[], $2::uuid[])"
                " AS h(id, material_id) ON CONFLICT (material_id, holder) DO NOTHING",
                [db.new_id() for _ in held],
                held,
                holder,
            )
    return set(held)


async def owned(owner_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
    """Those of `ids` that are there and this citizen's."""
    return await queries.those_owned(owner_id, ids)


async def holders(kind: str, after: str, limit: int) -> list[str]:
    """Who holds photos, of those named "<kind>:…", in order from behind `after`."""
    return await queries.holders(f"{kind}:", after, limit)


async def forget(act: Act, material_id: UUID) -> None:
    """Delete a material of one's own that is not part of an application.

    Raises:
        NotFound: there is none, or it is another's.
        InUse: it is part of an application.
    """
    await own(act, material_id)
    if not await _drop(act, material_id, "material.forgotten"):
        await own(act, material_id)  # gone, where it was deleted twice at once
        raise InUse


async def sweep_unattached(act: Act) -> int:
    """Delete what was sent and not submitted for `rules.UNATTACHED_LIFE`; returns how many."""
    until, dropped = act.at - rules.UNATTACHED_LIFE, 0
    while ids := await queries.unattached_since(until, BATCH):
        for material_id in ids:
            dropped += await _drop(act, material_id, "material.expired", sent_until=until)
    return dropped


async def sweep_orphans(act: Act) -> int:
    """Remove stored pictures that no row knows, once they are old enough; returns how many.

    Removes nothing, and says so in the log, where there are more than crashes can explain.
    """
    orphans: set[UUID] = set()
    batch: list[UUID] = []
    objects = 0
    async for name in vault.names(act.house):
        objects += 1
        if rules.may_be_orphan(name, act.at):
            batch.append(name)
        if len(batch) == BATCH:
            orphans |= await queries.without_row(batch)
            batch.clear()
    orphans |= await queries.without_row(batch)
    if not rules.is_plausible(len(orphans), objects):
        log.error("materials.storage_of_another_database", orphans=len(orphans), objects=objects)
        return 0
    for name in orphans:
        await vault.remove(act.house, name)
    return len(orphans)


async def sweep_uploads(act: Act) -> int:
    """Delete files of uploads during which the process was killed; returns how many."""
    until = (act.at - rules.ORPHAN_LIFE).timestamp()
    return await asyncio.to_thread(_delete_older, upload_folder(act.house), until)


def upload_folder(house: House) -> Path:
    """Where uploads are while they are looked at: a folder that only this user may read."""
    folder = Path(house.settings.state_dir) / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _delete_older(folder: Path, until: float) -> int:
    old = [path for path in folder.glob("upload-*") if path.stat().st_mtime <= until]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


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
        row = await queries.one_owned(owner_id, entered[0]["id"])
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


async def _drop(
    act: Act, material_id: UUID, verb: str, *, sent_until: datetime | None = None
) -> bool:
    """Delete a material, and its picture if nobody else has it.

    False where it is gone, part of an application, or, with `sent_until`, was sent again after it
    or is held.
    """
    async with act.transaction() as tx:
        picture = await queries.picture_of(material_id)
        if picture is None:
            return False
        digest = picture["digest"]
        await db.fetch("SELECT digest FROM pictures WHERE digest = $1 FOR UPDATE", digest)
        if not await db.execute(
            "DELETE FROM materials WHERE id = $1 AND attached_at IS NULL"
            " AND ($2::timestamptz IS NULL OR sent_at <= $2 AND NOT EXISTS (SELECT"
            " FROM material_holds h WHERE h.material_id = materials.id))",
            material_id,
            sent_until,
        ):
            return False
        tx.audit(verb, f"material:{material_id}")
        # A statement of its own, so that it sees what was committed while it waited for the lock.
        if await db.execute(
            "DELETE FROM pictures p WHERE digest = $1"
            " AND NOT EXISTS (SELECT FROM materials m WHERE m.digest = p.digest)",
            digest,
        ):
            tx.after_commit(functools.partial(vault.remove, act.house, picture["stored_as"]))
    return True

"""Taking a material in: looked at, drawn anew, measured, sealed, entered.

A photo is drawn anew, its objects are stored, then its rows are committed. A crash in between
leaves objects that no row knows, which `sweep_orphans` removes; there is never a row without its
objects.
"""

import asyncio
import functools
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from app.core import db
from app.core.acts import Act
from app.core.auth import require_citizen, require_staff
from app.core.limits import Limits
from app.materials import (
    decoders,
    likeness,
    moderated,
    pictures,
    quality,
    queries,
    rules,
    scanning,
    vault,
)
from app.materials.intake import Upload
from app.materials.pictures import Picture
from app.materials.schemas import MaterialTaken
from app.materials.telling import taken_of
from app.materials.vault import Kept

DIGEST = "pictures.digest"
FILE = "materials.file_digest"


async def take_in(act: Act, upload: Upload) -> MaterialTaken:
    """Make the citizen's photo or PDF safe and keep it. The same file again is the same material.

    What is wrong with it, and what was sent before that looks the same, is told and refuses
    nothing.

    Raises:
        TooMany: the citizen's photos of this hour are used up.
        NotAPhoto, TooManyPixels, TooSmall, Animated, Damaged, Locked, TooManyPages, LivingForm,
        OddPage, Infected: it is not taken, and why.
        ScannerDown: a virus scanner is set and does not answer.
        StorageDown: it cannot be kept now.
    """
    citizen = require_citizen(act.actor)
    return await _take_in(act, citizen.id, upload, str(citizen.id))


async def take_in_for(act: Act, owner_id: UUID, upload: Upload) -> MaterialTaken:
    """Take in a photo that a clerk took at the window; it is the applicant's, `owner_id`'s.

    Without an access check: the caller has made sure that the applicant stands there.

    Raises:
        Forbidden: not staff. All that `take_in` raises; the photos of an hour are the clerk's.
    """
    person = require_staff(act.actor)
    return await _take_in(act, owner_id, upload, str(person.id))


async def _take_in(act: Act, owner_id: UUID, upload: Upload, sender: str) -> MaterialTaken:
    settings = act.house.settings
    limit = f"{settings.uploads_per_hour}/hour"
    await act.house.part(Limits).hit(limit, "materials.upload", sender)
    await scanning.check(settings, upload.path)
    files = act.house.keyring.indexes(await asyncio.to_thread(_sha256, upload.path), FILE)
    known = await _known(act, owner_id, files)
    if known is not None:
        return known
    draw = functools.partial(
        pictures.take_in,
        upload.path,
        max_pixels=settings.upload_max_pixels,
        max_pages=settings.pdf_max_pages,
        limits=quality.limits_of(settings),
    )
    picture = await decoders.decode(upload.path, settings.workers, draw)
    filename = rules.shown_filename(upload.filename)
    taken = await _enter(act, owner_id, filename, picture, files[0], None)
    if taken is None:
        kept = await vault.keep(act.house, picture)
        taken = await _enter(act, owner_id, filename, picture, files[0], kept)
    assert taken is not None, "with its objects stored, it is entered"
    return taken


def _sha256(path: Path) -> str:
    # Fifteen times as fast as SM3; what is kept of it is its keyed SM3 hash.
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _known(act: Act, owner_id: UUID, files: list[bytes]) -> MaterialTaken | None:
    """What the owner sent this very file as before: it need not be drawn again."""
    async with act.transaction():
        rows = await db.fetch(
            "UPDATE materials SET sent_at = greatest(sent_at, $3)"
            " WHERE owner_id = $1 AND file_digest = ANY($2::bytea[]) RETURNING id, likeness",
            owner_id,
            files,
            act.at,
        )
        if not rows:
            return None
        found = rows[0]
        row = await queries.one_owned([owner_id], found["id"])
        hashes = [] if found["likeness"] is None else [found["likeness"]]
        similar = await _similar(act, owner_id, found["id"], hashes)
    assert row is not None, "its row is locked"
    return taken_of(row, similar)


async def _enter(
    act: Act,
    owner_id: UUID,
    filename: str,
    picture: Picture,
    file: bytes,
    kept: Kept | None,
) -> MaterialTaken | None:
    """Commit the rows of a photo; None if its picture is not there and was not stored either."""
    async with act.transaction() as tx:
        found = await _picture(act, picture, kept)
        if found is None:
            return None
        new_id, hashes = db.new_id(), _hashes(act, owner_id, picture)
        entered = await db.fetch(
            "INSERT INTO materials (id, owner_id, digest, filename, likeness, created_at,"
            " sent_at, file_digest) VALUES ($1, $2, $3, $4, $5, $6, $6, $7)"
            " ON CONFLICT (owner_id, digest) DO UPDATE SET file_digest = EXCLUDED.file_digest,"
            " sent_at = greatest(materials.sent_at, EXCLUDED.sent_at) RETURNING id",
            new_id,
            owner_id,
            found["digest"],
            filename,
            hashes[0] if hashes else None,
            act.at,
            file,
        )
        if entered[0]["id"] == new_id:
            tx.audit("material.taken_in", f"material:{new_id}", format=picture.source_format)
            await moderated.check(act, new_id, owner_id)
        row = await queries.one_owned([owner_id], entered[0]["id"])
        similar = await _similar(act, owner_id, entered[0]["id"], hashes)
        if kept is not None and found["stored_as"] != kept.stored_as:
            # Somebody else sent it at the same moment and was first.
            tx.after_commit(functools.partial(vault.remove, act.house, kept.stored_as))
    assert row is not None, "it was just entered"
    return taken_of(row, similar)


def _hashes(act: Act, owner_id: UUID, picture: Picture) -> list[int]:
    if picture.likeness is None:
        return []
    return likeness.masked(act.house.keyring, owner_id, picture.likeness)


async def _similar(
    act: Act, owner_id: UUID, material_id: UUID, hashes: list[int]
) -> dict[str, Any] | None:
    """What else the owner sent of late that looks the same."""
    settings = act.house.settings
    if not hashes or not settings.likeness_days:
        return None
    since = act.at - timedelta(days=settings.likeness_days)
    return await queries.similar(owner_id, material_id, hashes, settings.likeness_bits, since)


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
            " thumbnail_bytes, source_format, pages, findings, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
            " ON CONFLICT (digest) DO NOTHING",
            digests[0],
            kept.stored_as,
            kept.data_key,
            picture.width,
            picture.height,
            sum(len(page.display) for page in picture.pages),
            sum(len(page.thumbnail) for page in picture.pages),
            picture.source_format,
            len(picture.pages),
            [found.stored for found in picture.findings],
            act.at,
        )

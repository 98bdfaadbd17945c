"""What becomes of photos that belong to no application: held for a while, or deleted.

Whoever changes rows locks the picture first and the material after it.
"""

import asyncio
import functools
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog

from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act
from app.materials import queries, rules, vault
from app.materials.intake import upload_folder

log = structlog.get_logger(__name__)
BATCH = 500


async def hold(act: Act, owner_id: UUID, holder: str, ids: Sequence[UUID]) -> set[UUID]:
    """Keep these photos for as long as `holder` ("draft:…", at most 80 characters) names them.

    Photos that belong to no application are otherwise deleted after a day. The owner can still
    delete them. Each call takes the place of the holder's call before; without ids its hold ends.
    Returns those of `ids` that are there and `owner_id`'s; the others are not held.
    """
    async with act.transaction():
        # Two calls of one holder at once: the whole of one comes after the whole of the other.
        await db.fetch("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", holder)
        rows = await queries.locked(await citizens.identities(owner_id), ids) if ids else []
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


async def holders(kind: str, after: str, limit: int) -> list[str]:
    """Who holds photos, of those named "<kind>:…", in order from behind `after`."""
    return await queries.holders(f"{kind}:", after, limit)


async def sweep_unattached(act: Act) -> int:
    """Delete what was sent and not submitted for `rules.UNATTACHED_LIFE`; returns how many."""
    until, dropped = act.at - rules.UNATTACHED_LIFE, 0
    while ids := await queries.unattached_since(until, BATCH):
        for material_id in ids:
            dropped += await drop(act, material_id, "material.expired", sent_until=until)
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


def _delete_older(folder: Path, until: float) -> int:
    old = [path for path in folder.glob("upload-*") if path.stat().st_mtime <= until]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


async def drop(
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

"""Sample pictures: what a material looks like that is asked for, uploaded by an administrator.

They show no real person's paper and are for everybody, so they are stored as they are, not sealed.
A picture's object is named by its content: written twice it is the same, and never changes.
"""

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import msgspec

from app.catalog.guide import Guide
from app.catalog.schemas import SampleShown
from app.core import db
from app.core.acts import Act
from app.core.auth import Role, require_over_hall
from app.core.errors import NotFound
from app.core.limits import Limits
from app.core.wire import File
from app.halls import service as halls
from app.materials import pictures
from app.materials.intake import Upload

MISSING = "材料的示例图片不存在，请先上传示例图片。"
FOREVER = "public, max-age=31536000, immutable"
# One at a time: a decoder may take ten bytes a pixel, and administrators are few.
_decoder = ThreadPoolExecutor(1, thread_name_prefix="samples")


def named(guide: Guide) -> set[UUID]:
    """The sample pictures that a guide shows."""
    return {m.sample_picture for m in guide.materials if m.sample_picture is not None}


def address(sample_id: UUID) -> str:
    """Where everybody can get a sample picture, below the server's own address."""
    return f"/api/v1/samples/{sample_id}"


def addresses(guide: Guide) -> dict[str, str]:
    """The addresses of the sample pictures that a guide shows, by the materials' codes."""
    return {m.code: address(m.sample_picture) for m in guide.materials if m.sample_picture}


async def missing(hall_id: UUID, *guides: Guide) -> set[UUID]:
    """The sample pictures that these guides show and the hall does not have."""
    wanted = set[UUID]().union(*map(named, guides))
    if not wanted:
        return wanted
    rows = await db.fetch(
        "SELECT id FROM sample_pictures WHERE hall_id = $1 AND id = ANY($2::uuid[])",
        hall_id,
        list(wanted),
    )
    return wanted - {row["id"] for row in rows}


async def may_add(act: Act, hall_id: UUID) -> None:
    """Raises Forbidden or NotFound for others than administrators of the hall."""
    await halls.hall(hall_id)
    require_over_hall(act.actor, hall_id, [Role.ADMIN])


async def add(act: Act, hall_id: UUID, upload: Upload) -> SampleShown:
    """Keep a sample picture of a hall; the same picture again is the same sample.

    Raises:
        NotAPhoto, TooManyPixels, TooSmall, Animated, Damaged: it is not taken, and why.
        TooMany: the administrator's pictures of this hour are used up.
        Forbidden, NotFound: no administrator of the hall; no such hall.
        StorageDown: it cannot be kept now.
    """
    await may_add(act, hall_id)
    settings = act.house.settings
    limit = f"{settings.uploads_per_hour}/hour"
    await act.house.part(Limits).hit(limit, "catalog.sample", act.actor.key)
    draw = functools.partial(pictures.take_in, upload.path, max_pixels=settings.upload_max_pixels)
    picture = await asyncio.get_running_loop().run_in_executor(_decoder, draw)
    await act.house.storage.put(_key(hall_id, picture.digest), picture.display)
    async with act.transaction() as tx:
        made = await db.fetch(
            "INSERT INTO sample_pictures (id, hall_id, digest, width, height, bytes, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hall_id, digest) DO NOTHING"
            " RETURNING id",
            db.new_id(),
            hall_id,
            bytes.fromhex(picture.digest),
            picture.width,
            picture.height,
            len(picture.display),
            act.at,
        )
        if made:
            tx.audit("sample.added", f"sample:{made[0]['id']}", hall_id=hall_id)
        row = await db.fetch_one(
            "SELECT id, width, height, created_at FROM sample_pictures"
            " WHERE hall_id = $1 AND digest = $2",
            hall_id,
            bytes.fromhex(picture.digest),
        )
    assert row is not None, "it was there, or was just made"
    return _shown(row)


async def content(act: Act, sample_id: UUID) -> File:
    """The picture as a JPEG, which anybody may keep for ever. Raises NotFound, StorageDown."""
    row = await db.fetch_one("SELECT hall_id, digest FROM sample_pictures WHERE id = $1", sample_id)
    if row is None:
        raise NotFound("没有找到这张示例图片。")
    jpeg = await act.house.storage.get(_key(row["hall_id"], row["digest"].hex()))
    return File(jpeg, "image/jpeg", filename=f"{sample_id}.jpg", inline=True, cache=FOREVER)


def _key(hall_id: UUID, digest: str) -> str:
    return f"samples/{hall_id.hex}/{digest}.jpg"


def _shown(row: dict[str, Any]) -> SampleShown:
    return msgspec.convert(row | {"address": address(row["id"])}, SampleShown)

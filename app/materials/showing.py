"""Pictures on their way to a screen: clean ones, and marked copies for those who review them."""

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from app.core.acts import Act
from app.core.errors import NotFound
from app.core.wire import File
from app.materials import queries, rules, vault, watermark
from app.materials.rules import Size
from app.materials.watermark import Mark
from app.moderation import service as moderation

# Threads of their own, so that nobody who reads waits behind a photo that is being decoded.
_drawers = ThreadPoolExecutor(2, thread_name_prefix="marks")


async def content(act: Act, material_id: UUID, size: Size, page: int = 1) -> File:
    """The picture as a JPEG, to be shown and never cached by anything but the screen.

    Without an access check: the caller has made sure that whoever asks may see it, and logs the
    reading where that is asked for. Staff get `marked_copy` instead.

    Raises:
        NotFound: there is no such material, or it has no such page.
        StorageDown: it cannot be read now.
    """
    return _file(material_id, await _jpeg(act, material_id, size, page))


async def marked_copy(act: Act, material_id: UUID, size: Size, mark: Mark, page: int = 1) -> File:
    """As `content`, with the words of `mark` all over it. Drawn now, and never stored.

    Raises:
        HeldBack: a supervisor is to look at it first, or has kept it out.
    """
    await moderation.require_shown(act, rules.check_subject(material_id))
    return await copy_to_judge(act, material_id, size, mark, page)


async def copy_to_judge(act: Act, material_id: UUID, size: Size, mark: Mark, page: int = 1) -> File:
    """As `marked_copy`, of a picture that may be held: for whoever decides about it."""
    jpeg = await _jpeg(act, material_id, size, page)
    draw = functools.partial(watermark.marked, jpeg, mark)
    copy = await asyncio.get_running_loop().run_in_executor(_drawers, draw)
    return _file(material_id, copy)


async def _jpeg(act: Act, material_id: UUID, size: Size, page: int) -> bytes:
    row: dict[str, Any] | None = await queries.picture_of(material_id)
    if row is None:
        raise NotFound("没有找到这张照片。")
    if not 1 <= page <= row["pages"]:
        raise NotFound("没有找到这一页。")
    return await vault.read(act.house, vault.kept_of(row), size, page)


def _file(material_id: UUID, jpeg: bytes) -> File:
    return File(jpeg, "image/jpeg", filename=f"{material_id}.jpg", inline=True)

"""What can be done with materials: take one in, show it, attach it to an application, forget it.

Whoever changes rows locks the picture first and the material after it.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.citizens import service as citizens
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.errors import Conflict, NotFound
from app.materials import queries
from app.materials.forgetting import (
    drop,
    hold,
    holders,
    sweep_orphans,
    sweep_unattached,
    sweep_uploads,
)
from app.materials.intake import upload_folder
from app.materials.links import follow, link_for_screen, open_link, revoke_links
from app.materials.moderated import in_hall
from app.materials.resumable import begin_for, sweep_resumable
from app.materials.retention import Holds, shred
from app.materials.schemas import MaterialFacts, MaterialShown
from app.materials.showing import content, marked_copy
from app.materials.taking import take_in, take_in_for
from app.materials.telling import facts_of, shown_of
from app.materials.watermark import Mark

__all__ = [
    "Holds",
    "InUse",
    "Mark",
    "begin_for",
    "claim",
    "claim_again",
    "content",
    "facts",
    "follow",
    "forget",
    "hold",
    "holders",
    "in_hall",
    "link_for_screen",
    "marked_copy",
    "open_link",
    "own",
    "owned",
    "revoke_links",
    "shred",
    "sweep_orphans",
    "sweep_resumable",
    "sweep_unattached",
    "sweep_uploads",
    "take_in",
    "take_in_for",
    "upload_folder",
]


class InUse(Conflict):
    """The material is part of an application, and stays with it."""

    code = "materials.in_use"
    title = "这张照片已随办件提交，不能删除。"


async def own(act: Act, material_id: UUID) -> MaterialShown:
    """A material of the citizen who asks.

    Raises:
        NotFound: there is none, or it is another's.
    """
    accounts = await citizens.identities(require_citizen(act.actor).id)
    row = await queries.one_owned(accounts, material_id)
    if row is None:
        raise NotFound("没有找到这张照片。")
    return shown_of(row)


async def facts(ids: Sequence[UUID]) -> dict[UUID, MaterialFacts]:
    """What there is to say about these materials; an id that does not exist is left out.

    Without an access check: the caller has made sure that whoever asks may see them.
    """
    return _facts(await queries.facts(ids))


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
    return {row["id"]: facts_of(row) for row in rows}

"""Drafts (草稿): an application that is not finished, kept sealed until it is submitted.

One for each citizen and item. Its photos are kept for as long as it lives, which is so many days
after it was last saved as the setting `draft_days` says.
"""

import contextlib
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.cases.intake import draft_fit
from app.cases.intake.schemas import (
    DraftContent,
    DraftIn,
    DraftRow,
    DraftSaved,
    DraftShown,
)
from app.cases.models import CaseDraft
from app.cases.schemas import Supplied
from app.catalog import service as catalog
from app.core import db
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.errors import NotFound, Problem
from app.core.house import House
from app.materials import service as materials

CONTEXT = "case_drafts.content"
HOLDER = "draft"
MOST_DRAFTS = 50
"""Drafts of one citizen; nobody fills in more applications at a time, and a robot shall not."""
MOST_PHOTOS = 300
AT_A_TIME = 200


class _SavedAgain(Exception):  # noqa: N818 - it is no error
    """A draft is there again, whose photos were about to be let go."""


class TooManyDrafts(Problem):
    """The citizen has as many drafts as may be kept."""

    status = 409
    code = "cases.too_many_drafts"
    title = "草稿太多了，请先提交或删除一些草稿。"


class TooManyPhotos(Problem):
    """A draft names more photos than an application can have."""

    status = 422
    code = "cases.draft_too_large"
    title = "草稿中的照片太多了，请删除一些。"


async def save(act: Act, item_id: UUID, given: DraftIn) -> DraftSaved:
    """Save the caller's draft for an item, in the place of the one before.

    Nothing is required: what is there must have the right type, that is all. Photos that are not
    there, or not the caller's, are left out and named in the answer.

    Raises:
        NotFound: no such item or version. FormProblem. TooManyDrafts, TooManyPhotos.
    """
    citizen = require_citizen(act.actor)
    offered = await catalog.version(given.version_id)
    if offered.item_id != item_id:
        raise NotFound("没有找到事项的这个版本。")
    catalog.check_draft(offered.guide.form, given.form)
    content = _content(given)
    named = list(dict.fromkeys(_photos(content)))
    if len(named) > MOST_PHOTOS:
        raise TooManyPhotos
    async with act.transaction() as tx:
        # The photos first, as a submission does: otherwise the two could wait for each other.
        there = await materials.hold(act, citizen.id, _holder(citizen.id, item_id), named)
        kept, _ = draft_fit.without_photos(content, there)
        draft_id = await _enter(act, citizen.id, item_id, given.version_id, kept)
        tx.audit("draft.saved", f"draft:{draft_id}", item=str(item_id))
    return DraftSaved(
        item_id=item_id,
        saved_at=act.at,
        kept_until=_kept_until(act.house, act.at),
        missing_photos=[found for found in named if found not in there],
    )


def _content(given: DraftIn) -> DraftContent:
    return DraftContent(
        answers=given.answers,
        form=given.form,
        materials=given.materials,
        delivery=given.delivery,
        deferred=given.deferred,
        pledged=given.pledged,
    )


async def _enter(
    act: Act, citizen_id: UUID, item_id: UUID, version_id: UUID, content: DraftContent
) -> UUID:
    rows = await db.fetch(
        "INSERT INTO case_drafts (id, citizen_id, item_id, version_id, content, created_at,"
        " updated_at) SELECT $1, $2::uuid, $3::uuid, $4, $5, $6, $6 WHERE (SELECT count(*)"
        "  FROM case_drafts WHERE citizen_id = $2::uuid AND item_id <> $3::uuid) < $7"
        " ON CONFLICT (citizen_id, item_id) DO UPDATE SET version_id = EXCLUDED.version_id,"
        " content = EXCLUDED.content, updated_at = EXCLUDED.updated_at RETURNING id",
        db.new_id(),
        citizen_id,
        item_id,
        version_id,
        act.house.keyring.seal(msgspec.json.encode(content), CONTEXT),
        act.at,
        MOST_DRAFTS,
    )
    if not rows:
        raise TooManyDrafts
    found: UUID = rows[0]["id"]
    return found


async def mine(act: Act) -> list[DraftRow]:
    """The caller's drafts, the last saved first."""
    rows = await CaseDraft.filter(citizen_id=require_citizen(act.actor).id).order_by("-updated_at")
    found = []
    for row in rows:
        offered = await catalog.version(row.version_id)
        found.append(
            DraftRow(
                item_id=row.item_id,
                item_name=offered.name,
                saved_at=row.updated_at,
                kept_until=_kept_until(act.house, row.updated_at),
            )
        )
    return found


async def resume(act: Act, item_id: UUID) -> DraftShown:
    """The caller's draft for an item, fitted to what the item offers now. Raises NotFound."""
    citizen = require_citizen(act.actor)
    row = await CaseDraft.get_or_none(citizen_id=citizen.id, item_id=item_id)
    if row is None:
        raise _no_such_draft()
    content = msgspec.json.decode(row.content.reveal(), type=DraftContent)
    saved_for, told, offered = await catalog.version(row.version_id), [], True
    version_id, name = row.version_id, saved_for.name
    try:
        now = await catalog.published(item_id)
    except NotFound:
        offered = False
        told.append("该事项已停止办理，草稿仅供查看。")
    else:
        version_id, name = now.version_id, now.name
        if version_id != row.version_id:
            content, changes = draft_fit.fitted(content, saved_for.guide, now.guide)
            told += ["办事指南已更新。", *changes]
    there = await materials.owned(citizen.id, _photos(content))
    content, gone = draft_fit.without_photos(content, there)
    if gone:
        told.append(f"有 {gone} 张照片已不存在，请重新上传。")
    return DraftShown(
        item_id=item_id,
        item_name=name,
        version_id=version_id,
        offered=offered,
        saved_at=row.updated_at,
        kept_until=_kept_until(act.house, row.updated_at),
        answers=content.answers,
        form=content.form,
        materials=[Supplied(m.requirement, m.material_ids) for m in content.materials],
        delivery=content.delivery,
        deferred=list(content.deferred),
        pledged=list(content.pledged),
        changes=told,
    )


async def forget(act: Act, item_id: UUID) -> None:
    """Delete the caller's draft for an item. Raises NotFound."""
    citizen = require_citizen(act.actor)
    async with act.transaction() as tx:
        await materials.hold(act, citizen.id, _holder(citizen.id, item_id), [])
        if not await CaseDraft.filter(citizen_id=citizen.id, item_id=item_id).delete():
            raise _no_such_draft()
        tx.audit("draft.deleted", f"citizen:{citizen.id}", item=str(item_id))


async def forget_old(act: Act) -> int:
    """Delete drafts that nobody has saved for `draft_days`; returns how many."""
    until, gone = act.at - timedelta(days=act.house.settings.draft_days), 0
    while True:
        async with act.transaction() as tx:
            rows = await db.fetch(
                "DELETE FROM case_drafts WHERE id IN (SELECT id FROM case_drafts"
                " WHERE updated_at < $1 ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)"
                " RETURNING id",
                until,
                AT_A_TIME,
            )
            if rows:
                tx.audit("drafts.expired", "drafts", drafts=len(rows))
        gone += len(rows)
        if len(rows) < AT_A_TIME:
            return gone


async def release_photos(act: Act) -> int:
    """End the hold on photos of drafts that were submitted or are gone; returns how many holds."""
    after, ended = "", 0
    while listed := await materials.holders(HOLDER, after, AT_A_TIME):
        after = listed[-1]
        owners = {holder: _read_holder(holder) for holder in listed}
        rows = await db.fetch(
            "SELECT citizen_id, item_id FROM case_drafts WHERE (citizen_id, item_id) IN"
            " (SELECT * FROM unnest($1::uuid[], $2::uuid[]))",
            [citizen_id for citizen_id, _ in owners.values()],
            [item_id for _, item_id in owners.values()],
        )
        alive = {(row["citizen_id"], row["item_id"]) for row in rows}
        for holder, (citizen_id, item_id) in owners.items():
            if (citizen_id, item_id) not in alive:
                ended += await _release(act, citizen_id, item_id, holder)
    return ended


async def _release(act: Act, citizen_id: UUID, item_id: UUID, holder: str) -> bool:
    """End the hold of a draft that is gone; not if it was saved again meanwhile."""
    with contextlib.suppress(_SavedAgain):
        async with act.transaction():
            await materials.hold(act, citizen_id, holder, [])
            # Whoever saves it from here on waits for this hold, and holds its photos anew.
            if await CaseDraft.filter(citizen_id=citizen_id, item_id=item_id).exists():
                raise _SavedAgain
        return True
    return False


def _no_such_draft() -> NotFound:
    return NotFound("没有找到这份草稿，它可能已提交或过期。")


def _kept_until(house: House, saved_at: datetime) -> datetime:
    return saved_at + timedelta(days=house.settings.draft_days)


def _photos(content: DraftContent) -> list[UUID]:
    return [found for entry in content.materials for found in entry.material_ids]


def _holder(citizen_id: UUID, item_id: UUID) -> str:
    """How a draft is named where it holds photos."""
    return f"{HOLDER}:{citizen_id.hex}:{item_id.hex}"


def _read_holder(holder: str) -> tuple[UUID, UUID]:
    _, citizen_id, item_id = holder.split(":")
    return UUID(hex=citizen_id), UUID(hex=item_id)

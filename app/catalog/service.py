"""What can be done with the catalogue, and what the features above ask of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from tortoise.exceptions import IntegrityError

from app.catalog import indexing, queries, samples, shelf, versions
from app.catalog.bulk import FileUnreadable, import_file, load_demo
from app.catalog.faults import CatalogInvalid
from app.catalog.forms import FormProblem, check_draft, check_form
from app.catalog.guide import Content, VersionState
from app.catalog.import_schemas import ImportResult
from app.catalog.models import Item, ItemVersion
from app.catalog.rules import (
    MaterialRefused,
    MaterialsMissing,
    check_formats,
    check_materials,
    material_type,
)
from app.catalog.schemas import ItemIn, Offered, Part, Stage, VersionIn, VersionRow
from app.catalog.situations import SituationProblem
from app.catalog.telling import fees_of
from app.catalog.uses import record_uses
from app.catalog.versions import narrowed, situation_of
from app.core.acts import Act, Transaction
from app.core.auth import Role, System, require_over_hall, require_staff
from app.core.errors import Conflict, NotFound, Problem
from app.halls import service as halls

__all__ = [
    "CatalogInvalid",
    "CodeTaken",
    "ContentInvalid",
    "FileUnreadable",
    "FormProblem",
    "ImportResult",
    "MaterialRefused",
    "MaterialsMissing",
    "Offered",
    "Part",
    "SituationProblem",
    "Stage",
    "WrongState",
    "add_item",
    "add_version",
    "check_draft",
    "check_form",
    "check_formats",
    "check_materials",
    "fees_of",
    "import_file",
    "load_demo",
    "material_type",
    "narrowed",
    "publish",
    "published",
    "record_uses",
    "situation_of",
    "version",
    "version_for_staff",
    "versions_of",
    "withdraw",
]


class CodeTaken(Conflict):
    """The hall has an item with this implementation code already."""

    code = "catalog.code_taken"
    title = "该实施编码的事项已存在，请为它增加新版本。"


class ContentInvalid(Problem):
    """An item contradicts itself or its form is unsound; `problems` says all of it."""

    status = 422
    code = "catalog.content_invalid"
    title = "事项内容有误，请按提示修改后重试。"


class WrongState(Conflict):
    """The version is not in a state in which this can be done."""

    code = "catalog.wrong_state"
    title = "该版本当前不能这样操作，请刷新后再看。"


async def published(item_id: UUID) -> Offered:
    """What the item offers now. Raises NotFound if it is not published."""
    version_id = await queries.published_version(item_id)
    if version_id is None:
        raise NotFound("没有找到这个事项，它可能已停止办理。")
    found = await version(version_id)
    return msgspec.structs.replace(found, state=VersionState.PUBLISHED)


async def version(version_id: UUID) -> Offered:
    """The version that a case began with, whatever has been published since. Raises NotFound.

    A version is never changed in place; only its `state` may be that of a moment ago.
    """
    return await shelf.versions.of(version_id, lambda: _version_now(version_id))


async def _version_now(version_id: UUID) -> Offered:
    row = await queries.version(version_id)
    if row is None:
        raise NotFound("没有找到事项的这个版本。")
    return await _offered(row)


async def _offered(row: Mapping[str, Any]) -> Offered:
    names = await halls.names(row["department_id"])
    return versions.offered(row, names.get(row["department_id"], ""))


async def versions_of(act: Act, item_id: UUID) -> list[VersionRow]:
    """All versions of an item, the newest first. Staff of its hall or of a hall above may read.

    Raises:
        NotFound: no such item, or it belongs to a hall where the caller has no role.
    """
    item = await Item.get_or_none(id=item_id)
    if item is None or not _may_see_versions(act, item.hall_id):
        raise NotFound("没有找到这个事项。")
    return [msgspec.convert(row, VersionRow) for row in await queries.versions(item_id)]


async def version_for_staff(act: Act, version_id: UUID) -> Offered:
    """One version with its guide, a draft too, for the same staff. Raises NotFound."""
    found = await _version_now(version_id)
    if not _may_see_versions(act, found.hall_id):
        raise NotFound("没有找到事项的这个版本。")
    return found


def _may_see_versions(act: Act, hall_id: UUID) -> bool:
    person = require_staff(act.actor)
    return hall_id == person.hall_id or hall_id in person.halls(*Role)


async def add_item(act: Act, new: ItemIn) -> ItemVersion:
    """Add an item with its first version.

    Raises:
        ContentInvalid: the content contradicts itself, or its form is unsound.
        CodeTaken: the hall has the implementation code already.
        Forbidden, NotFound: no administrator of the hall; no such hall or department.
    """
    await halls.hall(new.hall_id)
    _require_admin(act, new.hall_id)
    _check(new.content, bundle=new.bundle)
    async with act.transaction() as tx:
        try:
            item = await Item.create(
                hall_id=new.hall_id,
                implementation_code=new.implementation_code,
                department_id=await _own_department(new.hall_id, new.department_id),
                bundle=new.bundle,
                created_at=act.at,
            )
        except IntegrityError:
            raise CodeTaken from None
        return await _add(act, tx, item, 1, new.content, publish=new.publish)


async def add_version(act: Act, item_id: UUID, new: VersionIn) -> ItemVersion:
    """Add a version to an item; published, it takes the place of the one before.

    Raises:
        ContentInvalid, Forbidden, NotFound: as for `add_item`.
    """
    await _administered(act, item_id)
    async with act.transaction() as tx:
        item = await Item.filter(id=item_id).select_for_update().get()
        _check(new.content, bundle=item.bundle)
        if new.department_id:
            item.department_id = await _own_department(item.hall_id, new.department_id)
        last = await ItemVersion.filter(item_id=item_id).order_by("-number").first()
        return await _add(
            act, tx, item, last.number + 1 if last else 1, new.content, publish=new.publish
        )


async def publish(act: Act, version_id: UUID) -> ItemVersion:
    """Publish a draft; the version published until now is withdrawn.

    Raises:
        WrongState: the version is no draft.
        Forbidden, NotFound: no administrator of its hall; no such version.
    """
    found = await ItemVersion.get_or_none(id=version_id).only("id", "item_id")
    if found is None:
        raise NotFound("没有找到事项的这个版本。")
    await _administered(act, found.item_id)
    async with act.transaction() as tx:
        item = await Item.filter(id=found.item_id).select_for_update().get()
        draft = await ItemVersion.get(id=version_id)
        if draft.state != VersionState.DRAFT:
            raise WrongState("只有草稿才能发布。")
        await _withdraw_published(act, item.id)
        item.department_id = draft.department_id
        await item.save(update_fields=["department_id"])
        draft.state = VersionState.PUBLISHED
        draft.published_at = act.at
        await draft.save(update_fields=["state", "published_at"])
        await indexing.enter([draft])
        tx.audit("item.published", f"item:{item.id}", hall_id=item.hall_id, version=draft.number)
        tx.after_commit(lambda: shelf.changed(act))
    return draft


async def withdraw(act: Act, item_id: UUID, reason: str) -> None:
    """Stop offering an item. Cases that began keep their version; an import leaves it withdrawn.

    Raises:
        WrongState: the item is not published.
        Forbidden, NotFound: no administrator of its hall; no such item.
    """
    await _administered(act, item_id)
    async with act.transaction() as tx:
        item = await Item.filter(id=item_id).select_for_update().get()
        if not await _withdraw_published(act, item_id):
            raise WrongState("该事项没有在办理的版本。")
        await indexing.leave(item_id)
        tx.audit("item.withdrawn", f"item:{item_id}", hall_id=item.hall_id, reason=reason)
        tx.after_commit(lambda: shelf.changed(act))


def _require_admin(act: Act, hall_id: UUID) -> None:
    if not isinstance(act.actor, System):
        require_over_hall(act.actor, hall_id, [Role.ADMIN])


async def _administered(act: Act, item_id: UUID) -> Item:
    item = await Item.get_or_none(id=item_id)
    if item is None:
        raise NotFound("没有找到这个事项。")
    _require_admin(act, item.hall_id)
    return item


async def _own_department(hall_id: UUID, department_id: UUID) -> UUID:
    if (await halls.department(department_id)).hall_id != hall_id:
        raise NotFound("这个部门不属于该中心。")
    return department_id


def _check(content: Content, *, bundle: bool) -> None:
    problems = versions.problems(content, bundle=bundle)
    if problems:
        raise ContentInvalid(problems[0], problems=problems)


async def _add(
    act: Act, tx: Transaction, item: Item, number: int, content: Content, *, publish: bool
) -> ItemVersion:
    departments = await halls.ensure_departments(act, item.hall_id, set())
    own = next(name for name, found in departments.items() if found == item.department_id)
    unknown = sorted(versions.departments_named(content, own) - departments.keys())
    if unknown:
        raise ContentInvalid(f"该中心没有这些部门：{'、'.join(unknown)}。", problems=unknown)
    if await samples.missing(item.hall_id, content.guide):
        raise ContentInvalid(samples.MISSING, problems=[samples.MISSING])
    if publish:
        await _withdraw_published(act, item.id)
        await item.save(update_fields=["department_id"])
    made = versions.version_row(
        item,
        number,
        content,
        department=own,
        departments=departments,
        at=act.at,
        publish=publish,
    )
    await made.save(force_create=True)
    if publish:
        await indexing.enter([made])
        tx.after_commit(lambda: shelf.changed(act))
    tx.audit(
        "item.published" if publish else "item.drafted",
        f"item:{item.id}",
        hall_id=item.hall_id,
        version=number,
        code=item.implementation_code,
    )
    return made


async def _withdraw_published(act: Act, item_id: UUID) -> int:
    return await ItemVersion.filter(item_id=item_id, state=VersionState.PUBLISHED).update(
        state=VersionState.WITHDRAWN, withdrawn_at=act.at
    )

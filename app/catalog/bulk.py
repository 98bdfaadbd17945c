"""Importing a catalogue: all or nothing, repeatable, thousands of items in one transaction."""

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path
from uuid import UUID

from tortoise.exceptions import IntegrityError

from app.catalog import demo, indexing, queries, samples, shelf, versions
from app.catalog.entries import Entry, Read
from app.catalog.faults import refuse
from app.catalog.guide import Content, VersionState
from app.catalog.import_schemas import ImportFault, ImportResult
from app.catalog.importer import read_file
from app.catalog.models import Item, ItemVersion
from app.core import db
from app.core.acts import Act
from app.core.auth import Role, System, require_over_hall
from app.core.errors import Conflict, Problem
from app.halls import service as halls

Progress = Callable[[int, int], None]
"""Told (items done, items in all), several times during an import."""
BATCH = 200
SHOWN_NAMES = 50
"""Of items that are new, and of those that change."""


class FileUnreadable(Problem):
    """The catalogue file cannot be opened."""

    status = 422
    code = "catalog.file_unreadable"
    title = "无法打开目录文件。"


@dataclass(frozen=True)
class _Known:
    """An item that the hall has: its last version, and what it publishes, if it does."""

    item: Item
    number: int
    state: VersionState
    content: Content | None
    department_id: UUID | None


@dataclass(frozen=True)
class _Change:
    """What an entry makes of an item; `known` is None for a new one."""

    entry: Entry
    content: Content
    known: _Known | None


def _ignore(_done: int, _total: int) -> None:
    """Nobody watches."""


async def import_file(
    act: Act,
    hall_id: UUID,
    path: Path,
    *,
    dry_run: bool = False,
    progress: Progress = _ignore,
) -> ImportResult:
    """Import a catalogue file (`.json`, or under any other name .xlsx or CSV) into a hall.

    Rows that say what an item says already leave it alone; changed ones become its new published
    version. A row of a table changes only what its columns state and keeps the rest of a guide.
    Missing departments are added. Items that are not in the file stay.

    Raises:
        CatalogInvalid: with every fault of every row; nothing was imported.
        FileUnreadable: the file cannot be opened.
        Forbidden, NotFound: no administrator of the hall; no such hall.
    """
    await _require_admin(act, hall_id)
    try:
        raw = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise FileUnreadable(f"无法打开 {path.name}：{error.strerror}。") from None
    read = await asyncio.to_thread(read_file, raw, is_json=path.suffix.lower() == ".json")
    digest = sha256(raw).hexdigest()
    return await _import(act, hall_id, read, digest, dry_run=dry_run, progress=progress)


async def load_demo(act: Act, hall_id: UUID) -> ImportResult:
    """Publish the demonstration catalogue in a hall. Repeating it changes nothing."""
    await _require_admin(act, hall_id)
    files = [file for file in resources.files(demo).iterdir() if file.name.endswith(".json")]
    read, digest = Read(unit="项"), sha256()
    for file in sorted(files, key=lambda found: found.name):
        raw = file.read_bytes()
        digest.update(raw)
        one = read_file(raw, is_json=True)
        read.faults += one.faults
        for entry in one.entries:
            read.add(entry)
    return await _import(act, hall_id, read, digest.hexdigest(), dry_run=False, progress=_ignore)


async def _require_admin(act: Act, hall_id: UUID) -> None:
    await halls.hall(hall_id)
    if not isinstance(act.actor, System):
        require_over_hall(act.actor, hall_id, [Role.ADMIN])


def _names(changes: Sequence[_Change], *, new: bool) -> list[str]:
    found = (change.content.name for change in changes if (change.known is None) is new)
    return list(itertools.islice(found, SHOWN_NAMES))


async def _import(
    act: Act, hall_id: UUID, read: Read, digest: str, *, dry_run: bool, progress: Progress
) -> ImportResult:
    refuse(read.faults, read.unit)
    async with act.transaction() as tx:
        codes = [entry.code for entry in read.entries]
        if not dry_run:
            # Two imports into one hall take turns; a single act on an item waits at its row.
            await db.fetch("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(hall_id))
            await queries.lock(hall_id, codes)
        departments = await halls.ensure_departments(act, hall_id, set())
        known = await _known(hall_id, codes)
        changes, left = _compare(read, known, departments)
        await _refuse_missing_samples(hall_id, changes, read.unit)
        added = sum(change.known is None for change in changes)
        result = ImportResult(
            total=len(codes),
            added=added,
            changed=len(changes) - added,
            unchanged=len(codes) - len(changes) - left,
            left_withdrawn=left,
            dry_run=dry_run,
            ignored_columns=read.ignored,
            ignored_sheets=read.sheets,
            added_names=_names(changes, new=True),
            changed_names=_names(changes, new=False),
        )
        progress(len(codes) - len(changes), len(codes))
        if dry_run:
            return result
        await _write(act, hall_id, changes, len(codes), progress)
        tx.after_commit(lambda: shelf.changed(act))
        tx.audit(
            "catalog.imported",
            f"hall:{hall_id}",
            hall_id=hall_id,
            added=result.added,
            changed=result.changed,
            unchanged=result.unchanged,
            sha256=digest,
        )
    return result


async def _known(hall_id: UUID, codes: Sequence[str]) -> dict[str, _Known]:
    published = {row["item_id"]: row for row in await queries.published_in_full(hall_id, codes)}
    known: dict[str, _Known] = {}
    for row in await queries.last_versions(hall_id, codes):
        shown = published.get(row["id"])
        known[row["implementation_code"]] = _Known(
            item=Item(
                id=row["id"],
                hall_id=hall_id,
                implementation_code=row["implementation_code"],
                department_id=row["department_id"],
                bundle=row["bundle"],
                created_at=row["created_at"],
            ),
            number=row["number"],
            state=VersionState(row["state"]),
            content=versions.content_of(shown) if shown else None,
            department_id=shown["department_id"] if shown else None,
        )
    return known


def _compare(
    read: Read, known: Mapping[str, _Known], departments: Mapping[str, UUID]
) -> tuple[list[_Change], int]:
    """The changes that the entries make, and how many items stay withdrawn."""
    changes: list[_Change] = []
    faults: list[ImportFault] = []
    left = 0
    for entry in read.entries:
        before = known.get(entry.code)
        bundle = before.item.bundle if before else entry.bundle
        if before and entry.complete and entry.bundle != bundle:
            faults.append(ImportFault(row=entry.row, message="“一件事”与单个事项不能互换。"))
            continue
        if before and before.content is None and before.state is VersionState.WITHDRAWN:
            left += 1
            continue
        content = entry.content(before.content if before else None)
        department_id = departments.get(entry.department)
        if before and before.content == content and before.department_id == department_id:
            continue
        faults += [
            ImportFault(row=entry.row, message=problem)
            for problem in versions.problems(content, bundle=bundle)
        ]
        changes.append(_Change(entry, content, before))
    refuse(faults, read.unit)
    return changes, left


async def _refuse_missing_samples(hall_id: UUID, changes: Sequence[_Change], unit: str) -> None:
    missing = await samples.missing(hall_id, *(change.content.guide for change in changes))
    faults = [
        ImportFault(row=change.entry.row, message=samples.MISSING)
        for change in changes
        if missing & samples.named(change.content.guide)
    ]
    refuse(faults, unit)


async def _write(
    act: Act, hall_id: UUID, changes: Sequence[_Change], total: int, progress: Progress
) -> None:
    names = set[str]().union(
        *(versions.departments_named(c.content, c.entry.department) for c in changes)
    )
    departments = await halls.ensure_departments(act, hall_id, names)
    for start in range(0, len(changes), BATCH):
        batch = changes[start : start + BATCH]
        await _write_batch(act, hall_id, batch, departments)
        progress(total - len(changes) + start + len(batch), total)


async def _write_batch(
    act: Act, hall_id: UUID, batch: Sequence[_Change], departments: Mapping[str, UUID]
) -> None:
    new_items: list[Item] = []
    rows: list[ItemVersion] = []
    for change in batch:
        department = change.entry.department
        item = change.known.item if change.known else None
        if item is None:
            item = Item(
                hall_id=hall_id,
                implementation_code=change.entry.code,
                department_id=departments[department],
                bundle=change.entry.bundle,
                created_at=act.at,
            )
            new_items.append(item)
        rows.append(
            versions.version_row(
                item,
                change.known.number + 1 if change.known else 1,
                change.content,
                department=department,
                departments=departments,
                at=act.at,
                publish=True,
            )
        )
    await ItemVersion.filter(
        item_id__in=[change.known.item.id for change in batch if change.known],
        state=VersionState.PUBLISHED,
    ).update(state=VersionState.WITHDRAWN, withdrawn_at=act.at)
    try:
        await Item.bulk_create(new_items)
    except IntegrityError:
        raise Conflict("导入时有人同时增加了事项，请重试。") from None
    await db.execute(
        "UPDATE items SET department_id = given.department_id"
        " FROM unnest($1::uuid[], $2::uuid[]) AS given (id, department_id)"
        " WHERE items.id = given.id AND items.department_id <> given.department_id",
        [row.item_id for row in rows],
        [row.department_id for row in rows],
    )
    await ItemVersion.bulk_create(rows)
    await indexing.enter(rows)

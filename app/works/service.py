"""What can be done with long work: start it, look at it, stop it, fetch what it made.

Everybody sees their own work alone, and that of a hall only as long as they have a role there.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from app.core import db
from app.core.acts import Act, canonical
from app.core.auth import Role, Staff, require_over_hall, require_staff
from app.core.errors import Conflict, NotFound
from app.core.storage import Missing
from app.core.wire import File, Page, PageQuery, after_id, page
from app.works import queries, vault
from app.works.kinds import Kind, Kinds, Outcome, Running
from app.works.rules import STATE_NAMES, State, may_be_orphan, share
from app.works.schemas import WorkShown

__all__ = [
    "TOPIC",
    "Given",
    "Kind",
    "Kinds",
    "NoFile",
    "NotKept",
    "Outcome",
    "RunWork",
    "Running",
    "WorkShown",
    "cancel",
    "file",
    "forget_old",
    "given",
    "listed",
    "shown",
    "start",
    "sweep_orphans",
]
TOPIC = "works.run"
_BATCH = 100


class RunWork(msgspec.Struct, frozen=True):
    """What the outbox holds of a work: which one to do."""

    work_id: UUID


class NoFile(Conflict):
    """The work has made no file, or not yet."""

    code = "works.no_file"
    title = "这项任务没有可下载的文件，或尚未完成。"


class NotKept(Conflict):
    """What the work was started with is not there any more."""

    code = "works.not_kept"
    title = "这份文件已不再保存，请重新上传。"


class Given(msgspec.Struct, frozen=True):
    """What a work was started with; `params` as JSON of its kind's struct."""

    kind: str
    params: str
    name: str
    content: bytes


class AlreadyEnded(Conflict):
    """There is nothing left to stop."""

    code = "works.ended"
    title = "这项任务已经结束，不能取消。"


def _no_such_work() -> NotFound:
    return NotFound("没有找到这项任务，可能已过保存期。")


async def start(
    act: Act,
    kind: str,
    params: msgspec.Struct,
    *,
    hall_id: UUID,
    title: str,
    given: bytes | None = None,
    given_name: str | None = None,
) -> WorkShown:
    """Start a work of `kind` for a hall; `given` is a file that it works on.

    Asked for again while it is open, with the same params and the same file, it is the same work.

    Raises:
        Forbidden: the caller has none of the kind's roles over the hall.
        KeyError: there is no such kind.
        StorageDown: the file cannot be kept.
    """
    wanted = act.house.part(Kinds)[kind]
    person = require_over_hall(act.actor, hall_id, wanted.roles)
    encoded, work_id = canonical(params), db.new_id()
    parts = [kind.encode(), str(hall_id).encode(), encoded, hashlib.sha256(given or b"").digest()]
    fingerprint = hashlib.sha256(b"\0".join(parts)).digest()
    data_key = vault.new_key(act.house)
    if given is not None:
        await vault.put(act.house, work_id, data_key, "given", given)
    async with act.transaction() as tx:
        made = await queries.insert(
            {
                "id": work_id,
                "hall_id": hall_id,
                "owner_id": person.id,
                "kind": kind,
                "title": title[:200],
                "params": encoded.decode(),
                "fingerprint": fingerprint,
                "data_key": data_key,
                "given_name": (given_name or "")[:200] if given is not None else None,
                "created_at": act.at,
                "expires_at": act.at + timedelta(days=act.house.settings.work_days),
            }
        )
        if made is not None:
            tx.later(TOPIC, RunWork(made), key=str(made))
        found = made or await queries.same_open(person.id, fingerprint)
        tx.audit(
            "work.started", f"work:{found or work_id}", hall_id=hall_id, kind=kind, again=not made
        )
    if made is None and given is not None:
        await vault.remove(act.house, work_id, "given")
    if found is None:  # the same work ended between the two looks: it is begun anew
        return await start(
            act, kind, params, hall_id=hall_id, title=title, given=given, given_name=given_name
        )
    return await shown(act, found)


def _halls(person: Staff) -> list[UUID]:
    return sorted(person.halls(*Role))


async def listed(act: Act, query: PageQuery, kinds: Sequence[str] | None = None) -> Page[WorkShown]:
    """The caller's works, the last begun first; with `kinds` those alone."""
    person = require_staff(act.actor)
    found = await queries.listed(person.id, _halls(person), kinds, after_id(query), query.limit)
    return page(found, query.limit, _shown, lambda row: (row["id"],))


async def _own(act: Act, work_id: UUID) -> dict[str, Any]:
    person = require_staff(act.actor)
    found = await queries.one(work_id, person.id, _halls(person))
    if found is None:
        raise _no_such_work()
    return found


async def shown(act: Act, work_id: UUID) -> WorkShown:
    """One of the caller's works. Raises NotFound for any other."""
    return _shown(await _own(act, work_id))


def _shown(row: dict[str, Any]) -> WorkShown:
    state = State(row["state"])
    return WorkShown(
        id=row["id"],
        kind=row["kind"],
        title=row["title"],
        hall_id=row["hall_id"],
        hall_name=row["hall_name"],
        state=state,
        state_name=STATE_NAMES[state],
        done=row["done"],
        total=row["total"],
        share=1.0 if state is State.DONE else share(row["done"], row["total"]),
        message=row["message"],
        summary=msgspec.json.decode(row["summary"]) if row["summary"] else None,
        file=row["result_name"],
        file_bytes=row["result_bytes"],
        cancelling=row["cancel_asked_at"] is not None and row["ended_at"] is None,
        created_at=row["created_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        expires_at=row["expires_at"],
    )


async def cancel(act: Act, work_id: UUID) -> WorkShown:
    """Stop a work: at once if it waits, within a second or two if it goes on.

    What it had finished before stays; a work that ends all the same in that moment is done.

    Raises:
        NotFound: it is not the caller's. AlreadyEnded.
    """
    await _own(act, work_id)
    async with act.transaction() as tx:
        found = await queries.standing(work_id)
        if found is None or found["state"] not in (State.WAITING, State.RUNNING):
            raise AlreadyEnded
        await queries.ask_to_stop(work_id, act.at)
        if found["state"] == State.WAITING:
            await queries.end(
                work_id,
                None,
                State.CANCELLED,
                now=act.at,
                expires_at=kept_until(act),
                message="已取消，没有开始。",
            )
        tx.audit(
            "work.cancel_asked", f"work:{work_id}", hall_id=found["hall_id"], kind=found["kind"]
        )
    if found["state"] == State.WAITING:
        await vault.remove(act.house, work_id, "given")
    return await shown(act, work_id)


async def file(act: Act, work_id: UUID) -> File:
    """What a work made; the fetching is recorded.

    Raises:
        NotFound: it is not the caller's. NoFile: it has none.
    """
    found = await _own(act, work_id)
    if found["result_name"] is None:
        raise NoFile
    content = await vault.get(act.house, work_id, found["data_key"], "result")
    async with act.transaction() as tx:
        tx.audit(
            "work.file_fetched", f"work:{work_id}", hall_id=found["hall_id"], kind=found["kind"]
        )
    return File(content, found["result_type"], found["result_name"])


async def given(act: Act, work_id: UUID) -> Given:
    """What one of the caller's works was started with, where its kind keeps it.

    Raises:
        NotFound: it is not the caller's. NotKept: it had no file, or has it no more.
    """
    await _own(act, work_id)
    found = await queries.given(work_id)
    if found is None or found["given_name"] is None:
        raise NotKept
    try:
        content = await vault.get(act.house, work_id, found["data_key"], "given")
    except Missing:
        raise NotKept from None
    return Given(found["kind"], found["params"], found["given_name"], content)


def kept_until(act: Act) -> Any:
    """Until when what ends now is kept (`ZHANGBAN_WORK_DAYS`)."""
    return act.at + timedelta(days=act.house.settings.work_days)


async def forget_old(act: Act) -> int:
    """Delete works whose time is over, with their files; returns how many.

    One whose files the storage does not delete stays until it does.
    """
    gone = 0
    while found := await queries.outlived(act.at, _BATCH):
        before = gone
        for row in found:
            if await vault.remove(act.house, row["id"]):
                await queries.forget(row["id"])
                gone += 1
        if gone - before < len(found):
            break
    return gone


async def sweep_orphans(act: Act) -> int:
    """Delete files of works that have no row; returns of how many works. Raises StorageDown."""
    old = [found for found in await vault.kept(act.house) if may_be_orphan(found, act.at)]
    orphans = await queries.without_row(old)
    for work_id in orphans:
        await vault.remove(act.house, work_id)
    return len(orphans)

"""Uploads that go on after the line broke: tus 1.0.0 with creation, termination and expiration.

What there is of an upload is one row, which every worker sees, and one file in the folder of
uploads, which all workers of a machine share. The file alone says how much has come: it grows as
the bytes arrive, so that neither a phone that hangs up nor a server that is killed loses any. Who
writes holds a lock on the file, which the system lets go of when the process ends in whichever way.

With several machines the folder must be one that all of them share and whose locks hold between
them (NFS 4), or every address must go on to the machine where it began.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from app.core import db
from app.core.acts import Act
from app.core.auth import Citizen, Staff
from app.core.errors import Conflict, Forbidden, NotFound, Problem, TooMany
from app.core.house import House
from app.core.limits import Limits
from app.materials import growing, queries, rules
from app.materials.intake import TooLarge, Upload, upload_folder
from app.materials.models import ResumableUpload
from app.materials.schemas import UploadShown
from app.materials.taking import take_in, take_in_for

NO_SUCH_UPLOAD = "这次上传不存在或已过期，请重新上传。"
FOR_GOOD = (400, 413, 415, 422)
"""Statuses of refusals that sending the same file again would only repeat."""


class WrongOffset(Conflict):
    """The piece does not begin where the last one ended; `offset` says where that is."""

    code = "materials.wrong_offset"
    title = "上传的位置不一致，请从服务器已收到的位置继续。"


class Busy(Problem):
    """Another request is sending to this upload at this moment."""

    status = 423
    code = "materials.upload_busy"
    title = "这个文件正在上传，请稍后再继续。"


class TooManyOpen(TooMany):
    """The sender has begun too many uploads without finishing them."""

    code = "materials.too_many_uploads"
    title = "未完成的上传太多，请先完成或取消之前的上传。"


async def begin(act: Act, size: int, filename: str) -> UploadShown:
    """Begin an upload of the citizen's own. Raises TooLarge, TooManyOpen, TooMany, Forbidden."""
    if not isinstance(act.actor, Citizen):
        raise Forbidden
    return await _begin(act, act.actor.id, size, filename)


async def begin_for(act: Act, owner_id: UUID, size: int, filename: str) -> UploadShown:
    """Begin an upload of a clerk for the applicant at the window, whose it will be.

    Without an access check: the caller has made sure that the applicant stands there.

    Raises:
        Forbidden: not staff. What `begin` raises.
    """
    if not isinstance(act.actor, Staff):
        raise Forbidden
    return await _begin(act, owner_id, size, filename)


async def _begin(act: Act, owner_id: UUID, size: int, filename: str) -> UploadShown:
    settings, sender = act.house.settings, act.actor.key
    if size > settings.upload_max_bytes:
        raise TooLarge
    limit = f"{settings.uploads_per_hour}/hour"
    await act.house.part(Limits).hit(limit, "materials.upload_begun", sender)
    async with act.transaction():
        await db.fetch("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"up {sender}")
        if await queries.uploads_open(sender, act.at) >= settings.uploads_open:
            raise TooManyOpen
        row = await ResumableUpload.create(
            owner_id=owner_id,
            sender=sender,
            filename=rules.shown_filename(filename),
            size=size,
            created_at=act.at,
            expires_at=act.at + timedelta(hours=settings.upload_hours),
        )
        # Within the transaction: a row whose file cannot be made is not kept.
        await asyncio.to_thread(_file(act.house, row.id).touch, 0o600)
    return _shown(row, 0)


async def state(act: Act, upload_id: UUID) -> UploadShown:
    """How far an upload of the caller's has come. Raises NotFound."""
    row = await _own(act, upload_id)
    return _shown(row, _received(act.house, row))


async def go_on(
    act: Act, upload_id: UUID, offset: int, pieces: AsyncIterator[bytes]
) -> UploadShown:
    """Take a piece that begins at `offset`; the last one makes the file a material.

    The last piece sent again is answered as the first time, and so is a piece of no bytes at the
    end of a file whose taking in was cut off.

    Raises:
        NotFound: no such upload of the caller's, or it is over.
        WrongOffset, Busy, TooLarge: nothing of the piece was taken.
        Any refusal of `take_in`: the upload is over, unless trying again can help.
    """
    row = await _own(act, upload_id)
    file = _file(act.house, row.id)
    if row.material_id is None and not _is_there(file):
        row = await _own(act, upload_id)  # finished by another request just now
    if row.material_id is not None:
        return await _again(row, offset, pieces)
    with _locked(file):
        received = file.stat().st_size
        if offset != received:
            raise WrongOffset(offset=received)
        received = await growing.append(file, received, row.size, pieces)
        if received < row.size:
            return _shown(row, received)
        # Somebody else may have finished it between the row and the lock.
        row = await _own(act, upload_id)
        if row.material_id is None:
            row.material_id = await _finish(act, row, file)
    return _shown(row, row.size)


async def give_up(act: Act, upload_id: UUID) -> None:
    """End an upload; what has come of it is deleted. Raises NotFound, Busy."""
    row = await _own(act, upload_id)
    file = _file(act.house, row.id)
    if _is_there(file):
        with _locked(file):
            await _drop(row, file)
    else:
        await _drop(row, file)


async def sweep_resumable(act: Act) -> int:
    """Delete uploads that are over, and files without a row; returns how many rows."""
    rows = await db.fetch("DELETE FROM uploads WHERE expires_at <= $1 RETURNING id", act.at)
    for row in rows:
        _remove(_file(act.house, row["id"]))
    until = (act.at - rules.ORPHAN_LIFE).timestamp()
    for path in upload_folder(act.house).glob("resumable-*"):
        upload_id = UUID(hex=path.name.removeprefix("resumable-"))
        if path.stat().st_mtime <= until and not await ResumableUpload.exists(id=upload_id):
            _remove(path)
    return len(rows)


async def _own(act: Act, upload_id: UUID) -> ResumableUpload:
    row = await ResumableUpload.get_or_none(
        id=upload_id, sender=act.actor.key, expires_at__gt=act.at
    )
    if row is None:
        raise NotFound(NO_SUCH_UPLOAD)
    return row


async def _again(row: ResumableUpload, offset: int, pieces: AsyncIterator[bytes]) -> UploadShown:
    """The answer to the last piece once more, if that is what this is."""
    length = 0
    async for piece in pieces:
        length += len(piece)
    if offset + length != row.size:
        raise WrongOffset(offset=row.size)
    return _shown(row, row.size)


async def _finish(act: Act, row: ResumableUpload, file: Path) -> UUID:
    upload = Upload(file, row.size, row.filename)
    try:
        if isinstance(act.actor, Citizen):
            made = await take_in(act, upload)
        else:
            made = await take_in_for(act, row.owner_id, upload)
    except Problem as problem:
        if problem.status in FOR_GOOD:
            await _drop(row, file)
        raise
    await ResumableUpload.filter(id=row.id).update(material_id=made.id)
    _remove(file)
    return made.id


async def _drop(row: ResumableUpload, file: Path) -> None:
    await ResumableUpload.filter(id=row.id).delete()
    _remove(file)


def _remove(file: Path) -> None:
    file.unlink(missing_ok=True)


def _is_there(file: Path) -> bool:
    return file.exists()


def _file(house: House, upload_id: UUID) -> Path:
    return upload_folder(house) / f"resumable-{upload_id.hex}"


def _received(house: House, row: ResumableUpload) -> int:
    if row.material_id is not None:
        return row.size
    try:
        return _file(house, row.id).stat().st_size
    except FileNotFoundError:
        raise NotFound(NO_SUCH_UPLOAD) from None


def _shown(row: ResumableUpload, received: int) -> UploadShown:
    return UploadShown(
        id=row.id,
        size=row.size,
        received=received,
        material_id=row.material_id,
        expires_at=row.expires_at,
    )


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold the file alone. Raises Busy where another request has it, NotFound if it is gone."""
    try:
        held = growing.hold(file)
    except FileNotFoundError:
        raise NotFound(NO_SUCH_UPLOAD) from None
    if held is None:
        raise Busy
    with held:
        yield

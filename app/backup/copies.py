"""Backup and restore: one folder with a copy of the database and of every stored photo.

    FOLDER/database.dump     PostgreSQL's custom format
    FOLDER/objects/…         every stored object under its key
    FOLDER/manifest.json     what is there, with digests; written last

Without its manifest a folder is not a backup: the copying was cut off. The database is copied
first, at one moment; the objects after it. A row is written only after its object is stored, so
every object that the copied rows name is copied too.

The keys (`ZHANGBAN_KEYS`) are not in a backup. The manifest names those that it needs, and is
authenticated with the newest of them, so that a changed backup is found out.
"""

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from app import __version__
from app.backup import database
from app.backup.database import BackupError
from app.core.crypto import Keyring, KeyringError
from app.core.storage import Missing, Storage, StorageDown
from app.settings import Settings

__all__ = ["BackupError", "Manifest", "backup", "restore"]

FORMAT = 1
DUMP = "database.dump"
OBJECTS = "objects"
MANIFEST = "manifest.json"
_PURPOSE = "backup"
_AT_ONCE = 8
_CHUNK = 1 << 20

Given = TypeVar("Given")


class Copied(msgspec.Struct, frozen=True):
    """A file of the backup: its path in the folder, its size in bytes, its SHA-256 in hex."""

    path: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What a backup has. `keys` are the ids of the keys that it needs, newest first."""

    format: int
    made_at: datetime
    version: str
    postgresql: int
    programs: int
    keys: list[str]
    database: Copied
    objects: list[Copied]


class _Sealed(msgspec.Struct, frozen=True):
    manifest: msgspec.Raw
    mac: bytes


async def backup(settings: Settings, folder: Path) -> Manifest:
    """Copy the database and all stored objects into `folder`, which is made, or is empty.

    The server may go on serving. Returns what was written.

    Raises:
        BackupError: the folder has something in it, the database or the store does not answer,
            no fitting `pg_dump` is there, or the keys are not set.
    """
    keyring = _keyring(settings)
    await asyncio.to_thread(_prepare, folder)
    major = await database.server_major(settings.database_url)
    tools = await database.find_programs(major)
    await database.dump(tools, settings.database_url, folder / DUMP)
    async with _storage(settings) as storage:
        keys = [key async for key, _ in storage.list()]
        copied = await _each(sorted(keys), lambda key: _save(storage, key, folder))
    manifest = Manifest(
        format=FORMAT,
        made_at=datetime.now(UTC),
        version=__version__,
        postgresql=major,
        programs=tools.major,
        keys=keyring.key_ids,
        database=await asyncio.to_thread(_measure, folder, DUMP),
        objects=[each for each in copied if each],
    )
    await asyncio.to_thread(_seal, manifest, keyring, folder)
    return manifest


async def restore(settings: Settings, folder: Path, *, overwrite: bool = False) -> Manifest:
    """Bring the backup in `folder` into the settings' database and store; the server is stopped.

    Everything is checked before anything is changed, and the database is replaced in one
    transaction. Objects that the store has besides stay there. Returns what was restored.

    Args:
        overwrite: drop what the database has; otherwise it must be empty.

    Raises:
        BackupError: the folder is not a whole, unchanged backup; its keys are not set; the
            database is not empty or is in use; something does not answer.
    """
    keyring = _keyring(settings)
    manifest = await asyncio.to_thread(_open, folder, keyring)
    await _each(manifest.objects, lambda each: asyncio.to_thread(_check, folder, each))
    await asyncio.to_thread(_check, folder, manifest.database)
    tables, others = await database.what_is_there(settings.database_url)
    if tables and not overwrite:
        raise BackupError(
            f"The database already has {tables} tables: restore into an empty one, or say"
            " --overwrite to drop what it has."
        )
    if others:
        raise BackupError(
            f"{others} other connections to the database are open: stop the server first."
        )
    major = await database.server_major(settings.database_url)
    tools = await database.find_programs(max(major, manifest.programs))
    async with _storage(settings) as storage:
        await _each(manifest.objects, lambda each: _bring_back(storage, each, folder))
    await database.load(
        tools, settings.database_url, folder / DUMP, over=overwrite and bool(tables)
    )
    return manifest


def _keyring(settings: Settings) -> Keyring:
    try:
        return Keyring.parse(settings.keys)
    except KeyringError as error:
        raise BackupError(f"ZHANGBAN_KEYS: {error}") from None


@asynccontextmanager
async def _storage(settings: Settings) -> AsyncIterator[Storage]:
    storage = Storage.open(settings)
    try:
        yield storage
    except StorageDown as error:
        raise BackupError(f"The store of photos does not answer: {error.__cause__}.") from error
    finally:
        storage.close()


async def _each(
    many: Iterable[Given], do: Callable[[Given], Coroutine[Any, Any, Copied | None]]
) -> list[Copied | None]:
    """Do something for each, a few at a time; the first error ends it."""
    waiting = list(many)
    done: list[Copied | None] = []
    for start in range(0, len(waiting), _AT_ONCE):
        done += await asyncio.gather(*map(do, waiting[start : start + _AT_ONCE]))
    return done


async def _save(storage: Storage, key: str, folder: Path) -> Copied | None:
    """Copy one object; None if it was deleted since the list was made."""
    try:
        data = await storage.get(key)
    except Missing:
        return None
    path = f"{OBJECTS}/{key}"
    await asyncio.to_thread(_write, folder / path, data)
    return Copied(path, len(data), hashlib.sha256(data).hexdigest())


async def _bring_back(storage: Storage, each: Copied, folder: Path) -> None:
    data = await asyncio.to_thread((folder / each.path).read_bytes)
    await storage.put(each.path.removeprefix(f"{OBJECTS}/"), data)


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        raise BackupError(f"The folder {folder} cannot be used: {error.strerror}.") from None
    if not is_empty:
        raise BackupError(
            f"The folder {folder} is not empty: it holds a backup already, or one that was cut"
            " off. Name a new folder."
        )


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(data)


def _measure(folder: Path, path: str) -> Copied:
    digest, size = hashlib.sha256(), 0
    with (folder / path).open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Copied(path, size, digest.hexdigest())


def _check(folder: Path, wanted: Copied) -> Copied:
    """The file, if it is as the manifest says. Raises BackupError."""
    try:
        found = _measure(folder, wanted.path)
    except OSError as error:
        raise BackupError(f"{folder / wanted.path}: {error.strerror}.") from None
    if found != wanted:
        raise BackupError(f"{folder / wanted.path} is not as it was backed up.")
    return found


def _seal(manifest: Manifest, keyring: Keyring, folder: Path) -> None:
    """Write the manifest once everything else is on the disk."""
    content = msgspec.json.encode(manifest)
    mac = keyring.mac(content, _PURPOSE, key_id=keyring.newest_id)
    if sys.platform != "win32":
        os.sync()
    part = folder / (MANIFEST + ".part")
    _write(part, msgspec.json.encode(_Sealed(msgspec.Raw(content), mac)))
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(folder / MANIFEST)


def _open(folder: Path, keyring: Keyring) -> Manifest:
    """The manifest of a whole backup that our keys open. Raises BackupError."""
    try:
        sealed = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=_Sealed)
        manifest = msgspec.json.decode(sealed.manifest, type=Manifest)
    except FileNotFoundError:
        raise BackupError(
            f"{folder} has no {MANIFEST}: it is no backup, or one that was cut off."
        ) from None
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupError(f"{folder / MANIFEST} cannot be read: {error}.") from None
    if manifest.format != FORMAT:
        raise BackupError(f"{folder} was made by another version ({manifest.version}) of zhangban.")
    missing = [key for key in manifest.keys if key not in keyring.key_ids]
    if missing:
        raise BackupError(
            f"ZHANGBAN_KEYS lacks what this backup was made with: {', '.join(missing)}."
        )
    if not keyring.verify_mac(
        bytes(sealed.manifest), sealed.mac, _PURPOSE, key_id=manifest.keys[0]
    ):
        raise BackupError(f"{folder / MANIFEST} was changed, or a key has another value now.")
    for each in manifest.objects:
        if Path(each.path).parts[:1] != (OBJECTS,) or ".." in Path(each.path).parts:
            raise BackupError(f"{folder / MANIFEST} names a file outside of the backup.")
    return manifest

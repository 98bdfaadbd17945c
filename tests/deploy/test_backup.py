"""Backup and restore: everything comes back elsewhere, and nothing else is taken for a backup."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from app.backup import BackupError, backup, restore
from app.backup import database as backup_database
from app.core.house import House
from app.core.privacy import Keyring
from app.core.storage import Storage
from app.server import with_database
from app.settings import Settings
from tests.places import Place

PHOTOS = {"photos/ab/one.jpg": b"one" * 1000, "photos/cd/two.jpg": b"", "receipts/three": b"3"}


async def rows_of(url: str) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        )
        return {
            table["name"]: sorted(
                row["row"]
                for row in await connection.fetch(f'SELECT t::text AS row FROM "{table["name"]}" t')
            )
            for table in tables
        }
    finally:
        await connection.close()


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def run(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def objects_of(settings: Settings) -> dict[str, bytes]:
    storage = Storage.open(settings)
    try:
        return {key: await storage.get(key) async for key, _ in storage.list()}
    finally:
        storage.close()


@pytest.fixture
async def source(house: House, place: Place, tmp_path: Path) -> Settings:
    """A hall at work: rows in the database, photos in a store."""
    found = msgspec.structs.replace(house.settings, storage_url=str(tmp_path / "source"))
    storage = Storage.open(found)
    for key, data in PHOTOS.items():
        await storage.put(key, data)
    storage.close()
    return found


@pytest.fixture
async def target(source: Settings, tmp_path: Path) -> AsyncIterator[Settings]:
    """An empty database and an empty store, with the same keys."""
    base, name = os.environ["DATABASE_URL"], f"zhangban_restored_{uuid4().hex[:12]}"
    await run(base, f'CREATE DATABASE "{name}"')
    yield msgspec.structs.replace(
        source, database_url=with_database(base, name), storage_url=str(tmp_path / "target")
    )
    await run(base, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def folder(source: Settings, tmp_path: Path) -> Path:
    """A backup of the source."""
    made = tmp_path / "backup"
    await backup(source, made)
    return made


async def test_everything_comes_back_in_another_place(
    source: Settings, target: Settings, folder: Path
) -> None:
    manifest = await restore(target, folder)
    assert await rows_of(target.database_url) == await rows_of(source.database_url)
    assert (await rows_of(target.database_url))["staff"], "the source had rows"
    assert await objects_of(target) == PHOTOS
    assert {each.path for each in manifest.objects} == {f"objects/{key}" for key in PHOTOS}


async def test_what_guards_the_rows_comes_back_too(target: Settings, folder: Path) -> None:
    await restore(target, folder)
    with pytest.raises(asyncpg.UniqueViolationError):
        await run(
            target.database_url, "INSERT INTO periodic_runs VALUES ('a', now()), ('a', now())"
        )
    with pytest.raises(asyncpg.RestrictViolationError):
        await run(
            target.database_url,
            "INSERT INTO audit_entries (chain, seq, at, actor, verb, subject, data, key_id, digest)"
            " VALUES (0, 900001, now(), 'x', 'x', 'x', '{}', 'k', '');"
            " DELETE FROM audit_entries WHERE seq = 900001",
        )


def test_only_its_owner_can_read_a_backup(folder: Path) -> None:
    assert folder.stat().st_mode & 0o077 == 0
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 2 + len(PHOTOS)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_a_backup_holds_no_key(folder: Path, source: Settings) -> None:
    secret = source.keys.partition(":")[2].encode()
    assert secret
    assert all(secret not in path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_an_interrupted_backup_is_not_taken_for_one(
    source: Settings, target: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_off(self: Any, key: str) -> bytes:
        raise OSError("the disk is full")

    monkeypatch.setattr(Storage, "get", cut_off)
    cut = tmp_path / "cut"
    with pytest.raises(OSError, match="disk is full"):
        await backup(source, cut)
    assert (cut / "database.dump").exists()
    with pytest.raises(BackupError, match="no backup, or one that was cut off"):
        await restore(target, cut)
    with pytest.raises(BackupError, match="not empty"):
        await backup(source, cut)


async def test_a_database_with_something_in_it_is_left_alone(
    target: Settings, folder: Path
) -> None:
    await run(target.database_url, "CREATE TABLE mine AS SELECT 1 AS n")
    with pytest.raises(BackupError, match="already has 1 tables"):
        await restore(target, folder)
    assert await rows_of(target.database_url) == {"mine": ["(1)"]}
    assert await objects_of(target) == {}


async def test_overwriting_brings_back_exactly_what_was(
    source: Settings, target: Settings, folder: Path
) -> None:
    await restore(target, folder)
    await run(target.database_url, "DELETE FROM duties; DELETE FROM windows")
    await run(target.database_url, "CREATE TABLE of_a_later_version (n int)")
    await restore(target, folder, overwrite=True)
    assert await rows_of(target.database_url) == await rows_of(source.database_url)


async def test_a_restore_that_fails_leaves_the_database_as_it_was(
    target: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(target.database_url, "CREATE TABLE mine AS SELECT 1 AS n")
    monkeypatch.setattr(backup_database, "_EMPTY", "DROP SCHEMA public CASCADE")
    with pytest.raises(BackupError, match=r"psql failed: .*schema"):
        await restore(target, folder, overwrite=True)
    assert await rows_of(target.database_url) == {"mine": ["(1)"]}
    assert "database.sql" not in names_in(folder)


async def test_a_database_in_use_is_left_alone(target: Settings, folder: Path) -> None:
    connection = await asyncpg.connect(target.database_url)
    try:
        with pytest.raises(BackupError, match=r"1 other connections .* stop the server first"):
            await restore(target, folder)
    finally:
        await connection.close()


@pytest.mark.parametrize("path", ["objects/photos/ab/one.jpg", "database.dump"])
async def test_a_changed_file_is_found_before_anything_is_restored(
    target: Settings, folder: Path, path: str
) -> None:
    content = bytearray((folder / path).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / path).write_bytes(content)
    with pytest.raises(BackupError, match="is not as it was backed up"):
        await restore(target, folder)
    assert await rows_of(target.database_url) == {}
    assert await objects_of(target) == {}


async def test_a_missing_photo_is_found(target: Settings, folder: Path) -> None:
    (folder / "objects/receipts/three").unlink()
    with pytest.raises(BackupError, match="receipts/three: No such file"):
        await restore(target, folder)


async def test_a_changed_manifest_is_found(target: Settings, folder: Path) -> None:
    manifest = folder / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"size":3000', b'"size":3001'))
    with pytest.raises(BackupError, match="was changed"):
        await restore(target, folder)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1, 2", b'{"manifest": {}, "mac": "AA=="}'])
async def test_a_manifest_that_is_none_is_found(
    target: Settings, folder: Path, content: bytes
) -> None:
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(BackupError, match="cannot be read"):
        await restore(target, folder)


async def test_the_keys_of_the_backup_are_asked_for(target: Settings, folder: Path) -> None:
    other = msgspec.structs.replace(target, keys=Keyring.new_key("other"))
    with pytest.raises(BackupError, match="lacks what this backup was made with: test"):
        await restore(other, folder)


async def test_a_key_of_the_same_name_is_not_taken_for_the_same(
    target: Settings, folder: Path
) -> None:
    impostor = msgspec.structs.replace(target, keys=Keyring.new_key("test"))
    with pytest.raises(BackupError, match="a key has another value"):
        await restore(impostor, folder)


async def test_a_newer_key_in_front_does_not_matter(target: Settings, folder: Path) -> None:
    rotated = msgspec.structs.replace(target, keys=f"{Keyring.new_key('newer')}\n{target.keys}")
    await restore(rotated, folder)
    assert await objects_of(target) == PHOTOS


async def test_without_keys_nothing_is_backed_up(source: Settings, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="ZHANGBAN_KEYS"):
        await backup(msgspec.structs.replace(source, keys=""), tmp_path / "none")


async def test_a_database_that_does_not_answer_is_one_sentence(
    source: Settings, tmp_path: Path
) -> None:
    away = msgspec.structs.replace(source, database_url="postgresql://x@127.0.0.1:1/x")
    with pytest.raises(BackupError, match="cannot be reached"):
        await backup(away, tmp_path / "none")


def programs_of(folder: Path, major: int) -> Path:
    folder.mkdir()
    for name in ("pg_dump", "pg_restore", "psql"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {major}.1'\n")
        (folder / name).chmod(0o755)
    return folder


async def test_the_programs_of_the_servers_version_are_preferred_then_the_next_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have = [programs_of(tmp_path / str(major), major) for major in (18, 15, 16)]
    monkeypatch.setattr(backup_database, "_folders", lambda: have)
    assert (await backup_database.find_programs(15)).major == 15
    assert (await backup_database.find_programs(17)).major == 18
    with pytest.raises(BackupError, match=r"has 15, 16, 18: install postgresql-client-19"):
        await backup_database.find_programs(19)


async def test_a_folder_that_lacks_one_of_the_programs_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have = programs_of(tmp_path / "18", 18)
    (have / "psql").unlink()
    monkeypatch.setattr(backup_database, "_folders", lambda: [have, tmp_path / "none"])
    with pytest.raises(BackupError, match="has none"):
        await backup_database.find_programs(18)


def test_the_embedded_servers_programs_are_among_those_found() -> None:
    assert any((folder / "pg_dump").exists() for folder in backup_database._folders())

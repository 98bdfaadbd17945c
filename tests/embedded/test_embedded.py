"""The embedded servers: they start, keep their data, and end with whoever started them."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis import asyncio as aioredis
from redis.exceptions import AuthenticationError

from app.embedded import EmbeddedError, servers
from app.embedded import places as embedded_places
from app.embedded import running as embedded
from app.settings import Settings

IS_ROOT = os.name == "posix" and os.geteuid() == 0
ON_LINUX = sys.platform == "linux"

OWNER = """
import sys, time
from app.embedded import servers
from app.settings import Settings
with servers(Settings(state_dir=sys.argv[1]), durable=False) as found:
    print(found.database_url, found.redis_url, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not tmp_path: pytest closes it to other users, and root's servers run as nobody.
    made = Path(tempfile.mkdtemp(prefix="zhangban-embedded-"))
    made.chmod(0o755)
    yield made
    for lock in made.rglob("alive.lock"):
        _wait_for(lock)
    shutil.rmtree(made)


def _wait_for(lock: Path) -> None:
    """Until the server of a killed owner has ended, so that its folder can be removed."""
    deadline = time.monotonic() + 20
    while (file := embedded._try_lock(lock)) is None:
        assert time.monotonic() < deadline, f"a server of {lock.parent} still runs"
        time.sleep(0.05)
    file.close()


def settings_in(folder: Path) -> Settings:
    return Settings(state_dir=str(folder))


async def ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def ping(url: str) -> bool:
    async with aioredis.Redis.from_url(url) as client:
        return bool(await client.ping())


@contextlib.contextmanager
def owner_elsewhere(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str, str]]:
    """Another process that runs the servers of `folder`: it, and its two URLs."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        database_url, redis_url = process.stdout.readline().split()
        yield process, database_url, redis_url
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


async def test_both_servers_start_and_take_connections(folder: Path) -> None:
    with servers(settings_in(folder)) as found:
        assert await ask(found.database_url, "SHOW fsync") == "on"
        assert await ask(found.database_url, "SHOW max_connections") == "100"
        assert await ask(found.database_url, "SHOW server_encoding") == "UTF8"
        assert await ping(found.redis_url)


async def test_everything_but_the_urls_stays_as_it_was(folder: Path) -> None:
    given = Settings(state_dir=str(folder), port=4711)
    with servers(given, durable=False) as found:
        assert found.port == 4711
        assert found.state_dir == str(folder)


async def test_the_urls_work_in_a_child_process(folder: Path) -> None:
    program = (
        "import asyncio, sys, asyncpg, redis\n"
        "async def ask():\n"
        "    c = await asyncpg.connect(sys.argv[1])\n"
        "    return await c.fetchval('SELECT 41 + 1')\n"
        "print(asyncio.run(ask()), redis.Redis.from_url(sys.argv[2]).ping())\n"
    )
    with servers(settings_in(folder), durable=False) as found:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program, found.database_url, found.redis_url),
            stdout=subprocess.PIPE,
        )
        said, _ = await child.communicate()
    assert said.decode().split() == ["42", "True"]


async def test_the_data_is_kept_from_run_to_run(folder: Path) -> None:
    with servers(settings_in(folder)) as first:
        await ask(first.database_url, "CREATE TABLE kept AS SELECT '掌办' AS name")
    with servers(settings_in(folder)) as second:
        assert await ask(second.database_url, "SELECT name FROM kept") == "掌办"


async def test_nothing_is_left_running_at_the_end(folder: Path) -> None:
    with servers(settings_in(folder), durable=False) as found:
        pass
    with pytest.raises(OSError, match=r"(?i)refused|connect"):
        await ask(found.database_url, "SELECT 1")


async def test_they_stop_when_the_block_fails(folder: Path) -> None:
    with pytest.raises(RuntimeError), servers(settings_in(folder), durable=False) as found:
        raise RuntimeError
    with pytest.raises(OSError, match=r"(?i)refused|connect"):
        await ask(found.database_url, "SELECT 1")


def test_given_urls_are_used_and_nothing_starts(folder: Path) -> None:
    given = Settings(
        state_dir=str(folder / "unused"), database_url="postgresql://db/x", redis_url="redis://r"
    )
    with servers(given) as found:
        assert found == given
    assert not (folder / "unused").exists()


async def test_only_the_missing_server_starts(folder: Path) -> None:
    given = Settings(state_dir=str(folder), database_url="postgresql://db/x")
    with servers(given) as found:
        assert found.database_url == "postgresql://db/x"
        assert await ping(found.redis_url)
    assert not (folder / "postgres").exists()


async def test_two_folders_have_servers_of_their_own_at_the_same_time(folder: Path) -> None:
    (folder / "a").mkdir()
    with (
        servers(settings_in(folder / "a"), durable=False) as one,
        servers(settings_in(folder / "b"), durable=False) as two,
    ):
        await ask(one.database_url, "CREATE TABLE only_here (n int)")
        assert await ask(two.database_url, "SELECT to_regclass('only_here')") is None
        assert await ping(one.redis_url)
        assert await ping(two.redis_url)


async def test_nobody_gets_in_without_the_password(folder: Path) -> None:
    with servers(settings_in(folder), durable=False) as found:
        address = found.database_url.rpartition("@")[2]
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(f"postgresql://zhangban:guess@{address}", "SELECT 1")
        with pytest.raises(AuthenticationError):
            await ping("redis://" + found.redis_url.rpartition("@")[2])


async def test_a_second_process_joins_and_leaves_them_running(folder: Path) -> None:
    with owner_elsewhere(folder) as (_, database_url, redis_url):
        with servers(settings_in(folder)) as joined:
            assert (joined.database_url, joined.redis_url) == (database_url, redis_url)
        assert await ask(database_url, "SELECT 1") == 1
        assert await ping(redis_url)


async def test_after_the_owner_was_killed_they_start_again_with_the_data(folder: Path) -> None:
    with owner_elsewhere(folder) as (process, database_url, _):
        await ask(database_url, "CREATE TABLE kept AS SELECT 7 AS n")
        process.kill()
        process.wait()
        with servers(settings_in(folder)) as found:
            assert found.database_url != database_url
            assert await ask(found.database_url, "SELECT n FROM kept") == 7
            assert await ping(found.redis_url)


async def test_they_end_with_an_owner_that_is_killed(folder: Path) -> None:
    with owner_elsewhere(folder) as (process, database_url, redis_url):
        process.kill()
        process.wait()
        await _until_gone(database_url)
        await _until_gone(redis_url)


async def _until_gone(url: str) -> None:
    port = int(url.rpartition(":")[2].partition("/")[0])
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"still answers on port {port}")


@pytest.mark.skipif(not ON_LINUX, reason="finds the keeper through /proc")
async def test_a_server_whose_keeper_was_killed_too_is_stopped_at_the_next_start(
    folder: Path,
) -> None:
    with owner_elsewhere(folder) as (process, database_url, _):
        await ask(database_url, "CREATE TABLE kept AS SELECT 7 AS n")
        postmaster = int((folder / "postgres/data/postmaster.pid").read_text().split()[0])
        keeper = _parent_of(postmaster)
        watch = next(pid for pid in _children_of(keeper) if pid != postmaster)
        for pid in (watch, keeper, process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait()
        assert await ask(database_url, "SELECT 1") == 1  # it lives on, and nobody minds it
        with servers(settings_in(folder)) as found:
            assert await ask(found.database_url, "SELECT n FROM kept") == 7
        with pytest.raises(OSError, match=r"(?i)refused|connect"):
            await ask(database_url, "SELECT 1")


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def test_a_stale_pid_file_that_names_a_living_process_does_no_harm(folder: Path) -> None:
    with servers(settings_in(folder), durable=False):
        pass
    stale = f"{os.getpid()}\n{folder}\n0\n1\n\n127.0.0.1\n0 0\nready\n"
    (folder / "postgres/data/postmaster.pid").write_text(stale)
    with servers(settings_in(folder), durable=False) as found:
        assert await ask(found.database_url, "SELECT 1") == 1


async def test_a_first_start_that_was_cut_off_is_begun_again(folder: Path) -> None:
    (folder / "postgres" / "data.part").mkdir(parents=True)
    (folder / "postgres" / "data.part" / "PG_VERSION").write_text("half")
    (folder / "postgres").chmod(0o711)
    with servers(settings_in(folder), durable=False) as found:
        assert await ask(found.database_url, "SELECT 1") == 1


async def test_another_port_is_tried_when_one_is_taken_meanwhile(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free_port = embedded._free_port
    with socket.create_server(("127.0.0.1", 0)) as taken:
        offered = iter([taken.getsockname()[1]])
        monkeypatch.setattr(embedded, "_free_port", lambda: next(offered, None) or free_port())
        with servers(settings_in(folder), durable=False) as found:
            assert await ask(found.database_url, "SELECT 1") == 1


def test_data_of_another_version_is_refused_in_one_sentence(folder: Path) -> None:
    with servers(settings_in(folder), durable=False):
        pass
    (folder / "postgres/data/PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match="was made by PostgreSQL 9 and this is"):
        servers(settings_in(folder)).__enter__()


def test_a_server_that_does_not_start_is_reported_with_its_own_last_words(folder: Path) -> None:
    with servers(settings_in(folder), durable=False):
        pass
    with (folder / "postgres/data/postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(EmbeddedError, match=r"PostgreSQL did not start: .*configuration file"):
        servers(settings_in(folder)).__enter__()


def test_a_state_folder_that_is_a_file_is_reported_in_one_sentence(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(EmbeddedError, match="cannot be used"):
        servers(settings_in(folder / "file")).__enter__()


@pytest.mark.skipif(not IS_ROOT, reason="only root's servers run as another user")
async def test_root_keeps_a_closed_folder_closed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = folder / "elsewhere"
    monkeypatch.setattr(embedded_places, "ELSEWHERE", elsewhere)
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with servers(settings_in(closed / "state"), durable=False) as first:
        await ask(first.database_url, "CREATE TABLE kept AS SELECT 7 AS n")
    with servers(settings_in(closed / "state"), durable=False) as second:
        assert await ask(second.database_url, "SELECT n FROM kept") == 7
    assert closed.stat().st_mode & 0o777 == 0o700

    shutil.rmtree(closed)
    (folder / "another").mkdir(mode=0o700)
    with servers(settings_in(folder / "another" / "state"), durable=False):
        left = list(elsewhere.glob("*/belongs-to"))
    assert len(left) == 1, "what belonged to the folder that is gone should be gone too"


@pytest.mark.skipif(not IS_ROOT, reason="only root's servers run as another user")
def test_programs_that_others_cannot_reach_are_copied_and_left_as_closed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_places, "ELSEWHERE", folder / "elsewhere")
    account = embedded_places.account()
    closed = folder / "closed"
    package = closed / "walled" / "programs"
    package.mkdir(parents=True)
    closed.chmod(0o700)
    (package.parent / "__init__.py").touch()
    (package / "serve").write_text("#!/bin/sh\necho serving\n")
    (package / "serve").chmod(0o700)
    (closed / "walled-1.0.dist-info").mkdir()
    (closed / "walled-1.0.dist-info" / "METADATA").write_text("Name: walled\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(closed))

    tree = embedded_places.programs("walled", "programs", "serve", account)

    assert tree.is_relative_to(folder / "elsewhere")
    said = subprocess.run(
        [tree / "serve"],
        capture_output=True,
        check=True,
        **embedded_places.as_user(account),
    )
    assert said.stdout == b"serving\n"
    assert closed.stat().st_mode & 0o777 == 0o700


def test_no_port_is_left_open_by_the_search_for_one() -> None:
    with socket.create_server(("127.0.0.1", embedded._free_port())):
        pass

"""The server as a process: it starts with one clear sentence or not at all, and stops in peace."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace as Process

import asyncpg
import httpx
import pytest
from sanic.worker.manager import MonitorCycle

from app import server, serving
from app.core import db
from app.core.privacy import Keyring
from app.demo.stage import free_port
from app.settings import Settings, environment, read

PATIENCE_SECONDS = 150
"""Many times what it takes, for a machine that has a lot to do."""


async def zhangban(
    *words: str, settings: Settings | None = None, **more: str
) -> asyncio.subprocess.Process:
    """The command line as a child with these settings and no others."""
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ZHANGBAN_", "DATABASE_", "REDIS_", "COV_"))
    }
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        *words,
        env=plain | (environment(settings) if settings else {}) | more,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def said(process: asyncio.subprocess.Process) -> tuple[int, str]:
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    assert process.returncode is not None
    return process.returncode, (out + err).decode()


@pytest.fixture
async def empty_database(settings: Settings) -> AsyncIterator[Settings]:
    """Settings of a server of its own on a database without tables."""
    name = f"zhangban_serving_{os.getpid()}_{free_port()}"
    admin = await asyncpg.connect(settings.database_url)
    await admin.execute(f'CREATE DATABASE "{name}"')
    yield read(
        env={},
        database_url=server.with_database(settings.database_url, name),
        redis_url=settings.redis_url,
        state_dir=settings.state_dir,
        keys=Keyring.new_key(),
        port=free_port(),
        workers=2,
        log_level="warning",
    )
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


async def _ready(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get("/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.05)


async def test_without_databases_it_says_what_to_set() -> None:
    code, words = await said(await zhangban("serve"))
    assert code == 1
    assert "DATABASE_URL and REDIS_URL are not set" in words
    assert "Traceback" not in words


async def test_without_keys_it_says_how_to_make_one(empty_database: Settings) -> None:
    await db_migrate(empty_database)
    code, words = await said(
        await zhangban("audit", "verify", settings=empty_database, ZHANGBAN_KEYS="")
    )
    assert code == 1
    assert "zhangban keys new" in words
    assert "Traceback" not in words


async def test_a_wrong_setting_is_named() -> None:
    code, words = await said(await zhangban("serve", ZHANGBAN_PORT="eighty"))
    assert code == 1
    assert "ZHANGBAN_PORT='eighty'" in words
    code, words = await said(await zhangban("serve", ZHANGBAN_PROT="80"))
    assert code == 1
    assert "ZHANGBAN_PROT: no such setting" in words


async def test_an_unmigrated_database_is_refused(empty_database: Settings) -> None:
    code, words = await said(await zhangban("serve", settings=empty_database))
    assert code == 1
    assert "run `zhangban migrate`" in words
    assert "Traceback" not in words


async def db_migrate(settings: Settings) -> None:
    code, words = await said(await zhangban("migrate", settings=settings))
    assert code == 0, words


async def test_a_taken_port_is_said_in_one_sentence(empty_database: Settings) -> None:
    await db_migrate(empty_database)
    with socket.create_server(("127.0.0.1", empty_database.port)):
        code, words = await said(await zhangban("serve", settings=empty_database))
    assert code == 1
    assert f"Port {empty_database.port}" in words
    assert "Traceback" not in words


async def test_a_database_that_is_away_is_said_in_one_sentence(settings: Settings) -> None:
    code, words = await said(
        await zhangban(
            "migrate",
            DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/none",
            REDIS_URL=settings.redis_url,
        )
    )
    assert code == 1
    assert "Cannot reach" in words
    assert "Traceback" not in words


@pytest.mark.slow
async def test_it_migrates_serves_sets_up_a_hall_and_stops_when_told(
    empty_database: Settings,
) -> None:
    await db_migrate(empty_database)
    assert await db_pending(empty_database) == []
    code, words = await said(
        await zhangban(
            "hall",
            "create",
            *("--code", "QINGHE", "--name", "青河县政务服务中心", "--region-code", "990100"),
            *("--admin-login", "boss", "--admin-name", "主任"),
            *("--admin-password", "a-long-passphrase"),
            settings=empty_database,
        )
    )
    assert code == 0, words
    process = await zhangban("serve", settings=empty_database, ZHANGBAN_WORKERS="1")
    url = f"http://127.0.0.1:{empty_database.port}"
    await _ready(url)
    async with httpx.AsyncClient(base_url=url) as client:
        body = {"login": "boss", "password": "a-long-passphrase"}
        assert (await client.post("/api/v1/staff/sign-in", json=body)).status_code == 200
        metrics = (await client.get("/metrics")).text
        assert "zhangban_request_seconds_count" in metrics
    process.send_signal(signal.SIGTERM)
    code, words = await said(process)
    assert code == 0, words
    assert "Traceback" not in words


@pytest.mark.slow
async def test_it_stops_when_told_before_all_workers_are_up(empty_database: Settings) -> None:
    """A bug of Sanic's manager made it wait for ever, at full speed (app/serving.py)."""
    await db_migrate(empty_database)
    process = await zhangban("serve", settings=empty_database, ZHANGBAN_WORKERS="3")
    await _ready(f"http://127.0.0.1:{empty_database.port}")
    process.send_signal(signal.SIGTERM)
    code, words = await said(process)
    assert code == 0, words
    assert "Traceback" not in words


class States(dict):
    """The workers' states, which nobody may ask for while a signal is handled."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def __getitem__(self, name):
        self.asked += 1
        return super().__getitem__(name)

    def __setitem__(self, name, state):
        self.asked += 1
        super().__setitem__(name, state)


def test_a_signal_touches_nothing_that_the_code_it_interrupts_may_be_using(monkeypatch) -> None:
    """Sanic asked for the workers' states in the handler, and got the interrupted code's answer."""
    monkeypatch.setattr("sanic.worker.manager.signal_func", lambda *_: None)
    states, (reader, writer) = States(), multiprocessing.Pipe(duplex=False)
    manager = serving._Manager(
        1, print, {}, multiprocessing.get_context("spawn"), (writer, reader), states
    )
    child = next(iter(manager.transient_processes))
    monkeypatch.setattr(child, "_current_process", Process(pid=os.getpid(), is_alive=lambda: True))
    told = []
    monkeypatch.setattr("app.serving.os.kill", lambda *words: told.append(words))

    before = states.asked
    manager.shutdown_signal(signal.SIGTERM, None)
    assert states.asked == before
    assert told == []
    assert not reader.poll(0)

    assert manager._poll_monitor() is MonitorCycle.BREAK
    assert told == [(os.getpid(), signal.SIGTERM)]
    assert states[child.name]["state"] == "TERMINATED"


def workers_of(manager: int) -> set[int]:
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            named = b"SANIC_WORKER_NAME=" in (folder / "environ").read_bytes()
            if int(parent) == manager and named:
                found.add(int(folder.name))
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds the workers in /proc")
async def test_a_worker_that_is_killed_is_replaced(empty_database: Settings) -> None:
    await db_migrate(empty_database)
    process = await zhangban("serve", settings=empty_database)
    url = f"http://127.0.0.1:{empty_database.port}"
    await _ready(url)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(before := workers_of(process.pid)) != 2:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    os.kill(min(before), signal.SIGKILL)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(now := workers_of(process.pid)) != 2 or now == before:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert min(before) not in now
    await _ready(url)
    process.send_signal(signal.SIGTERM)
    code, words = await said(process)
    assert code == 0, words
    assert "worker.died" in words


async def db_pending(settings: Settings) -> list[str]:
    script = (
        "import asyncio; from app import server; from app.core import db;"
        "from app.settings import read; print(asyncio.run(db.pending(server.database(read()))))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        env=dict(os.environ) | environment(settings),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert out.decode().strip() == "[]"
    return []


def test_the_engine_module_is_where_tortoise_looks_for_it() -> None:
    assert db.client_class.__module__ == "app.core.db"

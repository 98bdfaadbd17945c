"""What every part of the bench stands on: durable servers, a database, places to rate, requests.

All contenders use one PostgreSQL and one Valkey with the same settings (fsync on, the settings
that the embedded servers have), and the same rows: services of one number are the same everywhere.
"""

import asyncio
import base64
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec

from app import embedded, server
from app.core import db
from app.core.privacy import Keyring
from app.demo.stage import free_port
from app.settings import Settings, environment, read
from evaluations.devices.keys import CONTEXT
from evaluations.devices.rules import sign

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build"
RATE = "/api/v1/ratings/device"
DEVICE_KEY = b"the bench's one device key, 32 B"
START_SECONDS = 60
_TAPS = (("5", "510"), ("5", ""), ("5", ""), ("5", "517"), ("4", ""), ("3", "307"))
"""Levels with their tag as they come: mostly the best one, seldom with a tag."""


@dataclass(frozen=True)
class Layout:
    """Where the ratings fall: `halls` halls with `windows` windows each, one device a window."""

    halls: int = 1
    windows: int = 60

    @property
    def places(self) -> int:
        """All windows."""
        return self.halls * self.windows


ONE_HALL = Layout()
"""A hall of 60 windows: every rating raises the same figures of the hall."""
MANY_HALLS = Layout(halls=60, windows=4)
"""60 halls of 4 windows: ratings seldom meet, which is the best case for rows one by one."""


def numbered(kind: int, n: int) -> UUID:
    """The id of the n-th thing of a kind; the SQL below makes the same."""
    return UUID(f"00000000-{kind:04x}-7000-8000-{n:012x}")


HALL, WINDOW, DEVICE, STAFF, DEPARTMENT, ITEM, SERVICE = range(1, 8)


def sql_id(kind: int, n: str) -> str:
    """`numbered` in SQL, for an expression `n`."""
    return f"('00000000-{kind:04x}-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid"


_PLACES = f"""
INSERT INTO halls (id, code, name, level, region_code)
    SELECT {sql_id(HALL, "h")}, 'H' || h, '中心' || h, 'county', '990100'
    FROM generate_series(0, $1::int - 1) h;
INSERT INTO departments (id, hall_id, name)
    SELECT {sql_id(DEPARTMENT, "h * 4 + d")}, {sql_id(HALL, "h")}, '部门' || d
    FROM generate_series(0, $1::int - 1) h, generate_series(0, 3) d;
INSERT INTO windows (id, hall_id, number, name)
    SELECT {sql_id(WINDOW, "w")}, {sql_id(HALL, "w / $2::int")}, w::text, '窗口' || w
    FROM generate_series(0, $1::int * $2::int - 1) w;
INSERT INTO staff (id, hall_id, number, name, login, password_hash, created_at)
    SELECT {sql_id(STAFF, "w")}, {sql_id(HALL, "w / $2::int")}, w::text, '员工' || w, 's' || w,
        '-', now()
    FROM generate_series(0, $1::int * $2::int - 1) w;
INSERT INTO items (id, hall_id, implementation_code, department_id, bundle, created_at)
    SELECT {sql_id(ITEM, "h * 40 + i")}, {sql_id(HALL, "h")}, 'ITEM' || i,
        {sql_id(DEPARTMENT, "h * 4 + i % 4")}, false, now()
    FROM generate_series(0, $1::int - 1) h, generate_series(0, 39) i
"""

SERVICES = f"""
INSERT INTO services (id, kind, subject, hall_id, department_id, window_id, staff_id, item_id,
    item_name, service_number, started_at, ended_at, rateable_until, created_at)
SELECT {sql_id(SERVICE, "n")}, 'visit', 'visit:' || n, {sql_id(HALL, "n % p / w")},
    {sql_id(DEPARTMENT, "n % p / w * 4 + n / p % 4")}, {sql_id(WINDOW, "n % p")},
    {sql_id(STAFF, "n % p")}, {sql_id(ITEM, "n % p / w * 40 + n / p % 40")}, '事项', 1,
    now() - interval '5 minutes', now() - interval '1 minute', now() + interval '5 days', now()
FROM generate_series($1::bigint, $2::bigint - 1) n, (SELECT $3::int AS p, $4::int AS w) layout
"""


class Ground:
    """The servers of one run of the bench, and the databases on them."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder

    def on(self, database: str, **more: Any) -> Settings:
        """The settings of a server on that database."""
        url = server.with_database(self.settings.database_url, database)
        return msgspec.structs.replace(self.settings, database_url=url, **more)

    def make(self, database: str, layout: Layout) -> None:
        """A migrated database with halls, windows and their enrolled devices."""
        asyncio.run(self._make(database, layout))

    async def _make(self, database: str, layout: Layout) -> None:
        admin = await asyncpg.connect(self.settings.database_url)
        await admin.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        await admin.execute(f'CREATE DATABASE "{database}"')
        await admin.close()
        settings = self.on(database)
        await db.migrate(server.database(settings))
        keyring = Keyring.parse(settings.keys)
        found = await asyncpg.connect(settings.database_url)
        for statement in _PLACES.split(";"):
            used = (layout.halls, layout.windows)
            await found.execute(statement, *used[: 2 if "$2" in statement else 1])
        await found.executemany(
            "INSERT INTO devices (id, hall_id, window_id, name, model, secret, enrolled_at,"
            " created_at) VALUES ($1, $2, $3, 'd', '', $4, now(), now())",
            [
                (
                    numbered(DEVICE, w),
                    numbered(HALL, w // layout.windows),
                    numbered(WINDOW, w),
                    keyring.seal(DEVICE_KEY, CONTEXT),
                )
                for w in range(layout.places)
            ],
        )
        await found.close()

    def empty(self, database: str, layout: Layout, services: int) -> None:
        """Forget all ratings; `services` visits, numbered from 0, wait for theirs."""
        asyncio.run(self._empty(database, layout, services))

    async def _empty(self, database: str, layout: Layout, services: int) -> None:
        found = await asyncpg.connect(self.on(database).database_url, command_timeout=None)
        scores = "score_days, score_sums, score_changes, score_boundary"
        await found.execute(f"TRUNCATE services, {scores} CASCADE")
        await found.execute(SERVICES, 0, services, layout.places, layout.windows)
        await found.execute("VACUUM ANALYZE services, ratings, score_days")
        await found.execute("CHECKPOINT")
        await found.close()
        self.command("scores", "rebuild", database=database)

    def value(self, database: str, sql: str) -> Any:
        """One value out of that database."""

        async def read_it() -> Any:
            found = await asyncpg.connect(self.on(database).database_url)
            try:
                return await found.fetchval(sql)
            finally:
                await found.close()

        return asyncio.run(read_it())

    def command(self, *words: str, database: str) -> str:
        """`zhangban words` on that database; raises with its words if it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "app", *words],
            env=plain_environment() | environment(self.on(database, log_level="warning")),
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
        if done.returncode:
            raise RuntimeError(f"zhangban {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    @contextmanager
    def serving(self, database: str, *, workers: int = 1, **more: Any) -> Iterator[str]:
        """`zhangban serve` on that database, as it is deployed; its URL."""
        port = free_port()
        settings = self.on(database, port=port, workers=workers, **more)
        with self.child(
            "serve", [sys.executable, "-m", "app", "serve"], port, environment(settings), "/readyz"
        ) as url:
            yield url

    @contextmanager
    def child(
        self, name: str, command: list[str], port: int, env: dict[str, str], path: str
    ) -> Iterator[str]:
        """A server as a child process, from the moment when it answers at `path`."""
        log = self.folder / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                env=plain_environment() | env,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=ROOT,
            )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url + path, process, log)
            yield url
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            if process.poll() is None:
                process.kill()


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer; the end of its log:\n{log.read_text()[-2000:]}")


def plain_environment() -> dict[str, str]:
    """This process's environment without settings of ours."""
    ours = ("ZHANGBAN_", "DATABASE_", "REDIS_", "PROMETHEUS_", "PG")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@contextmanager
def ground() -> Iterator[Ground]:
    """Durable servers of the bench's own, and a folder, for as long as the block runs."""
    folder = BUILD / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = read(
        env={},
        state_dir=str(folder / "state"),
        keys=Keyring.new_key("bench"),
        device_clock_window=3600,  # requests are signed ahead of time
        wechat_appid="wx-bench",
    )
    with embedded.servers(wanted, durable=True) as running:
        yield Ground(running, folder)


def tap(n: int, now: float, event: UUID) -> bytes:
    """The body of the rating of service n."""
    level, tag = _TAPS[n % len(_TAPS)]
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    return msgspec.json.encode(
        {
            "event_id": event,
            "service_id": numbered(SERVICE, n),
            "level": int(level),
            "tags": [tag] if tag else [],
            "comment": "",
            "happened_at": moment,
        }
    )


def requests(layout: Layout, first: int, last: int) -> Iterator[bytes]:
    """Whole HTTP requests that rate services `first` up to `last`, each signed by its device."""
    now = time.time()
    timestamp = round(now * 1000)
    for n in range(first, last):
        random = secrets.token_bytes(24)
        body = tap(n, now, UUID(bytes=random[:16], version=4))
        nonce = base64.urlsafe_b64encode(random[:18]).decode()
        code = sign(DEVICE_KEY, "POST", RATE, timestamp, nonce, body)
        head = (
            f"POST {RATE} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nZhangban-Device: "
            f"{numbered(DEVICE, n % layout.places)}\r\nZhangban-Timestamp: {timestamp}\r\n"
            f"Zhangban-Nonce: {nonce}\r\nZhangban-Signature: {base64.b64encode(code).decode()}\r\n"
            "\r\n"
        )
        yield head.encode() + body

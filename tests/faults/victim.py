"""Everything that serves, as real processes that can be killed: PostgreSQL, Valkey, workers."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import msgspec

from app import server
from app.core import db
from app.demo.stage import free_port
from app.embedded.places import account, as_user, clean_environment
from app.embedded.programs import Postgres, Server, Valkey
from app.settings import Settings, environment
from tests.bench.ground import ROOT, Ground, Layout, plain_environment

LAYOUT = Layout(halls=1, windows=8)
WORKERS = 2
PATIENCE = 180.0


def wait_for(what: Callable[[], bool], sentence: str, pause: float = 0.02) -> None:
    """Wait until `what()` holds; AssertionError with the sentence after a minute."""
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, sentence
        time.sleep(pause)


class Program:
    """One of the database servers, always on the same port with the same data."""

    def __init__(self, kind: Server) -> None:
        self._server = kind
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What a client connects to."""
        return self._server.url(self.port)

    def prepare(self) -> None:
        """Make its folder, once."""
        self._server.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._server.prepare()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""

        def tried() -> bool:
            # Right after a kill, processes of the old one may still hold its memory.
            if self._process is None or self._process.poll() is not None:
                self._spawn()
                time.sleep(0.05)
            return self._server.is_ready(self.port) and self._listens()

        wait_for(tried, f"{self._server.name} did not start: {self._server.last_words()}")

    def _spawn(self) -> None:
        with self._server.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._server.command(self.port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._server.folder,
                env=clean_environment(),
                start_new_session=True,
                **as_user(account()),
            )

    def _listens(self) -> bool:
        """Whether it takes connections: the mark that it is ready may be the killed one's."""
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        return False

    def kill(self) -> None:
        """Kill it so that it can do nothing about it."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(self._server.stop_signal)
            self._process.wait(30)


class Workers:
    """`zhangban serve` with two workers, which can be killed one at a time."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self.url = f"http://127.0.0.1:{settings.port}"
        self._log = log
        with log.open("ab") as out:
            self._manager = subprocess.Popen(
                [sys.executable, "-m", "app", "serve"],
                env=plain_environment() | environment(settings),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=ROOT,
            )
        wait_for(self.ready, "the server did not become ready")

    def ready(self) -> bool:
        """Whether it answers that it is."""
        assert self._manager.poll() is None, f"the server has ended:\n{self._last_words()}"
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == httpx.codes.OK
        return False

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]

    def pids(self) -> list[int]:
        """The worker processes that are alive."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, IndexError):
                parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
                if (
                    int(parent) == self._manager.pid
                    and b"SANIC_WORKER_NAME=" in (folder / "environ").read_bytes()
                ):
                    found.append(int(folder.name))
        return sorted(found)

    def kill_one(self, number: int) -> None:
        """Kill one of the workers; another takes its place in a while."""
        pids = self.pids()
        if pids:
            os.kill(pids[number % len(pids)], signal.SIGKILL)

    def stop(self) -> None:
        """Stop all of them."""
        self._manager.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._manager.wait(30)
        if self._manager.poll() is None:
            os.killpg(self._manager.pid, signal.SIGKILL)


class Victim:
    """The whole of it, with visits to rate."""

    def __init__(self, wanted: Settings, folder: Path) -> None:
        user = account()
        self.postgres = Program(Postgres(folder / "postgres", user, durable=True))
        self.valkey = Program(Valkey(folder / "valkey", user))
        self._wanted = wanted
        self._folder = folder

    @contextmanager
    def alive(self, services: int) -> Iterator["Victim"]:
        """Start everything with that many visits to rate; stop it at the end."""
        for program in (self.postgres, self.valkey):
            program.prepare()
            program.start()
        try:
            self.settings = msgspec.structs.replace(
                self._wanted,
                database_url=self.postgres.url,
                redis_url=self.valkey.url,
                port=free_port(),
                workers=WORKERS,
                log_level="warning",
            )
            ground = Ground(self.settings, self._folder)
            ground.make("faults", LAYOUT)
            ground.empty("faults", LAYOUT, services)
            self.settings = ground.on("faults")
            self.workers = Workers(self.settings, self._folder / "serve.log")
            try:
                yield self
            finally:
                self.workers.stop()
        finally:
            self.postgres.stop()
            self.valkey.stop()

    def look(self, ask: Callable[[], object]) -> object:
        """What `await ask()` gives with the database open in this process."""

        async def looking() -> object:
            await db.connect(server.database(self.settings))
            try:
                return await ask()  # type: ignore[misc]
            finally:
                await db.close()

        return asyncio.run(looking())

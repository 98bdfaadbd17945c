"""Running the server: workers under Sanic's manager, after the schema is up to date."""

import asyncio
import contextlib
import gc
import os
import socket
import tempfile
import time
from functools import partial
from signal import SIGKILL, SIGTERM
from types import FrameType
from typing import Any

import structlog
from prometheus_client import multiprocess
from sanic import Sanic
from sanic.mixins import startup
from sanic.worker.constants import ProcessState
from sanic.worker.loader import AppLoader
from sanic.worker.manager import MonitorCycle, WorkerManager

from app import server
from app.core import db, logs
from app.settings import Settings, SettingsError, read

log = structlog.get_logger(__name__)
RESTART_SECONDS = 1.0
"""How long after its last start, at least, a worker that died is started again."""

SETTLE_SECONDS = 0.05
"""How long after its start a worker's loop is certain to run."""

GC_THRESHOLDS = (10_000, 20, 20)
"""A hundred requests in flight hold more objects than Python's 700."""


class _Manager(WorkerManager):
    """Sanic's manager, which stops whenever it is told to, and replaces the dead.

    Two things of Sanic 25.12 are mended here. A SIGTERM that arrives while a worker is still
    starting makes the manager wait for that worker for ever, at full speed: a service manager then
    has to kill it. And Sanic stops the workers inside the signal's handler, which asks the process
    that holds their states over a connection that the interrupted code may be using: each then
    reads the other's answer. So the handler only notes that the end was asked for, and the loop
    that watches the workers carries it out, at most a tenth of a second later.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        self._told_to_stop = False
        super().__init__(*given, **named)
        self._not_before: dict[str, float] = {}

    def shutdown_signal(self, _signal: int, _frame: FrameType | None) -> None:
        """Note the first signal; at a second one, kill the workers and nobody else."""
        for process in self.processes if self._told_to_stop else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, SIGKILL)
        self._told_to_stop = True

    def _stopping(self) -> bool:
        if self._told_to_stop and not self._shutting_down:
            self.shutdown()
        return self._shutting_down

    def shutdown(self) -> None:
        """Tell the workers to finish; one that is still loading its code ends without a word.

        Sanic sends SIGINT, of which a process that has no handlers yet makes a traceback.
        """
        self._shutting_down = True
        for process in self.processes:
            if process.is_alive():
                process.set_state(ProcessState.TERMINATED, force=True)
                os.kill(process.pid, SIGTERM)

    def _all_workers_ack(self) -> bool:
        self._revive()
        return self._stopping() or bool(super()._all_workers_ack())

    def _poll_monitor(self) -> MonitorCycle | None:
        return MonitorCycle.BREAK if self._stopping() else super()._poll_monitor()

    def _sync_states(self) -> None:
        super()._sync_states()
        self._revive()

    def _handle_message(self, message: str) -> MonitorCycle | None:
        # A worker that fails while it starts asks for the end of all; it alone is started again.
        return None if message == "__TERMINATE_EARLY__" else super()._handle_message(message)

    def _revive(self) -> None:
        """Start workers again that were killed: Sanic notes their death and leaves it at that."""
        for process in () if self._shutting_down else self.processes:
            gone = process.state > ProcessState.STARTING and not process.is_alive()
            if not gone or time.monotonic() < self._not_before.get(process.name, 0):
                continue
            self._not_before[process.name] = time.monotonic() + RESTART_SECONDS
            log.error("worker.died", worker=process.name, exitcode=process.exitcode)
            multiprocess.mark_process_dead(process.pid)
            process.restart()


def _make() -> Sanic:
    """The application of a worker; settings come from the environment that it inherited."""
    settings = read()
    logs.configure(settings.log_format, settings.log_level)
    app = server.create_app(settings)
    # Sanic then leaves out of its own code the signals that nobody listens to, a fifth of the time
    # of a request. It changes the classes themselves, so only where this application is alone.
    app.config.TOUCHUP = True
    app.after_server_start(_soon)
    return app


async def _soon(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
    loop.call_later(SETTLE_SECONDS, _settle, app)


def _settle(app: Sanic) -> None:
    """Take what was loaded out of the garbage collector's sight, unless the end was asked for.

    It lives as long as the process; walking through it again and again cost pauses of tens of
    milliseconds under load. A signal that comes after Sanic has set its handlers and before the
    loop runs for good is lost; the worker then served on until it was killed.
    """
    if app.m.state["state"] == ProcessState.TERMINATED.name:
        app.stop(terminate=False)
        return
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def serve(settings: Settings) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); requests under way are finished first.

    Raises:
        SettingsError: the port is taken, the address is not one of this machine's, or the
            database's schema is not up to date.
    """
    logs.configure(settings.log_format, settings.log_level)
    _check_port(settings)
    missing = asyncio.run(db.pending(server.database(settings)))
    if missing:
        raise SettingsError(
            f"The database lacks {len(missing)} migrations, {missing[0]} first: run"
            " `zhangban migrate` before the server starts."
        )
    with tempfile.TemporaryDirectory(prefix="zhangban-metrics-") as metrics:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        vars(startup)["WorkerManager"] = _Manager  # there is no parameter for it
        loader = AppLoader(factory=partial(_make))
        app = loader.load()
        app.prepare(
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            motd=False,
            access_log=False,
        )
        log.info("serving", host=settings.host, port=settings.port, workers=settings.workers)
        Sanic.serve(primary=app, app_loader=loader)


def _check_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SettingsError(
                f"Port {settings.port} on {settings.host} cannot be used: {error.strerror}."
                " Set ZHANGBAN_PORT to another."
            ) from None

"""Running the server: workers under Sanic's manager, after the schema is up to date."""

import asyncio
import os
import socket
import tempfile
from functools import partial

import structlog
from sanic import Sanic
from sanic.mixins import startup
from sanic.worker.loader import AppLoader
from sanic.worker.manager import WorkerManager

from app import server
from app.core import db, logs
from app.settings import Settings, SettingsError, read


class _Manager(WorkerManager):
    """Sanic's manager, which can be told to stop before all workers have come up.

    In Sanic 25.12 a SIGTERM that arrives while a worker is still starting makes the manager wait
    for that worker for ever, at full speed: a service manager then has to kill it.
    """

    def _all_workers_ack(self) -> bool:
        return self._shutting_down or bool(super()._all_workers_ack())


def _make() -> Sanic:
    """The application of a worker; settings come from the environment that it inherited."""
    settings = read()
    logs.configure(settings.log_format, settings.log_level)
    return server.create_app(settings)


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
        structlog.get_logger(__name__).info(
            "serving", host=settings.host, port=settings.port, workers=settings.workers
        )
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

"""Structured logs: one JSON object a line (or coloured text), each with the request's id.

The line that every request leaves has a way of its own: through structlog and the standard library
it cost as much time as everything else that surrounds a request.
"""

import asyncio
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

import msgspec
import structlog

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request in whose task this runs; in every record of the log."""
log = structlog.get_logger(__name__)


class _RequestLine(msgspec.Struct):
    method: str
    route: str
    status: int
    ms: float
    request_id: str
    timestamp: str
    event: str = "request"
    level: str = "info"
    logger: str = "app.answers"


class _Lines:
    """Lines that are written together at the end of the event loop's present turn."""

    def __init__(self) -> None:
        self.active = False
        self._waiting: list[bytes] = []

    def add(self, line: bytes) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._write)
        self._waiting.append(line)

    def _write(self) -> None:
        lines, self._waiting = self._waiting, []
        sys.stderr.buffer.write(b"\n".join(lines) + b"\n")
        sys.stderr.buffer.flush()


_lines = _Lines()
_encode = msgspec.json.Encoder().encode


def request(method: str, route: str, status: int, ms: float, name: str) -> None:
    """Leave the line of a request that was answered; `name` is its id."""
    if not _lines.active:
        log.info("request", method=method, route=route, status=status, ms=ms, request_id=name)
        return
    now = datetime.now(UTC).isoformat()[:-6] + "Z"
    _lines.add(_encode(_RequestLine(method, route, status, ms, name, now)))


def _add_request_id(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    if (found := request_id.get()) is not None:
        event.setdefault("request_id", found)
    return event


def configure(log_format: str, level: str) -> None:
    """Send structlog's and the standard library's records to stderr in one format."""
    shared: list[structlog.typing.Processor] = [
        _add_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if log_format == "console"
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    _lines.active = log_format != "console" and logging.getLevelName(level.upper()) <= logging.INFO
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("sanic.root", "sanic.error", "sanic.server", "sanic.access", "sanic.websockets"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = name != "sanic.access"
    # These write whole addresses, with tokens in them, or every statement's values.
    for name in ("httpx", "httpcore", "tortoise", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)

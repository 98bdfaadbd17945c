"""What an operator asks a server: is it alive, is it ready, how is it doing, what can it do."""

import hmac
import os
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess
from prometheus_client import REGISTRY as PROCESS_REGISTRY
from redis.exceptions import RedisError
from sanic import Request, Sanic

from app import __version__
from app.core import db, openapi
from app.core.api import Call, Routes
from app.core.auth import ANYONE
from app.core.errors import NotFound, Unavailable
from app.core.wire import File, Out

LOCAL = ("127.0.0.1", "::1")


class Alive(Out, frozen=True):
    """The process answers."""

    status: str
    version: str


class Ready(Out, frozen=True):
    """Whether requests can be served. Redis may be away: what needs it does without meanwhile."""

    database: bool
    redis: bool


def routes() -> Routes:
    """The endpoints of this page; made anew for each application."""
    found = Routes("status", "")

    @found.get("/healthz", guard=ANYONE)
    async def healthz(call: Call) -> Alive:
        """Whether the process is alive; asks nothing of anybody else."""
        return Alive(status="ok", version=__version__)

    @found.get("/readyz", guard=ANYONE)
    async def readyz(call: Call) -> Ready:
        """Whether the database answers; 503 if not."""
        return await ready(call)

    @found.get("/metrics", guard=ANYONE)
    async def metrics(call: Call) -> File:
        """Prometheus metrics, for this machine or with the metrics token; others get 404."""
        return _metrics(call.request)

    @found.get("/openapi.json", guard=ANYONE)
    async def spec(call: Call) -> dict[str, Any]:
        """This API as an OpenAPI 3.1 document."""
        return openapi.document(call.request.app)

    @found.get("/docs", guard=ANYONE)
    async def docs(call: Call) -> File:
        """This API as a page to read."""
        return _html(openapi.page(openapi.document(call.request.app)))

    return found


def install(app: Sanic) -> None:
    """Add the operator's endpoints to `app`."""
    app.blueprint(routes().blueprint)


async def ready(call: Call) -> Ready:
    """Whether the database and Redis answer. Raises Unavailable when the database does not."""
    try:
        await db.fetch("SELECT 1")
    except Exception:
        raise Unavailable("数据库没有响应。") from None
    try:
        redis_answers = bool(await call.act.house.redis.ping())
    except (RedisError, OSError):
        redis_answers = False
    return Ready(database=True, redis=redis_answers)


def _metrics(request: Request) -> File:
    token = request.app.ctx.house.settings.metrics_token
    given = request.headers.getone("Authorization", "").removeprefix("Bearer ")
    allowed = (
        hmac.compare_digest(given.encode(), token.encode())
        if token
        else (request.remote_addr or request.ip) in LOCAL
    )
    if not allowed:
        raise NotFound
    registry = PROCESS_REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return File(generate_latest(registry), CONTENT_TYPE_LATEST)


def _html(page: str) -> File:
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    return File(
        page.encode(), "text/html; charset=utf-8", headers={"Content-Security-Policy": policy}
    )

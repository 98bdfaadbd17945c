"""What every answer has: an id, its line in the log, its place in the metrics, and problems."""

import functools
import os
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import msgspec
import structlog
from prometheus_client import Counter, Histogram
from sanic import Request, Sanic
from sanic import exceptions as sanic_errors
from sanic.constants import HTTP_METHODS
from sanic.response import HTTPResponse
from tortoise.exceptions import DBConnectionError, OperationalError

from app.core import logs
from app.core.errors import InvalidBody, NotFound, Problem, Unavailable

log = structlog.get_logger(__name__)
_METHODS = frozenset(str(method) for method in HTTP_METHODS)
_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_PROBLEM = "application/problem+json"
NO_CONTENT = "text/plain; charset=utf-8"
"""The type of an answer without content, such as a redirect; Sanic would write "None"."""

seconds = Histogram(
    "zhangban_request_seconds",
    "Time from the request's head to the end of the answer.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
failures = Counter("zhangban_failures_total", "Answers with status 500.", ["error"])


@functools.cache
def _timer(method: str, route: str, status: int) -> Histogram:
    return seconds.labels(method, route, status)


class MethodNotAllowed(Problem):
    """The address exists, but not for this method."""

    status = 405
    code = "method_not_allowed"
    title = "不支持这种访问方式。"


class BodyTooLarge(Problem):
    """The body is larger than the endpoint takes."""

    status = 413
    code = "body_too_large"
    title = "提交的内容太大。"


class Internal(Problem):
    """Something failed that should not; the log knows more under the request's id."""

    status = 500
    code = "internal"
    title = "系统出错了，我们会尽快处理。请稍后再试，或把编号告诉工作人员。"


ProblemPage = Callable[[Request, Problem], Awaitable[HTTPResponse]]


def install(app: Sanic, page: ProblemPage | None = None) -> None:
    """Give `app` request ids, a log line and a metric a request, and answers to errors.

    Args:
        page: makes the answer where a person in a browser looks at it.
    """

    @app.on_request
    def begin(request: Request) -> None:
        given = request.headers.getone("X-Request-ID", "")
        request.ctx.id = given if _REQUEST_ID.fullmatch(given) else os.urandom(16).hex()
        request.ctx.began = time.perf_counter()
        logs.request_id.set(request.ctx.id)

    @app.on_response
    def end(request: Request, response: HTTPResponse) -> None:
        request_id = getattr(request.ctx, "id", None)
        if request_id is None:
            return
        response.headers["X-Request-ID"] = request_id
        if response.content_type is None:
            response.content_type = NO_CONTENT
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        route = request.route.path if request.route else "-"
        method = request.method if request.method in _METHODS else "OTHER"
        took = time.perf_counter() - request.ctx.began
        _timer(method, route, response.status).observe(took)
        logs.request(method, route, response.status, round(took * 1000, 1), request_id)

    @app.exception(Exception)
    async def problem(request: Request, error: Exception) -> HTTPResponse:
        found = as_problem(error)
        if page is not None and _is_for_people(request):
            return await page(request, found)
        return answer(request, found)


def _is_for_people(request: Request) -> bool:
    """Whether a browser shows what comes back, so that it should be a page."""
    return "text/html" in request.headers.getone("Accept", "") and not request.path.startswith(
        "/api/"
    )


def answer(request: Request, problem: Problem) -> HTTPResponse:
    """`problem` as RFC 9457 writes it."""
    body: dict[str, Any] = {
        "type": f"urn:zhangban:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "request_id": getattr(request.ctx, "id", None),
    }
    if problem.detail:
        body["detail"] = problem.detail
    body |= problem.extra
    return HTTPResponse(
        msgspec.json.encode(body), problem.status, problem.headers, content_type=_PROBLEM
    )


def as_problem(error: Exception) -> Problem:
    """What is said of `error`; whatever should not have happened is logged and counted."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, sanic_errors.NotFound):
        return NotFound()
    if isinstance(error, sanic_errors.MethodNotAllowed):
        return MethodNotAllowed()
    if isinstance(error, sanic_errors.PayloadTooLarge):
        return BodyTooLarge()
    if isinstance(error, sanic_errors.SanicException) and error.status_code < 500:
        problem = Problem()
        problem.status = error.status_code
        return problem
    if database_is_away(error):
        log.warning("database.away", error=type(error).__name__)
        return Unavailable()
    if isinstance(error, OperationalError) and isinstance(error.__cause__, asyncpg.DataError):
        # A value that passed the schema and that the database cannot hold: never a 500.
        log.warning("database.refused_value", error=type(error.__cause__).__name__)
        return InvalidBody()
    failures.labels(type(error).__name__).inc()
    log.error("request.failed", exc_info=error)
    return Internal()


def database_is_away(error: Exception) -> bool:
    """Whether the database cannot be reached, or is stopping; not that it refuses.

    An error about a file is not one about a connection: it is ours, and must be seen as such.
    """
    if isinstance(error, OSError):
        return error.filename is None
    return isinstance(
        error,
        DBConnectionError
        | asyncpg.PostgresConnectionError
        | asyncpg.InterfaceError
        | asyncpg.InternalClientError
        | asyncpg.OperatorInterventionError
        | asyncpg.InsufficientResourcesError
        | asyncpg.DeadlockDetectedError,
    )

"""Endpoints: authenticate → guard → decode → handler → encode; problems as problem+json.

A feature's `routes.py` makes a `Routes` and declares each endpoint with its guard:

    routes = Routes("cases", "/api/v1/cases")

    @routes.post("/", guard=CITIZEN, status=201, once=True)
    async def submit(call: Call, body: SubmitCase) -> CaseShown:
        '''Submit an application.'''
        return await service.submit(call.act, body)

The parameters `body` and `query` are decoded by msgspec into their annotated types, path
parameters arrive by name, and the annotated return type is what is encoded and documented.
"""

import asyncio
import functools
import hashlib
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from typing import Any, get_type_hints
from urllib.parse import quote

import msgspec
from sanic import Blueprint, Request
from sanic.http import Http
from sanic.response import HTTPResponse

from app.core import decoding, first_answers
from app.core.acts import Act
from app.core.auth import Guard
from app.core.decoding import JSON
from app.core.errors import Problem
from app.core.identity import identify
from app.core.privacy import encode_hook
from app.core.wire import File

_encoder = msgspec.json.Encoder(enc_hook=encode_hook)
READ_ON_BYTES = 50_000_000
"""Of a refused upload, read so that its sender sees the refusal and not a broken connection."""
Handler = Callable[..., Coroutine[Any, Any, Any]]
Ahead = Callable[..., "asyncio.Future[Any]"]
"""Called with the house and the path's values, before it is known who asks: it tells nobody."""


@dataclass(frozen=True)
class Call:
    """One request as a handler sees it: the act to do, and the request for what is not JSON."""

    act: Act
    request: Request
    ahead: "asyncio.Future[Any] | None" = None
    """What the endpoint began before it was known who asks."""

    @property
    def address(self) -> str:
        """Where the request comes from; the proxy's word where one stands in front of us."""
        return self.request.remote_addr or self.request.ip


class Json(HTTPResponse):
    """An answer in JSON. Its headers are all our own, so that nothing in them is to be cleaned."""

    __slots__ = ()

    @property
    def processed_headers(self) -> Iterator[tuple[bytes, bytes]]:
        """The headers as they are sent."""
        self.headers.setdefault("content-type", self.content_type)
        return ((name.encode(), f"{value}".encode()) for name, value in self.headers.items())


@dataclass(frozen=True)
class Endpoint:
    """What is known of a route before it is called: its guard and its shapes."""

    handler: Handler
    guard: Guard
    status: int
    summary: str
    tag: str
    once: bool
    body: Any = None
    query: Any = None
    answer: Any = None
    stream: bool = False
    socket: bool = False
    ahead: Ahead | None = None
    page: bool = False
    """For people to look at: HTML, and no part of the API's description."""


class Routes:
    """The endpoints of one feature, under one prefix."""

    def __init__(self, name: str, prefix: str) -> None:
        self.name = name
        self.blueprint = Blueprint(name, url_prefix=prefix)

    def get(
        self, path: str, *, guard: Guard, ahead: Ahead | None = None
    ) -> Callable[[Handler], Handler]:
        """An endpoint that reads.

        What `ahead` begins goes on while the caller's session is looked up; the handler finds it
        in `call.ahead`. Whoever is refused never learns of it.
        """
        return self._endpoint("GET", path, guard, ahead=ahead)

    def post(
        self,
        path: str,
        *,
        guard: Guard,
        status: int = 200,
        once: bool = False,
        stream: bool = False,
    ) -> Callable[[Handler], Handler]:
        """An endpoint that acts. With `once`, a repeat of its key gets the first answer."""
        return self._endpoint("POST", path, guard, status, once=once, stream=stream)

    def put(self, path: str, *, guard: Guard) -> Callable[[Handler], Handler]:
        """An endpoint that sets a thing to what is sent; repeating it changes nothing."""
        return self._endpoint("PUT", path, guard)

    def patch(
        self, path: str, *, guard: Guard, stream: bool = False
    ) -> Callable[[Handler], Handler]:
        """An endpoint that changes a part of a thing."""
        return self._endpoint("PATCH", path, guard, stream=stream)

    def head(self, path: str, *, guard: Guard) -> Callable[[Handler], Handler]:
        """An endpoint that answers with headers alone; the handler returns an `HTTPResponse`."""
        return self._endpoint("HEAD", path, guard, 204)

    def options(self, path: str, *, guard: Guard) -> Callable[[Handler], Handler]:
        """An endpoint that says what can be done; the handler returns an `HTTPResponse`."""
        return self._endpoint("OPTIONS", path, guard, 204)

    def delete(self, path: str, *, guard: Guard) -> Callable[[Handler], Handler]:
        """An endpoint that takes a thing away."""
        return self._endpoint("DELETE", path, guard, 204)

    def socket(self, path: str, *, guard: Guard) -> Callable[[Handler], Handler]:
        """A WebSocket: the handler gets the call and the socket, after the guard.

        Whom the guard refuses is told in the closing frame: 4000 + status, and the problem's code.
        """

        def declare(handler: Handler) -> Handler:
            endpoint = self.describe(handler, guard, 101, once=False, stream=False, socket=True)

            async def serve(request: Request, websocket: Any, **path_values: Any) -> None:
                try:
                    act = await admit(request, guard)
                except Problem as problem:
                    await websocket.close(4000 + problem.status, problem.code)
                    return
                await handler(Call(act, request), websocket, **path_values)

            self.add(serve, endpoint, "GET", path)
            return handler

        return declare

    def _endpoint(
        self,
        method: str,
        path: str,
        guard: Guard,
        status: int = 200,
        *,
        once: bool = False,
        stream: bool = False,
        ahead: Ahead | None = None,
    ) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            endpoint = self.describe(handler, guard, status, once=once, stream=stream, socket=False)
            endpoint = replace(endpoint, ahead=ahead)
            self.add(_server(endpoint), endpoint, method, path)
            return handler

        return declare

    def describe(
        self, handler: Handler, guard: Guard, status: int, *, once: bool, stream: bool, socket: bool
    ) -> Endpoint:
        """What a handler's signature says of its endpoint."""
        hints = get_type_hints(handler, include_extras=True)
        assert handler.__doc__, f"{handler.__qualname__} has no docstring"
        answer = hints.get("return")
        return Endpoint(
            handler=handler,
            guard=guard,
            status=status,
            summary=inspect.cleandoc(handler.__doc__),
            tag=self.name,
            once=once,
            body=hints.get("body"),
            query=hints.get("query"),
            answer=None if answer is HTTPResponse else answer,  # it brings headers, and no shape
            stream=stream,
            socket=socket,
        )

    def add(self, serve: Handler, endpoint: Endpoint, method: str, path: str) -> None:
        """Have `serve` answer for the endpoint."""
        name = f"{endpoint.handler.__name__}"
        functools.update_wrapper(serve, endpoint.handler)
        serve.endpoint = endpoint  # type: ignore[attr-defined]
        if endpoint.socket:
            self.blueprint.add_websocket_route(serve, path, name=name)
        else:
            self.blueprint.add_route(
                serve, path, methods=[method], name=name, stream=endpoint.stream
            )


async def admit(request: Request, guard: Guard) -> Act:
    """The act of whoever sends `request`, if the guard lets them. Raises as both do."""
    house = request.app.ctx.house
    now = house.clock.now()
    actor = await identify(house, request, now, optional="nobody" in guard.kinds)
    guard.admit(actor)
    return Act(house, actor, now, request.ctx.id)


async def _admit_ahead(
    request: Request, endpoint: Endpoint, values: dict[str, Any]
) -> "tuple[Act, asyncio.Future[Any] | None]":
    if endpoint.ahead is None:
        return await admit(request, endpoint.guard), None
    begun = endpoint.ahead(request.app.ctx.house, **values)
    try:
        return await admit(request, endpoint.guard), begun
    except BaseException:
        if not begun.cancel():
            begun.exception()  # looked at, so that nothing complains of an error that nobody saw
        raise


def _server(endpoint: Endpoint) -> Handler:
    body_decoder = msgspec.json.Decoder(endpoint.body) if endpoint.body else None
    lists = decoding.lists_of(endpoint.query) if endpoint.query else frozenset()

    async def stream(request: Request, **values: Any) -> HTTPResponse:
        try:
            return await answer(request, **values)
        except Problem:
            read_on(request)
            raise

    async def answer(request: Request, **values: Any) -> HTTPResponse:
        act, ahead = await _admit_ahead(request, endpoint, values)
        decoding.require_clean(values)
        if endpoint.query is not None:
            values["query"] = decoding.query(request, endpoint.query, lists)
        if body_decoder is not None:
            values["body"] = decoding.body(request, body_decoder)
        key = request.headers.getone("Idempotency-Key", None) if endpoint.once else None
        if key is None:
            made = await endpoint.handler(Call(act, request, ahead), **values)
            return encode(made, endpoint.status)
        run = functools.partial(endpoint.handler, Call(act, request), **values)
        digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body)
        status, content = await first_answers.answer_once(
            act, key, digest.digest(), lambda: _json(run, endpoint.status)
        )
        return Json(content, status, content_type=JSON)

    return stream if endpoint.stream else answer


def read_on(request: Request) -> None:
    """Have the server read what is left of a refused upload, within bounds, before it hangs up.

    Most clients look at the answer only after sending all; they would see a broken connection.
    """
    assert isinstance(request.stream, Http)
    request.stream.keep_alive = False  # so that the limit ends with this request
    request.stream.protocol.request_max_size = READ_ON_BYTES


async def _json(run: Callable[[], Awaitable[Any]], status: int) -> tuple[int, bytes]:
    return status, _encoder.encode(await run())


def encode(answer: Any, status: int) -> HTTPResponse:
    """What a handler returned, as it is sent."""
    if isinstance(answer, HTTPResponse):
        return answer
    if isinstance(answer, File):
        headers = {"Cache-Control": answer.cache, **answer.headers}
        if answer.filename:
            kind = "inline" if answer.inline else "attachment"
            quoted = quote(answer.filename, safe="")
            headers["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quoted}"
        return HTTPResponse(answer.content, status, headers, content_type=answer.content_type)
    if answer is None:
        return HTTPResponse(b"", 204)
    return Json(_encoder.encode(answer), status, content_type=JSON)

"""The routes as the server really has them, and callers of every kind."""

import functools
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
from sanic import Sanic

from app.core.acts import Act
from app.core.api import Endpoint
from app.core.auth import Role
from app.core.house import House
from tests.evaluations.hub import Evaluator, System, enrolled, system_of
from tests.places import Place, citizen_actor, staff_headers

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOLD_AS_JSON = {"Accept": "application/json"}
"""A script's request: it is told of a problem as data, by a page too."""
CALLERS = ("nobody", "citizen", "device", "client", *Role)
"""Everybody who can ask. The staff members of tests/places.py are named after their role."""


PUBLIC = {
    "GET /api/v1/catalog/facets",
    "GET /api/v1/citizens/consents/child",
    "GET /api/v1/halls",
    "GET /api/v1/halls/<hall_id>/departments",
    "GET /api/v1/halls/<hall_id>/windows",
    "GET /api/v1/items",
    "GET /api/v1/items/<item_id>",
    "GET /api/v1/items/<item_id>/reduced",
    "GET /api/v1/samples/<sample_id>",
    "POST /api/v1/items/<item_id>/situation",
    "GET /api/v1/m/<token>",
    "GET /api/v1/mini-program/scene",
    "GET /api/v1/q/<code>",
    "GET /api/v1/published/<hall_id>",
    "GET /api/v1/published/<hall_id>/<month>",
    "GET /api/v1/published/<hall_id>/<month>/scores.xlsx",
    "GET /api/v1/published/<hall_id>/<month>/verification",
    "GET /api/v1/ratings/levels",
    "GET /api/v1/verify/<code>",
    "GET /docs",
    "GET /healthz",
    "GET /kiosk",
    "GET /kiosk/worker.js",
    "GET /metrics",
    "GET /openapi.json",
    "GET /readyz",
    "GET /",
    "GET /about/privacy",
    "GET /about/rating",
    "GET /favicon.ico",
    "GET /guides",
    "GET /guides/<item_id>",
    "GET /published",
    "GET /published/<hall_id>",
    "GET /published/<hall_id>/<month>",
    "GET /q/<code>",
    "GET /q/<code>/thanks",
    "GET /robots.txt",
    "GET /v",
    "GET /v/<code>",
    "POST /q/<code>",
    "POST /api/v1/citizens/log-in",
    "POST /api/v1/devices/code-seen",
    "POST /api/v1/devices/enrol",
    "POST /api/v1/q/<code>",
    "GET /wall/<code>",
    "GET /wall/<code>/now",
    "GET /wechat/push",
    "POST /wechat/push",
    "POST /api/v1/staff/sign-in",
    "GET /assets/<version>/<name>",
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/code",
    "POST /sign-in/code",
}
"""What anybody may call. A route that is added here is open to the whole internet."""


@dataclass(frozen=True)
class Route:
    """One method of one address; `endpoint` is None where nothing was declared."""

    method: str
    template: str
    endpoint: Endpoint | None

    @property
    def key(self) -> str:
        """How the tests name it: `GET /api/v1/cases/<case_id>`."""
        return f"{self.method} {self.template}"

    @property
    def declared(self) -> Endpoint:
        assert self.endpoint is not None
        return self.endpoint

    def path(self, **values: object) -> str:
        """The address with these values, and random ids for the others."""
        found = self.template
        for part in self.template.split("/"):
            if part.startswith("<"):
                name = part.strip("<>")
                value = values.get(name, "display" if name == "size" else uuid4())
                found = found.replace(part, str(value))
        return found


def app() -> Sanic:
    """The server of this worker's tests."""
    return Sanic.get_app(f"zhangban-test-{os.getpid()}")


def routes() -> Iterator[Route]:
    """Everything that the server answers, the handshake of the sockets included."""
    for found in app().router.routes:
        handler: Any = found.handler
        if isinstance(handler, functools.partial):  # how Sanic wraps a WebSocket
            handler = handler.args[0]
        template = "/" + found.path
        for parameter in found.params.values():
            template = re.sub(rf"<{parameter.name}(:[^>]*)?>", f"<{parameter.name}>", template)
        for method in sorted(found.methods - {"HEAD", "OPTIONS"}):
            yield Route(method, template, getattr(handler, "endpoint", None))


def http_routes() -> list[Route]:
    """The routes that answer a plain request."""
    return [route for route in routes() if not route.declared.socket]


@dataclass
class Callers:
    """Sends requests as anybody, each time with a session of its own."""

    client: httpx.AsyncClient
    house: House
    place: Place
    act_as: Callable[..., Act]
    evaluator: Evaluator
    system: System
    citizen_id: UUID

    async def headers(self, name: str, method: str, path: str, content: bytes) -> dict[str, str]:
        if name == "nobody":
            return {}
        if name == "device":
            return self.evaluator.headers(method, path, content)
        if name == "client":
            return self.system.headers(method, path, content)
        if name == "citizen":
            return (await citizen_actor(self.act_as()))[1]
        return await staff_headers(self.act_as(), self.place, name)

    async def send(
        self, name: str, route: Route, content: bytes = b"{}", **ids: object
    ) -> httpx.Response:
        """One request of this caller, with these ids and random ones for the others."""
        path = route.path(**ids)
        if route.method in ("GET", "DELETE") or route.declared.stream:
            # A device signs its body before it sends it, which a streaming route cannot check.
            content = b""
        headers = await self.headers(name, route.method, path, content)
        if content:
            headers = headers | (FORM if route.declared.page else JSON)
        headers = headers | TOLD_AS_JSON
        return await self.client.request(route.method, path, content=content, headers=headers)


async def make_callers(
    client: httpx.AsyncClient, house: House, place: Place, act_as: Callable[..., Act]
) -> Callers:
    """A citizen, an enrolled device and staff of every role."""
    device_id, key = await enrolled(act_as, place.hall_id, place.windows["01"])
    actor, _ = await citizen_actor(act_as())
    evaluator = Evaluator(device_id, key, house, client)
    system = await system_of(act_as, place, house, client)
    return Callers(client, house, place, act_as, evaluator, system, actor.id)

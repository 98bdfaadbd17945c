"""HTTP of the platform's pushes: the one address that its console is told."""

from collections.abc import Mapping
from typing import Any

from sanic import Request

from app.core.api import Call, Routes
from app.core.auth import ANYONE
from app.core.wire import File
from app.pushes import service

routes = Routes("pushes", "/wechat")
PLAIN = "text/plain; charset=utf-8"


@routes.get("/push", guard=ANYONE)
async def echo(call: Call) -> File:
    """Answer the platform's check of this address."""
    said = await service.echo(call.act, _query(call.request), call.address)
    return File(said.encode(), PLAIN, inline=True)


@routes.post("/push", guard=ANYONE)
async def push(call: Call) -> File:
    """Take in what the platform pushes (JSON or XML, plain or encrypted), at most 64 kB."""
    request = call.request
    kind = request.headers.getone("content-type", "")
    await service.receive(call.act, _query(request), request.body, kind, call.address)
    return File(service.SUCCESS.encode(), PLAIN, inline=True)


def _query(request: Request) -> Mapping[str, Any]:
    """The parameters; one that comes several times is a list, which none of them may be."""
    given = request.get_args(keep_blank_values=True)
    return {name: values[0] if len(values) == 1 else values for name, values in given.items()}

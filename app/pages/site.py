"""The files for the browser as routes."""

import asyncio

from sanic.response import HTTPResponse

from app.core.api import Call
from app.core.auth import ANYONE
from app.pages import assets
from app.pages.routes import PageRoutes

pages = PageRoutes("pages", "")


@pages.page("/assets/<version:str>/<name:path>", guard=ANYONE)
async def asset(call: Call, version: str, name: str) -> HTTPResponse:
    """A style sheet, module or picture; the same for everybody, kept for ever."""
    # Reading and squeezing a large one takes a while, the first time: in a thread of its own.
    return await asyncio.to_thread(assets.answer, call.request, version, name)

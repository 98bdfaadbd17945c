"""The files for the browser as routes."""

from sanic.response import HTTPResponse

from app.core.api import Call
from app.core.auth import ANYONE
from app.pages import assets
from app.pages.routes import PageRoutes

pages = PageRoutes("pages", "")


@pages.page("/assets/<version:str>/<name:path>", guard=ANYONE)
async def asset(call: Call, version: str, name: str) -> HTTPResponse:
    """A style sheet, module or picture; the same for everybody, kept for ever."""
    return assets.answer(call.request, version, name)

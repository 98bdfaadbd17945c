"""The evaluator's page and its service worker. Both are the same for everybody and hold no data."""

from sanic.response import HTTPResponse

from app.core.api import Call
from app.core.auth import ANYONE
from app.kiosk import shell
from app.pages import render
from app.pages.render import View
from app.pages.routes import PageRoutes

pages = PageRoutes("kiosk", shell.PAGE)


@pages.page("", guard=ANYONE)
async def kiosk(call: Call) -> View:
    """The evaluator's page, for any tablet's browser; it asks for a code, or has a key."""
    # Nobody's session is in it, whoever is signed in: the service worker keeps it for all.
    return View("kiosk/kiosk.html", title="窗口评价器", csrf="", said="", version=shell.version())


@pages.page("/worker.js", guard=ANYONE)
async def worker(call: Call) -> HTTPResponse:
    """The service worker that has the page ready without a network."""
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": render.POLICY,
        "Service-Worker-Allowed": shell.PAGE,
    }
    return HTTPResponse(shell.worker(), 200, headers, "text/javascript; charset=utf-8")

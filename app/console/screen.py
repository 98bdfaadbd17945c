"""The wall on a screen of the hall, by the code in its address and without anybody's session.

Whoever asks, it shows the same: the wall of the screen's hall, with no way into the console. A
session that the browser happens to have changes nothing of it.
"""

from dataclasses import replace
from typing import Any

from sanic.response import HTTPResponse

from app.console.scope import Scope
from app.console.site import screens as pages
from app.console.wall import EVERY_SECONDS, shown
from app.core.acts import Act
from app.core.api import Call
from app.core.auth import ANYONE, Nobody
from app.halls import screens
from app.halls import service as halls
from app.halls.screens import UnknownScreen
from app.pages import render
from app.pages.routes import View

REFUSED = "这块大屏的地址已停用，以下是之前的内容。"
"""Stands on a running wall whose address was revoked."""
HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
"""The address is the key: it goes to nobody else, and into no search engine."""


@pages.page("/<code:str>", guard=ANYONE)
async def screen_page(call: Call, code: str) -> HTTPResponse:
    """The big screen of a hall; 404 in plain words where no screen in use has this code."""
    try:
        scope, wall = await _gathered(call, code)
    except UnknownScreen as unknown:
        return _refused(call, unknown)
    view = View(
        "console/wall.html",
        title=f"{scope.hall_name} 今日服务",
        part=f"/wall/{code}/now",
        every=EVERY_SECONDS,
        refused=REFUSED,
        **wall,
    )
    return _answer(call, view)


@pages.page("/<code:str>/now", guard=ANYONE)
async def screen_part(call: Call, code: str) -> HTTPResponse:
    """What changes on it, fetched every few seconds."""
    try:
        _, wall = await _gathered(call, code)
    except UnknownScreen as unknown:
        return _refused(call, unknown)
    return _answer(call, View("console/wall_now.html", **wall))


async def _gathered(call: Call, code: str) -> tuple[Scope, dict[str, Any]]:
    found = await screens.of_code(call.act, code, call.address)
    act = replace(call.act, actor=await screens.sight(found))
    name = (await halls.hall(found.hall_id)).name
    scope = Scope(found.hall_id, name, act.today, act.today, None, [])
    return scope, await shown(act, scope)


def _refused(call: Call, why: UnknownScreen) -> HTTPResponse:
    sentence = why.title
    view = View("console/wall_refused.html", status=why.status, title="大屏", sentence=sentence)
    return _answer(call, view)


def _answer(call: Call, view: View) -> HTTPResponse:
    """The page as it is for nobody: no token in it, and no cookie set or taken away."""
    act: Act = replace(call.act, actor=Nobody())
    view.headers = HEADERS
    answer = render.page(Call(act, call.request), view)
    answer.headers.pop("Set-Cookie", None)
    return answer

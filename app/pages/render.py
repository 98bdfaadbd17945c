"""Pages out of templates, with the headers that keep them safe."""

import functools
import gzip
import re
from typing import Any

from sanic import Request
from sanic.response import HTTPResponse

from app.core import api, csrf
from app.core.acts import Act
from app.core.api import Call
from app.core.auth import ANYONE, Nobody, Staff
from app.core.errors import Problem
from app.pages import assets, charts, cookies, navigation, words

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
    " connect-src 'self'; font-src 'self'; media-src 'self'; worker-src 'self';"
    " manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Nothing from elsewhere, nothing inline, in nobody's frame."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept-Encoding, Cookie",
}
WORTH_SQUEEZING = 1_000
_ON_THE_WIRE = re.compile(r"(缺少必填项|含有不认识的项)?“[\w.\[\]]+”", re.ASCII)


class View:
    """A page: a template, what it is about, and how it is answered."""

    def __init__(
        self,
        template: str,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        **values: Any,
    ) -> None:
        self.template = template
        self.status = status
        self.headers = headers or {}
        self.values = values


@functools.cache
def _environment() -> Any:
    # Loaded when the first page is asked for: an API without pages need not carry it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    folders = sorted(assets.HERE.glob("*/templates"))
    made = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.do"],
    )
    made.filters.update(words.FILTERS)
    made.filters["charted"] = charts.charted
    made.globals.update(asset=assets.url, date_range=words.date_range)
    return made


def text(act: Act, request: Request, view: View) -> str:
    """The page's HTML for whoever asks."""
    me = act.actor if isinstance(act.actor, Staff) else None
    values = {
        "me": me,
        "now": act.at,
        "today": act.today,
        "path": request.path,
        "navigation": navigation.of(me, request.path, view.values.get("in_hall")),
        "home": navigation.home(me),
        "csrf": csrf.token(act.house.keyring, me.session_id) if me else "",
        "said": cookies.said_in(request),
        "title": "",
        **view.values,
    }
    return _environment().get_template(view.template).render(values)


def page(call: Call, view: View, cache: str = "no-store") -> HTTPResponse:
    """The page as it is answered."""
    content = text(call.act, call.request, view).encode()
    headers = {**HEADERS, "Cache-Control": cache, **view.headers}
    if len(content) > WORTH_SQUEEZING and _takes_gzip(call.request):
        content = gzip.compress(content, 5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    answer = HTTPResponse(content, view.status, headers, "text/html; charset=utf-8")
    if cookies.said_in(call.request):
        answer.headers.add("Set-Cookie", cookies.nothing_said(call.act.house))
    return answer


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.getone("Accept-Encoding", "")


def _for_people(found: Problem) -> str:
    """What is particular to a problem, without the names that fields have on the wire."""
    said = found.detail or ""
    if "field" not in found.extra:
        return said
    return _ON_THE_WIRE.sub(lambda it: it[1] or "有一项", said, count=1)


async def problem(request: Request, found: Problem) -> HTTPResponse:
    """A problem as a page, for whoever asks as far as that can be found out."""
    try:
        act = await api.admit(request, ANYONE)
    except Exception:  # a page about an error must not fail of another: it is for nobody then
        house = request.app.ctx.house
        act = Act(house, Nobody(), house.clock.now(), getattr(request.ctx, "id", None))
    view = View(
        "problem.html",
        status=found.status,
        headers=found.headers,
        title=found.title.rstrip("。"),
        problem=found,
        detail=_for_people(found),
        sent=request.method != "GET",
        request_id=act.request_id,
    )
    return page(Call(act, request), view)

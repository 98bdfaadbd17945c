"""Pages and forms: the same way as an API's endpoint, with HTML at its end.

    pages = PageRoutes("desk", "/desk")

    @pages.page("/cases/<case_id:uuid>", guard=staff(Role.CLERK))
    async def case(call: Call, case_id: UUID) -> View:
        '''A case at the desk.'''
        return View("desk/case.html", title="办件", case=await views.case(call.act, case_id))

    @pages.form("/cases/<case_id:uuid>/accept", guard=staff(Role.CLERK))
    async def accept(call: Call, case_id: UUID, body: AcceptForm) -> Redirect:
        '''Accept a case.'''
        ...
        return Redirect(f"/desk/cases/{case_id}", said="已受理。")

Whoever has to sign in is sent there and back again. Any other problem becomes a page with its
sentence; a form that was sent by `forms.js` gets the problem as JSON and shows it in its place.
"""

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import msgspec
from sanic import Request
from sanic.response import HTTPResponse

from app import answers
from app.core import api, csrf, decoding
from app.core.api import Call, Endpoint, Handler, Routes
from app.core.auth import Guard, Nobody
from app.core.errors import FirstPassword, NotSignedIn, Problem
from app.core.wire import File
from app.pages import cookies, forms, render
from app.pages.render import View

__all__ = ["PageRoutes", "Redirect", "View"]


class Redirect:
    """Where to go after a change; `said` is shown there once. No personal data in either."""

    def __init__(self, to: str, *, said: str = "", cookie: str = "") -> None:
        self.to = to
        self.said = said
        self.cookie = cookie
        """A `Set-Cookie` line of `cookies`, for signing in and out."""


class PageRoutes(Routes):
    """The pages and forms of one front, under one prefix."""

    def page(
        self, path: str, *, guard: Guard, cache: str = "no-store"
    ) -> Callable[[Handler], Handler]:
        """A page. `cache` is its Cache-Control; only what is the same for everybody has another."""
        return self._declare("GET", path, guard, functools.partial(_page, cache=cache))

    def form(
        self, path: str, *, guard: Guard, stream: bool = False
    ) -> Callable[[Handler], Handler]:
        """What a form is sent to. With `stream`, for a form with a file, the handler reads it."""
        return self._declare("POST", path, guard, _form, stream=stream)

    def _declare(
        self,
        method: str,
        path: str,
        guard: Guard,
        serve: Callable[..., Any],
        *,
        stream: bool = False,
    ) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            endpoint = self.describe(handler, guard, 200, once=False, stream=stream, socket=False)
            endpoint = replace(endpoint, page=True, answer=None)
            lists = decoding.lists_of(endpoint.query) if endpoint.query else frozenset()

            async def answer(request: Request, **values: Any) -> HTTPResponse:
                try:
                    return await serve(request, endpoint, lists, values)
                except Exception as error:
                    if stream:
                        api.read_on(request)
                    return await problem_page(request, answers.as_problem(error))

            self.add(answer, endpoint, method, path)
            return handler

        return declare


async def _page(
    request: Request,
    endpoint: Endpoint,
    lists: frozenset[str],
    values: dict[str, Any],
    *,
    cache: str,
) -> HTTPResponse:
    call = Call(await api.admit(request, endpoint.guard), request)
    decoding.require_clean(values)
    if endpoint.query is not None:
        values["query"] = decoding.query(request, endpoint.query, lists)
    return _answer(call, await endpoint.handler(call, **values), cache)


async def _form(
    request: Request, endpoint: Endpoint, lists: frozenset[str], values: dict[str, Any]
) -> HTTPResponse:
    call = Call(await api.admit(request, endpoint.guard), request)
    if isinstance(call.act.actor, Nobody):
        csrf.require_same_origin(request)
    decoding.require_clean(values)
    if endpoint.query is not None:
        values["query"] = decoding.query(request, endpoint.query, lists)
    if endpoint.body is not None:
        values["body"] = forms.decode(request, endpoint.body)
    return _answer(call, await endpoint.handler(call, **values), "no-store")


def _answer(call: Call, made: Any, cache: str) -> HTTPResponse:
    if isinstance(made, View):
        return render.page(call, made, cache)
    if isinstance(made, Redirect):
        return _redirect(call, made)
    if isinstance(made, File | HTTPResponse):
        return api.encode(made, 200)
    raise TypeError(f"a page cannot answer with {type(made).__name__}")


def _redirect(call: Call, made: Redirect) -> HTTPResponse:
    if _wants_json(call.request):
        answer = HTTPResponse(msgspec.json.encode({"to": made.to}), 200, content_type=decoding.JSON)
    else:
        answer = _see(made.to)
    if made.said:
        answer.headers.add("Set-Cookie", cookies.said(call.act.house, made.said))
    if made.cookie:
        answer.headers.add("Set-Cookie", made.cookie)
    return answer


def _see(address: str) -> HTTPResponse:
    return HTTPResponse(b"", 303, {"Location": address})


def _wants_json(request: Request) -> bool:
    return decoding.JSON in request.headers.getone("Accept", "")


async def problem_page(request: Request, problem: Problem) -> HTTPResponse:
    """`problem` as a page; as JSON for a script.

    Whoever must sign in is sent on to the sign-in, and whoever must choose a password to where it
    is chosen.
    """
    if _wants_json(request):
        return answers.answer(request, problem)
    if isinstance(problem, NotSignedIn | FirstPassword) and request.method == "GET":
        here = quote(request.path + (f"?{request.query_string}" if request.query_string else ""))
        door = "/sign-in" if isinstance(problem, NotSignedIn) else "/account/password"
        return _see(f"{door}?next={here}")
    return await render.problem(request, problem)

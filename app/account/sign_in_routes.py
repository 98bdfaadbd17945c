"""Signing in, in one step or two, and out."""

from urllib.parse import urlencode

import msgspec
from sanic import Request

from app.account import half, places, words
from app.account.forms import CodeForm, SignInForm, SignInQuery
from app.core import sessions
from app.core.api import Call
from app.core.auth import ANYONE, STAFF, Staff
from app.core.errors import Problem
from app.core.limits import Limits
from app.halls import accounts, signing_in
from app.halls.schemas import SignedIn, SignIn
from app.halls.signing_in import HalfEnded, HalfSignedIn, WrongPassword
from app.pages import cookies
from app.pages.routes import PageRoutes, Redirect, View

pages = PageRoutes("sign-in", "")


@pages.page("/sign-in", guard=ANYONE)
async def sign_in_page(call: Call, query: SignInQuery) -> View | Redirect:
    """Where staff sign in."""
    if isinstance(call.act.actor, Staff):
        return Redirect(places.after_sign_in(call.act.actor, query.next))
    return _form(query.next)


def _form(wanted: str, login: str = "", problem: Problem | None = None) -> View:
    return View(
        "account/sign-in.html",
        title="登录",
        status=problem.status if problem else 200,
        headers=problem.headers if problem else None,
        next=places.local(wanted),
        login=login,
        problem=problem,
    )


@pages.form("/sign-in", guard=ANYONE)
async def sign_in(call: Call, body: SignInForm) -> View | Redirect:
    """Sign in with login name and password."""
    await _slow_down(call)
    try:
        given = msgspec.convert({"login": body.login, "password": body.password}, SignIn)
        done = await signing_in.first_step(call.act, given, _device(call.request))
    except msgspec.ValidationError:
        return _form(body.next, body.login, WrongPassword())
    except Problem as problem:
        return _form(body.next, body.login, problem)
    if isinstance(done, HalfSignedIn):
        to = "/sign-in/code?" + urlencode({"next": places.local(body.next)})
        return Redirect(to, cookie=half.cookie(call.act.house, done.token))
    return await _signed_in(call, done, body.next)


@pages.page("/sign-in/code", guard=ANYONE)
async def code_page(call: Call, query: SignInQuery) -> View | Redirect:
    """Where the second factor's code is asked for."""
    if isinstance(call.act.actor, Staff):
        return Redirect(places.after_sign_in(call.act.actor, query.next))
    if not half.token(call.request):
        return Redirect("/sign-in?" + urlencode({"next": places.local(query.next)}))
    return _code_form(query.next)


def _code_form(wanted: str, problem: Problem | None = None) -> View:
    return View(
        "account/sign-in-code.html",
        title="二次验证",
        status=problem.status if problem else 200,
        headers=problem.headers if problem else None,
        next=places.local(wanted),
        problem=problem,
    )


@pages.form("/sign-in/code", guard=ANYONE)
async def sign_in_with_code(call: Call, body: CodeForm) -> View | Redirect:
    """The second step of signing in: the authenticator's code, or a recovery code."""
    await _slow_down(call)
    try:
        device = _device(call.request)
        done = await signing_in.second_step(call.act, half.token(call.request), body.code, device)
    except (HalfEnded, signing_in.Locked) as problem:
        return _form(body.next, problem=problem)
    except Problem as problem:
        return _code_form(body.next, problem)
    return await _signed_in(call, done, body.next)


@pages.form("/sign-out", guard=STAFF)
async def sign_out(call: Call) -> Redirect:
    """End this session."""
    await signing_in.sign_out(call.act)
    return Redirect("/sign-in", said="您已退出登录。", cookie=cookies.no_session(call.act.house))


async def _signed_in(call: Call, done: SignedIn, wanted: str) -> Redirect:
    house, now = call.act.house, call.act.at
    session = await sessions.find(done.token, now)
    person = await accounts.staff_of_session(session, house.settings) if session else None
    assert person is not None, "the session was opened a moment ago"
    cookie = cookies.session(house, done.token, now=now, expires_at=done.expires_at)
    waiting = await accounts.waiting_roles(person, house.settings)
    if waiting:
        names = "、".join(words.ROLES[role] for role in waiting)
        said = f"“{names}”须先开启二次验证才能使用，请按下面的步骤设置。"
        return Redirect("/account/second-factor", said=said, cookie=cookie)
    return Redirect(places.after_sign_in(person, wanted), cookie=cookie)


async def _slow_down(call: Call) -> None:
    await call.act.house.part(Limits).hit(signing_in.PER_ADDRESS, "staff.sign_in", call.address)


def _device(request: Request) -> str:
    return words.device(request.headers.getone("User-Agent", ""))

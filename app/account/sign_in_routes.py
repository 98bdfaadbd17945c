"""Signing in, in one step or two, and out."""

from urllib.parse import urlencode

import msgspec

from app.account import half, places, words
from app.account.entering import enter
from app.account.forms import CodeForm, SignInForm, SignInQuery
from app.core.api import Call
from app.core.auth import ANYONE, AT_DOOR, Staff
from app.core.errors import Problem
from app.core.limits import Limits
from app.halls import signing_in
from app.halls.schemas import SignIn
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
        done = await signing_in.first_step(call.act, given, words.device_of(call.request))
    except msgspec.ValidationError:
        return _form(body.next, body.login, WrongPassword())
    except Problem as problem:
        return _form(body.next, body.login, problem)
    if isinstance(done, HalfSignedIn):
        to = "/sign-in/code?" + urlencode({"next": places.local(body.next)})
        return Redirect(to, cookie=half.cookie(call.act.house, done.token))
    return await enter(call, done, body.next)


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
        device = words.device_of(call.request)
        done = await signing_in.second_step(call.act, half.token(call.request), body.code, device)
    except (HalfEnded, signing_in.Locked) as problem:
        return _form(body.next, problem=problem)
    except Problem as problem:
        return _code_form(body.next, problem)
    return await enter(call, done, body.next)


@pages.form("/sign-out", guard=AT_DOOR)
async def sign_out(call: Call) -> Redirect:
    """End this session."""
    await signing_in.sign_out(call.act)
    return Redirect("/sign-in", said="您已退出登录。", cookie=cookies.no_session(call.act.house))


async def _slow_down(call: Call) -> None:
    await call.act.house.part(Limits).hit(signing_in.PER_ADDRESS, "staff.sign_in", call.address)

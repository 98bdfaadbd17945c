"""What the real platform does not have: the sandbox's own controls, under `/_sandbox`, and `/`.

They stand for the user's phone (login and phone codes, agreeing to messages), for the passing of
time, and for bad days. There is no guard: a sandbox listens on the own machine only.
"""

from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html, json

from wechat.sandbox.clock import Clock
from wechat.sandbox.faults import Fault, Faults
from wechat.sandbox.people import CODE_LIVES, User
from wechat.sandbox.state import Platform

admin = Blueprint("admin")

_PAGE = Path(__file__).with_name("page.html")
_Wanted = TypeVar("_Wanted", bound=msgspec.Struct)


class Who(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A user: by openid, or by a person's name, which always gives the same openid."""

    openid: str = ""
    person: str = ""


class LoginCode(Who):
    """`appid` is the mini program in which the code is obtained; by default this one."""

    appid: str = ""


class PhoneCode(LoginCode, kw_only=True):
    """The number that the user allows the mini program to have."""

    phone: Annotated[str, msgspec.Meta(pattern=r"^1[0-9]{10}$")]


class Subscription(Who, kw_only=True):
    """The user agrees to `count` more messages of a template, or to all that come."""

    template_id: str
    count: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 1
    long_term: bool = False


class Standing(Who):
    """How the platform regards a user; None leaves it as it is."""

    high_risk: bool | None = None
    banned: bool | None = None
    unionid: str | None = None


class Forward(msgspec.Struct, forbid_unknown_fields=True):
    """Seconds by which the clock moves on."""

    forward: Annotated[float, msgspec.Meta(ge=0)]


@admin.get("/")
async def page(_: Request) -> HTTPResponse:
    """The page with all controls, in Chinese."""
    return html(_PAGE.read_text(encoding="utf-8"))


@admin.exception(msgspec.ValidationError, msgspec.DecodeError)  # type: ignore[untyped-decorator, unused-ignore]
async def _wrong(_: Request, error: Exception) -> HTTPResponse:
    return json({"error": str(error)}, status=422)


@admin.post("/_sandbox/login-codes")
async def login_code(request: Request) -> HTTPResponse:
    """A code as `wx.login` gives it: `code`, `openid`, `expires_in`."""
    wanted, platform = _body(request, LoginCode), _platform(request)
    user = _user(request, wanted)
    code = platform.people.issue_login_code(user, wanted.appid or platform.appid)
    return json({"code": code, "openid": user.openid, "expires_in": CODE_LIVES}, status=201)


@admin.post("/_sandbox/phone-codes")
async def phone_code(request: Request) -> HTTPResponse:
    """A code as the phone-number button gives it: `code`, `openid`, `expires_in`."""
    wanted, platform = _body(request, PhoneCode), _platform(request)
    user = _user(request, wanted)
    code = platform.people.issue_phone_code(user, wanted.appid or platform.appid, wanted.phone)
    return json({"code": code, "openid": user.openid, "expires_in": CODE_LIVES}, status=201)


@admin.post("/_sandbox/subscriptions")
async def subscribe(request: Request) -> HTTPResponse:
    """The user agrees to messages; answers what is left of that template (null: long-term)."""
    wanted, platform = _body(request, Subscription), _platform(request)
    if wanted.template_id not in platform.templates:
        return json({"error": f"没有模板 {wanted.template_id}"}, status=404)
    user = _user(request, wanted)
    left = None if wanted.long_term else (user.subscriptions.get(wanted.template_id) or 0)
    user.subscriptions[wanted.template_id] = None if left is None else left + wanted.count
    return json({"openid": user.openid, "left": user.subscriptions[wanted.template_id]}, 201)


@admin.post("/_sandbox/users")
async def standing(request: Request) -> HTTPResponse:
    """Set how the platform regards a user (high risk, banned, unionid)."""
    wanted = _body(request, Standing)
    user = _user(request, wanted)
    for name in ("high_risk", "banned", "unionid"):
        value = getattr(wanted, name)
        if value is not None:
            setattr(user, name, value)
    return json(_shown(user))


@admin.get("/_sandbox/users")
async def users(request: Request) -> HTTPResponse:
    """All users, with their subscriptions."""
    return json([_shown(user) for user in _platform(request).people.users.values()])


@admin.get("/_sandbox/templates")
async def templates(request: Request) -> HTTPResponse:
    """The templates: id → key → label."""
    return json(_platform(request).templates)


@admin.get("/_sandbox/sent")
async def sent(request: Request) -> HTTPResponse:
    """Messages that reached users, oldest first; `?openid=` or `?template_id=` narrows."""
    wanted = {name: request.args.get(name) for name in ("openid", "template_id")}
    found = [
        msgspec.to_builtins(message)
        for message in _platform(request).sent
        if all(value in (None, getattr(message, name)) for name, value in wanted.items())
    ]
    return json(found)


@admin.delete("/_sandbox/sent")
async def forget_sent(request: Request) -> HTTPResponse:
    """Forget the messages."""
    _platform(request).sent.clear()
    return json({})


@admin.get("/_sandbox/calls")
async def calls(request: Request) -> HTTPResponse:
    """How often each path was called."""
    return json(dict(_platform(request).calls))


@admin.get("/_sandbox/clock")
async def clock(request: Request) -> HTTPResponse:
    """The sandbox's time (`now`, seconds since the epoch) and how far it is `ahead`."""
    return _told(_platform(request).clock)


@admin.post("/_sandbox/clock")
async def move_clock(request: Request) -> HTTPResponse:
    """Move the clock on."""
    kept = _platform(request).clock
    kept.forward(_body(request, Forward).forward)
    return _told(kept)


@admin.post("/_sandbox/tokens/revoke")
async def revoke_tokens(request: Request) -> HTTPResponse:
    """End every access token at once."""
    _platform(request).tokens.revoke()
    return json({})


@admin.get("/_sandbox/faults")
async def faults(request: Request) -> HTTPResponse:
    """The faults in force."""
    return _listed(_platform(request).faults)


@admin.post("/_sandbox/faults")
async def add_fault(request: Request) -> HTTPResponse:
    """Put a fault in force (see `wechat.sandbox.faults.Fault`)."""
    kept = _platform(request).faults
    kept.add(_body(request, Fault))
    return _listed(kept)


@admin.delete("/_sandbox/faults")
async def clear_faults(request: Request) -> HTTPResponse:
    """End all faults."""
    kept = _platform(request).faults
    kept.clear()
    return _listed(kept)


def _platform(request: Request) -> Platform:
    platform: Platform = request.app.ctx.platform
    return platform


def _body(request: Request, kind: type[_Wanted]) -> _Wanted:
    return msgspec.json.decode(request.body or b"{}", type=kind)


def _user(request: Request, who: Who) -> User:
    return _platform(request).people.user(openid=who.openid, person=who.person)


def _told(kept: Clock) -> HTTPResponse:
    return json({"now": kept.now(), "ahead": kept.ahead})


def _listed(kept: Faults) -> HTTPResponse:
    return json(msgspec.to_builtins(kept.in_force))


def _shown(user: User) -> dict[str, Any]:
    return {
        "openid": user.openid,
        "person": user.person,
        "unionid": user.unionid,
        "high_risk": user.high_risk,
        "banned": user.banned,
        "subscriptions": user.subscriptions,
    }

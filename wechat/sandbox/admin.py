"""What the real platform does not have: the sandbox's own controls, under `/_sandbox`, and `/`.

They stand for the user's phone (login and phone codes, agreeing to messages), for the passing of
time (`wechat.sandbox.controls`), and for bad days. Who may use them, `wechat.sandbox.doors` says.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html, json

from wechat.sandbox.doors import keep_out
from wechat.sandbox.people import CODE_LIVES, User
from wechat.sandbox.state import Platform

admin = Blueprint("admin")
admin.on_request(keep_out)

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


class Popup(Who, kw_only=True):
    """The user answers the question about templates: template id → choice."""

    choices: Annotated[
        dict[str, Literal["accept", "reject", "ban"]], msgspec.Meta(min_length=1, max_length=5)
    ]
    long_term: bool = False


class Refusal(Who, kw_only=True):
    """The user turns messages off in the settings."""

    template_ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=20)]


class Data(Who, kw_only=True):
    """What the user's phone receives encrypted; with `phone`, what the phone button gave before."""

    data: dict[str, Any] = msgspec.field(default_factory=dict)
    phone: str = ""


@admin.get("/")
async def page(_: Request) -> HTTPResponse:
    """The page with all controls, in Chinese."""
    return html(_PAGE.read_text(encoding="utf-8"))


@admin.exception(msgspec.ValidationError, msgspec.DecodeError, ValueError)  # type: ignore[untyped-decorator, unused-ignore]
async def _wrong(_: Request, error: Exception) -> HTTPResponse:
    return json({"error": str(error)}, status=422)


@admin.post("/_sandbox/login-codes")
async def login_code(request: Request) -> HTTPResponse:
    """A code as `wx.login` gives it: `code`, `openid`, `expires_in`."""
    wanted, platform = body_of(request, LoginCode), platform_of(request)
    user = _user(request, wanted)
    code = platform.people.issue_login_code(user, wanted.appid or platform.appid)
    return json({"code": code, "openid": user.openid, "expires_in": CODE_LIVES}, status=201)


@admin.post("/_sandbox/phone-codes")
async def phone_code(request: Request) -> HTTPResponse:
    """A code as the phone-number button gives it: `code`, `openid`, `expires_in`."""
    wanted, platform = body_of(request, PhoneCode), platform_of(request)
    user = _user(request, wanted)
    code = platform.people.issue_phone_code(user, wanted.appid or platform.appid, wanted.phone)
    return json({"code": code, "openid": user.openid, "expires_in": CODE_LIVES}, status=201)


@admin.post("/_sandbox/subscriptions")
async def subscribe(request: Request) -> HTTPResponse:
    """The user agrees to messages; answers what is left of that template (null: long-term)."""
    wanted, platform = body_of(request, Subscription), platform_of(request)
    if wanted.template_id not in platform.templates:
        return json({"error": f"没有模板 {wanted.template_id}"}, status=404)
    user = _user(request, wanted)
    for _ in range(1 if wanted.long_term else wanted.count):
        choices = {wanted.template_id: "accept"}
        platform.answer_popup(user, choices, long_term=wanted.long_term)
    left = user.subscriptions.setdefault(wanted.template_id, 0)
    return json({"openid": user.openid, "left": left}, 201)


@admin.post("/_sandbox/popups")
async def popup(request: Request) -> HTTPResponse:
    """The user answers the question about one or several templates."""
    wanted, platform = body_of(request, Popup), platform_of(request)
    unknown = sorted(wanted.choices.keys() - platform.templates.keys())
    if unknown:
        return json({"error": f"没有模板 {'、'.join(unknown)}"}, status=404)
    user = _user(request, wanted)
    platform.answer_popup(user, wanted.choices, long_term=wanted.long_term)
    return json(_shown(user), status=201)


@admin.post("/_sandbox/refusals")
async def refuse(request: Request) -> HTTPResponse:
    """The user turns off messages of these templates."""
    wanted = body_of(request, Refusal)
    user = _user(request, wanted)
    platform_of(request).refuse_later(user, wanted.template_ids)
    return json(_shown(user), status=201)


@admin.post("/_sandbox/visits")
async def visit(request: Request) -> HTTPResponse:
    """The user is in the mini program now."""
    user = _user(request, body_of(request, Who))
    platform_of(request).people.visit(user)
    return json(_shown(user))


@admin.post("/_sandbox/session-keys")
async def rotate(request: Request) -> HTTPResponse:
    """The user gets another session key, as when another phone logs in."""
    user = _user(request, body_of(request, Who))
    platform_of(request).people.rotate(user)
    return json(_shown(user))


@admin.post("/_sandbox/encrypted-data")
async def encrypted(request: Request) -> HTTPResponse:
    """What the user's phone receives encrypted: `encryptedData`, `iv`, `rawData`, `signature`."""
    wanted = body_of(request, Data)
    user = _user(request, wanted)
    number = {"phoneNumber": wanted.phone, "purePhoneNumber": wanted.phone, "countryCode": "86"}
    data = wanted.data or (number if wanted.phone else {"openId": user.openid})
    return json(platform_of(request).people.encrypted(user, data), status=201)


@admin.post("/_sandbox/users")
async def standing(request: Request) -> HTTPResponse:
    """Set how the platform regards a user (high risk, banned, unionid)."""
    wanted = body_of(request, Standing)
    user = _user(request, wanted)
    for name in ("high_risk", "banned", "unionid"):
        value = getattr(wanted, name)
        if value is not None:
            setattr(user, name, value)
    return json(_shown(user))


@admin.get("/_sandbox/users")
async def users(request: Request) -> HTTPResponse:
    """All users, with their subscriptions."""
    return json([_shown(user) for user in platform_of(request).people.users.values()])


@admin.get("/_sandbox/templates")
async def templates(request: Request) -> HTTPResponse:
    """The templates: id → key → label."""
    return json(platform_of(request).templates)


@admin.get("/_sandbox/sent")
async def sent(request: Request) -> HTTPResponse:
    """Messages that reached users, oldest first; `?openid=` or `?template_id=` narrows.

    `?last=` gives only so many of the latest.
    """
    wanted = {name: request.args.get(name) for name in ("openid", "template_id")}
    found = [
        msgspec.to_builtins(message)
        for message in platform_of(request).sent
        if all(value in (None, getattr(message, name)) for name, value in wanted.items())
    ]
    last = request.args.get("last", "")
    return json(found[-int(last) :] if last.isdecimal() and int(last) else found)


@admin.delete("/_sandbox/sent")
async def forget_sent(request: Request) -> HTTPResponse:
    """Forget the messages."""
    platform_of(request).sent.clear()
    return json({})


def platform_of(request: Request) -> Platform:
    """The platform that is controlled."""
    platform: Platform = request.app.ctx.platform
    return platform


def body_of(request: Request, kind: type[_Wanted]) -> _Wanted:
    """The body as `kind`; a wrong one is answered with 422."""
    return msgspec.json.decode(request.body or b"{}", type=kind)


def _user(request: Request, who: Who) -> User:
    return platform_of(request).people.user(openid=who.openid, person=who.person)


def _shown(user: User) -> dict[str, Any]:
    return {
        "openid": user.openid,
        "person": user.person,
        "unionid": user.unionid,
        "high_risk": user.high_risk,
        "banned": user.banned,
        "active_at": None if user.active_at == float("-inf") else user.active_at,
        "subscriptions": user.subscriptions,
    }

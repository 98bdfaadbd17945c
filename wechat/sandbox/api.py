"""The calls of the platform that a mini program's server makes."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html, raw

from wechat.sandbox.faults import Fault
from wechat.sandbox.pictures import draw_code
from wechat.sandbox.refusals import Refused
from wechat.sandbox.state import Platform

api = Blueprint("platform")

_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body>502</body></html>"
_NOTICE = "<html><head><title>系统维护</title></head><body>系统维护中</body></html>"


def answer(body: Any, content_type: str = "application/json; charset=UTF-8") -> HTTPResponse:
    """JSON with status 200, whatever it says."""
    return raw(msgspec.json.encode(body), content_type=content_type)


def secured(request: Request, body: Mapping[str, Any]) -> HTTPResponse:
    """As `answer`, but sealed and signed if the request was."""
    platform = _platform(request)
    if platform.security is None or not getattr(request.ctx, "secured", False):
        return answer(body)
    headers, sealed = platform.security.seal(_address(request), body, platform.clock.now())
    return raw(sealed, headers=headers, content_type="application/json; charset=UTF-8")


@api.on_request
async def _fault(request: Request) -> HTTPResponse | None:
    platform = _platform(request)
    platform.calls[request.path] += 1
    fault = platform.faults.strike(request.path)
    request.ctx.fault = fault
    return await _struck(fault) if fault else None


@api.on_response  # type: ignore[untyped-decorator, unused-ignore]
async def _lose(request: Request, _: HTTPResponse) -> None:
    fault = getattr(request.ctx, "fault", None)
    if fault and fault.kind == "lost":
        await asyncio.sleep(fault.seconds)


async def _struck(fault: Fault) -> HTTPResponse | None:
    """What the fault answers in the call's place; None: the call is served."""
    if fault.kind in ("latency", "timeout"):
        await asyncio.sleep(fault.seconds)
    match fault.kind:
        case "timeout" | "http_5xx":
            return html(_BAD_GATEWAY, status=502)
        case "html":
            return html(_NOTICE)
        case "busy" | "token" | "errcode":
            return answer(
                Refused({"busy": -1, "token": 40001}.get(fault.kind, fault.errcode)).body()
            )
    return None


@api.exception(Refused)  # type: ignore[untyped-decorator, unused-ignore]
async def _refuse(request: Request, refused: Refused) -> HTTPResponse:
    kind = "text/plain" if request.path.startswith("/sns/") else "application/json; charset=UTF-8"
    return answer(refused.body(), kind)


@api.get("/sns/jscode2session")
async def code_to_session(request: Request) -> HTTPResponse:
    """A login code for openid and session key; labelled text/plain, as the platform does."""
    platform, args = _platform(request), request.args
    grant_type = args.get("grant_type")
    platform.check_account(args.get("appid"), args.get("secret"), grant_type, "authorization_code")
    if not args.get("js_code"):
        raise Refused(41008)
    user = platform.people.log_in(args.get("js_code"))
    body = {"session_key": user.session_key, "openid": user.openid}
    if user.unionid:
        body["unionid"] = user.unionid
    return answer(body, "text/plain")


@api.post("/cgi-bin/stable_token")
async def stable_token(request: Request) -> HTTPResponse:
    """The stable access token."""
    platform, body = _platform(request), _json(request)
    platform.quotas.count(request.path)
    platform.check_account(
        body.get("appid"), body.get("secret"), body.get("grant_type"), "client_credential"
    )
    return answer(platform.tokens.stable(force=body.get("force_refresh") is True))


@api.get("/cgi-bin/token")
async def token(request: Request) -> HTTPResponse:
    """The older access token, separate from the stable one."""
    platform, args = _platform(request), request.args
    platform.check_account(
        args.get("appid"), args.get("secret"), args.get("grant_type"), "client_credential"
    )
    return answer(platform.tokens.plain())


@api.post("/cgi-bin/message/subscribe/send")
async def send(request: Request) -> HTTPResponse:
    """A subscribe message to one user."""
    platform = _let_in(request)
    await platform.send(_json(request))
    return answer({"errcode": 0, "errmsg": "ok"})


@api.post("/wxa/getwxacodeunlimit")
async def unlimited_code(request: Request) -> HTTPResponse:
    """A mini-program code: a picture, or JSON when refused."""
    platform = _let_in(request)
    scene, page, width = platform.check_code(_json(request))
    picture = await asyncio.to_thread(draw_code, scene, page, width)
    return raw(picture, content_type="image/png")


@api.post("/wxa/business/getuserphonenumber")
async def phone_number(request: Request) -> HTTPResponse:
    """The phone number behind a phone code."""
    platform, body = _let_in(request), _fields(request)
    phone = platform.people.phone_of(str(body.get("code") or ""), body.get("openid"))
    watermark = {"timestamp": int(platform.clock.now()), "appid": platform.appid}
    info = {
        "phoneNumber": phone,
        "purePhoneNumber": phone,
        "countryCode": "86",
        "watermark": watermark,
    }
    return secured(request, {"errcode": 0, "errmsg": "ok", "phone_info": info})


@api.get("/wxa/checksession")
async def check_session(request: Request) -> HTTPResponse:
    """Whether a session key is the present one, by its signature over nothing."""
    platform, args = _let_in(request), request.args
    platform.people.check_session(args.get("openid"), args.get("signature"), args.get("sig_method"))
    return answer({"errcode": 0, "errmsg": "ok"})


@api.post("/wxa/generate_urllink")
async def url_link(request: Request) -> HTTPResponse:
    """A link that opens the mini program."""
    platform = _let_in(request)
    link = platform.make_link(_json(request))
    return answer({"errcode": 0, "errmsg": "ok", "url_link": link})


@api.post("/wxa/msg_sec_check")
async def text_check(request: Request) -> HTTPResponse:
    """The check of a text."""
    platform = _let_in(request)
    return secured(request, platform.moderation.check_text(_fields(request)))


@api.post("/wxa/media_check_async")
async def media_check(request: Request) -> HTTPResponse:
    """The check of a picture; its result is pushed."""
    platform = _let_in(request)
    trace_id = platform.take_media(_fields(request))
    return secured(request, {"errcode": 0, "errmsg": "ok", "trace_id": trace_id})


def _platform(request: Request) -> Platform:
    platform: Platform = request.app.ctx.platform
    return platform


def _let_in(request: Request) -> Platform:
    platform = _platform(request)
    platform.tokens.check(request.args.get("access_token"))
    platform.quotas.count(request.path)
    return platform


def _address(request: Request) -> str:
    """The address of the call, without its query."""
    return f"{request.scheme}://{request.host}{request.path}"


def _fields(request: Request) -> dict[str, Any]:
    """The fields of a call that can be secured, and must be once the console has keys."""
    platform = _platform(request)
    if platform.security is None:
        return _json(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    fields = platform.security.open(_address(request), headers, request.body, platform.clock.now())
    request.ctx.secured = True
    return fields


def _json(request: Request) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        raise Refused(47001) from None
    if not isinstance(body, dict):
        raise Refused(47001)
    return body

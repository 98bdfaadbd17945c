"""The calls of the platform that a mini program's server makes."""

import asyncio
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
    platform, body = _let_in(request), _json(request)
    phone = platform.people.phone_of(str(body.get("code") or ""), body.get("openid"))
    watermark = {"timestamp": int(platform.clock.now()), "appid": platform.appid}
    info = {
        "phoneNumber": phone,
        "purePhoneNumber": phone,
        "countryCode": "86",
        "watermark": watermark,
    }
    return answer({"errcode": 0, "errmsg": "ok", "phone_info": info})


def _platform(request: Request) -> Platform:
    platform: Platform = request.app.ctx.platform
    return platform


def _let_in(request: Request) -> Platform:
    platform = _platform(request)
    platform.tokens.check(request.args.get("access_token"))
    return platform


def _json(request: Request) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        raise Refused(47001) from None
    if not isinstance(body, dict):
        raise Refused(47001)
    return body

"""Who may use the sandbox's controls: this machine, or whoever has the token."""

import hmac
import ipaddress
from urllib.parse import urlsplit

from sanic import HTTPResponse, Request
from sanic.response import json


def is_loopback(host: str) -> bool:
    """Whether an address or name is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def keep_out(request: Request) -> HTTPResponse | None:
    """Answer whoever may not; None lets in.

    With a token (`app.ctx.admin_token`), it is wanted as a bearer token, for the page as `?token=`
    too. Without one, only this machine is let in; and no page of another origin, which a browser
    on this machine may have open.
    """
    token: str = request.app.ctx.admin_token
    if token:
        given = request.token or (request.args.get("token") if request.path == "/" else "") or ""
        if hmac.compare_digest(given.encode(), token.encode()):
            return None
        return json({"error": "需要管理令牌"}, status=401)
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.host:
        return json({"error": "不接受其他网页的请求"}, status=403)
    if not is_loopback(request.ip) or not is_loopback(request.server_name):
        return json({"error": "只在本机开放"}, status=403)
    return None

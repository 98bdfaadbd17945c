"""That a change which a cookie vouches for was asked for on one of our own pages.

A token is bound to its session and masked anew each time it is shown, so that a compressed page
does not give it away letter by letter (OWASP, Cross-Site Request Forgery Prevention; BREACH).
"""

import base64
import binascii
import secrets
from urllib.parse import urlsplit
from uuid import UUID

from sanic import Request

from app.core.errors import Forbidden
from app.core.privacy import Keyring

PURPOSE = "csrf"
HEADER = "Zhangban-CSRF"
FIELD = "csrf"
BYTES = 32
FORM = "application/x-www-form-urlencoded"
UPLOAD = "multipart/form-data"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignRequest(Forbidden):
    """The request did not come from a page of ours, or from one of a session before this one."""

    code = "foreign_request"
    title = "页面已过期，请刷新页面后再试。"


def token(keyring: Keyring, session_id: UUID) -> str:
    """What a page of this session sends along with every change."""
    mask = secrets.token_bytes(BYTES)
    return base64.urlsafe_b64encode(
        mask + _xor(keyring.mac(session_id.bytes, PURPOSE), mask)
    ).decode()


def holds(keyring: Keyring, session_id: UUID, given: str) -> bool:
    """Whether `given` is a token of this session."""
    try:
        raw = base64.urlsafe_b64decode(given)
    except (binascii.Error, ValueError):
        return False
    if len(raw) != 2 * BYTES:
        return False
    return keyring.verify_mac(session_id.bytes, _xor(raw[BYTES:], raw[:BYTES]), PURPOSE)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def require(keyring: Keyring, request: Request, session_id: UUID) -> None:
    """Let a request pass whose session came by cookie. Raises ForeignRequest.

    A change needs the token, in a header or a form's field. A socket, whose opening cannot carry
    one, and a form with a file, whose fields stand in a body that is not read yet, need to come
    from a page of the same origin, and to say so.
    """
    if request.headers.getone("Upgrade", "").lower() == "websocket":
        require_same_origin(request)
        return
    if request.method in SAFE:
        return
    given = request.headers.getone(HEADER, "") or _field(request)
    if not given and _kind(request) == UPLOAD:
        require_same_origin(request)
        if request.headers.getone("Origin", ""):
            return
    if not holds(keyring, session_id, given):
        raise ForeignRequest


def _kind(request: Request) -> str:
    return request.headers.getone("content-type", "").partition(";")[0].strip().lower()


def _field(request: Request) -> str:
    if _kind(request) != FORM or not request.body:
        return ""
    form = request.get_form()
    return (form.get(FIELD) or "") if form else ""


def require_same_origin(request: Request) -> None:
    """Let a request pass that a page of ours made, or no browser. Raises ForeignRequest."""
    site = request.headers.getone("Sec-Fetch-Site", "")
    if site and site not in ("same-origin", "none"):
        raise ForeignRequest
    origin = request.headers.getone("Origin", "")
    if origin and not site and urlsplit(origin).netloc != request.host:
        raise ForeignRequest

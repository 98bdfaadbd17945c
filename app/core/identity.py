"""Finding out who asks: a session's token or cookie, or a device's or client's signature."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sanic import Request

from app.core import csrf, sessions
from app.core.auth import Actor, Citizen, Client, Device, Nobody, Staff
from app.core.errors import NotSignedIn
from app.core.house import House

SCHEME = "Bearer "
COOKIE = "zhangban"
DEVICE_HEADER = "Zhangban-Device"
CLIENT_HEADER = "Zhangban-Client"


@dataclass(frozen=True)
class Identities:
    """How the features above turn a session or a signature into an actor; put in by the server."""

    staff: Callable[[House, sessions.LiveSession], Awaitable[Staff | None]]
    device: Callable[[House, Request, datetime], Awaitable[Device]]
    client: Callable[[House, Request, datetime], Awaitable[Client]]


async def identify(house: House, request: Request, now: datetime, *, optional: bool) -> Actor:
    """Who sends `request`.

    Args:
        optional: the route is open to nobody too, so that a stale token does not matter. Who has
            yet to choose a password of their own is nobody there.

    Raises:
        NotSignedIn: a token came with the request and its session has ended.
        Problem: a signature does not hold (see `evaluations.devices`), or a browser asks for a
            change that no page of ours asked for (see `csrf`).
    """
    if DEVICE_HEADER in request.headers or "device" in request.args:
        return await house.part(Identities).device(house, request, now)
    if CLIENT_HEADER in request.headers:
        return await house.part(Identities).client(house, request, now)
    token = token_of(request)
    if not token:
        return await _of_cookie(house, request, now, optional=optional)
    session = await sessions.find(token, now)
    actor = await _actor(house, session) if session else None
    if optional and _at_door(actor):
        return Nobody()
    if actor is not None:
        return actor
    if optional:
        return Nobody()
    raise NotSignedIn("登录已过期，请重新登录。")


async def _of_cookie(house: House, request: Request, now: datetime, *, optional: bool) -> Actor:
    """The staff member whom a browser's cookie vouches for.

    Raises:
        ForeignRequest: the cookie holds, and a change was not asked for on a page of ours.
    """
    token = cookie_of(house, request)
    if not token:
        return Nobody()
    session = await sessions.find(token, now)
    actor = await _actor(house, session) if session and session.kind == "staff" else None
    if optional and _at_door(actor):
        return Nobody()
    if session is not None and actor is not None:
        csrf.require(house.keyring, request, session.id)
        return actor
    if optional:
        return Nobody()
    raise NotSignedIn("登录已过期，请重新登录。")


def cookie_name(house: House) -> str:
    """The cookie of staff's sessions; under https one that only this host can have set."""
    return f"__Host-{COOKIE}" if house.settings.public_url.startswith("https:") else COOKIE


def cookie_of(house: House, request: Request) -> str:
    """The session's token in the browser's cookie; empty where there is none."""
    if "cookie" not in request.headers:
        return ""
    return request.cookies.get(cookie_name(house)) or ""


def token_of(request: Request) -> str:
    """The session's token that came with `request`; empty where there is none."""
    header = request.headers.getone("Authorization", "")
    return header.removeprefix(SCHEME).strip() if header.startswith(SCHEME) else ""


def _at_door(actor: Actor | None) -> bool:
    return isinstance(actor, Staff) and actor.first_password


async def _actor(house: House, session: sessions.LiveSession) -> Actor | None:
    if session.kind == "citizen":
        return Citizen(session.subject_id, session.id)
    return await house.part(Identities).staff(house, session)

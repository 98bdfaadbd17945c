"""The cookies of pages: a staff member's session, and a sentence to be said once."""

from datetime import datetime
from urllib.parse import quote, unquote

from sanic import Request

from app.core.house import House
from app.core.identity import cookie_name

SAID = "zhangban_said"
SAID_SECONDS = 30
LONGEST_SENTENCE = 200


def line(
    house: House, name: str, value: str, *, seconds: int, path: str = "/", same_site: str = "Lax"
) -> str:
    """A `Set-Cookie` line of what no script reads; where the house is on https, sent there alone.

    It is kept for `seconds`; with 0 it is forgotten.
    """
    secure = "; Secure" if house.settings.public_url.startswith("https:") else ""
    bounds = f"Path={path}; HttpOnly; SameSite={same_site}{secure}"
    return f"{name}={value}; Max-Age={seconds}; {bounds}"


def session(house: House, token: str, *, now: datetime, expires_at: datetime) -> str:
    """A `Set-Cookie` line that keeps a session's token."""
    seconds = max(int((expires_at - now).total_seconds()), 0)
    return line(house, cookie_name(house), token, seconds=seconds)


def no_session(house: House) -> str:
    """A `Set-Cookie` line that forgets the session's token."""
    return line(house, cookie_name(house), "", seconds=0)


def said(house: House, sentence: str) -> str:
    """A `Set-Cookie` line that has the next page say this."""
    return line(house, SAID, quote(sentence[:LONGEST_SENTENCE]), seconds=SAID_SECONDS)


def nothing_said(house: House) -> str:
    """A `Set-Cookie` line that has no page say it again."""
    return line(house, SAID, "", seconds=0)


def said_in(request: Request) -> str:
    """What this page is to say; empty if nothing."""
    if "cookie" not in request.headers:
        return ""
    return unquote(request.cookies.get(SAID) or "")[:LONGEST_SENTENCE]

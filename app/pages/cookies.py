"""The cookies of pages: a staff member's session, and a sentence to be said once."""

from datetime import datetime
from urllib.parse import quote, unquote

from sanic import Request

from app.core.house import House
from app.core.identity import cookie_name

SAID = "zhangban_said"
SAID_SECONDS = 30
LONGEST_SENTENCE = 200


def session(house: House, token: str, *, now: datetime, expires_at: datetime) -> str:
    """A `Set-Cookie` line that keeps a session's token where no script can read it."""
    seconds = max(int((expires_at - now).total_seconds()), 0)
    return f"{cookie_name(house)}={token}; Max-Age={seconds}; {_everywhere(house)}"


def no_session(house: House) -> str:
    """A `Set-Cookie` line that forgets the session's token."""
    return f"{cookie_name(house)}=; Max-Age=0; {_everywhere(house)}"


def _everywhere(house: House) -> str:
    secure = "; Secure" if house.settings.public_url.startswith("https:") else ""
    return f"Path=/; HttpOnly; SameSite=Lax{secure}"


def said(sentence: str) -> str:
    """A `Set-Cookie` line that has the next page say this."""
    text = quote(sentence[:LONGEST_SENTENCE])
    return f"{SAID}={text}; Max-Age={SAID_SECONDS}; Path=/; HttpOnly; SameSite=Lax"


def nothing_said() -> str:
    """A `Set-Cookie` line that has no page say it again."""
    return f"{SAID}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"


def said_in(request: Request) -> str:
    """What this page is to say; empty if nothing."""
    if "cookie" not in request.headers:
        return ""
    return unquote(request.cookies.get(SAID) or "")[:LONGEST_SENTENCE]

"""The cookie that carries a half-open sign-in from the password to the code, and nowhere else."""

from sanic import Request

from app.core.house import House
from app.halls.signing_in import HALF_LIFETIME
from app.pages import cookies

NAME = "zhangban_half"


def cookie(house: House, token: str) -> str:
    """A `Set-Cookie` line; only the pages of signing in get the cookie back."""
    seconds = int(HALF_LIFETIME.total_seconds())
    return cookies.line(house, NAME, token, seconds=seconds, path="/sign-in", same_site="Strict")


def token(request: Request) -> str:
    """The token in the browser's cookie; empty where there is none."""
    if "cookie" not in request.headers:
        return ""
    return request.cookies.get(NAME) or ""

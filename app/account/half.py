"""The cookie that carries a half-open sign-in from the password to the code, and nowhere else."""

from sanic import Request

from app.core.house import House
from app.halls.signing_in import HALF_LIFETIME

NAME = "zhangban_half"


def cookie(house: House, token: str) -> str:
    """A `Set-Cookie` line; only the pages of signing in get the cookie back."""
    secure = "; Secure" if house.settings.public_url.startswith("https:") else ""
    seconds = int(HALF_LIFETIME.total_seconds())
    return f"{NAME}={token}; Max-Age={seconds}; Path=/sign-in; HttpOnly; SameSite=Strict{secure}"


def token(request: Request) -> str:
    """The token in the browser's cookie; empty where there is none."""
    if "cookie" not in request.headers:
        return ""
    return request.cookies.get(NAME) or ""

"""Where somebody is sent: only ever to a page of this server."""

from urllib.parse import urlsplit

from app.core.auth import Staff
from app.pages import navigation


def local(path: str) -> str:
    """`path` if it is one of this server, else nothing (CWE-601: open redirects)."""
    if not path.startswith("/") or path.startswith("//") or len(path) > 2000:
        return ""
    if "\\" in path or any(ord(character) < 33 or ord(character) == 127 for character in path):
        return ""
    parts = urlsplit(path)
    if parts.scheme or parts.netloc or parts.path.startswith("/sign-"):
        return ""
    return path


def after_sign_in(person: Staff, wanted: str) -> str:
    """Where a person goes who has just signed in."""
    if found := local(wanted):
        return found
    return navigation.home(person)

"""Addresses of the desk's pages with what narrows them down."""

from urllib.parse import urlencode


def address(path: str, **given: object) -> str:
    """`path` with those of the values that are set, as its query. No personal data."""
    query = {name: str(value) for name, value in given.items() if value not in (None, "")}
    return f"{path}?{urlencode(query)}" if query else path

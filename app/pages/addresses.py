"""Addresses of pages with what narrows them down."""

from typing import Any
from urllib.parse import urlencode


def address(path: str, **given: Any) -> str:
    """A path with what is given, which is never personal data; None, "" and [] are left out."""
    values = {name: value for name, value in given.items() if value not in (None, "", [])}
    query = urlencode(values, doseq=True)
    return f"{path}?{query}" if query else path

"""What the evaluator's page is made of, all of which its service worker keeps."""

import functools
from pathlib import Path

import msgspec

from app.pages import assets

PAGE = "/kiosk"
SHARED = ("app.css", "theme.js", "mark.svg")
"""What the page takes of the ground of all pages."""


def version() -> str:
    """The release of the page: another one with any change to any file for the browser."""
    return assets.version()


def files() -> list[str]:
    """The addresses of the page and of everything that it loads."""
    own = sorted(name for name in assets.files() if name.startswith("kiosk/"))
    return [PAGE, *(assets.url(name) for name in (*SHARED, *own))]


@functools.cache
def worker() -> str:
    """The service worker's script with the release and the files that it keeps."""
    source = Path(__file__).with_name("worker.js").read_text(encoding="utf-8")
    told = {"VERSION": version(), "FILES": files()}
    lines = [
        f"const {name} = {msgspec.json.encode(value).decode()};" for name, value in told.items()
    ]
    return "\n".join([*lines, source])

"""Files for the browser: style sheets, modules, pictures; all under one version, kept for ever.

`app/pages/static/app.css` is `/assets/<version>/app.css`, `app/desk/static/photo.js` is
`/assets/<version>/desk/photo.js`. The version is a digest of all of them: a module finds the
others of its release by their relative addresses.
"""

import functools
import gzip
import hashlib
from pathlib import Path

from sanic import Request
from sanic.response import HTTPResponse

import app
from app.core.errors import NotFound
from app.pages import vendor

HERE = Path(app.__file__).parent
FOREVER = "public, max-age=31536000, immutable"
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
SQUEEZED = frozenset({".css", ".js", ".svg", ".json", ".webmanifest"})


@functools.cache
def files() -> dict[str, Path]:
    """Every file by its name in an address."""
    found: dict[str, Path] = {}
    for folder in sorted(HERE.glob("*/static")):
        front = "" if folder.parent.name == "pages" else f"{folder.parent.name}/"
        for path in sorted(folder.rglob("*")):
            if path.suffix in KINDS:
                found[front + path.relative_to(folder).as_posix()] = path
    return found | vendor.files()


@functools.cache
def version() -> str:
    """Another one with any change to any file."""
    digest = hashlib.sha256()
    for name, path in files().items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def url(name: str) -> str:
    """The address of a file. Raises KeyError where there is none, so that a page never lies."""
    if name not in files():
        raise KeyError(f"there is no file {name} for the browser")
    return f"/assets/{version()}/{name}"


@functools.lru_cache(maxsize=256)
def _squeezed(name: str) -> bytes:
    return gzip.compress(files()[name].read_bytes(), 9, mtime=0)


def answer(request: Request, asked_version: str, name: str) -> HTTPResponse:
    """The file; squeezed where the browser takes that. Raises NotFound."""
    path = files().get(name)
    if path is None:
        raise NotFound
    headers = {"Cache-Control": FOREVER if asked_version == version() else "no-cache"}
    if path.suffix in SQUEEZED:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.getone("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return HTTPResponse(_squeezed(name), 200, headers, KINDS[path.suffix])
    return HTTPResponse(path.read_bytes(), 200, headers, KINDS[path.suffix])

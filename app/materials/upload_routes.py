"""HTTP of uploads that go on: tus 1.0.0 (https://tus.io/protocols/resumable-upload).

Mini programs have no PATCH: they send POST with `X-HTTP-Method-Override: PATCH` (the protocol's
own way). The last piece is answered with the material's id in `Upload-Material`.
"""

import base64
import binascii
from datetime import UTC
from email.utils import format_datetime
from uuid import UUID

from sanic import Request
from sanic.response import HTTPResponse

from app.core.api import Call, Routes
from app.core.auth import ANYONE, CITIZEN, SIGNED_IN
from app.core.errors import BadRequest, Problem, UnsupportedMedia
from app.materials import intake, resumable
from app.materials.schemas import UploadShown

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration"
PIECE = "application/offset+octet-stream"
PREFIX = "/api/v1/uploads"

uploads = Routes("uploads", PREFIX)


class WrongVersion(Problem):
    """The client speaks another version of tus."""

    status = 412
    code = "materials.tus_version"
    title = "上传方式的版本不受支持。"

    def __init__(self) -> None:
        super().__init__()
        self.headers["Tus-Version"] = VERSION


@uploads.options("", guard=ANYONE)
async def offered(call: Call) -> HTTPResponse:
    """What the server can do of tus."""
    most = call.act.house.settings.upload_max_bytes
    return _answer({"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(most)})


@uploads.post("", guard=CITIZEN)
async def begin(call: Call) -> HTTPResponse:
    """Begin an upload of `Upload-Length` bytes; `Upload-Metadata` may give its `filename`."""
    size, filename = announced(call.request)
    return created(await resumable.begin(call.act, size, filename))


@uploads.head("/<upload_id:uuid>", guard=SIGNED_IN)
async def ask(call: Call, upload_id: UUID) -> HTTPResponse:
    """How much of an upload has come, in `Upload-Offset`."""
    check_version(call.request)
    shown = await resumable.state(call.act, upload_id)
    return _answer(_standing(shown) | {"Upload-Length": str(shown.size)}, 200)


@uploads.get("/<upload_id:uuid>", guard=SIGNED_IN)
async def show(call: Call, upload_id: UUID) -> UploadShown:
    """How much of an upload has come, and what it became, as JSON."""
    return await resumable.state(call.act, upload_id)


@uploads.patch("/<upload_id:uuid>", guard=SIGNED_IN, stream=True)
async def send(call: Call, upload_id: UUID) -> HTTPResponse:
    """Send the piece that begins at `Upload-Offset`; the last one makes it a material."""
    return await _go_on(call, upload_id)


@uploads.post("/<upload_id:uuid>", guard=SIGNED_IN, stream=True)
async def send_without_patch(call: Call, upload_id: UUID) -> HTTPResponse:
    """The same for clients that have no PATCH: `X-HTTP-Method-Override` says PATCH or DELETE."""
    method = call.request.headers.getone("X-HTTP-Method-Override", "").upper()
    if method == "PATCH":
        return await _go_on(call, upload_id)
    if method == "DELETE":
        check_version(call.request)
        await resumable.give_up(call.act, upload_id)
        return _answer({})
    raise BadRequest("请在 X-HTTP-Method-Override 中说明 PATCH 或 DELETE。")


@uploads.delete("/<upload_id:uuid>", guard=SIGNED_IN)
async def give_up(call: Call, upload_id: UUID) -> HTTPResponse:
    """End an upload; what has come of it is deleted. A material that it became stays."""
    check_version(call.request)
    await resumable.give_up(call.act, upload_id)
    return _answer({})


async def _go_on(call: Call, upload_id: UUID) -> HTTPResponse:
    request = call.request
    check_version(request)
    if request.headers.getone("Content-Type", "").partition(";")[0].strip().lower() != PIECE:
        raise UnsupportedMedia(f"请以 {PIECE} 格式上传。")
    offset = _number(request, "Upload-Offset")
    most = call.act.house.settings.upload_max_bytes
    shown = await resumable.go_on(call.act, upload_id, offset, intake.pieces(request, most))
    return _answer(_standing(shown))


def check_version(request: Request) -> None:
    """Raises WrongVersion unless the client speaks ours."""
    if request.headers.getone("Tus-Resumable", None) != VERSION:
        raise WrongVersion


def announced(request: Request) -> tuple[int, str]:
    """How many bytes will come, and under which name.

    Raises:
        BadRequest, WrongVersion, EmptyFile: the headers do not say, or say none.
    """
    check_version(request)
    size = _number(request, "Upload-Length")
    if size == 0:
        raise intake.EmptyFile
    return size, _filename(request.headers.getone("Upload-Metadata", ""))


def created(shown: UploadShown) -> HTTPResponse:
    """The answer to whoever began an upload: where to send it."""
    return _answer({"Location": f"{PREFIX}/{shown.id}"} | _standing(shown), 201)


def _standing(shown: UploadShown) -> dict[str, str]:
    expires = format_datetime(shown.expires_at.astimezone(UTC), usegmt=True)
    found = {"Upload-Offset": str(shown.received), "Upload-Expires": expires}
    if shown.material_id is not None:
        found["Upload-Material"] = str(shown.material_id)
    return found


def _answer(headers: dict[str, str], status: int = 204) -> HTTPResponse:
    told = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"} | headers
    return HTTPResponse(None, status, told)


def _number(request: Request, name: str) -> int:
    said = request.headers.getone(name, "")
    if not (said.isascii() and said.isdigit() and len(said) <= 12):
        raise BadRequest(f"{name} 应为整数。")
    return int(said)


def _filename(metadata: str) -> str:
    """The `filename` in tus's list of `key base64` pairs; empty without one."""
    for pair in metadata.split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            try:
                return base64.b64decode(value, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                raise BadRequest("Upload-Metadata 中的文件名不正确。") from None
    return ""

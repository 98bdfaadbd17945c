"""An upload, streamed from the socket to a temporary file that never outlives its request.

The body is never held in memory: 256 kB of it are, whatever its size. The photo as it came, with
all that it says about its sender, is on the disk only while it is being looked at.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import msgspec
from multipart import (
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)
from sanic.exceptions import BadRequest, PayloadTooLarge
from sanic.http import Http
from sanic.request import Request

from app.core.errors import Problem, UnsupportedMedia
from app.core.house import House
from app.materials.rules import cut_filename

PART = "file"
ENVELOPE = 64 * 1024
"""Bytes that a multipart body may have beside the file: boundaries, headers, a preamble."""
BLOCK = 256 * 1024
"""Bytes per write. A write goes to a thread (0.07 ms against 0.02): a busy disk would stop all."""
PATIENCE_BYTES = 50_000_000
PATIENCE_SECONDS = 20
"""How much more of a body that is too large is read before hanging up."""
LONGEST_BOUNDARY = 70
"""RFC 2046, 5.1.1."""
LONGEST_NAME = 100
LONGEST_FIELD = 1_000
"""Bytes of another part of a form."""
# One for all uploads of a process: while a block of one is written, the others wait and are not
# read from. Fifty that arrive at once would otherwise keep the loop from everybody else.
_writer = ThreadPoolExecutor(1, thread_name_prefix="uploads")


class TooLarge(Problem):
    """The file, or the body, has more bytes than are taken in."""

    status = 413
    code = "materials.too_large"
    title = "照片文件太大。请选择“压缩”或“标准”画质后重新上传。"


class EmptyFile(Problem):
    """A file of no bytes."""

    status = 422
    code = "materials.empty_file"
    title = "上传的文件是空的。请重新选择照片。"


class MalformedUpload(Problem):
    """The body is not what its Content-Type says, or ends too early."""

    status = 400
    code = "materials.malformed_upload"
    title = "上传没有完成。请检查网络后重新上传。"


class UnexpectedPart(Problem):
    """Not exactly one part named `file`; nothing that was sent is silently dropped."""

    status = 422
    code = "materials.unexpected_part"
    title = "一次请只上传一张照片。"


class Upload(msgspec.Struct, frozen=True):
    """A file as it was sent."""

    path: Path
    size: int
    """Bytes, at least 1."""
    filename: str
    """What the sender called it, without folders, at most 100 characters; may be empty. Only for
    showing: it is neither a path nor a promise about the content."""
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    """What else the form said, by the names that were asked for."""


def upload_folder(house: House) -> Path:
    """Where uploads are while they are looked at: a folder that only this user may read."""
    folder = Path(house.settings.state_dir) / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextlib.asynccontextmanager
async def receive(
    request: Request, folder: Path, max_bytes: int, fields: Collection[str] = ()
) -> AsyncIterator[Upload]:
    """Stream the one file of `request` to a new file in `folder`, for the time of the block.

    Takes multipart/form-data with exactly one part named `file`, and at most one of each of
    `fields`, which are short texts; or the bare bytes under a Content-Type of image/* or
    application/pdf. The route must be declared with `stream=True`;
    `folder` must exist. When the block is left, in whichever way, also by a client that hangs up,
    the file is gone.

    Raises:
        UnsupportedMedia: another Content-Type.
        TooLarge, EmptyFile, MalformedUpload, UnexpectedPart: it is not taken, and why.
    """
    kind, options = parse_options_header(request.content_type)
    if kind == "multipart/form-data":
        boundary = options.get("boundary", "")
        if not 0 < len(boundary) <= LONGEST_BOUNDARY or not boundary.isascii():
            raise MalformedUpload
    elif kind.startswith("image/") or kind == "application/pdf":
        boundary = ""
    else:
        raise UnsupportedMedia("请用 multipart/form-data 上传照片。")
    body = cast(Http, request.stream)
    path = _new_file(folder)
    try:
        _limit(body, max_bytes + (ENVELOPE if boundary else 0))
        sink = _Sink(path, max_bytes)
        said: dict[str, str] = {}
        if boundary:
            filename = await _parts(body, boundary, sink, _Fields(fields, said))
        else:
            filename = await _bare(body, sink)
        await sink.finish()
        yield Upload(path, sink.size, filename, said)
    except TooLarge:
        await _let_it_finish(body)
        raise
    finally:
        # At once, not in a thread: nothing can cancel this.
        _remove(path)


async def pieces(request: Request, most: int) -> AsyncIterator[bytes]:
    """The bare body of `request` in pieces of at most about 64 kB, together at most `most` bytes.

    The route must be declared with `stream=True`.

    Raises:
        TooLarge: there are more. MalformedUpload: it ends too early.
    """
    body = cast(Http, request.stream)
    _limit(body, most)
    while piece := await _next(body):
        yield piece


def _new_file(folder: Path) -> Path:
    """An empty file that only this user may read."""
    handle, name = tempfile.mkstemp(prefix="upload-", dir=folder)
    os.close(handle)
    return Path(name)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


class _Sink:
    """Counts and writes. Holds no open file, so that a cancelled write has nothing to break."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.size = 0
        self._path = path
        self._max_bytes = max_bytes
        self._block = bytearray()

    async def take(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self._max_bytes:
            raise TooLarge
        self._block += data
        if len(self._block) >= BLOCK:
            await self._flush()

    async def finish(self) -> None:
        if self.size == 0:
            raise EmptyFile
        await self._flush()

    async def _flush(self) -> None:
        block, self._block = self._block, bytearray()
        if block:
            await asyncio.get_running_loop().run_in_executor(_writer, _append, self._path, block)


def _append(path: Path, block: bytearray) -> None:
    # Without O_CREAT: after a cancellation the file may be gone already, and must stay so.
    handle = os.open(path, os.O_WRONLY | os.O_APPEND)
    with os.fdopen(handle, "wb") as file:
        file.write(block)


def _limit(body: Http, most: int) -> None:
    """Have the server refuse a longer body; at once, where its length was announced."""
    body.request_max_size = most
    if (body.request_bytes or 0) > most:
        raise TooLarge


async def _next(body: Http) -> bytes:
    """The next bytes to arrive, at most about 64 kB; none at the end."""
    try:
        while body.request_body:
            if chunk := await body.read():
                return chunk
    except PayloadTooLarge as error:
        raise TooLarge from error
    except BadRequest as error:
        raise MalformedUpload from error
    return b""


async def _let_it_finish(body: Http) -> None:
    """Read on for a while, keeping nothing: most clients look at the answer only after sending.

    If the connection were closed under them, they would see an error of the network instead.
    """
    body.keep_alive = False
    if body.expecting_continue:  # it has not begun to send
        return
    body.request_max_size = sys.maxsize
    left = PATIENCE_BYTES
    with contextlib.suppress(MalformedUpload, TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while left > 0 and (chunk := await _next(body)):
                left -= len(chunk)
    body.request_max_size = 0  # what is still to come is for nobody: the server hangs up


async def _bare(body: Http, sink: _Sink) -> str:
    while chunk := await _next(body):
        await sink.take(chunk)
    return ""


class _Fields:
    """The parts of a form beside its file: only those asked for, once each, and short."""

    def __init__(self, wanted: Collection[str], into: dict[str, str]) -> None:
        self._wanted = set(wanted)
        self._into = into
        self._name = ""

    def begins(self, part: MultipartSegment) -> bool:
        """Whether this part is one of them."""
        self._name = part.name if part.name in self._wanted else ""
        if self._name:
            self._wanted.remove(self._name)
            self._into[self._name] = ""
        return bool(self._name)

    def take(self, data: bytes) -> bool:
        """Whether these bytes belong to one of them."""
        if self._name:
            text = self._into[self._name] + data.decode()
            if len(text) > LONGEST_FIELD:
                raise UnexpectedPart("表单的内容不符合要求。")
            self._into[self._name] = text
        return bool(self._name)


async def _parts(body: Http, boundary: str, sink: _Sink, fields: _Fields) -> str:
    """Write the part `file` to `sink` and return its name; any other part is an error."""
    parser = PushMultipartParser(boundary, max_header_count=8)
    part: MultipartSegment | None = None
    try:
        while chunk := await _next(body):
            for event in parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    if not fields.begins(event):
                        _check_part(event, is_first=part is None)
                        part = event
                elif event and not fields.take(event):
                    await sink.take(event)
        parser.close()
    except ParserLimitReached as error:
        raise MalformedUpload("上传的格式不正确。") from error
    except ValueError as error:  # every error of the parser, and of the text it decodes
        raise MalformedUpload from error
    if part is None:
        raise UnexpectedPart("没有收到照片。")
    return _shown_name(part.filename or "")


def _check_part(part: MultipartSegment, *, is_first: bool) -> None:
    if part.name != PART:
        raise UnexpectedPart(f"照片请放在名为 {PART} 的字段中，不要附带其他字段。")
    if not is_first:
        raise UnexpectedPart


def _shown_name(filename: str) -> str:
    last = filename.replace("\\", "/").rpartition("/")[2]
    return cut_filename("".join(c for c in last if c.isprintable()), LONGEST_NAME)

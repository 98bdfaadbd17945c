"""An upload over real HTTP: what arrives, what is refused, and that nothing is left behind."""

import asyncio
import contextlib
import gc
import hashlib
import os
import socket
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sanic import Request, Sanic
from sanic.response import HTTPResponse, json

from app.core.errors import Problem
from app.materials import intake

LIMIT = 4_000_000
BOUNDARY = "----a-boundary"
PHOTO = os.urandom(3_000_000)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Server:
    """A small server with one upload route, and what a test may look at from inside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.app = Sanic(f"intake-{uuid4().hex}", configure_logging=False)
        # It rewrites the server's classes for one app; there may be several in this process.
        self.app.config.TOUCHUP = False
        self.finished = asyncio.Event()
        self.hold: asyncio.Event | None = None
        self._add_routes()
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.listener = listener
        self.port: int = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/photos"

    def _add_routes(self) -> None:
        @self.app.post("/photos", stream=True)
        async def upload(request: Request) -> HTTPResponse:
            return await self.upload(request)

        @self.app.exception(Problem)
        async def problem(_request: Request, error: Problem) -> HTTPResponse:
            return json({"code": error.code, "detail": error.detail}, status=error.status)

    async def upload(self, request: Request) -> HTTPResponse:
        self.finished.clear()
        try:
            async with intake.receive(request, self.folder, LIMIT) as upload:
                if self.hold:
                    await self.hold.wait()
                return json(
                    {
                        "size": upload.size,
                        "filename": upload.filename,
                        "digest": digest(upload.path),
                        "mode": oct(upload.path.stat().st_mode & 0o777),
                        "folder": str(upload.path.parent),
                    }
                )
        finally:
            self.finished.set()

    def files(self) -> list[str]:
        return [path.name for path in self.folder.iterdir()]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    made = Server(tmp_path)
    running = await made.app.create_server(
        sock=made.listener, return_asyncio_server=True, access_log=False
    )
    assert running is not None
    await running.startup()
    await running.start_serving()
    yield made
    running.close()
    await running.wait_closed()
    Sanic.unregister_app(made.app)
    assert made.files() == [], "an upload outlived its request"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=20, trust_env=False) as made:
        yield made


def part(data: bytes, name: str = "file", filename: str | None = "a.jpg") -> bytes:
    shown = f'; filename="{filename}"' if filename is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{shown}\r\n\r\n'
    return head.encode() + data + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


class TestTakesIn:
    async def test_a_form_with_one_file(self, server, client):
        answer = await client.post(server.url, files={"file": ("身份证.jpg", PHOTO)})
        assert answer.status_code == 200
        assert answer.json() == {
            "size": len(PHOTO),
            "filename": "身份证.jpg",
            "digest": hashlib.sha256(PHOTO).hexdigest(),
            "mode": "0o600",
            "folder": str(server.folder),
        }

    @pytest.mark.parametrize("size", [1013, 65_536, 700_001])
    async def test_a_form_in_chunks_of_any_size(self, server, client, size):
        body = pieces(form(part(PHOTO)), size)
        answer = await client.post(server.url, content=body, headers=FORM)
        assert answer.json()["digest"] == hashlib.sha256(PHOTO).hexdigest()

    async def test_a_form_byte_by_byte(self, server, client):
        """Boundaries fall apart at every place; so does what only looks like one."""
        data = b"\r\n--" + BOUNDARY.encode()[:-1] + b"\r\n\r\n--" + b"x"
        body = pieces(form(part(data)) + b"\r\n", 1)
        answer = await client.post(server.url, content=body, headers=FORM)
        assert answer.json()["digest"] == hashlib.sha256(data).hexdigest()

    @pytest.mark.parametrize("kind", ["image/jpeg", "image/heic", "IMAGE/PNG; x=y"])
    async def test_bare_bytes_of_an_image(self, server, client, kind):
        answer = await client.post(server.url, content=PHOTO, headers={"Content-Type": kind})
        assert answer.json()["digest"] == hashlib.sha256(PHOTO).hexdigest()
        assert answer.json()["filename"] == ""

    async def test_a_file_of_exactly_the_limit(self, server, client):
        data = bytes(LIMIT)
        for content, headers in (
            (data, {"Content-Type": "image/png"}),
            (form(part(data)), FORM),
        ):
            answer = await client.post(server.url, content=content, headers=headers)
            assert answer.json()["size"] == LIMIT

    @pytest.mark.parametrize(
        ("sent", "shown"),
        [
            ("../../etc/passwd", "passwd"),
            ("C:\\\\photos\\\\me.jpg", "me.jpg"),
            ("a\0b\x1b[31m.jpg", "ab[31m.jpg"),
            ("长" * 300, "长" * 100),
            ("", ""),
            (None, ""),
        ],
        ids=["unix", "windows", "controls", "long", "empty", "none"],
    )
    async def test_a_name_only_for_showing(self, server, client, sent, shown):
        answer = await client.post(
            server.url, content=form(part(b"x", filename=sent)), headers=FORM
        )
        assert answer.json()["filename"] == shown

    async def test_many_at_once(self, server, client):
        photos = [os.urandom(200_000) for _ in range(12)]
        answers = await asyncio.gather(
            *(client.post(server.url, files={"file": ("a.jpg", data)}) for data in photos)
        )
        digests = [answer.json()["digest"] for answer in answers]
        assert digests == [hashlib.sha256(data).hexdigest() for data in photos]


def disposition(rest: bytes) -> bytes:
    return b"--" + BOUNDARY.encode() + b"\r\n" + rest + b"\r\n\r\nx\r\n"


class TestRefuses:
    @pytest.mark.parametrize("chunked", [False, True])
    @pytest.mark.parametrize("excess", [1, 2_000_000])
    @pytest.mark.parametrize("kind", ["bare", "form"])
    async def test_a_file_over_the_limit(self, server, client, kind, excess, chunked):
        body: Any = bytes(LIMIT + excess)
        headers = {"Content-Type": "image/jpeg"}
        if kind == "form":
            body, headers = form(part(body)), FORM
        if chunked:
            body = pieces(body, 50_000)
        answer = await client.post(server.url, content=body, headers=headers)
        assert answer.status_code == 413
        assert answer.json()["code"] == "materials.too_large"
        assert answer.headers["Connection"] == "close"

    async def test_an_announced_excess_before_a_byte_of_it_is_sent(self, server):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"POST /photos HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n"
            b"Expect: 100-continue\r\nContent-Length: 50000000\r\n\r\n"
        )
        answer = await asyncio.wait_for(reader.read(), 5)
        assert b"HTTP/1.1 413 " in answer
        writer.close()

    @pytest.mark.parametrize(
        "framing", [b"Content-Length: 9000000000", b"Transfer-Encoding: chunked"]
    )
    async def test_an_endless_body_within_bounds(self, server, monkeypatch, framing):
        monkeypatch.setattr(intake, "PATIENCE_BYTES", 1_000_000)
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"POST /photos HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n"
            + framing
            + b"\r\n\r\n"
        )
        piece = bytes(100_000)
        if b"chunked" in framing:
            piece = b"%x\r\n%b\r\n" % (len(piece), piece)
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 100_000_000:
                writer.write(piece)
                await writer.drain()
                sent += len(piece)
        assert sent < LIMIT + 30_000_000, "limit, patience, and what the sockets hold"
        writer.transport.abort()

    async def test_a_body_that_stalls_past_the_limit(self, server, monkeypatch):
        monkeypatch.setattr(intake, "PATIENCE_SECONDS", 0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"POST /photos HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n"
            b"Content-Length: 9000000\r\n\r\nbeginning"
        )
        answer = await asyncio.wait_for(reader.read(), 5)
        assert b"HTTP/1.1 413 " in answer
        writer.close()

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"no form at all",
            part(b"without an end"),
            form(part(b"x"))[:-6],
            form(disposition(b"Content-Disposition form-data")),
            form(disposition(b"X-Other: y")),
            form(disposition(b'Content-Disposition: attachment; name="file"')),
            form(disposition(b'Content-Disposition: form-data; name="file"; filename="\xff"')),
            form(disposition(b'Content-Disposition: form-data; name="file"\r\nA: ' + b"b" * 9000)),
            form(disposition(b'Content-Disposition: form-data; name="file"' + b"\r\nA: b" * 20)),
            form(disposition(b'Content-Disposition: form-data; name="file"\r\nContent-Length: 9')),
            form(part(b"x")).replace(b"\r\n", b"\n"),
            b"--" + BOUNDARY.encode() + b"garbage",
        ],
        ids=range(13),
    )
    async def test_a_malformed_form(self, server, client, body):
        answer = await client.post(server.url, content=body, headers=FORM)
        assert answer.status_code == 400
        assert answer.json()["code"] == "materials.malformed_upload"

    @pytest.mark.parametrize(
        "boundary",
        ["", "; boundary=", f"; boundary={'b' * 71}"],
        ids=["missing", "empty", "too-long"],
    )
    async def test_a_form_without_a_proper_boundary(self, server, client, boundary):
        headers = {"Content-Type": f"multipart/form-data{boundary}"}
        answer = await client.post(server.url, content=form(part(b"x")), headers=headers)
        assert answer.status_code == 400
        assert answer.json()["code"] == "materials.malformed_upload"

    @pytest.mark.parametrize(
        "body",
        [
            form(part(b"x", name="photo")),
            form(part(b"x", name="")),
            form(part(b"x"), part(b"y")),
            form(part(b"x"), part(b"y", name="note", filename=None)),
            form(part(b"y", name="note", filename=None), part(b"x")),
            form(),
        ],
        ids=["other-name", "no-name", "two-files", "field-after", "field-before", "nothing"],
    )
    async def test_anything_but_one_part_named_file(self, server, client, body):
        answer = await client.post(server.url, content=body, headers=FORM)
        assert answer.status_code == 422
        assert answer.json()["code"] == "materials.unexpected_part"

    @pytest.mark.parametrize(
        ("body", "headers"), [(form(part(b"")), FORM), (b"", {"Content-Type": "image/jpeg"})]
    )
    async def test_an_empty_file(self, server, client, body, headers):
        answer = await client.post(server.url, content=body, headers=headers)
        assert answer.status_code == 422
        assert answer.json()["code"] == "materials.empty_file"

    @pytest.mark.parametrize(
        "kind", ["application/json", "text/plain", "video/mp4", "application/octet-stream", ""]
    )
    async def test_another_content_type(self, server, client, kind):
        answer = await client.post(server.url, content=b"x", headers={"Content-Type": kind})
        assert answer.status_code == 415
        assert answer.json()["code"] == "unsupported_media"

    async def test_bad_chunks(self, server):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"POST /photos HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n"
            b"Transfer-Encoding: chunked\r\n\r\nzz\r\nrubbish\r\n"
        )
        answer = await asyncio.wait_for(reader.read(), 5)
        assert b"HTTP/1.1 400 " in answer
        assert b"materials.malformed_upload" in answer
        writer.close()

    async def test_and_serves_the_next_request_of_the_same_connection(self, server, client):
        """The rest of a refused body is read, not taken for a request."""
        for _ in range(3):
            refused = await client.post(
                server.url, content=form(part(PHOTO, name="photo")), headers=FORM
            )
            assert refused.status_code == 422
            taken = await client.post(server.url, content=form(part(b"x")), headers=FORM)
            assert taken.status_code == 200


class TestLeavesNothingBehind:
    @pytest.mark.parametrize("sent", [0, 200, 300_000, 2_000_000])
    async def test_when_the_client_hangs_up_half_way(self, server, sent):
        body = form(part(PHOTO))
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head = f"Content-Type: {FORM['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(b"POST /photos HTTP/1.1\r\nHost: x\r\n" + head.encode() + body[:sent])
        await writer.drain()
        await until(server.files)
        writer.transport.abort()
        await asyncio.wait_for(server.finished.wait(), 5)
        assert server.files() == []

    async def test_when_the_client_hangs_up_while_the_file_is_looked_at(self, server):
        server.hold = asyncio.Event()
        body = form(part(b"x" * 1000))
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head = f"Content-Type: {FORM['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(b"POST /photos HTTP/1.1\r\nHost: x\r\n" + head.encode() + body)
        await until(lambda: [p for p in server.folder.iterdir() if p.stat().st_size == 1000])
        writer.transport.abort()
        await asyncio.wait_for(server.finished.wait(), 5)
        assert server.files() == []

    async def test_when_a_write_is_cancelled_and_ends_later(self, tmp_path):
        """The thread that writes cannot be stopped; the file that it finds gone stays gone."""
        gone = tmp_path / "gone"
        with pytest.raises(FileNotFoundError):
            intake._append(gone, bytearray(b"late"))
        assert list(tmp_path.iterdir()) == []


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_memory_does_not_grow_with_the_body(server):
    """Sent by a plain socket in a thread, so that only the server's memory is counted."""

    async def peak(size: int) -> int:
        gc.collect()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        await asyncio.to_thread(send_zeros, server.port, size)
        return tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    try:
        await peak(10_000)
        small, large = await peak(700_000), await peak(LIMIT - 1)
    finally:
        tracemalloc.stop()
    assert large < small + 600_000


def send_zeros(port: int, size: int) -> None:
    piece = bytes(10_000)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(
            b"POST /photos HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
            b"Connection: close\r\nContent-Length: %d\r\n\r\n" % size
        )
        for at in range(0, size, len(piece)):
            connection.sendall(piece[: size - at])
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")

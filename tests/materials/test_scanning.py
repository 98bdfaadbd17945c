"""The virus scanner: asked about every file where one is set; without its word nothing is kept."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from app.core.house import House
from app.materials import scanning
from app.materials.refusals import Infected, ScannerDown
from app.settings import Settings
from tests.places import code_of

from . import odd_pictures as odd
from .conftest import Phone

# Put together here, so that scanners of the developers' own leave this file alone.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """What clamd does with INSTREAM (clamd(8)), on a real socket."""

    def __init__(self) -> None:
        self.answer: bytes | None = None
        """Said in the place of the truth."""
        self.most = 25_000_000
        self.silent = False
        self.seen: list[bytes] = []
        self.hung_up = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            data = b""
            while length := struct.unpack(">I", await reader.readexactly(4))[0]:
                data += await reader.readexactly(length)
                if len(data) > self.most:
                    break
            self.seen.append(data)
            if self.silent:
                await reader.read()
            elif len(data) > self.most:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
            elif self.answer is not None:
                writer.write(self.answer)
            else:
                writer.write(
                    b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"
                )
            await writer.drain()
        writer.close()
        self.hung_up.set()


@pytest.fixture
async def clamd() -> AsyncIterator[tuple[Clamd, Settings]]:
    scanner = Clamd()
    server = await asyncio.start_server(scanner.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield scanner, Settings(clamd=f"tcp://127.0.0.1:{port}", clamd_seconds=2)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return odd.put(tmp_path, odd.jpeg())


class TestAsking:
    async def test_is_not_done_where_no_scanner_is_set(self, tmp_path: Path) -> None:
        await scanning.check(Settings(), tmp_path / "nothing")

    async def test_sends_the_whole_file_as_it_was_sent(self, clamd, tmp_path: Path) -> None:
        scanner, settings = clamd
        data = odd.jpeg() + bytes(3 * scanning.PIECE)
        await scanning.check(settings, odd.put(tmp_path, data))
        assert scanner.seen == [data]

    async def test_works_over_a_socket_of_this_machine(self, file: Path, tmp_path: Path) -> None:
        scanner, path = Clamd(), str(tmp_path / "clamd.ctl")
        async with await asyncio.start_unix_server(scanner.serve, path):
            await scanning.check(Settings(clamd=path), file)
            await scanning.check(Settings(clamd=f"unix://{path}"), file)
            assert len(scanner.seen) == 2

    async def test_finds_what_the_scanner_knows(self, clamd, tmp_path: Path) -> None:
        with pytest.raises(Infected):
            await scanning.check(clamd[1], odd.put(tmp_path, odd.jpeg() + EICAR))

    async def test_leaves_no_connection_open(self, clamd, file: Path) -> None:
        await scanning.check(clamd[1], file)
        await asyncio.wait_for(clamd[0].hung_up.wait(), 2)


class TestFailsClosed:
    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"\0",
            b"stream: OK",
            b"OK\0",
            b"stream: OKAY\0",
            b"stream: Can't allocate memory ERROR\0",
            b"\xff\xff\0",
            b"x" * 10_000 + b"\0",
        ],
    )
    async def test_on_any_answer_but_the_one(self, clamd, file: Path, answer: bytes) -> None:
        scanner, settings = clamd
        scanner.answer = answer
        with pytest.raises(ScannerDown):
            await scanning.check(settings, file)

    async def test_on_silence(self, clamd, file: Path) -> None:
        scanner, settings = clamd
        scanner.silent = True
        with pytest.raises(ScannerDown):
            await scanning.check(msgspec.structs.replace(settings, clamd_seconds=0.1), file)

    async def test_on_a_file_too_large_for_the_scanner(self, clamd, tmp_path: Path) -> None:
        scanner, settings = clamd
        scanner.most = 1000
        with pytest.raises(ScannerDown):
            await scanning.check(settings, odd.put(tmp_path, bytes(5_000_000)))

    @pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "/no/such/socket"])
    async def test_where_nobody_listens(self, file: Path, address: str) -> None:
        with pytest.raises(ScannerDown):
            await scanning.check(Settings(clamd=address), file)


class TestUploads:
    @pytest.fixture
    def scanned(self, house: House, clamd, monkeypatch: pytest.MonkeyPatch) -> Clamd:
        scanner, settings = clamd
        with_scanner = msgspec.structs.replace(
            house.settings, clamd=settings.clamd, clamd_seconds=settings.clamd_seconds
        )
        monkeypatch.setattr(house, "settings", with_scanner)
        return scanner

    async def test_that_are_clean_are_taken(self, phone: Phone, scanned: Clamd) -> None:
        await phone.send_well(odd.jpeg())
        assert scanned.seen == [odd.jpeg()]

    async def test_that_are_infected_are_refused_before_they_are_decoded(
        self, phone: Phone, scanned: Clamd, nothing_left
    ) -> None:
        answer = await phone.send(odd.jpeg() + EICAR)
        assert answer.status_code == 422
        assert code_of(answer) == "materials.infected"
        assert await nothing_left()

    async def test_without_an_answer_are_refused_for_now(
        self, phone: Phone, scanned: Clamd, nothing_left
    ) -> None:
        scanned.answer = b"stream: ERROR\0"
        answer = await phone.send(odd.jpeg())
        assert answer.status_code == 503
        assert code_of(answer) == "materials.scanner_down"
        assert answer.headers["Retry-After"]
        assert await nothing_left()

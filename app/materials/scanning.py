"""The virus scanner: ClamAV's `clamd`, asked over its socket about every file as it was sent.

One command of its protocol is spoken, INSTREAM (clamd(8)): pieces of the file, each behind its
length in four bytes, an empty one at the end; the answer is one line.
"""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from app.materials.refusals import Infected, ScannerDown
from app.settings import Settings

log = structlog.get_logger(__name__)
PIECE = 256 * 1024
LONGEST_ANSWER = 4096
CLAMD_PORT = 3310


async def check(settings: Settings, path: Path) -> None:
    """Have the file at `path` looked at; returns only if the scanner says that it is clean.

    Does nothing where no scanner is set.

    Raises:
        Infected: the scanner knows it.
        ScannerDown: no answer, or none that says so, a file that is too large for it included.
    """
    if not settings.clamd:
        return
    try:
        async with asyncio.timeout(settings.clamd_seconds):
            answer = await _ask(settings.clamd, path)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        log.warning("materials.scanner_down", error=type(error).__name__)
        raise ScannerDown from error
    if answer == "stream: OK":
        return
    if answer.endswith(" FOUND"):
        log.warning("materials.infected", found=answer.removeprefix("stream: "))
        raise Infected
    log.warning("materials.scanner_refuses", answer=answer)
    raise ScannerDown


async def _ask(address: str, path: Path) -> str:
    async with _connected(address) as (reader, writer):
        writer.write(b"zINSTREAM\0")
        with contextlib.suppress(ConnectionError):
            # A scanner that has seen enough answers and hangs up; what it says is still read.
            with await asyncio.to_thread(path.open, "rb") as file:
                while piece := await asyncio.to_thread(file.read, PIECE):
                    writer.write(struct.pack(">I", len(piece)) + piece)
                    await writer.drain()
            writer.write(struct.pack(">I", 0))
            await writer.drain()
        answer = await reader.readuntil(b"\0")
        return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


@contextlib.asynccontextmanager
async def _connected(
    address: str,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    if address.startswith("tcp://"):
        parts = urlsplit(address)
        opening = asyncio.open_connection(
            parts.hostname, parts.port or CLAMD_PORT, limit=LONGEST_ANSWER
        )
    else:
        socket = address.removeprefix("unix://")
        opening = asyncio.open_unix_connection(socket, limit=LONGEST_ANSWER)
    reader, writer = await opening
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

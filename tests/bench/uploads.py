"""Many phones at once: every file of a folder is sent on a connection of its own, all together.

A process of its own, so that whoever measures meanwhile is not delayed by it.
`python -m tests.bench.uploads URL FOLDER TOKEN` prints how many of them were answered 201.
"""

import asyncio
import sys
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

PIECE = 64 * 1024
PATIENCE = 120


async def _send(address: tuple[str, int], body: bytes, token: str) -> bool:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(
        f"POST /api/v1/materials HTTP/1.1\r\nHost: bench\r\nContent-Type: image/jpeg\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    )
    for at in range(0, len(body), PIECE):
        writer.write(body[at : at + PIECE])
        await writer.drain()
    line = await asyncio.wait_for(reader.readline(), PATIENCE)
    writer.close()
    return b" 201 " in line


async def _all(url: str, bodies: list[bytes], token: str) -> int:
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 80)
    return sum(await asyncio.gather(*(_send(address, body, token) for body in bodies)))


if __name__ == "__main__":
    where, folder, whose = sys.argv[1:]
    sent = [file.read_bytes() for file in sorted(Path(folder).iterdir())]
    print(uvloop.run(_all(where, sent, whose)))

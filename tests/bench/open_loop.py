"""An open loop: requests leave when they are due, whether or not earlier ones were answered.

The time of an answer counts from when its request was due, so a server that stalls is charged for
everybody who would have come meanwhile (no coordinated omission).
"""

import asyncio
import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import msgspec
import uvloop


class _Line(asyncio.Protocol):
    """One connection: at most one request under way."""

    def __init__(self, lines: "_Lines") -> None:
        self._lines = lines
        self._transport: asyncio.Transport | None = None
        self._due = 0.0
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is not registered as one
        self._lines.free(self)

    def send(self, due: float, request: bytes) -> None:
        assert self._transport
        self._due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found:
            return
        length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
        if len(body) < int(length):
            return
        self._got = b""
        self._lines.answered(self, self._due, good=head.startswith(b"HTTP/1.1 2"))


class _Lines:
    """All connections, and the requests that are due and find none free."""

    def __init__(self) -> None:
        self._free: list[_Line] = []
        self._late: deque[tuple[float, bytes]] = deque()
        self.times: list[float] = []
        self.refused = 0
        self._expected = -1
        self._done = asyncio.Event()

    def free(self, line: _Line) -> None:
        if self._late:
            line.send(*self._late.popleft())
        else:
            self._free.append(line)

    def answered(self, line: _Line, due: float, *, good: bool) -> None:
        self.times.append(time.monotonic() - due)
        self.refused += not good
        if len(self.times) == self._expected:
            self._done.set()
        self.free(line)

    async def all_answered(self, number: int) -> None:
        self._expected = number
        if len(self.times) < number:
            await self._done.wait()

    def send(self, due: float, request: bytes) -> None:
        if self._free:
            self._free.pop().send(due, request)
        else:
            self._late.append((due, request))


async def run(url: str, requests: list[bytes], per_second: float, connections: int) -> dict:
    """Send `requests` at that rate; times in ms from when each was due."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    lines = _Lines()
    for _ in range(connections):
        await loop.create_connection(lambda: _Line(lines), parts.hostname, parts.port)
    warm = len(requests) // 5
    began = time.monotonic()
    for n, request in enumerate(requests):
        due = began + n / per_second
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        lines.send(due, request)
    with suppress(TimeoutError):
        await asyncio.wait_for(lines.all_answered(len(requests)), 20)
    times = sorted(lines.times[warm:])
    return {
        "sent": len(requests),
        "answered": len(lines.times),
        "refused": lines.refused,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[len(times) * 99 // 100] * 1000,
    }


def read(path: Path) -> list[bytes]:
    """The requests in a file that `load.write_requests` wrote."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        length = int(data[at : at + 8])
        found.append(data[at + 8 : at + 8 + length])
        at += 8 + length
    return found


if __name__ == "__main__":
    address, file, rate, most = sys.argv[1:]
    result = uvloop.run(run(address, read(Path(file)), float(rate), int(most)))
    print(msgspec.json.encode(result).decode())

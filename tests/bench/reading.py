"""Reading, measured: against a handler that answers as many bytes, and in an open loop."""

import random
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import httpx

from app.demo.stage import free_port
from tests.bench.ground import ROOT, Ground
from tests.bench.load import open_loop, write_requests, wrk
from tests.bench.table import Figure, out

ROUNDS = 3
SECONDS = 6
A_SECOND = 200
"""Requests a second of the open loop."""
TAIL_SECONDS = 15
TAIL_MS = 20.0
SEED = 20


def get(path: str, token: str = "") -> bytes:
    """A whole HTTP request that reads."""
    who = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{who}\r\n".encode()


def shuffled(requests: Iterable[bytes], count: int) -> list[bytes]:
    """`count` requests, each drawn from all of `requests`."""
    drawn = random.Random(SEED)
    return drawn.choices(list(requests), k=count)


@dataclass(frozen=True)
class Reading:
    """One thing that is read: `requests` are drawn from at random.

    `name` begins its figures; `target` is the least share of the bare handler's rate.
    """

    name: str
    what: str
    requests: Sequence[bytes]
    target: float | None = None


class Readings:
    """The readings of one database, on one worker."""

    def __init__(self, ground: Ground, database: str) -> None:
        self._ground = ground
        self._database = database
        self._file = ground.folder / "reads"

    def ratios(self, readings: Sequence[Reading]) -> list[Figure]:
        """Alternating rounds of us and of the bare handler; the median of the ratios counts."""
        found: dict[str, list[float]] = {reading.name: [] for reading in readings}
        sizes = self._sizes(readings)
        for number in range(ROUNDS):
            for reading in readings:
                write_requests(self._file, shuffled(reading.requests, 20_000))
                with self._ground.serving(self._database) as url:
                    ours = wrk(url, self._file, SECONDS, again=True)
                bare = self._bare(sizes[reading.name])
                found[reading.name].append(ours.per_second / bare)
                out.print(
                    f"  round {number + 1}  {reading.name:12} {ours.per_second:6.0f} a second,"
                    f" bare {bare:6.0f}, {sizes[reading.name]} bytes"
                )
        return [
            Figure(
                f"{reading.name}_vs_bare_handler",
                statistics.median(found[reading.name]),
                reading.what,
                reading.target,
            )
            for reading in readings
        ]

    def tails(self, readings: Sequence[Reading]) -> list[Figure]:
        """p99 in ms at `A_SECOND` requests a second; the median of the rounds counts."""
        found: dict[str, list[float]] = {reading.name: [] for reading in readings}
        count = A_SECOND * TAIL_SECONDS
        with self._ground.serving(self._database) as url:
            for number in range(ROUNDS):
                for reading in readings:
                    asked = shuffled(reading.requests, count * ROUNDS)
                    write_requests(self._file, asked[number * count : (number + 1) * count])
                    rate = open_loop(url, self._file, A_SECOND)
                    found[reading.name].append(rate.p99)
                    out.print(
                        f"  round {number + 1}  {reading.name:12} at {A_SECOND} a second:"
                        f" p50 {rate.p50:.1f} ms, p99 {rate.p99:.1f} ms"
                    )
        return [
            Figure(
                f"{reading.name}_p99_ms",
                statistics.median(found[reading.name]),
                f"{A_SECOND} a second: {reading.what}",
                TAIL_MS,
                at_most=True,
            )
            for reading in readings
        ]

    def _sizes(self, readings: Sequence[Reading]) -> Mapping[str, int]:
        """The mean size of the answers, each checked to be a success."""
        sizes: dict[str, int] = {}
        with self._ground.serving(self._database) as url, httpx.Client(base_url=url) as client:
            for reading in readings:
                answers = [_ask(client, request) for request in shuffled(reading.requests, 100)]
                sizes[reading.name] = round(statistics.mean(map(len, answers)))
        return sizes

    def _bare(self, size: int) -> float:
        port = free_port()
        command = [sys.executable, "-m", "tests.bench.peers.bare", str(port), str(size)]
        env = {"PYTHONPATH": str(ROOT)}
        with self._ground.child("bare", command, port, env, "/readyz") as url:
            return wrk(url, self._file, SECONDS, again=True).per_second


def _ask(client: httpx.Client, request: bytes) -> bytes:
    first, *lines = request.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if line)
    answer = client.get(first.split(" ")[1], headers=headers)
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.content

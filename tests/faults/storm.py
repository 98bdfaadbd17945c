"""The load, the kills, and the two questions after each: is all there once, do the scores hold?

The load behaves as devices do: a rating that was not acknowledged is sent again, with the same
event, until it is.
"""

import asyncio
import base64
import random
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import httpx

from app.core import db
from evaluations.devices.rules import sign
from evaluations.scores import service as scores
from tests.bench.ground import DEVICE, DEVICE_KEY, RATE, numbered, tap
from tests.faults.victim import LAYOUT, WORKERS, Victim, wait_for

SENDERS = 24
PAUSE = 0.02
"""Between two ratings of one sender: about a thousand a second in all, if all goes well."""


@dataclass
class Record:
    """What the senders were told. `acknowledged` is what must be there, by event."""

    acknowledged: dict[UUID, int] = field(default_factory=dict)
    repeated: int = 0
    failures: int = 0
    odd: list[str] = field(default_factory=list)


class Load:
    """Devices that rate one visit after the other, in a thread of its own."""

    def __init__(self, url: str, services: int) -> None:
        self.record = Record()
        self._url = url
        self._services = iter(range(services))
        self._going = True
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()), daemon=True)

    @contextmanager
    def running(self) -> Iterator["Load"]:
        """Send while the block runs; at its end every rating begun is brought to its end."""
        self._thread.start()
        try:
            yield self
        finally:
            self._going = False
            self._thread.join(60)
        assert not self._thread.is_alive(), "ratings are still not acknowledged"

    async def _all(self) -> None:
        limits = httpx.Limits(max_connections=SENDERS)
        async with httpx.AsyncClient(base_url=self._url, timeout=5, limits=limits) as client:
            await asyncio.gather(*(self._send(client) for _ in range(SENDERS)))

    async def _send(self, client: httpx.AsyncClient) -> None:
        while self._going and (service := next(self._services, None)) is not None:
            event = UUID(bytes=secrets.token_bytes(16), version=4)
            body = tap(service, time.time(), event)
            for tries in range(1_000):
                if await self._is_taken(client, service, body, tries):
                    self.record.acknowledged[event] = service
                    break
                await asyncio.sleep(0.1)
            await asyncio.sleep(PAUSE)

    async def _is_taken(
        self, client: httpx.AsyncClient, service: int, body: bytes, tries: int
    ) -> bool:
        timestamp, nonce = round(time.time() * 1000), secrets.token_urlsafe(12)
        code = sign(DEVICE_KEY, "POST", RATE, timestamp, nonce, body)
        headers = {
            "Content-Type": "application/json",
            "Zhangban-Device": str(numbered(DEVICE, service % LAYOUT.places)),
            "Zhangban-Timestamp": str(timestamp),
            "Zhangban-Nonce": nonce,
            "Zhangban-Signature": base64.b64encode(code).decode(),
        }
        try:
            answer = await client.post(RATE, content=body, headers=headers)
        except httpx.TransportError:
            self.record.failures += 1
            return False
        if answer.status_code in (200, 201):
            self.record.repeated += answer.status_code == 200
            return True
        self.record.failures += 1
        if answer.status_code != 503:
            self.record.odd.append(f"try {tries}: {answer.status_code} {answer.text[:200]}")
        return False


async def _there() -> dict[UUID, int]:
    rows = await db.fetch("SELECT event_id, count(*) AS n FROM ratings GROUP BY event_id")
    return {row["event_id"]: row["n"] for row in rows}


async def _look() -> tuple[dict[UUID, int], list[object]]:
    return await _there(), list(await scores.verify())


def check(victim: Victim, record: Record) -> int:
    """Every rating acknowledged so far is there once, and every score equals the recount.

    Asked while the load goes on: both must hold at every moment. Returns how many.
    """
    told = list(record.acknowledged)
    there, differences = victim.look(_look)  # type: ignore[misc]
    lost = [event for event in told if there.get(event) != 1]
    assert not lost, f"{len(lost)} of {len(told)} acknowledged ratings are not there once"
    assert not differences, f"the scores differ from the recount: {differences[:5]}"
    assert not record.odd, record.odd[:5]
    return len(told)


def kill_and_wait(victim: Victim, round_number: int) -> str:
    """Kill a worker or PostgreSQL in the middle of the load; wait until all serve again."""
    time.sleep(random.uniform(0.05, 0.4))
    if round_number % 2:
        victim.postgres.kill()
        time.sleep(random.uniform(0, 0.2))
        victim.postgres.start()
        what = "PostgreSQL"
    else:
        wait_for(
            lambda: len(victim.workers.pids()) == WORKERS,
            "no worker took the place of the one that was killed before",
        )
        victim.workers.kill_one(round_number // 2)
        what = "a worker"
    wait_for(victim.workers.ready, "the server did not become ready again")
    return what

"""Five hundred evaluators on WebSockets: what they weigh, and how fast a prompt reaches one."""

import asyncio
import base64
import secrets
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import httpx
import msgspec
import websockets

from app import server
from app.core import db, sessions
from app.halls import service as halls
from evaluations.devices.rules import sign
from tests.bench.ground import DEVICE, DEVICE_KEY, HALL, STAFF, WINDOW, Ground, Layout, numbered
from tests.bench.table import Figure, out

DATABASE = "bench_sockets"
SOCKETS = 500
LAYOUT = Layout(halls=1, windows=SOCKETS)
CLERKS = 100
PROMPTS = 400
PATH = "/api/v1/devices/socket"


def memory_mb(url: str) -> float:
    """The memory of all processes of the server there, pages that they share counted once."""
    port = urlsplit(url).port
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            if f"ZHANGBAN_PORT={port}\0".encode() in environment:
                lines = (folder / "smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            continue
    return total / 1024


def _socket_url(url: str, n: int) -> str:
    timestamp, nonce = round(time.time() * 1000), secrets.token_urlsafe(12)
    code = sign(DEVICE_KEY, "GET", PATH, timestamp, nonce, b"")
    query = urlencode(
        {
            "device": str(numbered(DEVICE, n)),
            "timestamp": timestamp,
            "nonce": nonce,
            "signature": base64.b64encode(code).decode(),
        }
    )
    return f"{url.replace('http', 'ws')}{PATH}?{query}"


async def _clerks(ground: Ground) -> list[str]:
    """Tokens of clerks, the n-th on duty at the n-th window."""
    tokens = []
    async with server.open_house(ground.on(DATABASE)) as house:
        now = house.clock.now()
        for n in range(CLERKS):
            await db.execute(
                "INSERT INTO staff_roles (id, staff_id, role, hall_id)"
                " VALUES ($1, $2, 'clerk', $3)",
                db.new_id(),
                numbered(STAFF, n),
                numbered(HALL, 0),
            )
            await db.execute(
                "INSERT INTO duties (id, window_id, staff_id, started_at) VALUES ($1, $2, $3, $4)",
                db.new_id(),
                numbered(WINDOW, n),
                numbered(STAFF, n),
                now,
            )
            token, _ = await sessions.open_session(
                "staff", numbered(STAFF, n), now=now, lifetime=timedelta(hours=6)
            )
            tokens.append(token)
        assert (await halls.window_on_duty(numbered(WINDOW, 0))).staff_id == numbered(STAFF, 0)
    return tokens


async def _listen(socket: websockets.ClientConnection, seen: dict[UUID, float]) -> None:
    async for message in socket:
        said = msgspec.json.decode(message)
        if said["type"] == "prompt":
            seen[UUID(said["service_id"])] = time.perf_counter()


async def _measure(url: str, tokens: list[str]) -> tuple[float, list[float]]:
    async with httpx.AsyncClient(base_url=url) as client:
        for token in tokens[:20]:  # so that what a first request loads is not counted
            await client.get("/api/v1/staff/me", headers={"Authorization": f"Bearer {token}"})
    before = memory_mb(url)
    opened: list[websockets.ClientConnection] = []
    for first in range(0, SOCKETS, 25):
        opened += await asyncio.gather(
            *(websockets.connect(_socket_url(url, n)) for n in range(first, first + 25))
        )
    await asyncio.sleep(3)
    weight = memory_mb(url) - before
    seen: dict[UUID, float] = {}
    listeners = [asyncio.create_task(_listen(socket, seen)) for socket in opened]
    began: dict[UUID, float] = {}
    async with httpx.AsyncClient(base_url=url) as client:
        for n in range(PROMPTS):
            headers = {"Authorization": f"Bearer {tokens[n % CLERKS]}"}
            at = time.perf_counter()
            answer = await client.post("/api/v1/visits", json={"about": "咨询"}, headers=headers)
            assert answer.status_code == httpx.codes.CREATED, answer.text
            began[UUID(answer.json()["id"])] = at
            await asyncio.sleep(0.02)
        await asyncio.sleep(1)
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    await asyncio.gather(*(socket.close() for socket in opened))
    missing = began.keys() - seen.keys()
    assert not missing, f"{len(missing)} prompts did not arrive"
    return weight, sorted((seen[service] - at) * 1000 for service, at in began.items())


def run(ground: Ground) -> list[Figure]:
    """Two workers; the clerk's request and the device's socket meet in either or across both."""
    ground.make(DATABASE, LAYOUT)
    tokens = asyncio.run(_clerks(ground))
    with ground.serving(DATABASE, workers=2) as url:
        weight, times = asyncio.run(_measure(url, tokens))
    p99 = times[len(times) * 99 // 100]
    out.print(
        f"  {SOCKETS} sockets: {weight:.1f} MB more; prompts p50 {times[len(times) // 2]:.1f} ms"
    )
    return [
        Figure(
            "websocket_500_memory_mb",
            weight,
            "more memory with 500 evaluators on WebSockets, two workers",
            100,
            at_most=True,
        ),
        Figure(
            "prompt_p99_ms",
            p99,
            "from the clerk's request to the device, across two workers",
            200,
            at_most=True,
        ),
    ]

"""What a window's evaluator shows, live over its socket or asked for by HTTP.

A live message is only a hint: what is shown is always read from the database, at the connection,
at each hint, when a prompt expires, and now and then. So a lost hint costs seconds, not a prompt.
"""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

import msgspec
from prometheus_client import Counter, Gauge
from sanic.exceptions import SanicException
from websockets.exceptions import ConnectionClosed

from app.core.acts import Act
from app.core.auth import Device
from app.core.errors import Forbidden
from app.core.house import House
from app.halls import service as halls
from evaluations.devices import service as devices
from evaluations.devices.signatures import Revoked
from evaluations.ratings import queries
from evaluations.ratings.face import Serving, face, serving
from evaluations.ratings.face_schemas import Face, FromDevice, Watch
from evaluations.ratings.schemas import (
    LEVELS,
    Ack,
    Ping,
    Pong,
    Prompt,
    Server,
    Withdrawn,
)
from evaluations.ratings.visits import channel

LOOK_EVERY_SECONDS = 10.0
"""How often the database is read without a hint."""
REPEAT_AFTER_SECONDS = 5.0
"""A prompt that the device has not acknowledged by then is sent again, until it is over."""
LONGEST_MESSAGE = 1_000
MOST_A_MINUTE = 60
"""Messages of one device; one that talks more is cut off."""
POLICY, UNREADABLE, REVOKED = 1008, 1007, 4403
"""Close codes: too talkative, not a message of ours, and the device was revoked."""

sockets = Gauge("zhangban_device_sockets", "Open sockets of devices.", multiprocess_mode="livesum")
prompts = Counter("zhangban_device_prompts_total", "Prompts by what became of them.", ["event"])
_decoder = msgspec.json.Decoder(FromDevice)
_encode = msgspec.json.Encoder().encode


async def current(house: House, device: Device) -> Prompt | None:
    """What this device should show now; None if nothing. Raises Revoked."""
    seconds = house.settings.prompt_seconds
    found = await queries.at_window_of(device.id, house.clock.now(), seconds)
    if found.revoked:
        raise Revoked
    if found.service_id is None or found.started_at is None:
        return None
    name, number = "", ""
    if device.window_id:
        window = await halls.window_on_duty(device.window_id)
        if window.staff_id == found.staff_id:
            name, number = window.staff_name or "", window.staff_number or ""
    if not name and found.staff_id:
        name = (await halls.names(found.staff_id)).get(found.staff_id, "")
    return Prompt(
        service_id=found.service_id,
        staff=Server(name=name, number=number),
        item_name=found.item_name,
        expires_at=found.started_at + timedelta(seconds=seconds),
        seconds=seconds,
        levels=LEVELS,
    )


async def current_of(act: Act) -> Prompt | None:
    """As `current`, for the device that asks."""
    if not isinstance(act.actor, Device):
        raise Forbidden
    return await current(act.house, act.actor)


class Line:
    """One device's open socket."""

    def __init__(self, house: House, device: Device, socket: Any, clock_offset_ms: int) -> None:
        self._house = house
        self._device = device
        self._socket = socket
        self._clock_offset_ms = clock_offset_ms
        self._showing: Prompt | None = None
        self._sent_at = 0.0
        self._acknowledged = False
        self._watching = False
        self._served: Serving | None = None

    async def serve(self) -> None:
        """Prompt until the device goes away or is revoked."""
        live, device = self._house.live, self._device
        places = [device.window_id] if device.window_id else []
        with sockets.track_inprogress():
            async with contextlib.AsyncExitStack() as stack:
                names = [channel(place) for place in places] + [f"device:{device.id}"]
                hints = [await stack.enter_async_context(live.listen(name)) for name in names]
                tasks = [
                    asyncio.create_task(self._prompt(hints)),
                    asyncio.create_task(self._hear()),
                ]
                try:
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for task in tasks:
                        task.cancel()
                    for result in await asyncio.gather(*tasks, return_exceptions=True):
                        _raise_unexpected(result)

    async def _prompt(self, queues: list["asyncio.Queue[bytes]"]) -> None:
        while True:
            try:
                await self._show(await current(self._house, self._device))
                await self._tell_who_serves()
            except Revoked:
                await self._socket.close(REVOKED, "revoked")
                return
            await self._wait(queues)

    async def _show(self, prompt: Prompt | None) -> None:
        before = self._showing
        if prompt and (before is None or prompt.service_id != before.service_id):
            self._acknowledged = False
            await self._deliver(prompt, "sent")
        elif prompt and not self._acknowledged and self._unheard_for() >= REPEAT_AFTER_SECONDS:
            await self._deliver(prompt, "repeated")
        elif prompt is None and before is not None:
            await self._send(Withdrawn(service_id=before.service_id))
            prompts.labels("withdrawn").inc()
        self._showing = prompt

    async def _tell_who_serves(self) -> None:
        """Send the face if the device watches and does not have it as it is now."""
        if not self._watching:
            return
        served = await serving(self._device)
        if served != self._served:
            self._served = served
            await self._send(await face(self._house, self._device, served))

    async def _deliver(self, prompt: Prompt, event: str) -> None:
        self._sent_at = asyncio.get_running_loop().time()
        await self._send(prompt)
        prompts.labels(event).inc()

    def _unheard_for(self) -> float:
        """Seconds since the prompt was sent last."""
        return asyncio.get_running_loop().time() - self._sent_at

    async def _wait(self, queues: list["asyncio.Queue[bytes]"]) -> None:
        """Until a hint comes, the prompt expires, or it is time to look again."""
        seconds = LOOK_EVERY_SECONDS
        if self._showing:
            left = (self._showing.expires_at - self._house.clock.now()).total_seconds()
            seconds = min(seconds, max(left, 0) + 0.01)
            if not self._acknowledged:
                seconds = min(seconds, max(REPEAT_AFTER_SECONDS - self._unheard_for(), 0) + 0.01)
        gets = [asyncio.create_task(queue.get()) for queue in queues]
        try:
            await asyncio.wait(gets, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for get in gets:
                get.cancel()
        # Hints say nothing but "look": one look answers all that have come.
        for queue in queues:
            while not queue.empty():
                queue.get_nowait()

    async def _hear(self) -> None:
        heard, minute = 0, asyncio.get_running_loop().time()
        while True:
            message = await self._socket.recv()
            if message is None:
                return
            now = asyncio.get_running_loop().time()
            if now - minute > 60:
                heard, minute = 0, now
            heard += 1
            if heard > MOST_A_MINUTE or len(message) > LONGEST_MESSAGE:
                await self._socket.close(POLICY, "too much")
                return
            try:
                said = _decoder.decode(message)
            except (msgspec.MsgspecError, UnicodeError):
                await self._socket.close(UNREADABLE, "unreadable")
                return
            await self._answer(said)

    async def _answer(self, said: FromDevice) -> None:
        if isinstance(said, Ack):
            if self._showing and said.service_id == self._showing.service_id:
                self._acknowledged = True
            now = self._house.clock.now()
            if await queries.acknowledge(said.service_id, self._device.id, now):
                prompts.labels("acknowledged").inc()
        elif isinstance(said, Watch):
            self._watching, self._served = True, None
            await self._tell_who_serves()
        elif isinstance(said, Ping):
            now = self._house.clock.now()
            await devices.seen(
                self._device.id,
                now,
                self._clock_offset_ms,
                said.version,
                said.queue_length,
                said.refused_count,
            )
            await self._send(Pong(server_time=devices.milliseconds(now)))

    async def _send(self, message: Prompt | Withdrawn | Pong | Face) -> None:
        await self._socket.send(_encode(message).decode())


def _raise_unexpected(result: object) -> None:
    gone = ConnectionClosed | SanicException | asyncio.CancelledError
    if isinstance(result, BaseException) and not isinstance(result, gone):
        raise result

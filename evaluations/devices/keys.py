"""What a worker keeps of devices between requests: their keys, opened, for a few seconds."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from app.core.auth import Device
from app.core.background import Background
from app.core.live import Live
from app.core.privacy import Keyring
from evaluations.devices import queries

CHANNEL = "devices"
"""The live channel on which a device's id says that its key or its state has changed."""
CONTEXT = "devices.secret"
KEEP_SECONDS = 5.0
"""Bounds how long a worker that missed the hint goes on with an old key."""
MOST_KEPT = 5_000
NOTE_SECONDS = 15.0
"""How often, at most, a device's last sign of life is written."""


@dataclass(frozen=True)
class Known:
    """An enrolled device with its key."""

    device: Device
    key: bytes
    revoked: bool


class DeviceKeys(Background):
    """The devices that this worker has met lately. `app.server` puts one in the house."""

    def __init__(self, keyring: Keyring, live: Live) -> None:
        self._keyring = keyring
        self._live = live
        self._known: dict[UUID, tuple[float, Known]] = {}
        self._noted: dict[UUID, float] = {}

    async def find(self, device_id: UUID) -> Known | None:
        """An enrolled device, at most `KEEP_SECONDS` old; None if there is no such one."""
        now = asyncio.get_running_loop().time()
        kept = self._known.get(device_id)
        if kept and now - kept[0] < KEEP_SECONDS:
            return kept[1]
        row = await queries.sealed(device_id)
        if row is None:
            return None
        found = Known(
            Device(row.id, row.hall_id, row.window_id, row.model),
            self._keyring.open(row.secret, CONTEXT),
            row.revoked,
        )
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        self._known[device_id] = (now, found)
        return found

    def forget(self, device_id: UUID) -> None:
        """Read this device anew when it next signs."""
        self._known.pop(device_id, None)

    async def changed(self, device_id: UUID) -> None:
        """Have every worker forget this device, this one at once."""
        self.forget(device_id)
        await self._live.publish(CHANNEL, device_id.bytes)

    def due_to_note(self, device_id: UUID) -> bool:
        """Whether it is time to write the device's last sign of life; says so once."""
        now = asyncio.get_running_loop().time()
        if now - self._noted.get(device_id, -NOTE_SECONDS) < NOTE_SECONDS:
            return False
        if len(self._noted) >= MOST_KEPT:
            self._noted.clear()
        self._noted[device_id] = now
        return True

    async def _run(self) -> None:
        async with self._live.listen(CHANNEL) as changes:
            while True:
                message = await changes.get()
                if len(message) == 16:
                    self.forget(UUID(bytes=message))

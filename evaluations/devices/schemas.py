"""Devices on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.core.wire import In, Name, Out


class DeviceIn(In, frozen=True):
    """A new device; without a window it is a tablet of the hall."""

    hall_id: UUID
    name: Name
    window_id: UUID | None = None
    model: Annotated[str, Meta(max_length=60)] = ""


class DevicesQuery(In, frozen=True):
    """Whose devices to list."""

    hall_id: UUID


class DeviceShown(Out, frozen=True):
    """A device and its health. `clock_offset_ms`: how far its clock runs before the server's."""

    id: UUID
    hall_id: UUID
    window_id: UUID | None
    name: str
    model: str
    enrolled_at: datetime | None
    revoked_at: datetime | None
    last_seen_at: datetime | None
    clock_offset_ms: int | None
    version: str | None


class EnrolmentCode(Out, frozen=True):
    """A one-time code to type into the device, shown this once."""

    device: DeviceShown
    code: str
    valid_until: datetime


class EnrolIn(In, frozen=True):
    """The code as it was typed; hyphens, blanks and small letters do not matter."""

    code: Annotated[str, Meta(min_length=8, max_length=32)]
    version: Annotated[str, Meta(max_length=40)] | None = None


class Enrolled(Out, frozen=True):
    """The device's id and key (base64, 32 bytes), handed over this once; see docs/decisions/0002.

    `server_time` is in milliseconds since 1970.
    """

    device_id: UUID
    key: str
    hall_id: UUID
    window_id: UUID | None
    server_time: int

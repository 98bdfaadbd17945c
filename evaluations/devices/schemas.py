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
    """A device and its health. `clock_offset_ms`: how far its clock runs before the server's.

    `queue_length`: ratings that it still keeps for delivery, when it last said so; `refused_count`:
    those that the server would not take, kept aside by the device with the reason. `offline`:
    enrolled, not revoked, and not heard of for two minutes.
    """

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
    queue_length: int | None
    refused_count: int | None
    offline: bool


class Heartbeat(In, frozen=True):
    """What a device says of itself: the ratings that wait in it, and its program's version.

    `refused_count`: ratings that the server refused for good and that the device keeps aside.
    """

    queue_length: Annotated[int, Meta(ge=0, le=1_000_000)]
    refused_count: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    version: Annotated[str, Meta(max_length=40)] | None = None


class HeartbeatAnswer(Out, frozen=True):
    """The server's time, in milliseconds since 1970, and how far the device's clock is off it."""

    server_time: int
    clock_offset_ms: int


class EnrolmentCode(Out, frozen=True):
    """A one-time code to type into the device, shown this once."""

    device: DeviceShown
    code: str
    valid_until: datetime


class EnrolIn(In, frozen=True):
    """The code as it was typed; hyphens, blanks and small letters do not matter."""

    code: Annotated[str, Meta(min_length=8, max_length=32)]
    version: Annotated[str, Meta(max_length=40)] | None = None


class CodeSeen(Out, frozen=True):
    """The enrolment code that a camera sees, as it is typed; "" while it sees none."""

    code: str


class Enrolled(Out, frozen=True):
    """The device's id and key (base64, 32 bytes), handed over this once; see docs/decisions/0002.

    `server_time` is in milliseconds since 1970.
    """

    device_id: UUID
    key: str
    hall_id: UUID
    window_id: UUID | None
    server_time: int


class ClientIn(In, frozen=True):
    """Another system of a hall, such as a calling machine or an approval system."""

    hall_id: UUID
    name: Name


class ClientsQuery(In, frozen=True):
    """Whose systems to list."""

    hall_id: UUID


class ClientShown(Out, frozen=True):
    """A system that may send records and ratings."""

    id: UUID
    hall_id: UUID
    name: str
    created_at: datetime
    revoked_at: datetime | None


class ClientKey(Out, frozen=True):
    """A system with its key (base64, 32 bytes), shown this once; see docs/hub.md."""

    client: ClientShown
    key: str

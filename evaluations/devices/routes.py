"""HTTP of the devices: administration, and enrolment."""

from uuid import UUID

from app.core.api import Call, Routes
from app.core.auth import ANYONE, DEVICE, Role, staff
from app.core.limits import Limits
from app.core.wire import In, Line, Page
from evaluations.devices import clients, service, sight
from evaluations.devices.schemas import (
    ClientIn,
    ClientKey,
    ClientShown,
    ClientsQuery,
    CodeSeen,
    DeviceIn,
    DeviceShown,
    DevicesQuery,
    EnrolIn,
    Enrolled,
    EnrolmentCode,
    Heartbeat,
    HeartbeatAnswer,
)

routes = Routes("devices", "/api/v1/devices")
systems = Routes("clients", "/api/v1/clients")
ADMIN = staff(Role.ADMIN)
READERS = staff(Role.ADMIN, Role.MANAGER, Role.SUPERVISOR)


class RevokeDevice(In, frozen=True):
    """Why a device, or another system's key, is revoked."""

    reason: Line


@routes.get("/", guard=READERS)
async def list_devices(call: Call, query: DevicesQuery) -> Page[DeviceShown]:
    """The devices of a hall with their health: last seen, queue, clock offset, version."""
    return Page(items=await service.shown_of_hall(call.act, query.hall_id))


@routes.post("/", guard=ADMIN, status=201)
async def add_device(call: Call, body: DeviceIn) -> EnrolmentCode:
    """Make a device and get its one-time enrolment code, valid for 30 minutes."""
    return await service.add(call.act, body)


@routes.post("/<device_id:uuid>/code", guard=ADMIN, status=201)
async def renew_code(call: Call, device_id: UUID) -> EnrolmentCode:
    """A new enrolment code for a device that is not enrolled, or has lost its key."""
    return await service.renew_code(call.act, device_id)


@routes.post("/<device_id:uuid>/revoke", guard=ADMIN)
async def revoke_device(call: Call, device_id: UUID, body: RevokeDevice) -> DeviceShown:
    """End a device for good, at once."""
    return await service.revoke(call.act, device_id, body.reason)


@routes.post("/enrol", guard=ANYONE, status=201)
async def enrol_device(call: Call, body: EnrolIn) -> Enrolled:
    """Turn a one-time code into the device's key; both are good for this once."""
    limits = call.act.house.part(Limits)
    await limits.hit("10/minute", "devices.enrol", call.address)
    await limits.hit("120/minute", "devices.enrol", "everybody")
    return await service.enrol(call.act, body)


@routes.post("/code-seen", guard=ANYONE)
async def see_code(call: Call) -> CodeSeen:
    """The enrolment code in a camera's picture, for browsers that read no QR codes themselves.

    The body is the picture's light values, 480 × 480 bytes, row by row. It is kept nowhere.
    """
    limits = call.act.house.part(Limits)
    await limits.hit("90/minute", "devices.code_seen", call.address)
    await limits.hit("300/minute", "devices.code_seen", "everybody")
    return CodeSeen(code=await sight.code_before(call.act, call.request.body))


@routes.post("/heartbeat", guard=DEVICE)
async def beat(call: Call, body: Heartbeat) -> HeartbeatAnswer:
    """What a device says of itself, every half minute or so; the answer tells it the time."""
    return await service.beat(call.act, body, service.clock_offset_ms(call.request))


@systems.get("/", guard=staff(Role.ADMIN, Role.MANAGER))
async def list_clients(call: Call, query: ClientsQuery) -> Page[ClientShown]:
    """The other systems of a hall that may send records and ratings."""
    return Page(items=await clients.shown_of_hall(call.act, query.hall_id))


@systems.post("/", guard=ADMIN, status=201)
async def add_client(call: Call, body: ClientIn) -> ClientKey:
    """Give another system a key, shown this once."""
    return await clients.add(call.act, body)


@systems.post("/<client_id:uuid>/revoke", guard=ADMIN)
async def revoke_client(call: Call, client_id: UUID, body: RevokeDevice) -> ClientShown:
    """End another system's key for good, at once."""
    return await clients.revoke(call.act, client_id, body.reason)

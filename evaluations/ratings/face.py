"""An evaluator's first page: its hall and window, and who serves there now."""

from dataclasses import dataclass

from app.core.acts import Act
from app.core.auth import Device
from app.core.errors import Forbidden
from app.core.house import House
from app.halls import service as halls
from app.materials import portraits
from evaluations.devices import service as devices
from evaluations.ratings.face_schemas import Face, StaffFace, WindowFace
from evaluations.ratings.schemas import LEVELS
from evaluations.ratings.tags import NATIONAL


@dataclass(frozen=True)
class Serving:
    """What of a face changes during a day."""

    window: WindowFace | None = None
    staff: StaffFace | None = None


async def serving(device: Device) -> Serving:
    """Who serves at the device's window now; nobody at a tablet of the hall."""
    if device.window_id is None:
        return Serving()
    found = await halls.window_on_duty(device.window_id)
    window = WindowFace(number=found.window_number, name=found.window_name)
    if found.staff_id is None:
        return Serving(window)
    versions = await portraits.versions([found.staff_id])
    staff = StaffFace(
        name=found.staff_name or "",
        number=found.staff_number or "",
        photo=versions.get(found.staff_id),
    )
    return Serving(window, staff)


async def face(house: House, device: Device, served: Serving) -> Face:
    """The whole face of a device with what `serving` said."""
    return Face(
        hall_name=(await halls.hall(device.hall_id)).name,
        window=served.window,
        staff=served.staff,
        seconds=house.settings.prompt_seconds,
        levels=LEVELS,
        tags_version=NATIONAL.version,
        server_time=devices.milliseconds(house.clock.now()),
    )


async def face_of(act: Act) -> Face:
    """The face of the device that asks."""
    device = act.actor
    if not isinstance(device, Device):
        raise Forbidden
    return await face(act.house, device, await serving(device))

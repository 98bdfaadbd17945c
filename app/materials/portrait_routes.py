"""HTTP of the photos of staff."""

from uuid import UUID

from app.core.api import Call, Routes
from app.core.auth import DEVICE, STAFF, Role, staff
from app.core.wire import File
from app.materials import intake, portraits, service
from app.materials.portraits import PhotoShown

routes = Routes("portraits", "/api/v1/staff")
device = Routes("device-portraits", "/api/v1/devices")
ADMIN = staff(Role.ADMIN)


@routes.post("/<staff_id:uuid>/photo", guard=ADMIN, stream=True)
async def put_photo(call: Call, staff_id: UUID) -> PhotoShown:
    """Set a person's photo: one picture (JPG, PNG, WebP, HEIC) as the part `file` of a form.

    A browser sends it by fetch, as `FormData`, with the header `Zhangban-CSRF`.
    """
    house = call.act.house
    await portraits.may_put(call.act, staff_id)  # before anything is read
    folder, most = service.upload_folder(house), house.settings.upload_max_bytes
    async with intake.receive(call.request, folder, most) as upload:
        return await portraits.put(call.act, staff_id, upload)


@routes.get("/<staff_id:uuid>/photo", guard=STAFF)
async def photo(call: Call, staff_id: UUID) -> File:
    """The photo of a colleague; 404 if there is none."""
    return await portraits.shown(call.act, staff_id)


@routes.delete("/<staff_id:uuid>/photo", guard=ADMIN)
async def forget_photo(call: Call, staff_id: UUID) -> None:
    """Delete a person's photo."""
    await portraits.forget(call.act, staff_id)


@device.get("/photo", guard=DEVICE)
async def photo_of_who_serves(call: Call) -> File:
    """The photo of whoever serves at the device's window now, with its version as `ETag`."""
    return await portraits.of_who_serves(call.act)

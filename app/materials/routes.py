"""HTTP of a citizen's own materials. Staff see photos with the application, never here."""

from uuid import UUID

import msgspec

from app.citizens import service as citizens
from app.core.api import Call, Routes
from app.core.auth import CITIZEN, require_citizen
from app.core.wire import File, Page, PageQuery, decode_cursor, page
from app.materials import intake, queries, service
from app.materials.schemas import MaterialShown

routes = Routes("materials", "/api/v1/materials")


@routes.post("", guard=CITIZEN, status=201, stream=True)
async def send(call: Call) -> MaterialShown:
    """Send one photo (JPG, PNG, WebP, HEIC) as the part `file` of a form.

    The same photo sent again is answered with the first material.
    """
    house = call.act.house
    folder, most = service.upload_folder(house), house.settings.upload_max_bytes
    async with intake.receive(call.request, folder, most) as upload:
        return await service.take_in(call.act, upload)


@routes.get("", guard=CITIZEN)
async def list_mine(call: Call, query: PageQuery) -> Page[MaterialShown]:
    """The caller's own materials, the newest first."""
    cursor = decode_cursor(query.after, UUID)
    rows = await queries.owned(
        await citizens.identities(require_citizen(call.act.actor).id),
        before=cursor[0] if cursor else None,
        limit=query.limit + 1,
    )
    return page(
        rows,
        query.limit,
        lambda row: msgspec.convert(row, MaterialShown),
        lambda row: (row["id"],),
    )


@routes.get("/<material_id:uuid>", guard=CITIZEN)
async def show(call: Call, material_id: UUID) -> MaterialShown:
    """One of the caller's own materials."""
    return await service.own(call.act, material_id)


@routes.get("/<material_id:uuid>/display", guard=CITIZEN)
async def display(call: Call, material_id: UUID) -> File:
    """The picture as a JPEG of at most 1600 pixels on its long side."""
    await service.own(call.act, material_id)
    return await service.content(call.act, material_id, "display")


@routes.get("/<material_id:uuid>/thumbnail", guard=CITIZEN)
async def thumbnail(call: Call, material_id: UUID) -> File:
    """The picture as a JPEG of at most 320 pixels on its long side."""
    await service.own(call.act, material_id)
    return await service.content(call.act, material_id, "thumbnail")


@routes.delete("/<material_id:uuid>", guard=CITIZEN)
async def forget(call: Call, material_id: UUID) -> None:
    """Delete one of the caller's own materials that is not part of an application yet."""
    await service.forget(call.act, material_id)

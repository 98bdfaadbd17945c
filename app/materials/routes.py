"""HTTP of a citizen's own materials. Staff see photos with the application, never here."""

from uuid import UUID

from app.citizens import service as citizens
from app.core.api import Call, Routes
from app.core.auth import ANYONE, CITIZEN, require_citizen
from app.core.limits import Limits
from app.core.wire import File, Page, PageQuery, after_id, page
from app.materials import intake, queries, service
from app.materials.links import PATH
from app.materials.schemas import (
    MaterialShown,
    MaterialTaken,
    PictureLink,
    PictureLinkIn,
    PictureWanted,
)
from app.materials.telling import shown_of

LINKS_PER_ADDRESS = "600/minute"
"""A page shows many thumbnails, and a whole hall may share an address."""

routes = Routes("materials", "/api/v1/materials")
links = Routes("material-links", PATH)


@routes.post("", guard=CITIZEN, status=201, stream=True)
async def send(call: Call) -> MaterialTaken:
    """Send one photo (JPG, PNG, WebP, HEIC) or PDF as the part `file` of a form.

    The same file sent again is answered with the first material. `advice` says what to retake, or
    that a picture was sent before; it is empty where all is well, and never refuses anything.
    """
    house = call.act.house
    folder, most = service.upload_folder(house), house.settings.upload_max_bytes
    async with intake.receive(call.request, folder, most) as upload:
        return await service.take_in(call.act, upload)


@routes.get("", guard=CITIZEN)
async def list_mine(call: Call, query: PageQuery) -> Page[MaterialShown]:
    """The caller's own materials, the newest first."""
    rows = await queries.owned(
        await citizens.identities(require_citizen(call.act.actor).id),
        before=after_id(query),
        limit=query.limit + 1,
    )
    return page(
        rows,
        query.limit,
        shown_of,
        lambda row: (row["id"],),
    )


@routes.get("/<material_id:uuid>", guard=CITIZEN)
async def show(call: Call, material_id: UUID) -> MaterialShown:
    """One of the caller's own materials."""
    return await service.own(call.act, material_id)


@routes.get("/<material_id:uuid>/display", guard=CITIZEN)
async def display(call: Call, query: PictureWanted, material_id: UUID) -> File:
    """The picture, or a page of it, as a JPEG of at most 1600 pixels on its long side."""
    await service.own(call.act, material_id)
    return await service.content(call.act, material_id, "display", query.page)


@routes.get("/<material_id:uuid>/thumbnail", guard=CITIZEN)
async def thumbnail(call: Call, query: PictureWanted, material_id: UUID) -> File:
    """The picture, or a page of it, as a JPEG of at most 320 pixels on its long side."""
    await service.own(call.act, material_id)
    return await service.content(call.act, material_id, "thumbnail", query.page)


@routes.post("/<material_id:uuid>/links", guard=CITIZEN)
async def link(call: Call, body: PictureLinkIn, material_id: UUID) -> PictureLink:
    """An address of the picture for an image tag, which sends no session; good for minutes."""
    await service.own(call.act, material_id)
    return await service.link_for_screen(call.act, material_id, body)


@links.get("/<token:str>", guard=ANYONE)
async def follow_link(call: Call, token: str) -> File:
    """The picture that a signed link opens, for whoever has it; the reading is recorded."""
    await call.act.house.part(Limits).hit(LINKS_PER_ADDRESS, "materials.link", call.address)
    return await service.follow(call.act, token)


@routes.delete("/<material_id:uuid>", guard=CITIZEN)
async def forget(call: Call, material_id: UUID) -> None:
    """Delete one of the caller's own materials that is not part of an application yet."""
    await service.forget(call.act, material_id)

"""HTTP of what a citizen has given or got before, and what of it serves for an item."""

from typing import Literal
from uuid import UUID

import msgspec

from app.core.api import Call, Routes
from app.core.auth import CITIZEN
from app.core.errors import NotFound
from app.core.wire import File, Page
from app.holdings import reading, service
from app.holdings.schemas import (
    HoldingShown,
    HoldingsQuery,
    OwnerQuery,
    PictureQuery,
    ReusableQuery,
    ReusableShown,
)

routes = Routes("holdings", "/api/v1/holdings")
items = Routes("reusable", "/api/v1/items")


@items.get("/<item_id:uuid>/reusable", guard=CITIZEN)
async def reusable(call: Call, item_id: UUID, query: ReusableQuery) -> ReusableShown:
    """What need not be supplied again for an item: given or issued before, and still valid."""
    return await reading.reusable(call.act, item_id, query)


@routes.get("", guard=CITIZEN)
async def mine(call: Call, query: HoldingsQuery) -> Page[HoldingShown]:
    """What the caller gave before and what the hall issued to them, newest first."""
    return await reading.mine(call.act, query)


@routes.get("/<holding_id:uuid>", guard=CITIZEN)
async def show(call: Call, holding_id: UUID, query: OwnerQuery) -> HoldingShown:
    """One of them, with every use that was made of it."""
    return await reading.show(call.act, holding_id, query)


@routes.get("/<holding_id:uuid>/pictures/<material_id:uuid>/<size:str>", guard=CITIZEN)
async def picture(
    call: Call, holding_id: UUID, material_id: UUID, size: str, query: PictureQuery
) -> File:
    """One of its pictures, `display` or `thumbnail`."""
    try:
        wanted = msgspec.convert(size, Literal["display", "thumbnail"])
    except msgspec.ValidationError:
        raise NotFound from None
    return await reading.picture(call.act, holding_id, material_id, wanted, query)


@routes.get("/<holding_id:uuid>/certificate.pdf", guard=CITIZEN)
async def certificate(call: Call, holding_id: UUID, query: OwnerQuery) -> File:
    """The certificate as a PDF, where it is one."""
    return await reading.certificate(call.act, holding_id, query)


@routes.delete("/<holding_id:uuid>", guard=CITIZEN)
async def forget(call: Call, holding_id: UUID, query: OwnerQuery) -> None:
    """Stop offering one of them; where it was used it stays."""
    await service.forget(call.act, holding_id, query)

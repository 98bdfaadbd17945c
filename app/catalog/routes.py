"""HTTP of the catalogue."""

from uuid import UUID

import msgspec

from app.catalog import service, views
from app.catalog.models import ItemVersion
from app.catalog.schemas import (
    FacetQuery,
    Facets,
    ItemIn,
    ItemQuery,
    ItemRow,
    ItemShown,
    Offered,
    VersionIn,
    VersionRow,
    WithdrawIn,
)
from app.core.api import Call, Routes
from app.core.auth import ANYONE, STAFF, Role, staff
from app.core.wire import Page

routes = Routes("catalog", "/api/v1")
ADMIN = staff(Role.ADMIN)


def _version(made: ItemVersion) -> VersionRow:
    return msgspec.convert(made, VersionRow, from_attributes=True)


@routes.get("/items", guard=ANYONE)
async def list_items(call: Call, query: ItemQuery) -> Page[ItemRow]:
    """The published items that fit, in the order in which they were added."""
    return await views.listed(query)


@routes.get("/items/<item_id:uuid>", guard=ANYONE)
async def show_item(call: Call, item_id: UUID) -> ItemShown:
    """A published item with its whole guide, form and material list."""
    return await views.shown(item_id)


@routes.get("/catalog/facets", guard=ANYONE)
async def facets(call: Call, query: FacetQuery) -> Facets:
    """What the published items can be filtered by, with counts."""
    return await views.facets(query.hall_id)


@routes.get("/items/<item_id:uuid>/versions", guard=STAFF)
async def list_versions(call: Call, item_id: UUID) -> Page[VersionRow]:
    """All versions of an item, the newest first; for staff of its hall."""
    return Page(items=await service.versions_of(call.act, item_id))


@routes.get("/item-versions/<version_id:uuid>", guard=STAFF)
async def show_version(call: Call, version_id: UUID) -> Offered:
    """One version of an item with its guide, a draft too; for staff of its hall."""
    return await service.version_for_staff(call.act, version_id)


@routes.post("/items", guard=ADMIN, status=201, once=True)
async def add_item(call: Call, body: ItemIn) -> VersionRow:
    """Add an item with its first version."""
    return _version(await service.add_item(call.act, body))


@routes.post("/items/<item_id:uuid>/versions", guard=ADMIN, status=201, once=True)
async def add_version(call: Call, item_id: UUID, body: VersionIn) -> VersionRow:
    """Add a version to an item."""
    return _version(await service.add_version(call.act, item_id, body))


@routes.post("/item-versions/<version_id:uuid>/publish", guard=ADMIN)
async def publish(call: Call, version_id: UUID) -> VersionRow:
    """Publish a draft in the place of the version before."""
    return _version(await service.publish(call.act, version_id))


@routes.post("/items/<item_id:uuid>/withdraw", guard=ADMIN)
async def withdraw(call: Call, item_id: UUID, body: WithdrawIn) -> None:
    """Stop offering an item."""
    await service.withdraw(call.act, item_id, body.reason)

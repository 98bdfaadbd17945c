"""HTTP of the catalogue."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar
from uuid import UUID

import msgspec

from app.catalog import phone_codes, samples, service, synonyms, template, views
from app.catalog.comparison import VersionComparison
from app.catalog.models import ItemVersion
from app.catalog.phone_codes import SceneQuery, SceneShown
from app.catalog.schemas import (
    CompareQuery,
    FacetQuery,
    Facets,
    ItemIn,
    ItemQuery,
    ItemRow,
    ItemShown,
    Offered,
    ReducedShown,
    SampleShown,
    SynonymIn,
    SynonymShown,
    VersionIn,
    VersionRow,
    WithdrawIn,
)
from app.catalog.shelf import Shelf
from app.catalog.situation_schemas import SituationIn, SituationTold
from app.core.api import Call, Routes
from app.core.auth import ANYONE, STAFF, Role, staff
from app.core.wire import File, Page
from app.halls.phone_codes import DESK
from app.materials import intake
from app.materials import service as materials

routes = Routes("catalog", "/api/v1")
ADMIN = staff(Role.ADMIN)
Shown = TypeVar("Shown")


async def _ready(call: Call, key: Hashable, make: Callable[[], Awaitable[Shown]]) -> Shown:
    return await call.act.house.part(Shelf).answer(key, make)


def _version(made: ItemVersion) -> VersionRow:
    return msgspec.convert(made, VersionRow, from_attributes=True)


@routes.get("/items", guard=ANYONE)
async def list_items(call: Call, query: ItemQuery) -> Page[ItemRow]:
    """The published items that fit, in the order asked for."""
    return await _ready(call, ("list", query), lambda: views.listed(query))


@routes.get("/items/<item_id:uuid>", guard=ANYONE)
async def show_item(call: Call, item_id: UUID) -> ItemShown:
    """A published item with its whole guide, form and material list."""
    return await _ready(call, ("guide", item_id), lambda: views.shown(item_id))


@routes.post("/items/<item_id:uuid>/situation", guard=ANYONE)
async def tell_situation(call: Call, item_id: UUID, body: SituationIn) -> SituationTold:
    """Answer an item's questions step by step; the last answer tells everything at once.

    Nothing is kept: the answers are sent again with each step, and with the application.
    """
    return await views.told(item_id, body.answers)


@routes.get("/items/<item_id:uuid>/reduced", guard=ANYONE)
async def show_reduced(call: Call, item_id: UUID) -> ReducedShown:
    """What the published version asks less for than the one before: materials, days, visits."""
    return await _ready(call, ("reduced", item_id), lambda: views.reduced(item_id))


@routes.get("/items/<item_id:uuid>/mini-program-code", guard=staff(*DESK))
async def item_phone_code(call: Call, item_id: UUID) -> File:
    """The mini-program code (小程序码) of a published item, a picture to print."""
    return await phone_codes.of_item(call.act, item_id)


@routes.get("/mini-program/scene", guard=ANYONE)
async def opened_with(call: Call, query: SceneQuery) -> SceneShown:
    """What the mini program was opened at, by the scene of the code that was scanned."""
    return await phone_codes.opened(query.scene)


@routes.get("/catalog/facets", guard=ANYONE)
async def facets(call: Call, query: FacetQuery) -> Facets:
    """What the published items can be filtered by, with counts."""
    return await _ready(call, ("facets", query), lambda: views.facets(query.hall_id))


@routes.get("/catalog/template.xlsx", guard=ADMIN)
async def import_template(call: Call) -> File:
    """The spreadsheet to fill in for an import: column names, one example, explanations."""
    content = await asyncio.to_thread(template.template)
    return File(content, template.CONTENT_TYPE, template.NAME)


@routes.get("/items/<item_id:uuid>/versions", guard=STAFF)
async def list_versions(call: Call, item_id: UUID) -> Page[VersionRow]:
    """All versions of an item, the newest first; for staff of its hall."""
    return Page(items=await service.versions_of(call.act, item_id))


@routes.get("/items/<item_id:uuid>/versions/compare", guard=STAFF)
async def compare_versions(call: Call, item_id: UUID, query: CompareQuery) -> VersionComparison:
    """Two versions of an item side by side: materials added, cut, changed and kept."""
    return await views.compared(call.act, item_id, query.earlier, query.later)


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


@routes.post("/halls/<hall_id:uuid>/samples", guard=ADMIN, status=201, stream=True)
async def add_sample(call: Call, hall_id: UUID) -> SampleShown:
    """Send a picture that shows what a material looks like (JPG, PNG, WebP, HEIC).

    It is for everybody to see: no real person's paper. The same picture is the same sample.
    """
    await samples.may_add(call.act, hall_id)
    house = call.act.house
    folder, most = materials.upload_folder(house), house.settings.upload_max_bytes
    async with intake.receive(call.request, folder, most) as upload:
        return await samples.add(call.act, hall_id, upload)


@routes.get("/samples/<sample_id:uuid>", guard=ANYONE)
async def show_sample(call: Call, sample_id: UUID) -> File:
    """A sample picture as a JPEG. It never changes and may be kept."""
    return await samples.content(call.act, sample_id)


@routes.get("/halls/<hall_id:uuid>/synonyms", guard=STAFF)
async def list_synonyms(call: Call, hall_id: UUID) -> Page[SynonymShown]:
    """What people call things, and what it means in the catalogue, the built-in entries too."""
    return Page(items=await synonyms.listed(call.act, hall_id))


@routes.put("/halls/<hall_id:uuid>/synonyms", guard=ADMIN)
async def put_synonym(call: Call, hall_id: UUID, body: SynonymIn) -> SynonymShown:
    """Set what a phrase means in a hall, in the place of what it meant there."""
    return await synonyms.put(call.act, hall_id, body)


@routes.delete("/halls/<hall_id:uuid>/synonyms/<synonym_id:uuid>", guard=ADMIN)
async def remove_synonym(call: Call, hall_id: UUID, synonym_id: UUID) -> None:
    """Remove a hall's own entry."""
    await synonyms.remove(call.act, hall_id, synonym_id)

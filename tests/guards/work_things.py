"""Long work and files for the tests of owners."""

from typing import Any

from app import server
from app.core.dispatcher import Dispatcher
from app.reports import service
from app.reports.schemas import ImportQuery, MonthReportIn
from app.works.runner import Runner
from tests.cases.builders import World
from tests.catalog.makers import HEADER, csv_row

Ids = dict[str, Any]
CSV = f"{HEADER}\n{csv_row('A-1')}\n".encode()


async def waiting(world: World) -> Ids:
    """A report that the manager ordered, and that nobody has begun."""
    actor = await world.place.actor(world.act_as(), "manager")
    month = f"{world.house.clock.now():%Y-%m}"
    wanted = MonthReportIn(hall_id=world.place.hall_id, month=month)
    return {"work_id": (await service.start_month(world.act_as(actor), wanted)).id}


async def done(world: World) -> Ids:
    """A report that is there to be fetched."""
    ids = await waiting(world)
    await Dispatcher(world.house, server.HANDLERS).work_once()
    await world.house.part(Runner).idle()
    return ids


async def catalog_file(world: World) -> Ids:
    """A file to import into the hall."""
    return {"hall_id": world.place.hall_id, "query": "?name=items.csv"}


async def tried(world: World) -> Ids:
    """A trial of an import that has ended."""
    admin = world.act_as(await world.place.actor(world.act_as(), "admin"))
    query = ImportQuery(name="items.csv", dry_run=True)
    work = await service.start_import(admin, world.place.hall_id, query, CSV)
    await Dispatcher(world.house, server.HANDLERS).work_once()
    await world.house.part(Runner).idle()
    return {"work_id": work.id}


STAFFS: dict[str, tuple[Any, ...]] = {
    "GET /api/v1/works/<work_id>": (waiting, "manager"),
    "POST /api/v1/works/<work_id>/cancel": (waiting, "manager", {}),
    "GET /api/v1/works/<work_id>/file": (done, "manager"),
    "GET /works/<work_id>": (done, "manager"),
    "GET /works/<work_id>/part": (waiting, "manager"),
    "POST /works/<work_id>/cancel": (waiting, "manager", {}),
    "POST /admin/import/<work_id>": (tried, "admin", {}),
    "POST /api/v1/halls/<hall_id>/catalog/import": (catalog_file, "admin", CSV),
}

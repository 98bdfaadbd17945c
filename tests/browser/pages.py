"""All pages that the server has, by their declarations, and something to look at for each."""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from app import server
from app.core.api import Endpoint
from app.core.auth import Role
from app.core.db import fetch_one, new_id
from app.halls import screens
from app.halls.schemas import ScreenIn
from app.pages.routes import PageRoutes
from tests.browser.town import MONTH, Town
from tests.guards import test_owners as owners

Ids = dict[str, Any]
FIRST_ASKED = ("nobody", Role.MANAGER, Role.CLERK, Role.SUPERVISOR, Role.ADMIN, Role.REVIEWER)
"""Who looks at a page that several may see: the first of these, unless the front has a host."""
HOSTS = {"desk": Role.CLERK, "console": Role.MANAGER, "account": Role.ADMIN}


@dataclass(frozen=True)
class Seen:
    """A page as it was declared."""

    template: str
    endpoint: Endpoint
    front: str

    @property
    def key(self) -> str:
        """As tests/guards name it, without the types of its parameters."""
        parts = [f"{part.partition(':')[0]}>" if ":" in part else part for part in self._parts()]
        return "GET " + ("/".join(parts) or "/")

    @property
    def readers(self) -> list[str]:
        """Who may see it, as the names of tests/places.py."""
        guard = self.endpoint.guard
        found = ["nobody"] if "nobody" in guard.kinds else []
        if "staff" in guard.kinds:
            found += [role.value for role in Role if not guard.roles or role in guard.roles]
        host = HOSTS.get(self.front)
        return sorted(
            found, key=lambda name: (name != "nobody", name != host, FIRST_ASKED.index(name))
        )

    @property
    def stands_alone(self) -> bool:
        """Whether its address says it all: no id, and nothing that has to be asked for."""
        query = self.endpoint.query
        asked = msgspec.structs.fields(query) if query else ()
        return "<" not in self.template and not any(field.required for field in asked)

    def address(self, ids: Ids) -> str:
        """Where it is seen with these ids. Raises KeyError for one that is missing."""
        found = "/".join(
            str(ids[part[1:-1].partition(":")[0]]) if part.startswith("<") else part
            for part in self._parts()
        )
        return (found or "/") + str(ids.get("query", ""))

    def is_at(self, address: str) -> bool:
        """Whether an address is one of this page."""
        pattern = re.sub(r"<[^>]+>", "[^/]+", self.template) or "/"
        return re.fullmatch(pattern, urlsplit(address).path) is not None

    def _parts(self) -> list[str]:
        return self.template.split("/")


def every_page() -> Iterator[Seen]:
    """The pages of all fronts; files for the browser are none."""
    for routes in server.ROUTES:
        if not isinstance(routes, PageRoutes):
            continue
        # A set: put in order, so that every worker collects the same tests.
        for declared in sorted(routes.blueprint._future_routes, key=lambda one: one.uri):
            endpoint = getattr(declared.handler, "endpoint", None)
            if endpoint and "GET" in declared.methods and "/assets/" not in declared.uri:
                prefix = routes.blueprint.url_prefix or ""
                front = endpoint.handler.__module__.split(".")[1]
                yield Seen((prefix + declared.uri).rstrip("/"), endpoint, front)


async def _of_window(town: Town) -> Ids:
    path = f"/api/v1/windows/{town.world.place.windows['01']}/rating-code"
    answer = await town.world.client.get(path, headers=await town.world.staff("clerk"))
    return {"code": answer.json()["code"]}


async def _of_paper(town: Town) -> Ids:
    row = await fetch_one("SELECT code FROM documents ORDER BY id LIMIT 1")
    assert row
    return {"code": row["code"]}


async def _of_screen(town: Town) -> Ids:
    hall_id = town.world.place.hall_id
    new = ScreenIn(name=f"大厅 {new_id()}")  # of a name there is one, and the address is told once
    made = await screens.make(town.world.act_as(), hall_id, new)
    return {"code": made.address.rpartition("/")[2]}


async def _of_month(town: Town) -> Ids:
    return {"hall_id": town.world.place.hall_id, "month": MONTH}


async def _of_month_to_come(town: Town) -> Ids:
    return {"query": f"?hall_id={town.world.place.hall_id}&month=2026-01"}


async def _of_item(town: Town) -> Ids:
    return {"item_id": town.item.id}


EXAMPLES: dict[str, Callable[[Town], Awaitable[Ids]]] = {
    "GET /q/<code>": _of_window,
    "GET /q/<code>/thanks": _of_window,
    "GET /v/<code>": _of_paper,
    "GET /wall/<code>": _of_screen,
    "GET /wall/<code>/now": _of_screen,
    "GET /published/<hall_id>": _of_month,
    "GET /published/<hall_id>/<month>": _of_month,
    "GET /guides/<item_id>": _of_item,
    "GET /console/publications/preview": _of_month_to_come,
}
"""What public pages with an id are asked for, and pages that have to be asked for something.

Pages of staff with an id take the thing of tests/guards."""


async def ids_for(page: Seen, town: Town) -> tuple[Ids, str]:
    """What the page is asked for, and who asks. Fails where nothing was entered."""
    reader = page.readers[0]
    if page.key in EXAMPLES:
        return await EXAMPLES[page.key](town), reader
    if page.stands_alone:
        return {}, reader
    owned = owners.STAFFS.get(page.key)
    assert owned, f"enter something to look at for {page.key} in tests/browser/pages.py"
    return await owned.thing(town.world), owned.owner

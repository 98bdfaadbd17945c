"""Administrators' pages about published items: found by words, and their codes to print."""

from functools import partial
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.account import posters, scopes
from app.catalog import phone_codes, views
from app.catalog.schemas import ItemQuery
from app.core.api import Call
from app.core.auth import Role, staff
from app.core.wire import In
from app.pages.addresses import address
from app.pages.routes import PageRoutes, View

pages = PageRoutes("admin-items", "/admin/items")
ADMIN = staff(Role.ADMIN)
SHOWN = 50


class ItemsQuery(In, frozen=True):
    """Which items of which hall; `q` as in the catalogue's search."""

    hall: UUID | None = None
    q: Annotated[str, Meta(max_length=100)] = ""
    after: Annotated[str, Meta(max_length=300)] | None = None


@pages.page("/", guard=ADMIN)
async def items(call: Call, query: ItemsQuery) -> View:
    """The published items of a hall, each with the way to its codes."""
    chosen = await scopes.chosen(call.act, query.hall)
    asked = ItemQuery(hall_id=chosen.hall.id, q=query.q, after=query.after, limit=SHOWN)
    found = await views.listed(asked)
    more = ""
    if found.next:
        more = address("/admin/items", hall=chosen.hall.id, q=query.q, after=found.next)
    return View(
        "account/items.html",
        title="事项",
        chosen=chosen,
        query=query,
        rows=found.items,
        more=more,
    )


@pages.page("/<item_id:uuid>/code", guard=ADMIN)
async def code(call: Call, item_id: UUID) -> View:
    """The codes of one item, to be printed and put up: its guide, and the mini program's."""
    item = await views.shown(item_id)
    chosen = await scopes.chosen(call.act, item.hall_id)
    wanted = posters.Wanted(
        id=item_id,
        title=item.name,
        url=f"{call.act.house.settings.public_url}/guides/{item_id}",
        call="扫一扫，看办事指南",
        note="要带什么材料、多少天办好，一看就清楚。",
        label=f"{item.name}的办事指南二维码",
        draw=partial(phone_codes.of_item, item_id=item_id),
        address=f"/api/v1/items/{item_id}/mini-program-code",
    )
    sheets, problem = await posters.made(call.act, [wanted])
    return View(
        "account/codes.html",
        title="事项二维码",
        lead="打印后贴在窗口或放在取号处。群众用手机扫一扫，就能看到这个事项怎么办。",
        hall=chosen.hall.name,
        posters=sheets,
        phone_problem=problem,
        back=f"/admin/items?hall={chosen.hall.id}",
    )

"""Every public page, with all that it loads, is cheap on an old phone and a slow line."""

import re
from collections.abc import Callable
from uuid import UUID

import httpx
import pytest

from app.catalog import service as catalog
from app.core import db
from app.core.acts import Act
from tests.places import Place

MOST = 50_000
"""Bytes as they travel: the page, and what it loads once for all of them."""
FOR_EVERYBODY = ("/", "/guides", "/published", "/v", "/about/rating", "/about/privacy")
_LOADED = re.compile(r'(?:src|href)="(/assets/[^"]+)"')
_IMPORTED = re.compile(r'(?:from|import) "([./\w-]+\.js)"')


async def weight(client: httpx.AsyncClient, path: str) -> int:
    """Bytes of a page and its files, the modules that modules load included."""
    page = await client.get(path)
    assert page.status_code == 200, path
    found, waiting, seen = page.num_bytes_downloaded, _LOADED.findall(page.text), set[str]()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        file = await client.get(address)
        assert file.status_code == 200, address
        found += file.num_bytes_downloaded
        if address.endswith(".js"):
            waiting += [
                str(file.request.url.join(name).raw_path.decode())
                for name in _IMPORTED.findall(file.text)
            ]
    assert len(seen) > 2, "nothing was weighed but the page"
    return found


@pytest.fixture
async def guides(act_as: Callable[..., Act], place: Place) -> list[UUID]:
    """The demonstration's guides, those first that say most."""
    await catalog.load_demo(act_as(await place.actor(act_as(), "admin")), place.hall_id)
    rows = await db.fetch(
        "SELECT item_id FROM item_versions WHERE state = 'published'"
        " ORDER BY length(guide::text) DESC"
    )
    return [row["item_id"] for row in rows]


async def test_every_page_is_light(client: httpx.AsyncClient, guides: list[UUID]) -> None:
    paths = [*FOR_EVERYBODY, *(f"/guides/{item_id}" for item_id in guides[:5])]
    heavy = {path: found for path in paths if (found := await weight(client, path)) >= MOST}
    assert heavy == {}

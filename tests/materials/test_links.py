"""Signed links: they open what they were made for, and nothing else, for as long as they may."""

import base64
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from app.core import db
from app.core.acts import Act
from app.core.errors import NotFound
from app.core.house import House
from app.core.privacy import Keyring
from app.materials import service
from tests.places import code_of

from . import odd_pictures as odd
from .conftest import Phone

ActAs = Callable[..., Act]


@pytest.fixture
async def material_id(phone: Phone) -> str:
    return await phone.send_well(odd.jpeg())


async def link_of(phone: Phone, material_id: str, **wanted: object) -> str:
    answer = await phone.client.post(
        f"/api/v1/materials/{material_id}/links", json=wanted, headers=phone.headers
    )
    assert answer.status_code == 200, answer.text
    return urlsplit(answer.json()["url"]).path


async def test_it_opens_without_a_session_and_the_reading_names_its_maker(
    client: httpx.AsyncClient, phone: Phone, material_id: str
) -> None:
    shown = await phone.get(f"/{material_id}/display")
    answer = await client.get(await link_of(phone, material_id, size="display"))
    assert answer.status_code == 200
    assert answer.content == shown.content
    assert answer.headers["Cache-Control"] == "private, no-store"
    row = await db.fetch_one(
        "SELECT actor, data->>'made_by' AS made_by, data->>'audience' AS audience"
        " FROM audit_entries WHERE verb = 'material.read_by_link' AND subject = $1",
        f"material:{material_id}",
    )
    assert row == {
        "actor": "nobody",
        "made_by": f"citizen:{phone.citizen_id}",
        "audience": "image_tag",
    }


async def test_it_opens_the_size_that_it_was_made_for(
    client: httpx.AsyncClient, phone: Phone, material_id: str
) -> None:
    thumbnail = await phone.get(f"/{material_id}/thumbnail")
    answer = await client.get(await link_of(phone, material_id))
    assert answer.content == thumbnail.content


async def test_every_changed_letter_makes_it_open_nothing(
    client: httpx.AsyncClient, phone: Phone, material_id: str
) -> None:
    path = await link_of(phone, material_id)
    start = path.rindex("/") + 1
    token = path[start:]
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for at in range(len(raw)):
        changed = raw[:at] + bytes((raw[at] ^ 1,)) + raw[at + 1 :]
        forged = base64.urlsafe_b64encode(changed).decode().rstrip("=")
        answer = await client.get(path[:start] + forged)
        assert answer.status_code == 404, at
    for nonsense in ("a", "*" * 50, "A" * 5000, token[:-1], token + "AAAA", "%00", "证"):
        assert (await client.get(path[:start] + nonsense)).status_code == 404


async def test_it_ends_after_its_time(
    client: httpx.AsyncClient, phone: Phone, house: House, material_id: str
) -> None:
    path = await link_of(phone, material_id)
    house.clock.shift(timedelta(seconds=house.settings.link_seconds - 5))
    assert (await client.get(path)).status_code == 200
    house.clock.shift(timedelta(seconds=5))
    assert code_of(await client.get(path)) == "not_found"


async def test_it_ends_with_the_material(
    client: httpx.AsyncClient, phone: Phone, material_id: str
) -> None:
    path = await link_of(phone, material_id)
    assert (await phone.delete(material_id)).status_code == 204
    assert code_of(await client.get(path)) == "not_found"


async def test_revoking_ends_those_made_before_and_not_those_made_after(
    client: httpx.AsyncClient, phone: Phone, act_as: ActAs, material_id: str
) -> None:
    before = await link_of(phone, material_id)
    act = act_as()
    async with act.transaction():
        await service.revoke_links(act, [UUID(material_id)])
    assert (await client.get(before)).status_code == 404
    assert (await client.get(await link_of(phone, material_id))).status_code == 200


async def test_another_house_opens_nothing_with_it(
    client: httpx.AsyncClient, phone: Phone, house: House, material_id: str
) -> None:
    path, ours = await link_of(phone, material_id), house.keyring
    house.keyring = Keyring.parse(Keyring.new_key("other"))
    try:
        assert (await client.get(path)).status_code == 404
    finally:
        house.keyring = ours


async def test_only_the_owner_gets_one(
    client: httpx.AsyncClient, other_phone: Phone, act_as: ActAs, material_id: str
) -> None:
    path = f"/api/v1/materials/{material_id}/links"
    assert code_of(await client.post(path, json={}, headers=other_phone.headers)) == "not_found"
    assert code_of(await client.post(path, json={})) == "not_signed_in"
    with pytest.raises(NotFound):
        await service.open_link(act_as(), uuid4(), "display", "media_check")

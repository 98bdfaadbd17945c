"""`zhangban materials verify`: what is whole is told whole, and each kind of fault is found."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from app.core import db
from app.core.acts import Act
from app.core.auth import Citizen
from app.core.house import House
from app.core.privacy import Keyring
from app.materials import rules, service, verifying
from app.materials.rules import object_key

from . import odd_pictures as odd
from .conftest import Send, Stored

ActAs = Callable[..., Act]


@pytest.fixture
async def kept(owner: Citizen, stranger: Citizen, send: Send) -> list[UUID]:
    """Two pictures, one of them of two people; the names of their objects."""
    await send(owner, odd.jpeg())
    await send(stranger, odd.jpeg())
    await send(owner, odd.jpeg((70, 50)))
    return [row["stored_as"] for row in await db.fetch("SELECT stored_as FROM pictures")]


async def found(act: Act) -> set[tuple[str, UUID]]:
    return {(one.fault, one.stored_as) for one in (await verifying.verify(act)).faults}


async def test_what_is_whole_has_no_faults(act_as: ActAs, kept: list[UUID]) -> None:
    assert await verifying.verify(act_as()) == verifying.Verified(2, [])


async def test_missing_and_damaged_objects_are_found(
    act_as: ActAs, house: House, kept: list[UUID]
) -> None:
    first, second = kept
    await house.storage.delete(object_key(first, "thumbnail"))
    key = object_key(second, "display")
    sealed = bytearray(await house.storage.get(key))
    sealed[100] ^= 1
    await house.storage.put(key, bytes(sealed))
    assert await found(act_as()) == {("missing", first), ("damaged", second)}


async def test_a_picture_in_the_place_of_another_is_damage(
    act_as: ActAs, house: House, kept: list[UUID]
) -> None:
    first, second = kept
    other = await house.storage.get(object_key(second, "display"))
    await house.storage.put(object_key(first, "display"), other)
    assert await found(act_as()) == {("damaged", first)}


async def test_a_row_with_anothers_digest_is_damage(act_as: ActAs, kept: list[UUID]) -> None:
    await db.execute("DELETE FROM materials")
    await db.execute(
        "UPDATE pictures SET digest = decode(repeat('ab', 32), 'hex') WHERE stored_as = $1", kept[0]
    )
    assert await found(act_as()) == {("damaged", kept[0])}


async def test_without_its_key_everything_is_locked(
    act_as: ActAs, house: House, kept: list[UUID]
) -> None:
    ours, house.keyring = house.keyring, Keyring.parse(Keyring.new_key("other"))
    try:
        assert await found(act_as()) == {("locked", name) for name in kept}
    finally:
        house.keyring = ours


async def test_objects_without_a_row_are_found_once_they_are_old(
    act_as: ActAs, house: House, kept: list[UUID]
) -> None:
    stray = db.new_id()
    await house.storage.put(object_key(stray, "display"), b"x")
    assert await found(act_as()) == set()
    house.clock.shift(rules.ORPHAN_LIFE + timedelta(minutes=1))
    assert await found(act_as()) == {("orphan", stray)}


async def test_a_sample_looks_at_some(act_as: ActAs, kept: list[UUID], send: Send) -> None:
    assert (await verifying.verify(act_as(), sample=1e-12)).pictures == 0


async def test_after_deletion_not_even_a_backup_of_the_storage_opens_it(
    act_as: ActAs, house: House, owner: Citizen, send: Send, stored: Stored
) -> None:
    """The objects come back, the keys of the house are there, and the picture stays gone."""
    material = await send(owner, odd.jpeg())
    row = await db.fetch_one("SELECT stored_as, data_key FROM pictures")
    assert row
    backup = {key: await house.storage.get(key) for key in await stored()}
    assert len(backup) == 2
    await service.forget(act_as(owner), material.id)
    for key, sealed in backup.items():
        await house.storage.put(key, sealed)
    tables = await db.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    for table in tables:
        left = await db.fetch(
            f'SELECT 1 FROM "{table["name"]}" t WHERE position($1 IN t::text) > 0 LIMIT 1',
            bytes(row["data_key"]).hex(),
        )
        assert not left, f"its key is still in {table['name']}"
    for key, sealed in backup.items():
        for purpose in (house.keyring.open_blob, house.keyring.open):
            with pytest.raises(Exception, match=r"altered|not in the list"):
                purpose(sealed, key)
    assert await found(act_as()) == set(), "they are too young to be told as strays"

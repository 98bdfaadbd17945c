"""The trail holds, and a changed, removed or reordered entry is found."""

import asyncio
from collections.abc import Callable

import pytest
from tortoise.transactions import in_transaction

from app.core import audit, db
from app.core.acts import Act
from app.core.house import House


class UndoError(Exception):
    """Raised to undo what a test did to the trail."""


async def _breaks(house: House) -> list[audit.Break]:
    return [found async for found in audit.verify(house.keyring, batch=3)]


@pytest.fixture
async def trail(act_as: Callable[..., Act]) -> int:
    """Seven entries about one thing; gives their chain."""
    for number in range(7):
        async with act_as().transaction() as tx:
            tx.audit("thing.turned", "thing:1", number=number, said="是")
    return audit.chain_of("thing:1")


async def test_an_untouched_trail_holds(house: House, trail: int) -> None:
    assert await _breaks(house) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE audit_entries SET verb = 'thing.kept' WHERE id = $1",
        "UPDATE audit_entries SET data = '{\"number\": 99}' WHERE id = $1",
        "UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE id = $1",
        "UPDATE audit_entries SET actor = 'staff:somebody-else' WHERE id = $1",
        "DELETE FROM audit_entries WHERE id = $1",
        "UPDATE audit_entries SET seq = seq + 1000 WHERE id = $1",
        "UPDATE audit_entries a SET verb = b.verb, data = b.data, digest = b.digest"
        " FROM audit_entries b WHERE a.id = $1 AND b.chain = a.chain AND b.seq = a.seq + 1",
    ],
)
async def test_damage_is_found(house: House, trail: int, damage: str) -> None:
    middle = await db.fetch(
        "SELECT id FROM audit_entries WHERE chain = $1 ORDER BY seq DESC OFFSET 3 LIMIT 1", trail
    )
    found: list[audit.Break] = []
    with pytest.raises(UndoError):
        await _damaged(house, damage, middle[0]["id"], found)
    assert found
    assert {broken.chain for broken in found} == {trail}
    assert await _breaks(house) == []


async def _damaged(house: House, damage: str, entry_id: int, found: list[audit.Break]) -> None:
    async with in_transaction("default"):
        await db.execute("ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_stay")
        await db.execute(damage, entry_id)
        found += await _breaks(house)
        raise UndoError


async def test_cutting_off_the_end_is_found(house: House, trail: int) -> None:
    last = await db.fetch(
        "SELECT id FROM audit_entries WHERE chain = $1 ORDER BY seq DESC LIMIT 1", trail
    )
    found: list[audit.Break] = []
    with pytest.raises(UndoError):
        await _damaged(house, "DELETE FROM audit_entries WHERE id = $1", last[0]["id"], found)
    assert [broken.reason for broken in found] == ["the end of the chain does not match its head"]


async def test_the_database_itself_refuses_to_change_an_entry(house: House, trail: int) -> None:
    with pytest.raises(Exception, match="never changed or deleted"):
        await db.execute("UPDATE audit_entries SET verb = 'x' WHERE chain = $1", trail)


async def test_an_act_that_fails_leaves_no_entry(house: House, act_as: Callable[..., Act]) -> None:
    before = await db.fetch("SELECT count(*) AS n FROM audit_entries")
    with pytest.raises(UndoError):
        await _failing(act_as())
    assert await db.fetch("SELECT count(*) AS n FROM audit_entries") == before


async def _failing(act: Act) -> None:
    async with act.transaction() as tx:
        tx.audit("thing.turned", "thing:2")
        raise UndoError


async def test_many_acts_at_once_keep_every_chain_whole(
    house: House, act_as: Callable[..., Act]
) -> None:
    async def turn(number: int) -> None:
        async with act_as().transaction() as tx:
            tx.audit("thing.turned", f"thing:{number % 5}", number=number)
            tx.audit("thing.left", f"thing:{(number + 1) % 5}", number=number)

    await asyncio.gather(*(turn(number) for number in range(60)))
    assert await _breaks(house) == []

"""Rotating keys: everything is sealed under the new one, and the old one can be dropped."""

import io
from collections.abc import AsyncIterator

import pytest
from rich.console import Console

from app import keeping
from app.core import db, privacy
from app.core import reseal as sealing
from app.core.house import House
from app.core.privacy import Keyring, key_id_of
from tests.cases.builders import NAME, PHONE, Filed, World, ok

FRESH = bytes(range(32))
OUT = Console(file=io.StringIO())


@pytest.fixture
async def rotated(world: World, house: House) -> AsyncIterator[Filed]:
    """A case with photos, a certificate and an agent at the counter; then a key is put in front."""
    citizen, item = await world.citizen(), await world.with_photos()
    supplied = [{"requirement": "premises", "material_ids": [await world.photo(citizen)]}]
    case = await world.granted(owner=citizen, item=item, materials=supplied)
    paper = {"title": "许可证", "number": "1"}
    ok(await world.do("clerk", f"cases/{case.id}/issue", paper))
    old = house.keyring._keys["test"]._master
    ring = Keyring({"fresh": FRESH, "test": old})
    house.keyring = ring
    privacy.use(ring)
    yield case
    # The entries of these tests in the trail are under the new key, and must hold to the end.
    both = Keyring({"test": old, "fresh": FRESH})
    house.keyring = both
    privacy.use(both)


async def ids_in_use(columns: list[sealing.Sealed]) -> set[str]:
    found = await sealing.occurrences(columns)
    return {
        key_id
        for name, counts in found.items()
        for key_id in counts
        if not name.endswith(".key_id")
    }


@pytest.fixture
def only_fresh(house: House) -> Keyring:
    return Keyring({"fresh": FRESH})


async def test_all_of_it_opens_with_the_new_key_alone(
    world: World, house: House, rotated: Filed, only_fresh: Keyring
) -> None:
    columns = keeping.sealed_columns()
    assert await ids_in_use(columns) == {"test"}
    done = await sealing.reseal(house.keyring, columns)
    assert sum(one.done for one in done) > 10
    assert not any(one.stuck for one in done)
    assert await ids_in_use(columns) == {"fresh"}
    await sealing.reindex(house.keyring, keeping.indexed_columns())
    house.keyring = only_fresh
    privacy.use(only_fresh)
    seen = ok(await world.look("clerk", f"cases/{rotated.id}/applicant"))
    assert (seen["name"], seen["phone"]) == (NAME, PHONE)
    photo = await db.fetch_one("SELECT material_id AS id FROM case_materials")
    assert photo
    path = f"cases/{rotated.id}/materials/{photo['id']}/display"
    assert (await world.look("clerk", path)).status_code == 200
    row = await db.fetch_one("SELECT phone_index, id_number_index FROM citizens")
    assert row
    assert bytes(row["phone_index"]) == only_fresh.index(PHONE, "citizens.phone")


async def test_again_it_finds_nothing_to_do(house: House, rotated: Filed) -> None:
    columns = keeping.sealed_columns()
    await sealing.reseal(house.keyring, columns)
    assert sum(one.done for one in await sealing.reseal(house.keyring, columns)) == 0
    await sealing.reindex(house.keyring, keeping.indexed_columns())
    assert await sealing.reindex(house.keyring, keeping.indexed_columns()) == 0


async def test_cut_off_in_the_middle_it_goes_on(house: House, rotated: Filed) -> None:
    columns = keeping.sealed_columns()
    await sealing.reseal(house.keyring, columns[: len(columns) // 2])
    assert await ids_in_use(columns) == {"test", "fresh"}
    await sealing.reseal(house.keyring, columns)
    assert await ids_in_use(columns) == {"fresh"}


async def test_batches_reach_the_last_row(
    house: House, rotated: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 1)
    await sealing.reseal(house.keyring, keeping.sealed_columns())
    assert await ids_in_use(keeping.sealed_columns()) == {"fresh"}


async def test_what_is_written_meanwhile_is_not_lost(house: House, rotated: Filed) -> None:
    column = next(c for c in keeping.sealed_columns() if c.context == "cases.applicant_name")
    row = await db.fetch_one("SELECT id, applicant_name AS old FROM cases")
    assert row
    newer = house.keyring.seal("李四".encode(), column.context)
    await db.execute("UPDATE cases SET applicant_name = $2 WHERE id = $1", row["id"], newer)
    stale = house.keyring.seal("旧名".encode(), column.context)
    names = column._asdict()
    assert await sealing._change(names, [(row["id"], bytes(row["old"]), stale)]) == 0
    now = await db.fetch_one("SELECT applicant_name AS sealed FROM cases")
    assert now
    assert bytes(now["sealed"]) == newer


async def test_no_sealed_column_is_forgotten(house: House, rotated: Filed) -> None:
    """No other column holds anything that looks sealed."""
    known = {(column.table, column.column) for column in keeping.sealed_columns()}
    columns = await db.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'bytea'"
    )
    header = bytes((1, 4)) + b"test"
    looked_at = 0
    for column in columns:
        table, name = column["table_name"], column["column_name"]
        if (table, name) in known:
            continue
        looked_at += 1
        rows = await db.fetch(
            f'SELECT 1 FROM "{table}" WHERE substring("{name}" FROM 1 FOR 6) = $1 LIMIT 1', header
        )
        assert not rows, f"{table}.{name} is sealed and would keep the old key"
    assert looked_at > 5


async def test_what_does_not_open_is_told_and_left_as_it_is(house: House, rotated: Filed) -> None:
    stranger = Keyring({"gone": bytes(32)}).seal("张三".encode(), "cases.applicant_name")
    await db.execute("UPDATE cases SET applicant_name = $1", stranger)
    done = await sealing.reseal(house.keyring, keeping.sealed_columns())
    assert sum(one.stuck for one in done) == 1
    row = await db.fetch_one("SELECT applicant_name AS sealed FROM cases")
    assert row
    assert key_id_of(bytes(row["sealed"])) == "gone"


async def test_rows_that_never_change_still_refuse_every_other_change(
    world: World, rotated: Filed
) -> None:
    assert await db.fetch("SELECT 1 FROM documents")
    for change in ("title = 'x'", "holder = NULL", "digest = digest || 'x'"):
        with pytest.raises(Exception, match="never changed"):
            await db.execute(f"UPDATE documents SET {change}")
    for statement in ("UPDATE documents SET holder = holder, title = 'x'", "DELETE FROM documents"):
        with pytest.raises(Exception, match="never changed"):
            await as_sealing(world, statement)
    await as_sealing(world, "UPDATE documents SET holder = holder")


async def as_sealing(world: World, statement: str) -> None:
    async with world.act_as().transaction():
        await db.execute("SELECT set_config('zhangban.sealed_anew', 'on', true)")
        await db.execute(statement)


async def test_the_commands_say_what_they_did(
    world: World, house: House, rotated: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = world.act_as()
    assert await keeping.reseal(act, OUT) is None
    free = await keeping.unused(act, OUT)
    assert free == [], "the trail was signed with the old key, and stays so"
    await keeping.erase_old(act, OUT, dry_run=True)
    assert await keeping.verify_materials(act, 1.0, OUT) is None
    said = OUT.file.getvalue()  # type: ignore[attr-defined]
    assert "audit_entries.key_id" in said
    assert "all of them whole" in said

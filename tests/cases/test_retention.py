"""What is left of a case when its time is over, and what keeps it longer."""

from datetime import timedelta
from typing import Any

import pytest

from app.cases import retention
from app.catalog.guide import Requirement
from app.core import db
from app.core.errors import NotFound
from app.materials import service as materials
from tests.cases.builders import NAME, PHONE, Filed, World, ok
from tests.cases.promised import PLEDGED, RULES, item_of

KEPT_FOR = timedelta(days=1_827)
HALF_A_YEAR = timedelta(days=180)


@pytest.fixture
async def over(world: World) -> Filed:
    """A case with two photos that its applicant withdrew."""
    citizen, item = await world.citizen(), await world.with_photos()
    photos = [await world.photo(citizen) for _ in range(2)]
    supplied = [{"requirement": "premises", "material_ids": photos}]
    case = await world.filed(citizen, item, materials=supplied)
    ok(await world.mine(case, "withdraw"))
    return case


async def erase(world: World, **how: Any) -> retention.Erased:
    return await retention.erase_due(world.act_as(), **how)


async def count(table: str) -> int:
    row = await db.fetch_one(f"SELECT count(*) AS n FROM {table}")
    assert row
    return row["n"]


async def row_of(case: Filed) -> dict[str, Any]:
    row = await db.fetch_one("SELECT * FROM cases WHERE id = $1", case.id)
    assert row
    return row


async def test_until_its_time_is_over_nothing_goes(world: World, over: Filed) -> None:
    world.house.clock.shift(KEPT_FOR - timedelta(minutes=1))
    assert await erase(world) == (0, 0, 0)
    assert await count("materials") == 2


async def test_then_photos_and_personal_data_go_and_the_case_stays(
    world: World, over: Filed
) -> None:
    before = [key async for key, _ in world.house.storage.list("photos")]
    world.house.clock.shift(KEPT_FOR + timedelta(minutes=1))
    assert await erase(world) == (1, 2, 0)
    assert await count("materials") + await count("pictures") + await count("case_materials") == 0
    left = [key async for key, _ in world.house.storage.list("photos")]
    assert len(before) - len(left) == 4
    row = await row_of(over)
    opened = {
        name: world.house.keyring.open(row[name], f"cases.{name}").decode()
        for name in ("applicant_name", "applicant_phone", "applicant_id_number", "form")
    }
    assert opened == {
        "applicant_name": "已删除",
        "applicant_phone": "",
        "applicant_id_number": "",
        "form": "{}",
    }
    assert row["number"] == over.number
    assert row["state"] == "withdrawn"
    assert await erase(world) == (0, 0, 0), "it is done once"


async def test_the_case_can_still_be_seen_by_its_applicant_and_the_desk(
    world: World, over: Filed
) -> None:
    world.house.clock.shift(KEPT_FOR + timedelta(minutes=1))
    await erase(world)
    world._staff.clear()
    owner = await world.citizen()
    seen = ok(await world.client.get(f"/api/v1/cases/{over.id}", headers=owner.headers))
    assert seen["number"] == over.number
    desk = ok(await world.look("clerk", f"cases/{over.id}"))
    said = str(seen) + str(desk)
    assert NAME not in said
    assert PHONE not in said


async def test_a_dry_run_counts_and_changes_nothing(world: World, over: Filed) -> None:
    world.house.clock.shift(KEPT_FOR + timedelta(minutes=1))
    before = await row_of(over)
    assert await erase(world, dry_run=True) == (1, 2, 0)
    assert await row_of(over) == before
    assert await count("materials") == 2
    assert await erase(world) == (1, 2, 0), "the counts were right"


async def test_what_another_case_still_needs_stays(world: World) -> None:
    citizen, item = await world.citizen(), await world.with_photos()
    shared = await world.photo(citizen)
    supplied = [{"requirement": "premises", "material_ids": [shared]}]
    first = await world.filed(citizen, item, materials=supplied)
    ok(await world.mine(first, "withdraw"))
    await world.filed(citizen, item, materials=supplied)
    world.house.clock.shift(KEPT_FOR + timedelta(minutes=1))
    assert await erase(world, dry_run=True) == (1, 0, 0)
    assert await erase(world) == (1, 0, 0)
    assert await count("materials") == 1


async def test_a_holding_that_is_valid_keeps_its_photo_and_one_that_is_over_does_not(
    world: World,
) -> None:
    citizen = await world.citizen()
    days = 1_827 + 360
    lasting = Requirement(code="premises", name="经营场所照片", valid_days=days)
    item = await world.item("LASTING", guide={"materials": (lasting,)})
    supplied = [{"requirement": "premises", "material_ids": [await world.photo(citizen)]}]
    case = await world.accepted(owner=citizen, item=item, materials=supplied)
    assert await count("holding_materials") == 1
    await db.execute(
        "UPDATE cases SET state = 'terminated', closed_at = $2 WHERE id = $1",
        case.id,
        world.act_as().at,
    )
    world.house.clock.shift(KEPT_FOR + timedelta(days=1))
    assert await erase(world, dry_run=True) == (1, 0, 0)
    await db.execute("UPDATE cases SET closed_at = closed_at + interval '1 year'")
    world.house.clock.shift(timedelta(days=400))
    assert await erase(world, dry_run=True) == (1, 1, 0)
    assert await erase(world) == (1, 1, 0)
    assert await count("holding_materials") == 0
    assert await count("holdings") == 1, "that it was there is still told"


async def test_a_pledge_that_is_to_be_checked_holds_the_case(world: World) -> None:
    case = await world.filed(item=await item_of(world, RULES), **PLEDGED)
    await db.execute(
        "UPDATE cases SET state = 'withdrawn', closed_at = $2 WHERE id = $1",
        case.id,
        world.act_as().at,
    )
    world.house.clock.shift(KEPT_FOR + timedelta(minutes=1))
    assert await erase(world, dry_run=True) == (0, 0, 1)
    assert await erase(world) == (0, 0, 1)
    await db.execute("UPDATE case_pledges SET state = 'ended'")
    assert (await erase(world)).cases == 1


async def test_what_another_feature_says_is_open_holds_the_case(world: World, over: Filed) -> None:
    world.house.clock.shift(KEPT_FOR + timedelta(minutes=1))
    before, asked = world.house.part(materials.Holds), []

    async def open_appeal(subjects: Any) -> set[str]:
        asked.extend(subjects)
        return {f"case:{over.number}"}

    world.house.put(materials.Holds((open_appeal,)))
    try:
        assert await erase(world) == (0, 0, 1)
    finally:
        world.house.put(before)
    assert asked == [f"case:{over.number}"]
    assert await erase(world) == (1, 2, 0)


async def test_the_job_leaves_an_entry_and_no_link_opens_a_photo_afterwards(
    world: World, over: Filed
) -> None:
    world.house.clock.shift(KEPT_FOR + timedelta(minutes=1))
    row = await db.fetch_one("SELECT material_id AS id FROM case_materials LIMIT 1")
    assert row
    url = await materials.open_link(world.act_as(), row["id"], "display", "test")
    assert (await world.client.get(url.partition("8000")[2] or url)).status_code == 200
    await retention.erase_all(world.act_as())
    assert (await world.client.get(url.partition("8000")[2] or url)).status_code == 404
    with pytest.raises(NotFound):
        await materials.content(world.act_as(), row["id"], "display")
    entries = await db.fetch(
        "SELECT verb FROM audit_entries WHERE subject IN ($1, 'cases') AND at > $2",
        f"case:{over.number}",
        world.act_as().at - HALF_A_YEAR,
    )
    assert {"case.erased", "retention.ran"} <= {entry["verb"] for entry in entries}

"""Importing a catalogue: all or nothing, repeatable, and never undoing what people did."""

from collections.abc import Callable
from pathlib import Path
from time import process_time
from uuid import UUID

import pytest

from app.catalog import service, views
from app.catalog.schemas import ItemQuery, VersionIn
from app.core import db
from app.core.acts import Act
from app.core.auth import Staff
from app.core.errors import Forbidden, NotFound
from tests.catalog.makers import content, csv_file, csv_row
from tests.places import Place

ActAs = Callable[..., Act]


async def names(hall_id: UUID) -> dict[str, int]:
    """Version numbers of what the hall publishes, by name."""
    shown = await views.listed(ItemQuery(hall_id=hall_id, limit=100))
    return {row.name: row.version_number for row in shown.items}


async def item_named(hall_id: UUID, name: str) -> UUID:
    best, *_ = (await views.listed(ItemQuery(hall_id=hall_id, q=name))).items
    return best.id


def counts(result: service.ImportResult) -> tuple[int, int, int]:
    return result.added, result.changed, result.unchanged


async def test_a_file_is_published_and_its_departments_added(
    act_as: ActAs, place: Place, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, csv_row("A-1"), csv_row("A-2", "护照签发", "公安局", "20"))
    result = await service.import_file(act_as(), place.hall_id, path)
    assert counts(result) == (2, 0, 0)
    found = await service.published(await item_named(place.hall_id, "护照"))
    assert (found.department_name, found.kind, found.version_number) == ("公安局", "公共服务", 1)
    assert (found.promised_days, found.limits_given) == (20, False)
    (stage,) = found.stages
    (part,) = stage.parts
    assert (part.department_id, part.days) == (found.department_id, 20)
    water = await service.published(await item_named(place.hall_id, "取水"))
    assert water.department_id == place.departments["water"]


async def test_repeating_an_import_changes_nothing(
    act_as: ActAs, place: Place, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, csv_row("A-1"), csv_row("A-2", "护照签发", "公安局", "20"))
    await service.import_file(act_as(), place.hall_id, path)
    assert counts(await service.import_file(act_as(), place.hall_id, path)) == (0, 0, 2)
    assert await names(place.hall_id) == {"取水许可": 1, "护照签发": 1}


async def test_a_changed_row_becomes_a_new_version_and_the_old_one_stays(
    act_as: ActAs, place: Place, tmp_path: Path
) -> None:
    await service.import_file(act_as(), place.hall_id, csv_file(tmp_path, csv_row("A-1")))
    before = await service.published(await item_named(place.hall_id, "取水"))
    changed = csv_file(tmp_path, csv_row("A-1", "取水许可（新办）", "自然资源局"))
    assert counts(await service.import_file(act_as(), place.hall_id, changed)) == (0, 1, 0)
    after = await service.published(before.item_id)
    assert (after.name, after.department_name, after.version_number) == (
        "取水许可（新办）",
        "自然资源局",
        2,
    )
    old = await service.version(before.version_id)
    assert (old.name, old.department_name, old.state) == ("取水许可", "水利局", "withdrawn")


async def test_one_bad_row_keeps_the_whole_file_out(
    act_as: ActAs, place: Place, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, csv_row("A-1", department="新局"), csv_row(""), csv_row("A-3", ""))
    with pytest.raises(service.CatalogInvalid) as caught:
        await service.import_file(act_as(), place.hall_id, path)
    assert caught.value.extra["errors"] == [
        {"row": 3, "column": "D", "message": "第 3 行 D 列：缺少实施编码。"},
        {"row": 4, "column": "C", "message": "第 4 行 C 列：缺少事项名称。"},
    ]
    assert await names(place.hall_id) == {}
    assert await db.fetch("SELECT 1 FROM departments WHERE name = '新局'") == []


async def test_a_dry_run_counts_and_writes_nothing(
    act_as: ActAs, place: Place, tmp_path: Path
) -> None:
    await service.import_file(act_as(), place.hall_id, csv_file(tmp_path, csv_row("A-1")))
    path = csv_file(tmp_path, csv_row("A-1", "取水许可（新办）"), csv_row("A-2", "新事项", "新局"))
    result = await service.import_file(act_as(), place.hall_id, path, dry_run=True)
    assert (counts(result), result.dry_run) == ((1, 1, 0), True)
    assert await names(place.hall_id) == {"取水许可": 1}
    assert await db.fetch("SELECT 1 FROM departments WHERE name = '新局'") == []
    assert counts(await service.import_file(act_as(), place.hall_id, path)) == (1, 1, 0)


async def test_an_import_keeps_the_guide_that_staff_wrote(
    act_as: ActAs, place: Place, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, csv_row("A-1"))
    await service.import_file(act_as(), place.hall_id, path)
    item_id = await item_named(place.hall_id, "取水")
    await service.add_version(
        act_as(), item_id, VersionIn(content=content(promised_days=5, limits_given=True))
    )
    changed = csv_file(tmp_path, csv_row("A-1", "取水许可（新办）"))
    await service.import_file(act_as(), place.hall_id, changed)
    found = await service.published(item_id)
    assert (found.name, found.promised_days, found.version_number) == ("取水许可（新办）", 5, 3)


async def test_an_import_leaves_withdrawn_items_withdrawn_and_says_so(
    act_as: ActAs, place: Place, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, csv_row("A-1"))
    await service.import_file(act_as(), place.hall_id, path)
    await service.withdraw(act_as(), await item_named(place.hall_id, "取水"), "暂停办理")
    result = await service.import_file(act_as(), place.hall_id, path)
    assert (counts(result), result.left_withdrawn) == ((0, 0, 0), 1)
    assert await names(place.hall_id) == {}


async def test_a_whole_catalogue_goes_in_within_seconds_and_tells_its_progress(
    act_as: ActAs, place: Place, tmp_path: Path
) -> None:
    rows = [csv_row(f"51A{n:07d}-000-1", f"事项{n}", f"部门{n % 34}") for n in range(1135)]
    told: list[tuple[int, int]] = []
    began = process_time()  # of this process: others may have a lot to do
    result = await service.import_file(
        act_as(),
        place.hall_id,
        csv_file(tmp_path, *rows),
        progress=lambda done, total: told.append((done, total)),
    )
    assert process_time() - began < 10
    assert counts(result) == (1135, 0, 0)
    assert told == sorted(told)
    assert told[-1] == (1135, 1135)
    assert len(told) > 3
    assert (await views.facets(place.hall_id)).total == 1135


async def test_an_import_leaves_one_entry_in_the_trail(
    act_as: ActAs, place: Place, tmp_path: Path
) -> None:
    await service.import_file(act_as(), place.hall_id, csv_file(tmp_path, csv_row("A-1")))
    rows = await db.fetch(
        "SELECT data::text AS data FROM audit_entries"
        " WHERE verb = 'catalog.imported' AND hall_id = $1",
        place.hall_id,
    )
    assert len(rows) == 1
    assert '"added": 1' in rows[0]["data"]


async def test_a_missing_file_and_a_missing_hall_are_told(
    act_as: ActAs, place: Place, tmp_path: Path
) -> None:
    with pytest.raises(service.FileUnreadable):
        await service.import_file(act_as(), place.hall_id, tmp_path / "none.csv")
    with pytest.raises(NotFound):
        await service.import_file(act_as(), db.new_id(), csv_file(tmp_path, csv_row("A-1")))


@pytest.mark.parametrize("name", ["clerk", "manager", "far_admin"])
async def test_only_an_administrator_of_the_hall_imports(
    act_as: ActAs, place: Place, tmp_path: Path, name: str
) -> None:
    actor: Staff = await place.actor(act_as(), name)
    with pytest.raises(Forbidden):
        await service.import_file(act_as(actor), place.hall_id, csv_file(tmp_path, csv_row("A-1")))


async def test_the_demonstration_catalogue_is_published_once(act_as: ActAs, place: Place) -> None:
    first = await service.load_demo(act_as(), place.hall_id)
    again = await service.load_demo(act_as(), place.hall_id)
    assert first.added == again.unchanged >= 40
    assert (again.added, again.changed) == (0, 0)
    bundles = (await views.listed(ItemQuery(hall_id=place.hall_id, bundle=True))).items
    assert len(bundles) == 8
    for bundle in bundles:
        shown = await views.shown(bundle.id)
        assert all(member.id and member.name for member in shown.members)
        assert len(shown.fees) == len(shown.members)
    offered = await service.published(await item_named(place.hall_id, "开餐馆一件事"))
    assert [part.department_name for part in offered.stages[1].parts] == [
        "市场监管局",
        "消防救援大队",
        "城市管理局",
    ]
    assert offered.stages[1].parts[1].department_id == place.departments["fire"]

"""The demonstration catalogue is complete: what a county would show on the phone."""

from importlib import resources

import pytest

from app.catalog import demo
from app.catalog.importer import Entry, read_file
from app.catalog.rules import content_problems
from app.catalog.versions import problems


def _entries() -> dict[str, Entry]:
    files = [file for file in resources.files(demo).iterdir() if file.name.endswith(".json")]
    found = {file.name: read_file(file.read_bytes(), is_json=True) for file in files}
    assert [read.faults for read in found.values() if read.faults] == []
    return {name: read.entries[0] for name, read in found.items()}


ENTRIES = _entries()


def test_it_has_the_items_of_a_county_and_one_bundle() -> None:
    names = " ".join(entry.given["name"] for entry in ENTRIES.values())
    wanted = (
        "烟花爆竹经营（零售）许可 取水许可 道路普通货物运输经营许可 食品小作坊登记 小餐饮登记 "
        "食品经营许可（新办） 个体工商户设立登记 个体工商户变更登记 个体工商户注销登记 "
        "公共场所卫生许可 户外广告 动物防疫条件合格证 高龄津贴 残疾人证 开餐馆一件事"
    )
    assert [name for name in wanted.split() if name not in names] == []
    assert [name for name, entry in ENTRIES.items() if entry.bundle] == ["bundle-restaurant.json"]
    assert len({entry.code for entry in ENTRIES.values()}) == len(ENTRIES)
    assert all(len(entry.code) == 31 for entry in ENTRIES.values())


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_every_item_tells_an_applicant_everything(name: str) -> None:
    entry = ENTRIES[name]
    content = entry.content(None)
    guide = content.guide
    assert problems(content, bundle=entry.bundle) == []
    assert content_problems(content, bundle=entry.bundle) == []
    assert content.limits_given
    assert content.promised_days < content.legal_days
    assert content.on_phone
    assert all(basis.law and basis.text for basis in guide.basis)
    assert guide.basis
    assert guide.conditions
    assert len(guide.steps) >= 4
    assert guide.results
    assert guide.window
    assert guide.advice_phone
    assert len(guide.materials) >= 3
    assert any(requirement.required for requirement in guide.materials)
    assert 5 <= len(guide.form["properties"]) <= 14
    assert guide.form["required"]


def test_the_bundle_is_reviewed_by_three_departments_at_once() -> None:
    entry = ENTRIES["bundle-restaurant.json"]
    guide = entry.content(None).guide
    first, second = guide.stages
    assert [part.department for part in first.departments] == ["市场监管局"]
    assert [part.department for part in second.departments] == [
        "市场监管局",
        "消防救援大队",
        "城市管理局",
    ]
    assert set(guide.members) < {other.code for other in ENTRIES.values()}
    assert sum(requirement.required for requirement in guide.materials) >= 5
    assert [r.code for r in guide.materials if r.deferrable] == ["health"]

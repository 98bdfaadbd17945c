"""The demonstration catalogue is complete: what a county would show on the phone."""

from importlib import resources

import pytest

from app.catalog import demo
from app.catalog.entries import Entry
from app.catalog.form_rules import form_problems
from app.catalog.guide import Guide
from app.catalog.importer import read_file
from app.catalog.rules import content_problems
from app.catalog.situations import decide
from app.catalog.versions import problems
from tests.catalog.situated import every_situation


def _entries() -> dict[str, Entry]:
    files = [file for file in resources.files(demo).iterdir() if file.name.endswith(".json")]
    found = {file.name: read_file(file.read_bytes(), is_json=True) for file in files}
    assert [read.faults for read in found.values() if read.faults] == []
    return {name: read.entries[0] for name, read in found.items()}


ENTRIES = _entries()
BUNDLES = sorted(name for name, entry in ENTRIES.items() if entry.bundle)
CONSTRUCTION = [name for name in BUNDLES if name.startswith("construction-")]


def guide_of(name: str) -> Guide:
    return ENTRIES[name].content(None).guide


def test_it_has_the_items_of_a_county_and_its_bundles() -> None:
    names = " ".join(entry.given["name"] for entry in ENTRIES.values())
    wanted = (
        "烟花爆竹经营（零售）许可 取水许可 道路普通货物运输经营许可 食品小作坊登记 小餐饮登记 "
        "食品经营许可（新办） 个体工商户设立登记 个体工商户变更登记 个体工商户注销登记 "
        "公共场所卫生许可 户外广告 动物防疫条件合格证 高龄津贴 残疾人证 开餐馆一件事 开药店一件事 "
        "开超市一件事 开网店一件事 立项用地规划许可阶段 工程建设许可阶段 施工许可阶段 竣工验收阶段"
    )
    assert [name for name in wanted.split() if name not in names] == []
    assert len(BUNDLES) == 8
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


def test_opening_a_restaurant_is_reviewed_by_three_departments_at_once() -> None:
    guide = guide_of("bundle-restaurant.json")
    answers = {"cooking": ["here"], "size": ["large"], "sign": ["yes"]}
    found = decide(guide, answers).guide
    first, second = found.stages
    assert [part.department for part in first.departments] == ["市场监管局"]
    assert [(part.department, part.overdue_agrees) for part in second.departments] == [
        ("市场监管局", False),
        ("消防救援大队", False),
        ("城市管理局", True),
    ]
    assert second.lead == "市场监管局"
    assert sum(r.required and not r.waived for r in found.materials) >= 5
    assert [r.code for r in found.materials if r.deferrable] == ["health"]
    assert all(r.pledge_text for r in found.materials if r.pledge)


def test_a_restaurant_that_neither_cooks_nor_hangs_a_sign_is_asked_for_less() -> None:
    guide = guide_of("bundle-restaurant.json")
    plain = decide(guide, {"cooking": ["central"], "size": ["small"], "sign": ["no"]}).guide
    assert {r.code for r in guide.materials} - {r.code for r in plain.materials} == {
        "kitchen_plan",
        "evacuation",
        "sign_effect",
    }
    gone = {"kitchen_area", "fuel", "gas_alarm", "sign_length", "sign_height"}
    assert guide.form["properties"].keys() - plain.form["properties"].keys() == gone
    assert "城市管理局" not in [part.department for part in plain.stages[1].departments]


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_joins_items_that_are_there_and_can_be_followed_in_every_situation(
    name: str,
) -> None:
    guide = guide_of(name)
    assert set(guide.members) <= {e.code for e in ENTRIES.values() if not e.bundle}
    assert len(guide.situations) >= 2
    assert all(stage.lead for stage in guide.stages if len(stage.departments) > 1)
    for chosen in every_situation(guide):
        found = decide(guide, {code: sorted(picked) for code, picked in chosen.items()})
        assert found.complete
        assert form_problems(found.guide.form) == []
        assert found.guide.form["required"]
        assert sum(r.required and not r.waived for r in found.guide.materials) >= 3


@pytest.mark.parametrize("name", BUNDLES)
def test_every_question_of_a_bundle_makes_a_difference(name: str) -> None:
    guide = guide_of(name)
    every = [
        decide(guide, {code: sorted(picked) for code, picked in chosen.items()})
        for chosen in every_situation(guide)
    ]
    for question in guide.situations:
        outcomes: dict[str, set[str]] = {}
        for found in every:
            others = {c: a for c, a in found.answers.items() if c != question.code}
            outcomes.setdefault(str(others), set()).add(str(found.guide))
        assert any(len(different) > 1 for different in outcomes.values()), question.text


def test_construction_has_four_stages_with_a_joint_visit_and_a_joint_acceptance() -> None:
    joint = [{stage.joint for stage in guide_of(name).stages} for name in CONSTRUCTION]
    assert len(CONSTRUCTION) == 4
    assert "site_visit" in joint[0]
    assert "acceptance" in joint[3]
    absent = [
        part.department
        for name in CONSTRUCTION
        for stage in guide_of(name).stages
        for part in stage.departments
        if part.absent_agrees
    ]
    assert absent == ["水利局", "农业农村局", "人民防空办公室"]

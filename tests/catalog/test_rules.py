"""What makes an item sound, which materials must be there, and what a search means."""

from typing import Any

import pytest

from app.catalog.guide import (
    CaseType,
    Guide,
    Kind,
    Requirement,
    ServedObject,
    StagePart,
    StagePlan,
)
from app.catalog.rules import (
    MaterialRefused,
    MaterialsMissing,
    check_formats,
    check_materials,
    content_problems,
    material_type,
    search_text,
)
from tests.catalog.makers import content

LIST = Guide(
    materials=(
        Requirement(code="photos", name="场所照片", max_photos=3),
        Requirement(code="health", name="健康证明", deferrable=True),
        Requirement(code="rules", name="管理制度", pledge=True),
        Requirement(code="licence", name="营业执照", waived=True),
        Requirement(code="other", name="其他材料", required=False),
    )
)
ALL = {"photos": 1, "health": 1, "rules": 1}


def test_everything_required_is_enough() -> None:
    check_materials(LIST, ALL)
    check_materials(LIST, ALL | {"licence": 1, "other": 5, "photos": 3})


def test_what_is_missing_is_named_all_at_once() -> None:
    with pytest.raises(MaterialsMissing) as caught:
        check_materials(LIST, {"photos": 0})
    assert caught.value.extra["missing"] == ["场所照片", "健康证明", "管理制度"]
    assert caught.value.code == "catalog.materials_missing"
    assert caught.value.status == 422


@pytest.mark.parametrize(
    ("formats", "taken"),
    [(("photo",), {"photo"}), (("pdf",), {"pdf"}), (("pdf", "photo"), {"photo", "pdf"})],
)
def test_a_line_takes_the_kinds_of_files_that_it_says(
    formats: tuple[str, ...], taken: set[str]
) -> None:
    guide = Guide(materials=(Requirement(code="a", name="合同", formats=formats),))
    for kind in ("photo", "pdf"):
        if kind in taken:
            check_formats(guide, {"a": {kind}})
        else:
            with pytest.raises(MaterialRefused, match="“合同”请提交"):
                check_formats(guide, {"a": {kind}})


def test_a_deferrable_material_may_be_promised_and_a_pledge_may_replace_one() -> None:
    check_materials(LIST, {"photos": 1}, deferred={"health"}, pledged={"rules"})


@pytest.mark.parametrize(
    ("supplied", "promised"),
    [
        (ALL | {"photos": 4}, {}),
        (ALL | {"unknown": 1}, {}),
        (ALL, {"deferred": {"rules"}}),
        (ALL, {"pledged": {"health"}}),
        (ALL, {"deferred": {"unknown"}}),
    ],
)
def test_what_the_list_does_not_allow_is_refused(
    supplied: dict[str, int], promised: dict[str, Any]
) -> None:
    with pytest.raises(MaterialRefused):
        check_materials(LIST, supplied, **promised)


def _stages(*days: int) -> Guide:
    return Guide(
        stages=tuple(
            StagePlan(name=f"第{n}步", departments=(StagePart(department="水利局", days=d),))
            for n, d in enumerate(days)
        )
    )


def test_a_plain_item_is_sound() -> None:
    assert content_problems(content(), bundle=False) == []
    assert content_problems(content(guide=_stages(5, 15)), bundle=False) == []


@pytest.mark.parametrize(
    ("given_content", "says"),
    [
        (content(legal_days=5, promised_days=6), "不能超过法定时限"),
        (content(case_type=CaseType.INSTANT, promised_days=2), "即办件"),
        (content(served_objects=(ServedObject.LEGAL, ServedObject.LEGAL)), "服务对象重复"),
        (content(guide=_stages(10, 11)), "环节时限合计 21"),
        (content(guide=Guide(members=("A", "B"))), "只有“一件事”"),
        (
            content(guide=Guide(materials=(Requirement(code="a", name="甲"),) * 2)),
            "材料编号“a”重复",
        ),
        (
            content(
                guide=Guide(materials=(Requirement(code="a", name="甲", waived=True, pledge=True),))
            ),
            "免提交",
        ),
    ],
)
def test_an_item_that_contradicts_itself_is_told_why(given_content: Any, says: str) -> None:
    problems = content_problems(given_content, bundle=False)
    assert len(problems) == 1
    assert says in problems[0]


def test_a_bundle_joins_at_least_two_items_in_planned_stages() -> None:
    assert len(content_problems(content(), bundle=True)) == 2
    guide = Guide(members=("A", "B"), stages=_stages(5).stages)
    assert content_problems(content(guide=guide), bundle=True) == []


def test_departments_of_one_stage_work_at_once_so_only_the_longest_counts() -> None:
    parts = tuple(StagePart(department=name, days=20) for name in ("甲局", "乙局", "丙局"))
    guide = Guide(stages=(StagePlan(name="并联", departments=parts),))
    assert content_problems(content(guide=guide), bundle=False) == []


def test_each_kind_has_its_national_code_and_label() -> None:
    assert {kind.value: kind.label for kind in Kind} == {
        1: "行政许可",
        5: "行政给付",
        7: "行政确认",
        8: "行政奖励",
        9: "行政裁决",
        10: "其他行政权力",
        20: "公共服务",
    }


def test_what_is_searched_in_is_of_one_case_and_width() -> None:
    text = search_text(content(name="食品（含保健食品）经营"), "511A-01", "市监局")
    assert "511a-01" in text
    assert "(含保健食品)" in text


def _bundle(*stages: StagePlan) -> Any:
    return content(guide=Guide(members=("A", "B"), stages=stages), promised_days=20)


def _parts(*names: str, **given: bool) -> tuple[StagePart, ...]:
    return tuple(StagePart(department=name, days=1, **given) for name in names)


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        (StagePlan(name="审", departments=_parts("甲局", "甲局")), "同一部门出现了两次"),
        (StagePlan(name="审", departments=_parts("甲局"), lead="乙局"), "牵头部门“乙局”不在"),
        (StagePlan(name="审", departments=_parts("甲局"), joint="site_visit"), "只有一个部门"),
    ],
)
def test_an_unsound_stage_of_a_bundle_is_told(stage: StagePlan, says: str) -> None:
    (problem,) = content_problems(_bundle(stage), bundle=True)
    assert says in problem


def test_a_bundle_may_say_who_leads_and_what_silence_and_absence_mean() -> None:
    departments = _parts("甲局", "乙局", overdue_agrees=True, absent_agrees=True)
    stage = StagePlan(name="验收", departments=departments, lead="乙局", joint="acceptance")
    assert content_problems(_bundle(stage), bundle=True) == []


@pytest.mark.parametrize("word", ["overdue_agrees", "absent_agrees"])
def test_silence_and_absence_mean_nothing_outside_of_a_bundle(word: str) -> None:
    stage = StagePlan(name="审", departments=_parts("甲局", **{word: True}))
    (problem,) = content_problems(content(guide=Guide(stages=(stage,))), bundle=False)
    assert "只有“一件事”才能设置超时默认或缺席默认" in problem


def test_a_pledge_is_worded_only_where_one_can_be_given() -> None:
    worded = Requirement(code="a", name="甲", pledge_text="承诺属实。")
    (problem,) = content_problems(content(guide=Guide(materials=(worded,))), bundle=False)
    assert "不应写承诺内容" in problem


def test_a_material_without_a_type_is_of_the_type_of_its_name() -> None:
    assert material_type(Requirement(code="a", name="营业执照（ＡＢ）")) == "营业执照(ab)"
    assert material_type(Requirement(code="a", name="执照", type="营业执照")) == "营业执照"

"""Situations: the same answers always give the same form, materials and stages, told once."""

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.form_rules import form_problems
from app.catalog.forms import FormProblem, check_form
from app.catalog.guide import Guide, Requirement, StagePart, StagePlan
from app.catalog.questions import AllOf, Choice, Not, Question, holds
from app.catalog.situation_rules import MOST_SITUATIONS, planned_days, situation_problems
from app.catalog.situations import SituationProblem, decide, require_complete
from tests.catalog.makers import form, with_form
from tests.catalog.situated import (
    Given,
    answers_to,
    as_content,
    asked,
    every_situation,
    guides,
    yes,
)

YES = Choice(code="a", text="是")
RESTAURANT = Guide(
    situations=(
        asked("cooks"),
        asked("sign"),
        asked("lit", when=yes("sign", "a")),
        asked("extras", kind="many", choices=3),
    ),
    materials=(
        Requirement(code="premises", name="场所证明"),
        Requirement(code="kitchen", name="厨房布局图", when=yes("cooks", "a")),
        Requirement(code="effect", name="招牌效果图", when=yes("sign", "a")),
        Requirement(code="light", name="亮化方案", when=yes("lit", "a")),
        Requirement(code="either", name="专间照片", when=yes("extras", "a", "b")),
    ),
    stages=(
        StagePlan(name="登记", departments=(StagePart(department="市场监管局", days=1),)),
        StagePlan(
            name="并联审批",
            lead="城市管理局",
            departments=(
                StagePart(department="市场监管局", days=3, when=yes("cooks", "a")),
                StagePart(department="城市管理局", days=5, when=yes("sign", "a")),
            ),
        ),
    ),
)


def codes(guide: Guide) -> list[str]:
    return [requirement.code for requirement in guide.materials]


def test_the_answers_decide_materials_departments_and_stages() -> None:
    plain = decide(RESTAURANT, {"cooks": ["b"], "sign": ["b"], "extras": []})
    assert plain.complete
    assert codes(plain.guide) == ["premises"]
    assert [stage.name for stage in plain.guide.stages] == ["登记"]
    full = decide(RESTAURANT, {"cooks": ["a"], "sign": ["a"], "lit": ["a"], "extras": ["b"]})
    assert codes(full.guide) == ["premises", "kitchen", "effect", "light", "either"]
    assert full.stages == ((0, (0,)), (1, (0, 1)))
    assert full.guide.stages[1].lead == "城市管理局"


def test_where_the_lead_takes_no_part_the_first_that_is_left_leads() -> None:
    found = decide(RESTAURANT, {"cooks": ["a"], "sign": ["b"], "extras": []})
    (part,) = found.guide.stages[1].departments
    assert (part.department, found.guide.stages[1].lead) == ("市场监管局", None)


def test_questions_are_asked_one_after_the_other() -> None:
    first = decide(RESTAURANT, {})
    assert [q.code for q in first.questions] == ["cooks", "sign", "extras"]
    assert (first.unanswered, first.complete) == (("cooks", "sign", "extras"), False)
    then = decide(RESTAURANT, {"cooks": ["b"], "sign": ["a"], "extras": []})
    assert then.unanswered == ("lit",)


def test_what_depends_on_a_question_that_waits_waits_too() -> None:
    guide = Guide(
        situations=(
            asked("a"),
            asked("b", when=yes("a", "a")),
            asked("c", when=Not(that=yes("b", "a"))),
        )
    )
    assert [q.code for q in decide(guide, {}).questions] == ["a"]
    assert [q.code for q in decide(guide, {"a": ["b"]}).questions] == ["a", "c"]


def test_an_answer_to_a_question_that_does_not_apply_counts_for_nothing() -> None:
    answers = {"cooks": ["a"], "sign": ["b"], "lit": ["a"], "extras": ["c"]}
    found = decide(RESTAURANT, answers)
    assert "lit" not in found.answers
    assert "light" not in codes(found.guide)


@pytest.mark.parametrize(
    ("answers", "question", "says"),
    [
        ({"cooking": ["a"]}, "cooking", "没有这个问题"),
        ({"cooks": ["x"]}, "cooks", "没有这个选项"),
        ({"cooks": ["a", "b"]}, "cooks", "只能选一项"),
    ],
)
def test_unknown_questions_and_choices_are_refused(
    answers: Given, question: str, says: str
) -> None:
    with pytest.raises(SituationProblem, match=says) as caught:
        decide(RESTAURANT, answers)
    assert [error["question"] for error in caught.value.extra["errors"]] == [question]


def test_every_missing_answer_is_told_at_once() -> None:
    with pytest.raises(SituationProblem) as caught:
        require_complete(decide(RESTAURANT, {"cooks": []}))
    missing = [error["question"] for error in caught.value.extra["errors"]]
    assert missing == ["cooks", "sign", "extras"]


@given(st.data())
def test_the_same_answers_always_give_the_same(data: st.DataObject) -> None:
    guide = data.draw(guides())
    answers = data.draw(answers_to(guide))
    mixed = [(code, random.sample(chosen, len(chosen)) * 2) for code, chosen in answers.items()]
    random.shuffle(mixed)
    once = decide(guide, answers)
    assert once == decide(guide, dict(mixed))
    assert once.complete
    assert once == decide(guide, once.answers), "the answers that count are all that counts"


@given(st.data())
def test_step_by_step_ends_where_all_at_once_does(data: st.DataObject) -> None:
    guide = data.draw(guides())
    answers = data.draw(answers_to(guide))
    said: Given = {}
    for _ in guide.situations:
        step = decide(guide, said)
        if step.complete:
            break
        said[step.unanswered[0]] = answers[step.unanswered[0]]
    assert decide(guide, said) == decide(guide, answers)
    assert decide(guide, said).complete


@given(st.data())
def test_exactly_what_applies_is_left(data: st.DataObject) -> None:
    guide = data.draw(guides())
    found = decide(guide, data.draw(answers_to(guide)))
    chosen = {code: frozenset(picked) for code, picked in found.answers.items()}
    assert codes(found.guide) == [m.code for m in guide.materials if holds(m.when, chosen)]
    left = [(stage.name, p.department) for stage in found.guide.stages for p in stage.departments]
    assert left == [
        (stage.name, p.department)
        for stage in guide.stages
        for p in stage.departments
        if holds(p.when, chosen)
    ]
    assert all(stage.departments for stage in found.guide.stages)
    for stage in found.guide.stages:
        assert stage.lead is None or stage.lead in [p.department for p in stage.departments]


@given(st.data())
def test_a_narrowed_form_is_sound_and_asks_for_nothing_that_fell_away(data: st.DataObject) -> None:
    guide = data.draw(guides())
    assert form_problems(guide.form) == []
    narrowed = decide(guide, data.draw(answers_to(guide))).guide.form
    assert form_problems(narrowed) == []
    gone = guide.form["properties"].keys() - narrowed["properties"].keys()
    assert not any(f'"{name}"' in msgspec.json.encode(narrowed).decode() for name in gone)
    assert "x-when" not in str(narrowed)
    filled = dict.fromkeys(narrowed["properties"], True)
    check_form(with_form(narrowed), filled)
    for name in gone:
        with pytest.raises(FormProblem):
            check_form(with_form(narrowed), filled | {name: True})


@given(st.data())
def test_a_form_without_a_field_takes_what_the_whole_form_takes_without_an_answer_to_it(
    data: st.DataObject,
) -> None:
    guide = data.draw(guides())
    whole = guide.form["properties"]
    always = guide.form | {
        "properties": {n: {k: v for k, v in f.items() if k != "x-when"} for n, f in whole.items()}
    }
    narrowed = decide(guide, data.draw(answers_to(guide))).guide.form
    filled = data.draw(
        st.dictionaries(st.sampled_from(sorted(narrowed["properties"])), st.booleans())
        if narrowed["properties"]
        else st.just({})
    )
    if _takes(always, filled):
        assert _takes(narrowed, filled)


def _takes(schema: dict[str, Any], answers: dict[str, Any]) -> bool:
    try:
        check_form(with_form(schema), answers)
    except FormProblem:
        return False
    return True


@given(guides(), st.integers(0, 15))
def test_a_sound_item_keeps_its_promise_in_every_situation(guide: Guide, promised: int) -> None:
    problems = situation_problems(as_content(guide, promised))
    every = list(every_situation(guide))
    plans = [planned_days(guide, chosen) for chosen in every]
    assert any("时限合计" in problem for problem in problems) is (max(plans) > promised) or any(
        "任何情形" in problem or "没有任何部门" in problem for problem in problems
    )
    if problems == []:
        assert max(plans) <= promised
        for chosen in every:
            answers = {code: sorted(picked) for code, picked in chosen.items()}
            assert decide(guide, answers).guide.stages
        for requirement in guide.materials:
            assert any(holds(requirement.when, chosen) for chosen in every)


@given(guides())
def test_what_no_answers_reach_is_found(guide: Guide) -> None:
    problems = situation_problems(as_content(guide, 100))
    every = list(every_situation(guide))
    for requirement in guide.materials:
        reached = any(holds(requirement.when, chosen) for chosen in every)
        told = f"材料“{requirement.name}”的条件在任何情形下都不成立。" in problems
        assert told is not reached


@pytest.mark.parametrize(
    ("guide", "says"),
    [
        (Guide(situations=(asked("q"), asked("q"))), "问题编号“q”重复"),
        (
            Guide(situations=(Question(code="q", text="问", choices=(YES, YES)),)),
            "选项编号“a”重复",
        ),
        (Guide(situations=(asked("q", choices=1),)), "至少要有两个选项"),
        (Guide(situations=(asked("q", when=yes("r", "a")), asked("r"))), "只能取决于它前面的问题"),
        (Guide(situations=(asked("q", when=yes("q", "a")),)), "只能取决于它前面的问题"),
        (
            Guide(materials=(Requirement(code="m", name="甲", when=yes("q", "a")),)),
            "材料“甲”的条件中有不存在的问题“q”",
        ),
        (
            Guide(
                situations=(asked("q"),),
                materials=(Requirement(code="m", name="甲", when=yes("q", "a", "z")),),
            ),
            "材料“甲”的条件中有不存在的选项“z”",
        ),
        (
            Guide(
                situations=(asked("q"),),
                form=form({"f": {"type": "boolean", "x-when": {"is": "maybe"}}}),
            ),
            "不是有效的条件",
        ),
        (
            Guide(
                situations=(asked("q"), asked("r", when=AllOf(of=(yes("q", "a"), yes("q", "b"))))),
            ),
            "问题“问题r？”的条件在任何情形下都不成立",
        ),
        (
            Guide(
                situations=(asked("q"),),
                stages=(
                    StagePlan(
                        name="审",
                        departments=(StagePart(department="甲局", days=1, when=yes("q", "a")),),
                    ),
                ),
            ),
            "有的情形下没有任何部门办理",
        ),
    ],
)
def test_unsound_questions_are_told(guide: Guide, says: str) -> None:
    assert any(says in problem for problem in situation_problems(as_content(guide)))


def test_departments_that_exclude_each_other_do_not_add_up() -> None:
    def stage(choice: str, days: int) -> StagePlan:
        part = StagePart(department="甲局", days=days, when=yes("q", choice))
        return StagePlan(name=f"办理{choice}", departments=(part,))

    guide = Guide(situations=(asked("q"),), stages=(stage("a", 6), stage("b", 9)))
    assert situation_problems(as_content(guide, 9)) == []
    (problem,) = situation_problems(as_content(guide, 8))
    assert "合计 9 个工作日" in problem


def test_conditions_that_tell_too_much_apart_are_refused_at_once() -> None:
    questions = tuple(asked(f"q{n}", choices=3) for n in range(20))
    parts = tuple(
        StagePart(department=f"部门{n}", days=1, when=yes(f"q{n}", "a", "b")) for n in range(20)
    )
    guide = Guide(situations=questions, stages=(StagePlan(name="审", departments=parts),))
    (problem,) = situation_problems(as_content(guide))
    assert str(MOST_SITUATIONS) in problem


def test_conditions_nested_without_end_are_refused() -> None:
    condition: Any = yes("q", "a")
    for _ in range(400):
        condition = Not(that=condition)
    guide = Guide(
        situations=(asked("q"),), materials=(Requirement(code="m", name="甲", when=condition),)
    )
    assert situation_problems(as_content(guide)) == ["条件的层次过多。"]

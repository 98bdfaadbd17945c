"""A form is drawn on a phone, and its answers are checked with sentences that help."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.form_rules import form_problems
from app.catalog.forms import FormProblem, check_draft, check_form
from app.catalog.guide import Guide, bare_form
from tests.catalog.makers import form, with_form

NAMED = {"type": "string", "minLength": 2, "maxLength": 4}
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def faults(schema: dict[str, Any], answers: dict[str, Any]) -> dict[str, str]:
    """Field by field what is said; the form itself must be sound."""
    assert form_problems(schema) == []
    try:
        check_form(with_form(schema), answers)
    except FormProblem as problem:
        return {error["field"]: error["message"] for error in problem.extra["errors"]}
    return {}


@pytest.mark.parametrize(
    ("schema", "wrong", "message"),
    [
        (NAMED, "一", "“店名”至少填 2 个字。"),
        (NAMED, "一二三四五", "“店名”最多填 4 个字。"),
        (NAMED, 7, "“店名”应当是文字。"),
        ({"type": "integer", "minimum": 1}, 0, "“店名”不能小于 1。"),
        ({"type": "number", "maximum": 2.5}, 3, "“店名”不能大于 2.5。"),
        ({"type": "number", "exclusiveMinimum": 0}, 0, "“店名”必须大于 0。"),
        ({"type": "number", "exclusiveMaximum": 9}, 9, "“店名”必须小于 9。"),
        ({"type": "integer", "multipleOf": 5}, 7, "“店名”必须是 5 的倍数。"),
        ({"type": "integer"}, 1.5, "“店名”应当是整数。"),
        ({"type": "boolean"}, "是", "“店名”应当是“是”或“否”。"),
        ({"type": "boolean", "const": True}, False, "“店名”必须选“是”。"),
        ({"type": "string", "enum": ["甲", "乙"]}, "丙", "“店名”只能选：甲、乙。"),
        ({"type": "string", "pattern": "^[0-9]{6}$"}, "12", "“店名”格式不正确。"),
        (
            {"type": "string", "pattern": "^[0-9]{6}$", "x-pattern-says": "应当是 6 位数字"},
            "12",
            "“店名”应当是 6 位数字。",
        ),
        ({"type": "string", "format": "date"}, "2026-02-30", "“店名”应当是日期，例如 2026-03-01。"),
        ({"type": "string", "format": "email"}, "a", "“店名”应当是电子邮箱地址。"),
        (
            {"type": "string", "format": "cn-phone"},
            "12345",
            "“店名”应当是手机号码或带区号的固定电话。",
        ),
        (
            {"type": "string", "format": "cn-id-number"},
            "11010519491231002Y",
            "“店名”应当是有效的 18 位公民身份号码。",
        ),
        (
            {"type": "string", "format": "cn-credit-code"},
            "91110000600037341X",
            "“店名”应当是有效的 18 位统一社会信用代码。",
        ),
    ],
)
def test_a_wrong_answer_is_told_in_chinese_with_the_fields_title(
    schema: dict[str, Any], wrong: Any, message: str
) -> None:
    field = schema | {"title": "店名"}
    assert faults(form({"name": field}), {"name": wrong}) == {"/name": message}


@pytest.mark.parametrize(
    ("kind", "right"),
    [
        ("cn-phone", "13800001234"),
        ("cn-phone", "0826-2345678"),
        ("cn-id-number", "11010519491231002X"),
        ("cn-credit-code", "91110000600037341L"),
        ("date", "2028-02-29"),
    ],
)
def test_right_answers_of_each_format_pass(kind: str, right: str) -> None:
    assert faults(form({"x": {"type": "string", "format": kind}}), {"x": right}) == {}


def test_a_required_field_must_be_there_and_not_be_blank() -> None:
    schema = form({"name": {"type": "string", "maxLength": 9, "title": "店名"}}, required=["name"])
    assert faults(schema, {}) == {"/name": "请填写“店名”。"}
    assert faults(schema, {"name": " \u3000"}) == {"/name": "请填写“店名”。"}


def test_fields_outside_the_form_are_refused_at_every_level() -> None:
    inner = form({"a": {"type": "integer"}}) | {"title": "内"}
    schema = form({"inner": inner})
    assert faults(schema, {"inner": {"a": 1, "b": 2}, "c": 3}) == {
        "/inner/b": "含有表单以外的项。",
        "/c": "含有表单以外的项。",
    }


def test_lists_name_the_entry_that_is_wrong() -> None:
    listed = {"type": "array", "items": {"type": "string", "maxLength": 2}, "maxItems": 2}
    schema = form({"foods": listed | {"title": "品种", "minItems": 1, "uniqueItems": True}})
    assert faults(schema, {"foods": ["豆腐", "豆腐干"]}) == {"/foods/1": "“品种”最多填 2 个字。"}
    assert faults(schema, {"foods": []}) == {"/foods": "“品种”至少要有 1 项。"}
    assert faults(schema, {"foods": ["a", "b", "c"]}) == {"/foods": "“品种”最多只能有 2 项。"}
    assert faults(schema, {"foods": ["a", "a"]}) == {"/foods": "“品种”不能有重复的项。"}


def test_an_answer_can_make_another_field_required() -> None:
    gas = {
        "if": {"properties": {"fuel": {"const": "燃气"}}, "required": ["fuel"]},
        "then": {"required": ["alarm"], "properties": {"alarm": {"const": True}}},
    }
    fields = {
        "fuel": {"type": "string", "enum": ["燃气", "用电"]},
        "alarm": {"type": "boolean", "title": "报警器"},
    }
    schema = form(fields, allOf=[gas])
    assert faults(schema, {"fuel": "用电"}) == {}
    assert faults(schema, {"fuel": "燃气"}) == {"/alarm": "请填写“报警器”。"}
    assert faults(schema, {"fuel": "燃气", "alarm": False}) == {"/alarm": "“报警器”必须选“是”。"}
    assert faults(schema, {"fuel": "燃气", "alarm": True}) == {}


def test_all_faults_are_told_at_once_and_never_what_was_written() -> None:
    schema = form({"a": NAMED, "b": {"type": "string", "format": "cn-id-number"}})
    with pytest.raises(FormProblem) as caught:
        check_form(with_form(schema), {"a": "秘", "b": "秘密号码"})
    assert len(caught.value.extra["errors"]) == 2
    assert "秘" not in f"{caught.value} {caught.value.extra}"


def test_answers_that_are_too_large_or_too_deep_are_refused() -> None:
    schema = form({"a": {"type": "string", "maxLength": 1_000_000}})
    with pytest.raises(FormProblem, match="过长"):
        check_form(with_form(schema), {"a": "长" * 30_000})
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"a": deep}
    with pytest.raises(FormProblem, match="层次"):
        check_form(with_form(schema), deep)


@given(st.dictionaries(st.sampled_from(["remarks", "x", ""]), json_values))
def test_no_answers_break_the_check(answers: dict[str, Any]) -> None:
    sound = set(answers) <= {"remarks"} and all(
        isinstance(value, str) and len(value) <= 500 for value in answers.values()
    )
    try:
        check_form(Guide(), answers)
    except FormProblem:
        assert not sound
    else:
        assert sound


def test_the_form_of_a_bare_item_asks_for_nothing_but_takes_remarks() -> None:
    assert form_problems(bare_form()) == []
    assert faults(bare_form(), {}) == {}
    assert faults(bare_form(), {"remarks": "请尽快"}) == {}


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "array"}, "必须是一个对象"),
        ({"type": "object"}, "缺少 properties"),
        (form({"a": {"type": "string"}}), "maxLength"),
        (form({"a": {"type": "null"}}), "type 必须是"),
        (form({"a": {"type": "integer", "title": ""}}), "缺少 title"),
        (form({"a": {"type": "integer"}}) | {"x-order": []}, "x-order"),
        (form({"a": {"type": "integer"}}, required=["b"]), "required 中有不存在的项"),
        (form({"a": {"type": "integer"}}, additionalProperties=True), "additionalProperties"),
        (form({"a": {"type": "string", "$ref": "https://elsewhere/x"}}), "不支持 $ref"),
        (form({"a": {"type": "string", "format": "uri"}}), "format 只能是"),
        (form({"a": {"type": "string", "pattern": "(?=a)b"}}), "不是有效的 JSON Schema"),
        (form({"a": {"type": "string", "pattern": "("}}), "不是有效的 JSON Schema"),
        (form({"a": {"type": "array", "items": {"type": "integer"}}}), "maxItems"),
        (form({"a": {"type": "integer"}}, allOf=[{"not": {}}]), "allOf 只能由"),
        (
            form({"a": {"type": "integer"}}, allOf=[{"if": {}, "then": {"required": ["b"]}}]),
            "then 中有不存在的项",
        ),
    ],
)
def test_a_form_that_a_phone_cannot_draw_is_refused(schema: dict[str, Any], says: str) -> None:
    assert any(says in problem for problem in form_problems(schema))


KEYWORDS = (
    "type properties required x-order allOf items format enum const if then pattern minLength"
    " maxItems multipleOf title additionalProperties dependentRequired $schema"
)
odd_schemas = st.dictionaries(
    st.sampled_from(KEYWORDS.split()),
    json_values | st.sampled_from(["object", "string", "array"]),
)


@given(odd_schemas, odd_schemas)
def test_no_schema_breaks_the_check_of_forms(outer: dict[str, Any], inner: dict[str, Any]) -> None:
    nested = {"type": "object", "properties": {"a": inner}, "x-order": ["a"]} | {
        key: value for key, value in outer.items() if key not in ("properties", "x-order")
    }
    for schema in (outer, inner, nested):
        if not form_problems(schema):
            _answered(schema)


def _answered(schema: dict[str, Any]) -> None:
    """Checking answers against a form that was found sound ends in a yes or in a FormProblem."""
    with contextlib.suppress(FormProblem):
        check_form(with_form(schema), {"a": 1})


# --- drafts


DRAFTED = form(
    {
        "name": NAMED | {"title": "店名"},
        "count": {"type": "integer", "minimum": 3, "title": "人数"},
        "foods": {
            "type": "array",
            "items": {"type": "string", "enum": ["面"]},
            "minItems": 1,
            "maxItems": 2,
            "title": "品种",
        },
        "kitchen": {
            "type": "boolean",
            "x-when": {"is": "answered", "question": "q", "any_of": ["a"]},
        },
    },
    required=["name", "count"],
)


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"name": ""},
        {"name": "一" * 99},
        {"count": 0},
        {"foods": ["饭", "饭", ""]},
        {"kitchen": True},
    ],
)
def test_a_draft_may_be_unfinished_in_every_way(answers: dict[str, Any]) -> None:
    check_draft(DRAFTED, answers)


@pytest.mark.parametrize(
    ("answers", "field", "message"),
    [
        ({"name": 7}, "/name", "“店名”应当是文字。"),
        ({"count": "七"}, "/count", "“人数”应当是整数。"),
        ({"foods": "面"}, "/foods", "“品种”应当是列表。"),
        ({"foods": [1]}, "/foods/0", "“品种”应当是文字。"),
        ({"other": 1}, "/other", "含有表单以外的项。"),
    ],
)
def test_a_draft_has_the_right_types_and_no_other_fields(
    answers: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(FormProblem) as caught:
        check_draft(DRAFTED, answers)
    assert caught.value.extra["errors"] == [{"field": field, "message": message}]


def test_a_draft_is_no_larger_than_an_application() -> None:
    with pytest.raises(FormProblem, match="过长"):
        check_draft(DRAFTED, {"name": "长" * 30_000})


@given(
    st.fixed_dictionaries(
        {"name": st.text("面馆", min_size=2, max_size=4), "count": st.integers(3, 99)},
        optional={"foods": st.just(["面"]), "kitchen": st.booleans()},
    )
)
def test_what_an_application_may_say_a_draft_may_say(answers: dict[str, Any]) -> None:
    check_form(with_form(DRAFTED), answers)
    check_draft(DRAFTED, answers)
    for name, value in answers.items():
        check_draft(DRAFTED, {name: value})


def test_only_fields_at_the_top_depend_on_the_situation() -> None:
    inner = form({"a": {"type": "integer", "x-when": {}}}) | {"title": "内"}
    assert any("不支持 x-when" in problem for problem in form_problems(form({"inner": inner})))
    assert form_problems(DRAFTED) == []

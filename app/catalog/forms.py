"""Forms: which JSON Schemas an item may ask with, and whether answers fit one.

A form is a JSON Schema (2020-12) of an object, kept to keywords that a phone can draw and this
module can explain in Chinese. Answers are personal data: nothing here logs or repeats them.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs
import msgspec
from stdnum.cn import ric, uscc

from app.catalog.guide import Guide
from app.catalog.wording import sentence
from app.core.acts import canonical
from app.core.errors import Problem

DRAFT = "https://json-schema.org/draft/2020-12/schema"
MOST_FORM_BYTES = 64 * 1024
MOST_ANSWER_BYTES = 64 * 1024
MOST_DEPTH = 8
MOST_ERRORS = 50
"""Faults told at once; a form has fewer fields than that."""
PHONE = re.compile(r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}(-[0-9]{1,5})?")
"""A mainland mobile number, or a fixed one with its area code."""

_EVERYWHERE = {"type", "title", "description", "enum", "const", "x-hint"}
_KEYWORDS: Mapping[str, set[str]] = {
    "string": {"minLength", "maxLength", "pattern", "format", "x-pattern-says", "x-multiline"},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "boolean": set(),
    "array": {"items", "minItems", "maxItems", "uniqueItems"},
    "object": {"properties", "required", "x-order", "additionalProperties", "dependentRequired"},
}
_UNITS = {"integer": {"x-unit"}, "number": {"x-unit"}}
_TOP = {"$schema", "allOf"}
_CONDITIONAL = {"if", "then", "else"}


class FormProblem(Problem):
    """Answers do not fit the form; `errors` are `{"field": "/path", "message": "…"}`."""

    status = 422
    code = "catalog.form_invalid"
    title = "表单填写有误，请按提示修改后重试。"


def _is_id_number(text: str) -> bool:
    return bool(ric.is_valid(text)) and len(text) == 18


def _is_credit_code(text: str) -> bool:
    return bool(uscc.is_valid(text)) and text == uscc.compact(text)


def _is_phone(text: str) -> bool:
    return PHONE.fullmatch(text) is not None


FORMATS = {
    "cn-id-number": _is_id_number,
    "cn-credit-code": _is_credit_code,
    "cn-phone": _is_phone,
}
"""Formats of our own: GB 11643 citizen identity numbers, GB 32100 unified social credit codes,
telephone numbers. Besides them `date`, `time` and `email` can be used."""
_ALLOWED_FORMATS = {*FORMATS, "date", "time", "email"}


def _compile(form: Any) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        form,
        formats=FORMATS,
        validate_formats=True,
        ignore_unknown_formats=False,
        # Patterns run in linear time and nothing is fetched: a form comes from an administrator.
        pattern_options=jsonschema_rs.RegexOptions(),
        offline=True,
    )


@lru_cache(maxsize=512)
def _validator(form: bytes) -> jsonschema_rs.Draft202012Validator:
    return _compile(_closed(msgspec.json.decode(form)))


def _closed(schema: Any) -> Any:
    """The schema with every object that declares properties closed against unknown ones."""
    if not isinstance(schema, dict):
        return schema
    closed = dict(schema)
    if "properties" in schema:
        closed["properties"] = {k: _closed(v) for k, v in schema["properties"].items()}
        closed["additionalProperties"] = False
    if "items" in schema:
        closed["items"] = _closed(schema["items"])
    return closed


def check_form(guide: Guide, answers: Mapping[str, Any]) -> None:
    """Check the answers to a form.

    Raises:
        FormProblem: they do not fit; its `errors` name each field by JSON pointer and say in
            Chinese what is wrong, without repeating what was written.
    """
    form = canonical(guide.form)
    if _too_deep(answers, MOST_DEPTH):
        raise FormProblem("表单内容层次过多。", errors=[])
    try:
        size = len(msgspec.json.encode(answers))
    except (ValueError, OverflowError, TypeError, RecursionError):
        raise FormProblem("表单中含有无法识别的字符或数字。", errors=[]) from None
    if size > MOST_ANSWER_BYTES:
        raise FormProblem("表单内容过长，请精简后重试。", errors=[])
    errors: list[dict[str, str]] = []
    for field, message in _faults(_validator(form), guide.form, answers):
        fault = {"field": field, "message": message}
        if fault not in errors:
            errors.append(fault)
        if len(errors) >= MOST_ERRORS:
            break
    if errors:
        raise FormProblem(errors[0]["message"], errors=errors)


def _faults(
    validator: jsonschema_rs.Draft202012Validator, form: dict[str, Any], answers: Any
) -> Iterator[tuple[str, str]]:
    for name in form.get("required", ()):
        value = answers.get(name)
        if isinstance(value, str) and not value.strip():
            yield pointer([name]), f"请填写“{_title(form, [name])}”。"
    for error in validator.iter_errors(answers):
        places = [list(error.instance_path)]
        if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required):
            places = [[*error.instance_path, error.kind.property]]
        elif isinstance(error.kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
            places = [[*error.instance_path, name] for name in error.kind.unexpected]
        for place in places:
            schema = _at(form, place) or {}
            yield pointer(place), sentence(_title(form, place), error.kind, schema)


def pointer(path: list[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1")[:80] for part in path)


def _at(form: dict[str, Any], path: list[str | int]) -> dict[str, Any] | None:
    schema = form
    for part in path:
        held = schema if isinstance(part, int) else schema.get("properties", {})
        inner = held.get("items" if isinstance(part, int) else part)
        if not isinstance(inner, dict):
            return None
        schema = inner
    return schema


def _title(form: dict[str, Any], path: list[str | int]) -> str:
    """What the form calls a place: its title, or for an entry of a list the list's title."""
    for length in range(len(path), 0, -1):
        schema = _at(form, path[:length])
        if schema is None:
            return ""
        if "title" in schema:
            return str(schema["title"])
    return str(form.get("title", "表单"))


def _too_deep(value: Any, most: int) -> bool:
    layer = [value]
    for _ in range(most):
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return any(isinstance(value, dict | list) for value in layer)


def form_problems(form: dict[str, Any]) -> list[str]:
    """Everything that keeps `form` from being used as a form, as sentences; empty if it is sound.

    A form is an object whose properties have a Chinese `title`, one `type`, and keywords of the
    tables above; `x-order` lists every property once. Conditions stand in `allOf`, each an `if`
    with `then` and `else` over properties that are declared at the top.
    """
    if form.get("type") != "object":
        return ["表单必须是一个对象（type: object）。"]
    if form.get("$schema", DRAFT) != DRAFT:
        return [f"表单的 $schema 只能是 {DRAFT}。"]
    if _too_deep(form, 2 * MOST_DEPTH):
        return ["表单的层次过多。"]
    try:
        if len(canonical(form)) > MOST_FORM_BYTES:
            return ["表单过大。"]
        jsonschema_rs.meta.validate(form | {"$schema": DRAFT})
        found = list(_schema_problems(form, "表单", top=True))
        for branch in form.get("allOf", ()) if not found else ():
            found += _branch_problems(branch, form)
        if not found:
            _compile(_closed(form))
    except (ValueError, OverflowError) as error:
        first = str(error).splitlines()[0][:200]
        return [f"表单不是有效的 JSON Schema：{first}"]
    return found


def _schema_problems(schema: Any, place: str, *, top: bool = False) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield f"{place}：应当是一个对象。"
        return
    kind = schema.get("type")
    if not isinstance(kind, str) or kind not in _KEYWORDS:
        yield f"{place}：type 必须是 {'、'.join(_KEYWORDS)} 之一。"
        return
    allowed = _EVERYWHERE | _KEYWORDS[kind] | _UNITS.get(kind, set()) | (_TOP if top else set())
    unknown = sorted(schema.keys() - allowed)
    if unknown:
        yield f"{place}：不支持 {'、'.join(unknown)}。"
    if schema.get("format", "date") not in _ALLOWED_FORMATS:
        yield f"{place}：format 只能是 {'、'.join(sorted(_ALLOWED_FORMATS))}。"
    if kind == "array":
        if "items" not in schema or "maxItems" not in schema:
            yield f"{place}：列表必须写明 items 和 maxItems。"
        else:
            yield from _schema_problems(schema["items"], f"{place}的每一项")
    if kind == "string" and not schema.keys() & {"maxLength", "enum", "const", "format", "pattern"}:
        yield f"{place}：文字必须写明 maxLength。"
    if kind == "object":
        yield from _object_problems(schema, place)


def _object_problems(schema: dict[str, Any], place: str) -> Iterator[str]:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        yield f"{place}：缺少 properties。"
        return
    if schema.get("additionalProperties", False) is not False:
        yield f"{place}：不允许表单以外的项（additionalProperties 只能是 false）。"
    order = schema.get("x-order")
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(properties):
        yield f"{place}：x-order 必须把每一项列出一次。"
    required = schema.get("required", [])
    if not isinstance(required, list) or not set(map(str, required)) <= properties.keys():
        yield f"{place}：required 中有不存在的项。"
    for name, inner in properties.items():
        if isinstance(inner, dict) and not str(inner.get("title", "")).strip():
            yield f"{place}：“{name}”缺少 title。"
        yield from _schema_problems(inner, f"{place}/{name}")


def _branch_problems(branch: Any, form: dict[str, Any]) -> Iterator[str]:
    """A condition may only test and tighten fields of the form's top."""
    if not isinstance(branch, dict) or not {"if", "then"} <= branch.keys() <= _CONDITIONAL:
        yield "表单的 allOf 只能由 if、then、else 组成。"
        return
    allowed = set().union(*_KEYWORDS.values()) | _EVERYWHERE - {"title", "type"}
    allowed -= {"items", "properties", "dependentRequired", "x-order"}
    for word, part in branch.items():
        if not isinstance(part, dict) or not part.keys() <= {"properties", "required"}:
            yield f"表单的 {word} 只能含 properties 和 required。"
            continue
        properties, required = part.get("properties", {}), part.get("required", [])
        if not isinstance(properties, dict) or not isinstance(required, list):
            yield f"表单的 {word} 格式不正确。"
            continue
        if not {*properties, *map(str, required)} <= form["properties"].keys():
            yield f"表单的 {word} 中有不存在的项。"
        for name, inner in properties.items():
            if not isinstance(inner, dict) or not inner.keys() <= allowed:
                yield f"表单的 {word} 中“{name}”用了不支持的条件。"

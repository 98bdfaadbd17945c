"""Which JSON Schemas an item may ask with: kept to what a phone can draw and we can explain.

A form is a JSON Schema (2020-12) of an object. What is wrong with one is said in Chinese.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from app.catalog.forms import ALLOWED_FORMATS, MOST_DEPTH, closed, compiled, too_deep
from app.catalog.situations import WHEN
from app.core.acts import canonical

DRAFT = "https://json-schema.org/draft/2020-12/schema"
MOST_FORM_BYTES = 64 * 1024

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


def form_problems(form: dict[str, Any]) -> list[str]:
    """Everything that keeps `form` from being used as a form, as sentences; empty if it is sound.

    A form is an object whose properties have a Chinese `title`, one `type`, and keywords of the
    tables above; `x-order` lists every property once. Conditions stand in `allOf`, each an `if`
    with `then` and `else` over properties that are declared at the top. A property at the top may
    say in `x-when` of which situations it is asked (`situation_rules` looks at the condition).
    """
    if form.get("type") != "object":
        return ["表单必须是一个对象（type: object）。"]
    if form.get("$schema", DRAFT) != DRAFT:
        return [f"表单的 $schema 只能是 {DRAFT}。"]
    if too_deep(form, 2 * MOST_DEPTH):
        return ["表单的层次过多。"]
    try:
        if len(canonical(form)) > MOST_FORM_BYTES:
            return ["表单过大。"]
        jsonschema_rs.meta.validate(form | {"$schema": DRAFT})
        found = list(_schema_problems(form, "表单", top=True))
        for branch in form.get("allOf", ()) if not found else ():
            found += _branch_problems(branch, form)
        if not found:
            compiled(closed(form))
    except (ValueError, OverflowError) as error:
        first = str(error).splitlines()[0][:200]
        return [f"表单不是有效的 JSON Schema：{first}"]
    return found


def _schema_problems(
    schema: Any, place: str, *, top: bool = False, field_of_top: bool = False
) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield f"{place}：应当是一个对象。"
        return
    kind = schema.get("type")
    if not isinstance(kind, str) or kind not in _KEYWORDS:
        yield f"{place}：type 必须是 {'、'.join(_KEYWORDS)} 之一。"
        return
    allowed = _EVERYWHERE | _KEYWORDS[kind] | _UNITS.get(kind, set())
    allowed |= (_TOP if top else set()) | ({WHEN} if field_of_top else set())
    unknown = sorted(schema.keys() - allowed)
    if unknown:
        yield f"{place}：不支持 {'、'.join(unknown)}。"
    if schema.get("format", "date") not in ALLOWED_FORMATS:
        yield f"{place}：format 只能是 {'、'.join(sorted(ALLOWED_FORMATS))}。"
    if kind == "array":
        if "items" not in schema or "maxItems" not in schema:
            yield f"{place}：列表必须写明 items 和 maxItems。"
        else:
            yield from _schema_problems(schema["items"], f"{place}的每一项")
    if kind == "string" and not schema.keys() & {"maxLength", "enum", "const", "format", "pattern"}:
        yield f"{place}：文字必须写明 maxLength。"
    if kind == "object":
        yield from _object_problems(schema, place, top=top)


def _object_problems(schema: dict[str, Any], place: str, *, top: bool) -> Iterator[str]:
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
        yield from _schema_problems(inner, f"{place}/{name}", field_of_top=top)


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

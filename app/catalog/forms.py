"""Whether answers fit a form: all of them for an application, so far for a draft.

Answers are personal data: nothing here logs or repeats them.
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

MOST_ANSWER_BYTES = 64 * 1024
MOST_DEPTH = 8
MOST_ERRORS = 50
"""Faults told at once; a form has fewer fields than that."""
PHONE = re.compile(r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}(-[0-9]{1,5})?")
"""A mainland mobile number, or a fixed one with its area code."""


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
ALLOWED_FORMATS = {*FORMATS, "date", "time", "email"}


def compiled(form: Any) -> jsonschema_rs.Draft202012Validator:
    """The validator of a schema. Raises ValueError where it is none."""
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
    return compiled(closed(msgspec.json.decode(form)))


@lru_cache(maxsize=512)
def _draft_validator(form: bytes) -> jsonschema_rs.Draft202012Validator:
    return compiled(closed(_typed(msgspec.json.decode(form))))


def _typed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with nothing left but types."""
    typed: dict[str, Any] = {"type": schema["type"]}
    if "properties" in schema:
        typed["properties"] = {name: _typed(inner) for name, inner in schema["properties"].items()}
    if "items" in schema:
        typed["items"] = _typed(schema["items"])
    return typed


def closed(schema: Any) -> Any:
    """The schema with every object that declares properties closed against unknown ones."""
    if not isinstance(schema, dict):
        return schema
    shut = dict(schema)
    if "properties" in schema:
        shut["properties"] = {k: closed(v) for k, v in schema["properties"].items()}
        shut["additionalProperties"] = False
    if "items" in schema:
        shut["items"] = closed(schema["items"])
    return shut


def check_form(guide: Guide, answers: Mapping[str, Any]) -> None:
    """Check the answers to a form.

    Raises:
        FormProblem: they do not fit; its `errors` name each field by JSON pointer and say in
            Chinese what is wrong, without repeating what was written.
    """
    _check_size(answers)
    _refuse(_faults(_validator(canonical(guide.form)), guide.form, answers))


def check_draft(form: dict[str, Any], answers: Mapping[str, Any]) -> None:
    """Check answers that are not finished: of the right types where they are there.

    Nothing is required, and no length, format or choice is looked at.

    Raises:
        FormProblem: as for `check_form`.
    """
    _check_size(answers)
    _refuse(_mismatches(_draft_validator(canonical(form)), form, answers))


def _check_size(answers: Mapping[str, Any]) -> None:
    if too_deep(answers, MOST_DEPTH):
        raise FormProblem("表单内容层次过多。", errors=[])
    try:
        size = len(msgspec.json.encode(answers))
    except (ValueError, OverflowError, TypeError, RecursionError):
        raise FormProblem("表单中含有无法识别的字符或数字。", errors=[]) from None
    if size > MOST_ANSWER_BYTES:
        raise FormProblem("表单内容过长，请精简后重试。", errors=[])


def _refuse(faults: Iterator[tuple[str, str]]) -> None:
    errors: list[dict[str, str]] = []
    for field, message in faults:
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
    yield from _mismatches(validator, form, answers)


def _mismatches(
    validator: jsonschema_rs.Draft202012Validator, form: dict[str, Any], answers: Any
) -> Iterator[tuple[str, str]]:
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


def too_deep(value: Any, most: int) -> bool:
    """Whether more than `most` lists and objects stand inside each other."""
    layer = [value]
    for _ in range(most):
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return any(isinstance(value, dict | list) for value in layer)

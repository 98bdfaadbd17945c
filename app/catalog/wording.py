"""What a fault in a form says to a citizen; one sentence for each keyword that a form may use."""

from collections.abc import Callable, Mapping
from typing import Any

from jsonschema_rs import ValidationErrorKind as Fault

_TYPES = {
    "string": "文字",
    "integer": "整数",
    "number": "数字",
    "boolean": "“是”或“否”",
    "array": "列表",
    "object": "一组内容",
}
_FORMATS = {
    "date": "应当是日期，例如 2026-03-01",
    "time": "应当是时间，例如 08:30:00Z",
    "email": "应当是电子邮箱地址",
    "cn-phone": "应当是手机号码或带区号的固定电话",
    "cn-id-number": "应当是有效的 18 位公民身份号码",
    "cn-credit-code": "应当是有效的 18 位统一社会信用代码",
}


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _limit(words: str) -> Callable[[Any], str]:
    return lambda fault: words.format(_number(fault.limit))


def _options(fault: Any) -> str:
    return "只能选：" + "、".join(map(_number, fault.options))


def _types(fault: Any) -> str:
    return "应当是" + "或".join(_TYPES.get(name, name) for name in fault.types)


_SENTENCES: Mapping[type, Callable[[Any], str]] = {
    Fault.MinLength: _limit("至少填 {} 个字"),
    Fault.MaxLength: _limit("最多填 {} 个字"),
    Fault.Minimum: _limit("不能小于 {}"),
    Fault.Maximum: _limit("不能大于 {}"),
    Fault.ExclusiveMinimum: _limit("必须大于 {}"),
    Fault.ExclusiveMaximum: _limit("必须小于 {}"),
    Fault.MinItems: _limit("至少要有 {} 项"),
    Fault.MaxItems: _limit("最多只能有 {} 项"),
    Fault.MultipleOf: lambda fault: f"必须是 {_number(fault.multiple_of)} 的倍数",
    Fault.UniqueItems: lambda _: "不能有重复的项",
    Fault.Enum: _options,
    Fault.Constant: lambda fault: (
        "必须选“是”" if fault.expected_value is True else f"必须是 {fault.expected_value}"
    ),
    Fault.Type: _types,
    Fault.Format: lambda fault: _FORMATS.get(fault.format, "格式不正确"),
    Fault.Pattern: lambda _: "格式不正确",
}


def sentence(title: str, fault: Fault, schema: Mapping[str, Any]) -> str:
    """What is wrong with the field called `title`. `schema` is its part of the form.

    A field's own `x-pattern-says` explains its pattern. What the citizen wrote is not repeated.
    """
    if isinstance(fault, Fault.Required):
        return f"请填写“{title}”。"
    if isinstance(fault, Fault.AdditionalProperties):
        return "含有表单以外的项。"
    if isinstance(fault, Fault.Pattern) and "x-pattern-says" in schema:
        return f"“{title}”{schema['x-pattern-says']}。"
    explain = _SENTENCES.get(type(fault))
    return f"“{title}”{explain(fault) if explain else '不符合要求'}。"

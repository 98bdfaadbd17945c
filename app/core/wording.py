"""What a schema's refusal says to a citizen: msgspec's English, in Chinese, with the field."""

import re

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"Object missing required field `(?P<name>[^`]*)`", "缺少必填项“{name}”。"),
        (r"Object contains unknown field `(?P<name>[^`]*)`", "含有不认识的项“{name}”。"),
        (r"Expected `str` of length >= (?P<n>\d+)", "至少要填 {n} 个字。"),
        (r"Expected `str` of length <= (?P<n>\d+)", "最多填 {n} 个字。"),
        (r"Expected `str` matching regex", "格式不正确。"),
        (r"Expected `array` of length >= (?P<n>\d+)", "至少要有 {n} 项。"),
        (r"Expected `array` of length <= (?P<n>\d+)", "最多只能有 {n} 项。"),
        (r"Expected `(?:int|float|decimal)` >= (?P<n>[-\d.]+)", "不能小于 {n}。"),
        (r"Expected `(?:int|float|decimal)` <= (?P<n>[-\d.]+)", "不能大于 {n}。"),
        (r"Expected `(?:int|float|decimal)` > (?P<n>[-\d.]+)", "必须大于 {n}。"),
        (r"Invalid enum value (?P<v>.*?)(?: - at|$)", "{v} 不在可选范围内。"),
        (r"Invalid value (?P<v>.*?)(?: - at|$)", "{v} 不在可选范围内。"),
        (r"Invalid UUID", "编号格式不正确。"),
        (r"Invalid RFC3339 encoded date(?:time)?", "日期或时间格式不正确。"),
        (r"Integer value out of range", "数字超出范围。"),
        (r"Expected `int", "应当是整数。"),
        (r"Expected `(?:float|decimal|number)", "应当是数字。"),
        (r"Expected `str", "应当是文字。"),
        (r"Expected `bool", "应当是“是”或“否”。"),
        (r"Expected `array", "应当是一个列表。"),
        (r"Expected `(?:object|dict)", "应当是一个对象。"),
        (r"(?:JSON is malformed|data was truncated|[Uu][Tt][Ff]-?8)", "内容不是有效的 JSON。"),
    )
)
_PLACE = re.compile(r" - at `(?:key in )?\$?(?P<path>[^`]*)`")


def explain(message: str) -> tuple[str, str | None]:
    """A sentence in Chinese for msgspec's `message`, and the path of the field, if it names one."""
    place = _PLACE.search(message)
    path = place["path"].lstrip(".") if place else None
    for pattern, sentence in _PATTERNS:
        found = pattern.search(message)
        if found:
            groups = found.groupdict()
            if "name" in groups:
                path = f"{path}.{groups['name']}" if path else groups["name"]
            said = sentence.format(**groups)
            return (f"“{path}”{said}" if path and "name" not in groups else said), path
    return "内容不符合要求。", path

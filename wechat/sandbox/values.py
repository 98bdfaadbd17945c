"""The platform's own judgement of a message's values: refusal 47003 names the field.

Written from the platform's table of value types, and on purpose not from `wechat.rules`: tests
compare the two.
"""

import re
from collections.abc import Mapping
from typing import Any

from wechat.sandbox.refusals import Refused

_HAN = r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]"
_CLOCK = r"\d{1,2}:\d{2}(:\d{2})?"
_DAY = (
    r"(\d{4}年\d{1,2}月(\d{1,2}日)?|\d{1,2}月\d{1,2}日"
    r"|\d{4}(?P<sign>[-/.])\d{1,2}((?P=sign)\d{1,2})?|\d{2}[-/.]\d{2})"
)
_FORMS = {
    "thing": r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,20}",
    "number": r"(?=.{1,32}$)\d+(\.\d+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": rf"((?!{_HAN})[^\w\s\x00-\x1f\x7f-\x9f]|_){{1,5}}",
    "character_string": r"[\x20-\x7e]{1,32}",
    "amount": r"[¥￥$€£]?(?=[\d.]{1,11}元?$)\d{1,10}(\.\d+)?元?",
    "phone_number": r"(?=.*\d)[\d+()\-]{1,17}",
    "car_number": rf"(?=.{{1,8}}$)({_HAN}|[A-Za-z0-9])([A-Za-z0-9]*({_HAN}|[A-Za-z0-9]))?",
    "name": rf"({_HAN}|[A-Za-z·.'\- ]){{1,10}}|[A-Za-z.'\- ]{{1,20}}",
    "phrase": rf"{_HAN}{{1,5}}",
}
_KEY = re.compile(r"([a-z_]+?)\d+")


def check_values(data: Any, keys: Mapping[str, str]) -> dict[str, str]:
    """The values of a message, key → text.

    Refuses (47003) a missing or an extra key, and a value that does not fit its type.
    """
    if not isinstance(data, dict):
        raise Refused(47003, "data is empty")
    values = {}
    for key in [*keys, *(extra for extra in data if extra not in keys)]:
        given = data.get(key)
        value = given.get("value") if isinstance(given, dict) else None
        if value is None or value == "":
            raise Refused(47003, f"data.{key}.value is empty")
        if key not in keys or not isinstance(value, str | int | float) or not _fits(key, value):
            raise Refused(47003, f"data.{key}.value invalid")
        values[key] = str(value)
    return values


def _fits(key: str, value: str | int | float) -> bool:
    match = _KEY.fullmatch(key)
    kind = match[1] if match else ""
    text = str(value)
    if kind in ("time", "date"):
        ends = text.split("~")
        return len(ends) <= 2 and all(_is_moment(kind, end) for end in ends)
    form = _FORMS.get(kind)
    return form is not None and re.fullmatch(form, text, re.ASCII) is not None


def _is_moment(kind: str, text: str) -> bool:
    form = rf"({_DAY} )?{_CLOCK}" if kind == "time" else rf"{_DAY}( {_CLOCK})?"
    return re.fullmatch(form, text, re.ASCII) is not None and _numbers_are_possible(text)


def _numbers_are_possible(text: str) -> bool:
    clock = re.search(r"(\d{1,2}):(\d{2})(?::(\d{2}))?$", text)
    if clock and (int(clock[1]) > 23 or int(clock[2]) > 59 or int(clock[3] or 0) > 59):
        return False
    day = re.search(r"(?:^|\d{4}[年\-/.])(\d{1,2})[月\-/.](\d{1,2})(?!\d)", text)
    return day is None or (1 <= int(day[1]) <= 12 and 1 <= int(day[2]) <= 31)

"""What the platform accepts, checked here before a call, so that no refusal is met.

Source: the platform's documentation of `subscribe/send` ("订阅消息参数值内容限制说明") and of
`getwxacodeunlimit`. Where it leaves something open, the narrower reading is taken. Lengths are
counted in UTF-16 units, the narrower way: an emoji or a rare Han character counts as two.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from wechat.errors import BadPage, BadScene, ValueDoesNotFit

_KEY = re.compile(r"([a-z_]{1,32}?)[0-9]{1,3}")
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
_CLOCK = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
_DAY = (
    r"(?:(?P<y1>[0-9]{4})年(?P<m1>[0-9]{1,2})月(?:(?P<d1>[0-9]{1,2})日)?"
    r"|(?P<m2>[0-9]{1,2})月(?P<d2>[0-9]{1,2})日"
    r"|(?P<y3>[0-9]{4})(?P<s3>[-/.])(?P<m3>[0-9]{1,2})(?:(?P=s3)(?P<d3>[0-9]{1,2}))?"
    r"|(?P<m4>[0-9]{2})[-/.](?P<d4>[0-9]{2}))"
)
_TIME = re.compile(rf"(?:{_DAY} )?{_CLOCK}")
_DATE = re.compile(rf"{_DAY}(?: {_CLOCK})?")
_AMOUNT = re.compile(
    r"(?P<sign>[¥￥$€£]?)(?P<whole>[0-9]{1,10})(?:\.(?P<part>[0-9]+))?(?P<yuan>元?)"
)
_CAR = rf"[A-Za-z0-9{_HAN}](?:[A-Za-z0-9]*[A-Za-z0-9{_HAN}])?"
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_PATH = r"[A-Za-z0-9_\-]+(?:/[A-Za-z0-9_\-]+)*"
_PAGE = re.compile(_PATH)
_PAGE_WITH_QUERY = re.compile(rf"{_PATH}(?:\?[\x21-\x7e]{{0,1000}})?")
ELLIPSIS = "…"


def fit(kind_key: str, value: str) -> str:
    """`value` as the platform accepts it under the template key `kind_key`, such as `thing2`.

    A `thing` loses line breaks and control characters and is cut to 20 characters, the last an
    ellipsis. Nothing else is cut: half a number or half a name would be wrong.

    Raises:
        ValueDoesNotFit: it cannot be made to fit; `field` is `kind_key`. The value itself, which
            may be personal, is not in the error.
    """
    match = _KEY.fullmatch(kind_key)
    rule = _RULES.get(match[1]) if match else None
    if rule is None:
        raise ValueDoesNotFit(f"模板字段 {kind_key[:40]!r} 的类型不存在。", field=kind_key)
    fitted = _tidy_thing(value) if rule is _RULES["thing"] else value.strip()
    if not fitted or _units(fitted) > rule.longest or not rule.accepts(fitted):
        raise ValueDoesNotFit(f"模板字段 {kind_key} 的内容应为{rule.says}。", field=kind_key)
    return fitted


def fit_all(data: Mapping[str, str]) -> dict[str, str]:
    """`fit` for every field of a message, in the same order."""
    return {key: fit(key, value) for key, value in data.items()}


def check_message_page(page: str) -> None:
    """A page that a message may open: no leading `/`; it may carry a query.

    Raises:
        BadPage: it does not have that form.
    """
    if not _PAGE_WITH_QUERY.fullmatch(page):
        raise BadPage("消息打开的页面应形如 pages/case/detail?id=1，开头没有斜杠。")


def check_code_page(page: str) -> None:
    """A page that a mini-program code may open: no leading `/` and no query (that is the scene).

    Raises:
        BadPage: it does not have that form.
    """
    if not _PAGE.fullmatch(page):
        raise BadPage("小程序码打开的页面应形如 pages/rate/index，开头没有斜杠，也不带参数。")


def check_scene(scene: str) -> None:
    """A scene: 1 to 32 of the digits, letters and signs that the platform names.

    Raises:
        BadScene: it is empty, too long or has another character.
    """
    if not _SCENE.fullmatch(scene):
        raise BadScene("小程序码的参数应为 1 至 32 个数字、字母或 !#$&'()*+,/:;=?@-._~ 中的符号。")


class _Rule(NamedTuple):
    """One value type: the most UTF-16 units, the form, and how a person would say it."""

    longest: int
    accepts: Callable[[str], bool]
    says: str


def _units(text: str) -> int:
    return len(text) + sum(ord(char) > 0xFFFF for char in text)


def _tidy_thing(value: str) -> str:
    kept = (_visible(char) for char in value)
    text = " ".join("".join(kept).split())
    if _units(text) <= 20:
        return text
    while _units(text) > 19:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def _visible(char: str) -> str:
    """The character; a space for a control or line separator; nothing for an invisible one."""
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category.startswith("C") else char


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _is_symbol(text: str) -> bool:
    return all(unicodedata.category(char)[0] in "PS" and ord(char) <= 0xFFFF for char in text)


def _is_name(text: str) -> bool:
    """Han up to 10, letters among them or not; or up to 20 letters and the signs of names."""
    if not re.fullmatch(rf"[A-Za-z{_HAN}·.'\- ]+", text) or not any(c.isalpha() for c in text):
        return False
    return text.isascii() or _units(text) <= 10


def _is_amount(text: str) -> bool:
    match = _AMOUNT.fullmatch(text)
    if not match or not (match["sign"] or match["yuan"]):
        return False
    return len(match["whole"]) + len(match["part"] or "") <= 10


def _each_end(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    """A moment, or a range: two of them joined by `~`."""

    def accepts(text: str) -> bool:
        ends = text.split("~")
        return len(ends) <= 2 and all(_is_moment(pattern, end) for end in ends)

    return accepts


def _is_moment(pattern: re.Pattern[str], text: str) -> bool:
    match = pattern.fullmatch(text)
    if match is None:
        return False
    found = match.groupdict()
    months = [found[f"m{i}"] for i in range(1, 5) if found[f"m{i}"]]
    if not months:
        return True
    # 2000 was a leap year: 02-29 without a year may be right.
    year = found["y1"] or found["y3"] or "2000"
    day = found["d1"] or found["d2"] or found["d3"] or found["d4"] or "1"
    try:
        date(int(year), int(months[0]), int(day))
    except ValueError:
        return False
    return True


_RULES: Mapping[str, _Rule] = {
    "thing": _Rule(20, bool, "20 个以内的字符"),
    "number": _Rule(32, _matches(r"[0-9]+(?:\.[0-9]+)?"), "32 位以内的数字，可带小数"),
    "letter": _Rule(32, _matches(r"[A-Za-z]+"), "32 位以内的字母"),
    "symbol": _Rule(5, _is_symbol, "5 位以内的符号"),
    "character_string": _Rule(32, _matches(r"[\x21-\x7e]+"), "32 位以内的数字、字母或符号"),
    "time": _Rule(64, _each_end(_TIME), "24 小时制时间，可带日期，如 15:01 或 2019年10月1日 15:01"),
    "date": _Rule(64, _each_end(_DATE), "日期，可带时间，如 2019年10月1日"),
    "amount": _Rule(16, _is_amount, "一个币种符号加 10 位以内的数字，或以“元”结尾"),
    "phone_number": _Rule(17, _matches(r"[+(]?[0-9][0-9()\-]*"), "17 位以内的电话号码"),
    "car_number": _Rule(8, _matches(_CAR), "8 位以内的车牌号码"),
    "name": _Rule(20, _is_name, "10 个以内的汉字或 20 个以内的字母"),
    "phrase": _Rule(5, _matches("[\u4e00-\u9fff]+"), "5 个以内的汉字"),
}

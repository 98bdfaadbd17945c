"""The columns of a catalogue as a table: their titles in two languages, and what a cell means."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.catalog.guide import FLAGS, KIND_OF_LABEL, STATUTORY_DAYS, CaseType, Kind, ServedObject

_TITLES: Mapping[str, tuple[str, ...]] = {
    "department": ("部门", "部门名称", "实施主体", "实施主体名称", "实施部门", "所属部门"),
    "group": ("主项名称", "group_name", "事项主项", "主项", "分组"),
    "name": ("事项名称", "名称", "办理项名称"),
    "implementation_code": ("实施编码", "事项编码", "事项实施编码"),
    "kind_code": ("事项类型编码", "事项类型代码", "类型编码"),
    "kind": ("事项类型", "类型"),
    "region_code": ("行政区划代码", "行政区划编码", "区划代码", "区划编码"),
    "department_code": ("部门编码", "部门代码", "实施主体编码", "统一社会信用代码"),
    "case_type": ("办件类型",),
    "served_objects": ("服务对象",),
    "legal_days": ("法定时限", "法定办结时限", "法定期限"),
    "promised_days": ("承诺时限", "承诺办结时限", "承诺期限"),
    "visits": ("到现场次数", "跑动次数", "到办事现场次数"),
    "instant_service": ("马上办",),
    "online": ("网上办",),
    "nearby": ("就近办",),
    "one_visit": ("一次办",),
    "on_phone": ("掌上办",),
}
COLUMNS: Mapping[str, str] = {
    title: column for column, titles in _TITLES.items() for title in (column, *titles)
}
"""The column of each title, as titles are compared: in lower case, without spaces and brackets."""
NEEDED: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"department"}), "部门"),
    (frozenset({"name"}), "事项名称"),
    (frozenset({"implementation_code"}), "实施编码"),
    (frozenset({"kind_code", "kind"}), "事项类型"),
)
"""Columns that a file must have, one of each set, and what to call them."""

_DAYS = re.compile(r"(\d{1,4})\s*(?:个)?(?:工作日|日|天)?")
_YES = {"是", "1", "true", "yes", "y", "√", "✓", "有"}
_NO = {"", "否", "0", "false", "no", "n", "×", "无", "-"}
_CASE_TYPES = {
    "即办件": CaseType.INSTANT,
    "instant": CaseType.INSTANT,
    "承诺件": CaseType.PROMISED,
    "promised": CaseType.PROMISED,
}
_SERVED = {
    ServedObject.PERSON: ("自然人", "个人", "person"),
    ServedObject.LEGAL: ("法人", "企业", "组织", "单位", "legal"),
}


TITLES: Mapping[str, str] = {
    column: next((title for title in titles if not title.isascii()), column)
    for column, titles in _TITLES.items()
}
"""What each column is called in a template, in its order."""
EXAMPLE_CODE = "示例（本行不导入）"
"""What stands as the implementation code in the template's example: the row is passed over."""


class CellProblem(Exception):  # noqa: N818 - says to a person what is wrong with a cell
    """A cell cannot be read; the message says why. `column` is empty for a row as a whole."""

    def __init__(self, message: str, column: str = "") -> None:
        super().__init__(message)
        self.column = column


def read_cells(cells: Mapping[str, str], given: dict[str, Any]) -> Iterator[CellProblem]:
    """Put what the cells of a row state into `given`, by the names of `Content`'s fields.

    Yields a problem for each cell that cannot be read.
    """
    for put in (_put_texts, _put_kind, _put_case, _put_limits, _put_visits, _put_flags):
        try:
            put(cells, given)
        except CellProblem as problem:
            yield problem


def _put_texts(cells: Mapping[str, str], given: dict[str, Any]) -> None:
    given["name"] = cells.get("name", "")
    for column, name in (
        ("group", "group_name"),
        ("region_code", "region_code"),
        ("department_code", "department_code"),
    ):
        if column in cells:
            given[name] = cells[column]


def _put_kind(cells: Mapping[str, str], given: dict[str, Any]) -> None:
    code, label = cells.get("kind_code", ""), cells.get("kind", "")
    if not code and not label:
        raise CellProblem("缺少事项类型。", "kind" if "kind" in cells else "kind_code")
    kind = KIND_OF_LABEL.get(label)
    if label and kind is None:
        said = f"事项类型“{label}”不在可选范围内：{'、'.join(KIND_OF_LABEL)}。"
        raise CellProblem(said, "kind")
    if code:
        if not code.isascii() or not code.isdigit() or int(code) not in set(Kind):
            raise CellProblem(f"事项类型编码“{code}”不在可选范围内。", "kind_code")
        if kind is not None and kind != int(code):
            raise CellProblem(f"事项类型编码“{code}”与事项类型“{label}”不一致。", "kind_code")
        kind = Kind(int(code))
    given["kind"] = kind


def _put_case(cells: Mapping[str, str], given: dict[str, Any]) -> None:
    if cells.get("case_type"):
        if cells["case_type"] not in _CASE_TYPES:
            said = f"办件类型“{cells['case_type']}”只能是即办件或承诺件。"
            raise CellProblem(said, "case_type")
        given["case_type"] = _CASE_TYPES[cells["case_type"]]
    if cells.get("served_objects"):
        served = [kind for kind, words in _SERVED.items() if _any(words, cells["served_objects"])]
        if not served:
            said = f"服务对象“{cells['served_objects']}”只能是自然人或法人。"
            raise CellProblem(said, "served_objects")
        given["served_objects"] = tuple(served)


def _any(words: tuple[str, ...], text: str) -> bool:
    return any(word in text for word in words)


def _put_limits(cells: Mapping[str, str], given: dict[str, Any]) -> None:
    """A promise without a legal limit keeps within the statutory one; a legal limit without a
    promise is what is promised; 即办件 without any are decided on the day."""
    legal = _count(cells, "legal_days", "法定时限", _DAYS)
    promised = _count(cells, "promised_days", "承诺时限", _DAYS)
    if legal is not None or promised is not None:
        given["legal_days"] = STATUTORY_DAYS if legal is None else legal
        given["promised_days"] = given["legal_days"] if promised is None else promised
        given["limits_given"] = True
    elif given.get("case_type") is CaseType.INSTANT:
        given["promised_days"] = 0


def _count(cells: Mapping[str, str], column: str, label: str, shape: re.Pattern[str]) -> int | None:
    text = cells.get(column, "")
    if not text:
        return None
    found = shape.fullmatch(text)
    if found is None or not text.isprintable():
        raise CellProblem(f"{label}“{text}”应当是数字。", column)
    return int(found[1])


def _put_visits(cells: Mapping[str, str], given: dict[str, Any]) -> None:
    visits = _count(cells, "visits", "到现场次数", re.compile(r"(\d{1,2})\s*次?"))
    if visits is not None:
        given["visits"] = visits


def _put_flags(cells: Mapping[str, str], given: dict[str, Any]) -> None:
    for flag in FLAGS:
        if flag not in cells:
            continue
        text = cells[flag].lower()
        if text not in _YES | _NO:
            raise CellProblem(f"“{_TITLES[flag][0]}”只能填是或否。", flag)
        given[flag] = text in _YES

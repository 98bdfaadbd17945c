"""The spreadsheet to fill in: the columns of a catalogue, what each means, and an example."""

import functools
import io
from typing import Any

from app.catalog.columns import EXAMPLE_CODE, NEEDED, TITLES
from app.catalog.guide import FLAGS, KIND_OF_LABEL

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAME = "事项目录模板.xlsx"
SHEET, HELP = "事项目录", "填写说明"
ROWS = 5_000
"""Rows of which the cells are prepared: codes as text, and lists to choose from."""
_ASKED = ("kind_code",)
"""Columns that are left out: the kind by its name says the same."""
_EXAMPLE = {
    "department": "水利局",
    "group": "取水许可",
    "name": "取水许可证核发",
    "implementation_code": EXAMPLE_CODE,
    "kind": "行政许可",
    "region_code": "511602000000",
    "department_code": "",
    "case_type": "承诺件",
    "served_objects": "自然人、法人",
    "legal_days": "20",
    "promised_days": "10",
    "visits": "1",
} | dict.fromkeys(FLAGS, "否")
_MEANS = {
    "department": "负责这件事的部门的名称；大厅还没有的部门会自动增加",
    "group": "所属主项的名称，没有就不填",
    "name": "群众看到的名称",
    "implementation_code": "同一编码的事项更新为新版本；请保持文本格式，不要让表格改成数字",
    "kind": "、".join(KIND_OF_LABEL),
    "region_code": "12 位行政区划代码",
    "department_code": "部门的编码或统一社会信用代码",
    "case_type": "即办件或承诺件",
    "served_objects": "自然人、法人，可以都填",
    "legal_days": "工作日数；没有承诺时限的，按法定时限",
    "promised_days": "工作日数，不超过法定时限",
    "visits": "次数，不用跑填 0",
} | dict.fromkeys(FLAGS, "是或否")
_CHOICES = {
    "kind": list(KIND_OF_LABEL),
    "case_type": ["即办件", "承诺件"],
    **{flag: ["是", "否"] for flag in FLAGS},
}


@functools.cache
def template() -> bytes:
    """The file. What is left of its example is passed over by an import."""
    import xlsxwriter  # noqa: PLC0415 - 10 MB, for whoever asks for it

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": "#1F5FA8"})
    example = book.add_format({"num_format": "@", "italic": True, "font_color": "#57606A"})
    columns = [column for column in TITLES if column not in _ASKED]
    sheet = book.add_worksheet(SHEET)
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        wide = 42 if column in ("name", "implementation_code") else 16
        sheet.set_column(at, at, wide, text)
        sheet.write_string(0, at, _title(column), head)
        sheet.write_string(1, at, _EXAMPLE[column], example)
        if column in _CHOICES:
            sheet.data_validation(1, at, ROWS, at, {"validate": "list", "source": _CHOICES[column]})
    _explain(book, columns, head)
    book.close()
    return target.getvalue()


def _title(column: str) -> str:
    needed = any(column in names for names, _ in NEEDED)
    return f"{TITLES[column]}{'*' if needed else ''}"


def _explain(book: Any, columns: list[str], head: Any) -> None:
    sheet = book.add_worksheet(HELP)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 70)
    rows = [("列", "怎样填（带 * 的必填）"), *((_title(one), _MEANS[one]) for one in columns)]
    for at, row in enumerate(rows):
        for column, said in enumerate(row):
            sheet.write_string(at, column, said, head if at == 0 else None)
    last = "可以删去不用的列，也可以改变列的顺序；没有的列，已有事项保持原来的内容。"
    sheet.write_string(len(rows) + 1, 0, last)

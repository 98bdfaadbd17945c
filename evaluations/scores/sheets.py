"""Tables as a spreadsheet for people who report them: sheets of figures, and one that explains."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Row = TypeVar("Row")
Whole = TypeVar("Whole")
Row_contra = TypeVar("Row_contra", contravariant=True)
Cell = str | float | None

_FONT = {"font_name": "Microsoft YaHei"}
_EDGE = {"border": 1, "border_color": "#D0D7DE", "valign": "vcenter"}
_STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "valign": "vcenter"},
    "note": {"font_color": "#57606A", "valign": "vcenter"},
    "head": _EDGE
    | {"bold": True, "font_color": "#FFFFFF", "bg_color": "#1F5FA8", "align": "center"}
    | {"text_wrap": True},
    "text": _EDGE,
    "count": _EDGE | {"num_format": "#,##0", "align": "right"},
    "percent": _EDGE | {"num_format": "0.0%", "align": "right"},
    "change": _EDGE | {"num_format": "+0.0%;-0.0%;0.0%", "align": "right"},
    "decimal": _EDGE | {"num_format": "0.00", "align": "right"},
    "wrap": _EDGE | {"text_wrap": True},
}
_TOTAL = {"bold": True, "bg_color": "#EAF1FA"}
_HEAD_ROW = 3


@dataclass(frozen=True)
class Column(Generic[Row_contra]):
    """One column: `style` is text, count, percent, change or decimal; None leaves a cell blank."""

    title: str
    width: int
    style: str
    value: Callable[[Row_contra], Cell]


def of_part(column: Column[Row], part: Callable[[Whole], Row | None]) -> Column[Whole]:
    """A column of rows that hold, or lack, what the given column is of; a cell is blank without."""

    def value(row: Whole) -> Cell:
        found = part(row)
        return None if found is None else column.value(found)

    return Column(column.title, column.width, column.style, value)


@dataclass(frozen=True)
class Sheet(Generic[Row]):
    """One table. The first `totals` rows stand out; the first `fixed` columns stay in sight."""

    name: str
    title: str
    note: str
    columns: Sequence[Column[Row]]
    rows: Sequence[Row]
    totals: int = 0
    fixed: int = 2


def workbook(sheets: Sequence[Sheet[Any]], says: Sequence[tuple[str, str]]) -> bytes:
    """The file: the sheets, and one with what `says` explains, a name and a text in each line.

    Text is written as text: a name that begins with `=` is never a formula.
    """
    target = io.BytesIO()
    import xlsxwriter  # noqa: PLC0415 - 10 MB, for whoever downloads a sheet

    book = xlsxwriter.Workbook(target, {"in_memory": True})
    styles = {name: book.add_format(_FONT | style) for name, style in _STYLES.items()}
    totals = {name: book.add_format(_FONT | style | _TOTAL) for name, style in _STYLES.items()}
    for sheet in sheets:
        _table(book.add_worksheet(sheet.name), sheet, styles, totals)
    _explanation(book.add_worksheet("口径说明"), says, styles)
    book.close()
    return target.getvalue()


def _table(page: Any, sheet: Sheet[Any], styles: dict[str, Any], totals: dict[str, Any]) -> None:
    page.set_row(0, 28)
    page.write_string(0, 0, sheet.title, styles["title"])
    page.write_string(1, 0, sheet.note, styles["note"])
    page.set_row(_HEAD_ROW, 30)
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width)
        page.write_string(_HEAD_ROW, index, column.title, styles["head"])
    for offset, row in enumerate(sheet.rows):
        chosen = totals if offset < sheet.totals else styles
        for index, column in enumerate(sheet.columns):
            _cell(page, _HEAD_ROW + 1 + offset, index, column.value(row), chosen[column.style])
    page.autofilter(_HEAD_ROW, 0, _HEAD_ROW + len(sheet.rows), len(sheet.columns) - 1)
    page.freeze_panes(_HEAD_ROW + 1, sheet.fixed)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(_HEAD_ROW)


def _cell(page: Any, row: int, column: int, value: Cell, style: Any) -> None:
    if value is None:
        page.write_blank(row, column, None, style)
    elif isinstance(value, str):
        page.write_string(row, column, value, style)
    else:
        page.write_number(row, column, value, style)


def _explanation(page: Any, says: Sequence[tuple[str, str]], styles: dict[str, Any]) -> None:
    page.set_column(0, 0, 18)
    page.set_column(1, 1, 90)
    page.write_string(0, 0, "项目", styles["head"])
    page.write_string(0, 1, "说明", styles["head"])
    for offset, (name, text) in enumerate(says, 1):
        page.write_string(offset, 0, name, styles["wrap"])
        page.write_string(offset, 1, text, styles["wrap"])
    page.freeze_panes(1, 0)

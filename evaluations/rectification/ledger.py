"""The monthly ledger (台账) of bad ratings: as JSON page by page, and as a spreadsheet."""

import asyncio
import io
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.core.acts import Act
from app.core.clock import CHINA, day_of
from app.core.wire import File, decode_cursor, encode_cursor
from app.halls import service as halls
from evaluations.ratings.rules import LEVEL_NAMES
from evaluations.ratings.tags import NATIONAL
from evaluations.rectification import queries, service
from evaluations.rectification.rates import FORMULAS
from evaluations.rectification.report_schemas import (
    Ledger,
    LedgerFileQuery,
    LedgerQuery,
    LedgerRow,
    RectificationRates,
    RectificationRatesRow,
)
from evaluations.rectification.rules import STATE_NAMES, VERDICT_NAMES, State, Verdict

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def days_of_month(month: str) -> tuple[date, date]:
    """The first and the last day of a month, given as `2026-03`."""
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


async def read(act: Act, query: LedgerQuery) -> Ledger:
    """One page of a month's ledger, with the month's rates.

    Raises:
        Forbidden: the caller neither manages nor supervises the hall.
    """
    first, last = days_of_month(query.month)
    rates = await service.rates(act, query.hall_id, first, last)
    cursor = decode_cursor(query.after, int)
    found = await queries.ledger(
        query.hall_id, first, last, after=cursor[0] if cursor else 0, limit=query.limit + 1
    )
    lines = await _lines(found[: query.limit])
    more = len(found) > query.limit
    return Ledger(
        month=query.month,
        rates=rates,
        items=lines,
        next=encode_cursor(lines[-1].number) if more else None,
    )


async def _lines(found: list[dict[str, Any]]) -> list[LedgerRow]:
    names = await halls.names(*{row["department_id"] for row in found})
    return [
        LedgerRow(
            number=row["number"],
            id=row["id"],
            received_on=row["received_on"],
            department=names.get(row["department_id"]),
            item_name=row["item_name"],
            level=row["level"],
            tags=[NATIONAL.text(tag) for tag in row["tags"]],
            named=row["citizen_id"] is not None,
            verdict=Verdict(row["verdict"]) if row["verdict"] else None,
            progress=STATE_NAMES[State(row["state"])],
            done=row["done"],
            rectify_due=row["rectify_due"],
            rectified_on=_day(row["rectified_at"]),
            late=row["late"],
            red_lights=row["red_lights"],
            answered_on=_day(row["answered_at"]),
            satisfied=row["satisfied"],
            closed_on=_day(row["closed_at"]),
        )
        for row in found
    ]


def _day(moment: datetime | None) -> date | None:
    return day_of(moment) if moment else None


async def file(act: Act, query: LedgerFileQuery) -> File:
    """The whole ledger of a month as a spreadsheet; else as `read`."""
    first, last = days_of_month(query.month)
    rates = await service.rates(act, query.hall_id, first, last)
    lines = await _lines(await queries.ledger(query.hall_id, first, last, after=0, limit=None))
    content = await asyncio.to_thread(workbook, rates, lines, act.at)
    return File(content, CONTENT_TYPE, f"差评整改台账_{rates.hall_name}_{query.month}.xlsx")


@dataclass(frozen=True)
class _Column:
    title: str
    width: int
    value: Callable[[LedgerRow], str | int]


def _said(day: date | None) -> str:
    return day.isoformat() if day else ""


def _satisfied(row: LedgerRow) -> str:
    return {None: "", True: "满意", False: "不满意"}[row.satisfied]


_COLUMNS = (
    _Column("序号", 6, lambda row: row.number),
    _Column("收到日期", 12, lambda row: _said(row.received_on)),
    _Column("责任部门", 22, lambda row: row.department or "待分派"),
    _Column("事项", 28, lambda row: row.item_name),
    _Column("评价等级", 11, lambda row: LEVEL_NAMES[row.level]),
    _Column("评价标签", 26, lambda row: "、".join(row.tags)),
    _Column("评价人", 8, lambda row: "实名" if row.named else "匿名"),
    _Column("核实结论", 12, lambda row: VERDICT_NAMES[row.verdict] if row.verdict else ""),
    _Column("整改措施", 44, lambda row: row.done or ""),
    _Column("整改时限", 12, lambda row: _said(row.rectify_due)),
    _Column("整改完成", 12, lambda row: _said(row.rectified_on)),
    _Column("是否超期", 9, lambda row: "超期" if row.late else ""),
    _Column("红灯次数", 9, lambda row: row.red_lights),
    _Column("答复日期", 12, lambda row: _said(row.answered_on)),
    _Column("回访结果", 10, _satisfied),
    _Column("办结日期", 12, lambda row: _said(row.closed_on)),
    _Column("当前状态", 11, lambda row: row.progress),
)
_EDGE = {"border": 1, "border_color": "#D0D7DE", "valign": "vcenter", "text_wrap": True}
_HEAD = _EDGE | {"bold": True, "font_color": "#FFFFFF", "bg_color": "#1F5FA8", "align": "center"}
_HEAD_ROW = 3


def workbook(rates: RectificationRates, lines: list[LedgerRow], made_at: datetime) -> bytes:
    """The file: the ledger, the rates by department, and what each rate is made of.

    Text is written as text: a name that begins with `=` is never a formula.
    """
    target = io.BytesIO()
    import xlsxwriter  # noqa: PLC0415 - 10 MB, for whoever downloads a sheet

    book = xlsxwriter.Workbook(target, {"in_memory": True})
    font = {"font_name": "Microsoft YaHei"}
    styles = {
        "title": book.add_format(font | {"bold": True, "font_size": 16}),
        "note": book.add_format(font | {"font_color": "#57606A"}),
        "head": book.add_format(font | _HEAD),
        "cell": book.add_format(font | _EDGE),
        "percent": book.add_format(font | _EDGE | {"num_format": "0.0%"}),
    }
    _lines_sheet(book.add_worksheet("台账"), rates, lines, styles)
    _rates_sheet(book.add_worksheet("整改率"), rates, made_at, styles)
    book.close()
    return target.getvalue()


def _lines_sheet(
    sheet: Any, rates: RectificationRates, lines: list[LedgerRow], styles: dict[str, Any]
) -> None:
    sheet.set_row(0, 28)
    sheet.write_string(0, 0, f"{rates.hall_name} 差评整改台账", styles["title"])
    period = f"{rates.first} 至 {rates.last} 收到的差评（北京时间），不含个人信息"
    sheet.write_string(1, 0, period, styles["note"])
    for index, column in enumerate(_COLUMNS):
        sheet.set_column(index, index, column.width)
        sheet.write_string(_HEAD_ROW, index, column.title, styles["head"])
    for offset, row in enumerate(lines, _HEAD_ROW + 1):
        for index, column in enumerate(_COLUMNS):
            _write(sheet, offset, index, column.value(row), styles["cell"])
    sheet.autofilter(_HEAD_ROW, 0, _HEAD_ROW + max(1, len(lines)), len(_COLUMNS) - 1)
    sheet.freeze_panes(_HEAD_ROW + 1, 3)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD_ROW)


def _rates_sheet(
    sheet: Any, rates: RectificationRates, made_at: datetime, styles: dict[str, Any]
) -> None:
    heads = ["部门", "收到差评", "已办结"]
    heads += [f"{name}{part}" for name, _ in FORMULAS for part in ("分子", "分母", "")]
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, len(heads) - 1, 13)
    for index, head in enumerate(heads):
        sheet.write_string(0, index, head, styles["head"])
    for offset, row in enumerate([rates.total, *rates.departments], 1):
        _rates_row(sheet, offset, row, styles)
    at = f"{made_at.astimezone(CHINA):%Y-%m-%d %H:%M}（北京时间）"
    below = len(rates.departments) + 3
    for offset, (name, text) in enumerate((*FORMULAS, ("生成时间", at)), below):
        sheet.write_string(offset, 0, name, styles["note"])
        sheet.write_string(offset, 1, text, styles["note"])
    sheet.freeze_panes(1, 1)


def _rates_row(sheet: Any, offset: int, row: RectificationRatesRow, styles: dict[str, Any]) -> None:
    sheet.write_string(offset, 0, row.name, styles["cell"])
    sheet.write_number(offset, 1, row.received, styles["cell"])
    sheet.write_number(offset, 2, row.closed, styles["cell"])
    for place, ratio in enumerate((row.rectification, row.on_time, row.revisit)):
        column = 3 + 3 * place
        sheet.write_number(offset, column, ratio.numerator, styles["cell"])
        sheet.write_number(offset, column + 1, ratio.denominator, styles["cell"])
        if ratio.value is None:
            sheet.write_blank(offset, column + 2, None, styles["percent"])
        else:
            sheet.write_number(offset, column + 2, ratio.value, styles["percent"])


def _write(sheet: Any, row: int, column: int, value: str | int, style: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, value, style)
    else:
        sheet.write_number(row, column, value, style)

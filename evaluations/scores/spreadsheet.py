"""Scores as a spreadsheet for people who report them: one sheet of figures, one of formulas."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter

from app.core.clock import CHINA
from evaluations.scores.schemas import Rate, Score, Scores

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BY_NAMES = {
    "hall": "政务服务中心",
    "department": "部门",
    "window": "窗口",
    "staff": "工作人员",
    "item": "事项",
    "channel": "评价渠道",
    "tag": "评价标签",
}
FORMULAS = (
    ("满意度", "（基本满意＋满意＋非常满意的评价数）÷ 评价总数"),
    ("好评率", "（满意＋非常满意的评价数）÷ 评价总数"),
    ("平均等级", "各评价等级（1 至 5）之和 ÷ 评价总数"),
    ("平均得分", "各评价得分（五个等级由高到低计 10、8、6、3、0 分）之和 ÷ 评价总数"),
    ("主动评价率", "期内应评服务中已评价的件数 ÷ 期内应评件数（期内结束的窗口服务和办结的办件）"),
    ("满意度下限", "满意度的威尔逊 95% 置信区间下限，排名以此为准，评价少的不因偶然而靠前"),
)
"""What each figure is, in the words of the sheet."""


@dataclass(frozen=True)
class _Column:
    title: str
    width: int
    style: str
    value: Callable[[Score], str | float | None]


def _rate(pick: Callable[[Score], Rate]) -> Callable[[Score], float | None]:
    return lambda row: pick(row).value


def _level(level: int) -> Callable[[Score], float]:
    return lambda row: row.levels[str(level)]


_COLUMNS = (
    _Column("排名", 7, "count", lambda row: row.rank),
    _Column("名称", 32, "text", lambda row: row.name),
    _Column("非常满意", 10, "count", _level(5)),
    _Column("满意", 10, "count", _level(4)),
    _Column("基本满意", 10, "count", _level(3)),
    _Column("不满意", 10, "count", _level(2)),
    _Column("非常不满意", 11, "count", _level(1)),
    _Column("评价总数", 10, "count", lambda row: row.rated),
    _Column("满意度", 10, "percent", _rate(lambda row: row.satisfaction)),
    _Column("好评率", 10, "percent", _rate(lambda row: row.good_rate)),
    _Column("平均等级", 10, "decimal", _rate(lambda row: row.mean_level)),
    _Column("平均得分", 10, "decimal", _rate(lambda row: row.mean_points)),
    _Column("应评件数", 10, "count", lambda row: row.due),
    _Column("应评已评", 10, "count", lambda row: row.due_rated),
    _Column("主动评价率", 11, "percent", _rate(lambda row: row.participation)),
    _Column("满意度下限", 11, "percent", lambda row: row.wilson_lower),
    _Column("备注", 22, "text", lambda row: "样本少，不参与排名" if row.small_sample else ""),
)

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
    "decimal": _EDGE | {"num_format": "0.00", "align": "right"},
    "wrap": _EDGE | {"text_wrap": True},
}
_TOTAL = {"bold": True, "bg_color": "#EAF1FA"}
_HEAD_ROW = 3


def filename(scores: Scores) -> str:
    """The name under which the file is saved."""
    return f"好差评统计_{BY_NAMES[scores.by]}_{scores.first}_{scores.last}.xlsx"


def workbook(scores: Scores, made_at: datetime) -> bytes:
    """The file. Text is written as text: a name that begins with `=` is never a formula."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    styles = {name: book.add_format(_FONT | style) for name, style in _STYLES.items()}
    totals = {
        name: book.add_format(_FONT | _STYLES[name] | _TOTAL)
        for name in ("text", "count", "percent", "decimal")
    }
    _figures(book.add_worksheet("统计"), scores, styles, totals)
    _explanation(book.add_worksheet("口径说明"), scores, made_at, styles)
    book.close()
    return target.getvalue()


def _figures(sheet: Any, scores: Scores, styles: dict[str, Any], totals: dict[str, Any]) -> None:
    sheet.set_row(0, 28)
    sheet.write_string(0, 0, f"{scores.hall_name} 好差评统计", styles["title"])
    sheet.write_string(
        1,
        0,
        f"按{BY_NAMES[scores.by]}统计，{scores.first} 至 {scores.last}（北京时间，含首尾两日）",
        styles["note"],
    )
    sheet.set_row(_HEAD_ROW, 30)
    for index, column in enumerate(_COLUMNS):
        sheet.set_column(index, index, column.width)
        sheet.write_string(_HEAD_ROW, index, column.title, styles["head"])
    for offset, row in enumerate([scores.total, *scores.rows], _HEAD_ROW + 1):
        _row(sheet, offset, row, totals if row is scores.total else styles)
    last = _HEAD_ROW + 1 + len(scores.rows)
    sheet.autofilter(_HEAD_ROW, 0, last, len(_COLUMNS) - 1)
    sheet.freeze_panes(_HEAD_ROW + 1, 2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD_ROW)


def _row(sheet: Any, offset: int, row: Score, styles: dict[str, Any]) -> None:
    for index, column in enumerate(_COLUMNS):
        value, style = column.value(row), styles[column.style]
        if value is None:
            sheet.write_blank(offset, index, None, style)
        elif isinstance(value, str):
            sheet.write_string(offset, index, value, style)
        else:
            sheet.write_number(offset, index, value, style)


def _explanation(sheet: Any, scores: Scores, made_at: datetime, styles: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 90)
    lines = (
        ("统计范围", f"{scores.hall_name}及其下级中心"),
        ("统计期间", f"{scores.first} 至 {scores.last}（北京时间，含首尾两日）"),
        ("统计维度", BY_NAMES[scores.by]),
        ("生成时间", f"{made_at.astimezone(CHINA):%Y-%m-%d %H:%M}（北京时间）"),
        *FORMULAS,
        ("排名", f"评价少于 {scores.small_sample_below} 件的只列数据，不参与排名。"),
        ("未评价", "未评价不是好评也不是差评，只计入主动评价率。没有任何评价由系统默认产生。"),
    )
    sheet.write_string(0, 0, "项目", styles["head"])
    sheet.write_string(0, 1, "说明", styles["head"])
    for offset, (name, text) in enumerate(lines, 1):
        sheet.write_string(offset, 0, name, styles["wrap"])
        sheet.write_string(offset, 1, text, styles["wrap"])
    sheet.freeze_panes(1, 0)

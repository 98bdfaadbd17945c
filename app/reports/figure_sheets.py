"""The figures of handling time as spreadsheets, with what each rate is made of."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.core.clock import CHINA
from app.core.wire import File
from app.supervision.report_schemas import (
    By,
    FigureRate,
    FigureView,
    HandlingCompared,
    HandlingComparison,
    HandlingFigures,
    HandlingReport,
    HandlingRow,
    HandlingTrend,
)
from evaluations.scores.schemas import Bucket
from evaluations.scores.sheets import CONTENT_TYPE, Cell, Column, Sheet, of_part, workbook
from evaluations.scores.spreadsheet import STEP_NAMES

BY_NAMES: dict[By, str] = {
    "hall": "政务服务中心",
    "department": "部门",
    "window": "窗口",
    "staff": "工作人员",
    "item": "事项",
    "case_type": "办件类型",
}
_Rate = Callable[[HandlingFigures], FigureRate]
_RATES: tuple[tuple[str, str, _Rate], ...] = (
    ("平均办理用时（工作日）", "decimal", lambda row: row.handling_time),
    ("一日办结率", "percent", lambda row: row.within_a_day),
    ("按时办结率", "percent", lambda row: row.on_time),
    ("时限压缩率", "percent", lambda row: row.compression),
    ("承诺压缩率", "percent", lambda row: row.promised_compression),
)


def _value(pick: _Rate) -> Callable[[HandlingFigures], Cell]:
    return lambda row: pick(row).value


_COLUMNS: tuple[Column[HandlingFigures], ...] = (
    Column("办结件数", 10, "count", lambda row: row.decided),
    Column("准予", 9, "count", lambda row: row.granted),
    Column("不予", 9, "count", lambda row: row.refused),
    *(Column(title, 13, style, _value(pick)) for title, style, pick in _RATES),
    Column("补正次数", 10, "count", lambda row: row.corrections),
    Column("二次补正", 10, "count", lambda row: row.second_corrections),
    Column("默认同意", 10, "count", lambda row: row.by_default),
    Column("备注", 14, "text", lambda row: "样本少" if row.small_sample else ""),
)


def of_report(view: HandlingReport, made_at: datetime) -> File:
    """The figures of each key of one dimension."""
    columns: list[Column[HandlingRow]] = [
        Column("名称", 32, "text", lambda row: row.name),
        *_COLUMNS,
    ]
    what = f"按{BY_NAMES[view.by]}统计"
    sheet = _sheet("办理时长", view, what, columns, [view.total, *view.rows], totals=1)
    return _file(sheet, view, f"办理时长_{BY_NAMES[view.by]}", made_at)


_Point = tuple[Bucket, str, HandlingFigures | None]


def _figures(point: _Point) -> HandlingFigures | None:
    return point[2]


def of_trend(view: HandlingTrend, made_at: datetime) -> File:
    """How the figures went; a line without figures is a gap: nothing was decided."""
    columns: list[Column[_Point]] = [
        Column("起", 12, "text", lambda row: row[0].first.isoformat()),
        Column("止", 12, "text", lambda row: row[0].last.isoformat()),
        Column("名称", 32, "text", lambda row: row[1]),
        *(of_part(column, _figures) for column in _COLUMNS),
    ]
    rows: list[_Point] = [
        (bucket, series.name, point)
        for series in view.series
        for bucket, point in zip(view.buckets, series.points, strict=True)
    ]
    sheet = _sheet("趋势", view, f"按{STEP_NAMES[view.step]}", columns, rows, fixed=3)
    return _file(sheet, view, f"办理时长趋势_{STEP_NAMES[view.step]}", made_at)


def of_comparison(view: HandlingComparison, made_at: datetime) -> File:
    """Two periods side by side."""
    columns: list[Column[HandlingCompared]] = [
        Column("名称", 32, "text", lambda row: row.name),
        Column("本期办结", 10, "count", lambda row: row.now.decided if row.now else None),
        Column("对比期办结", 11, "count", lambda row: row.before.decided if row.before else None),
    ]
    changes: dict[str, tuple[str, Callable[[HandlingCompared], Cell]]] = {
        "平均办理用时（工作日）": ("decimal", lambda row: row.change.handling_time),
        "一日办结率": ("change", lambda row: row.change.within_a_day),
        "按时办结率": ("change", lambda row: row.change.on_time),
        "时限压缩率": ("change", lambda row: row.change.compression),
    }
    for title, style, pick in _RATES:
        if title not in changes:
            continue
        changed, change = changes[title]
        columns += [
            Column(f"本期{title}", 13, style, _now(pick)),
            Column(f"对比期{title}", 13, style, _before(pick)),
            Column(f"{title}变化", 13, changed, change),
        ]
    what = f"按{BY_NAMES[view.by]}，对比期为 {view.before_first} 至 {view.before_last}"
    sheet = _sheet("对比", view, what, columns, [view.total, *view.rows], totals=1)
    return _file(sheet, view, f"办理时长对比_{BY_NAMES[view.by]}", made_at)


def _now(pick: _Rate) -> Callable[[HandlingCompared], Cell]:
    return lambda row: pick(row.now).value if row.now else None


def _before(pick: _Rate) -> Callable[[HandlingCompared], Cell]:
    return lambda row: pick(row.before).value if row.before else None


def _sheet(
    name: str,
    view: FigureView,
    what: str,
    columns: list[Any],
    rows: list[Any],
    *,
    totals: int = 0,
    fixed: int = 1,
) -> Sheet[Any]:
    note = f"{what}，{view.first} 至 {view.last}（北京时间，含首尾两日）"
    return Sheet(name, f"{view.hall_name} 办理时长", note, columns, rows, totals, fixed)


def _file(sheet: Sheet[Any], view: FigureView, what: str, made_at: datetime) -> File:
    says = (
        ("统计范围", f"{view.hall_name}及其下级中心"),
        ("统计期间", f"{view.first} 至 {view.last}（北京时间，含首尾两日），按办结日期"),
        ("生成时间", f"{made_at.astimezone(CHINA):%Y-%m-%d %H:%M}（北京时间）"),
        *((text.partition("=")[0].strip(), text) for text in view.formulas.values()),
        ("补正次数、默认同意", "期内办结的办件中的次数，按部门统计时计在主办部门名下。"),
        ("变化", "本期减对比期；比率的变化是百分点之差。"),
        ("样本少", f"办结不足 {view.small_sample_below} 件的，比率仅供参考。"),
    )
    name = f"{what}_{view.first}_{view.last}.xlsx"
    return File(workbook([sheet], says), CONTENT_TYPE, name)

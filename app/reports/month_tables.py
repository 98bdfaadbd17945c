"""The later chapters of the report: what is missing, bad ratings, handling time, formulas."""

from app.pages.words import number, percent
from app.reports import plots
from app.reports.month import MonthReport
from app.reports.paper import SOFT, Column, Paper
from app.reports.plots import Line, share_text
from app.supervision.rates import FORMULAS as HANDLING_FORMULAS
from evaluations.rectification.rates import FORMULAS as RECTIFICATION_FORMULAS
from evaluations.scores.spreadsheet import FORMULAS

MOST_ROWS = 20
"""Rows of a list; what is left out is counted in a sentence."""


def participation(paper: Paper, report: MonthReport) -> None:
    """Who took part, and from where nothing came."""
    found = report.missing
    paper.heading("参与与缺失")
    paper.paragraph(
        f"本月 {found.working_days} 个工作日。{found.windows_looked_at} 个有服务或"
        f"有人在岗的窗口中，"
        f"{len(found.windows)} 个没有评价；{found.devices_looked_at} 台在用评价设备中，"
        f"{len(found.devices)} 台没有评价。"
    )
    if found.windows:
        paper.space(4)
        paper.table(
            (Column("没有评价的窗口", 3), Column("中心", 3), Column("应评件数", 1, "right")),
            [(one.name, one.hall_name, number(one.due)) for one in found.windows[:MOST_ROWS]],
        )
        _left(paper, len(found.windows))
    if found.devices:
        paper.space(4)
        paper.table(
            (Column("没有评价的设备", 3), Column("中心", 3), Column("期内有联系", 1, "center")),
            [
                (one.name, one.hall_name, "是" if one.seen else "否")
                for one in found.devices[:MOST_ROWS]
            ],
        )
        _left(paper, len(found.devices))


def _left(paper: Paper, count: int) -> None:
    if count > MOST_ROWS:
        paper.paragraph(f"另有 {count - MOST_ROWS} 个未列出。", 8.5, SOFT)


def rectification(paper: Paper, report: MonthReport) -> None:
    """What became of the month's bad ratings, by department."""
    found = report.rectification
    paper.heading("差评整改")
    if not found.total.received:
        paper.paragraph("本月没有收到差评。")
        return
    rows = [found.total, *found.departments[:MOST_ROWS]]
    paper.table(
        (
            Column("部门", 2.4),
            Column("收到", 0.8, "right"),
            Column("办结", 0.8, "right"),
            Column("整改率", 1.4, "right"),
            Column("按期整改率", 1.4, "right"),
            Column("回访率", 1.4, "right"),
        ),
        [
            (
                row.name,
                number(row.received),
                number(row.closed),
                *(_made_of(one) for one in (row.rectification, row.on_time, row.revisit)),
            )
            for row in rows
        ],
    )
    _left(paper, len(found.departments))


def _made_of(rate: object) -> str:
    """A rate with what it is made of: 98.5%（65/66）."""
    value, numerator = getattr(rate, "value", None), getattr(rate, "numerator", 0)
    if value is None:
        return "—"
    return f"{percent(value)}（{numerator}/{getattr(rate, 'denominator', 0)}）"


def handling(paper: Paper, report: MonthReport) -> None:
    """How long cases took, over twelve months and by department."""
    paper.heading("办理用时近十二个月", keep=130)
    points = report.handling_trend.series[0].points
    labels = plots.month_labels([bucket.first for bucket in report.handling_trend.buckets])
    used = Line("平均办理用时", [one.handling_time.value if one else None for one in points])
    plots.course(paper, labels, [used], shares=False, unit="工作日", height=120)
    within = Line("一日办结率", [one.within_a_day.value if one else None for one in points])
    on_time = Line("按时办结率", [one.on_time.value if one else None for one in points])
    paper.heading("一日办结率与按时办结率", keep=120)
    plots.course(paper, labels, [within, on_time], height=120)
    view = report.handling
    if not view.total.decided:
        return
    paper.heading("各部门办理情况")
    rows = [view.total, *view.rows[:MOST_ROWS]]
    paper.table(
        (
            Column("部门", 2.4),
            Column("办结", 0.9, "right"),
            Column("平均用时（工作日）", 1.6, "right"),
            Column("一日办结率", 1.1, "right"),
            Column("按时办结率", 1.1, "right"),
            Column("时限压缩率", 1.1, "right"),
        ),
        [
            (
                f"{row.name}（样本少）" if row.small_sample else row.name,
                number(row.decided),
                "—" if row.handling_time.value is None else f"{row.handling_time.value:.1f}",
                *(
                    share_text(one.value)
                    for one in (row.within_a_day, row.on_time, row.compression)
                ),
            )
            for row in rows
        ],
    )
    _left(paper, len(view.rows))


def formulas(paper: Paper, report: MonthReport) -> None:
    """What each figure is, as the spreadsheets say it too."""
    small = report.departments.small_sample_below
    said = [
        *(f"{name}：{text}。" for name, text in (*FORMULAS, *RECTIFICATION_FORMULAS)),
        *(f"{text}。" for text in HANDLING_FORMULAS.values()),
        f"评价不足 {small} 件的只列件数，不参与排名；办结不足 {small} 件的标为“样本少”，仅供参考。",
        "未评价不是好评也不是差评，只计入主动评价率。没有任何评价由系统默认产生。",
        "本报告不含评价人和申请人的个人信息。",
    ]
    # Read together: the chapter begins on a page that holds it.
    paper.heading("指标口径", keep=sum(paper.height_of(one, 8) for one in said))
    for one in said:
        paper.paragraph(one, 8, SOFT)

"""What became of supervision as spreadsheets: answers to entries, and reviews taken as agreed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from app.core.clock import CHINA
from app.core.wire import File
from app.supervision.report_schemas import (
    AnswerReport,
    AnswerRow,
    DefaultedReview,
    DefaultReport,
    DefaultRow,
    FigureRate,
)
from evaluations.scores.sheets import CONTENT_TYPE, Cell, Column, Sheet, workbook

BY_DEFAULT = {"overdue": "超时默认", "absent": "缺席默认"}
_PRIVACY = ("个人信息", "本表不含申请人的个人信息。")


def _columns(
    *named: tuple[str, Callable[[AnswerRow], FigureRate]],
) -> tuple[Column[AnswerRow], ...]:
    """Each rate with what it was made of."""

    def made(pick: Callable[[AnswerRow], FigureRate], part: str) -> Callable[[AnswerRow], Cell]:
        return lambda row: getattr(pick(row), part)

    return tuple(
        column
        for name, pick in named
        for column in (
            Column(f"{name}分子", 11, "count", made(pick, "numerator")),
            Column(f"{name}分母", 11, "count", made(pick, "denominator")),
            Column(name, 12, "percent", made(pick, "value")),
        )
    )


_ANSWERS: tuple[Column[AnswerRow], ...] = (
    Column("由谁答复", 26, "text", lambda row: row.name),
    Column("发起", 9, "count", lambda row: row.opened),
    Column("其中环节超期", 12, "count", lambda row: row.overdue),
    *_columns(
        ("答复率", lambda row: row.answered),
        ("按时答复率", lambda row: row.answered_on_time),
    ),
    Column("退回", 9, "count", lambda row: row.returned),
    Column("转管理者", 10, "count", lambda row: row.escalated),
    Column("办结", 9, "count", lambda row: row.closed),
)
_DEFAULTS: tuple[Column[DefaultRow], ...] = (
    Column("部门", 28, "text", lambda row: row.department),
    Column("超时默认", 11, "count", lambda row: row.overdue),
    Column("缺席默认", 11, "count", lambda row: row.absent),
    Column("审查件", 11, "count", lambda row: row.share.denominator),
    Column("占审查件的", 12, "percent", lambda row: row.share.value),
)
_REVIEWS: tuple[Column[DefaultedReview], ...] = (
    Column("办件编号", 24, "text", lambda row: row.case_number),
    Column("事项", 34, "text", lambda row: row.item_name),
    Column("部门", 24, "text", lambda row: row.department),
    Column("阶段", 16, "text", lambda row: row.stage_name),
    Column("方式", 12, "text", lambda row: BY_DEFAULT[row.by_default]),
    Column("期限", 12, "text", lambda row: row.due.isoformat() if row.due else ""),
    Column(
        "视为同意", 18, "text", lambda row: f"{row.decided_at.astimezone(CHINA):%Y-%m-%d %H:%M}"
    ),
)


def of_answers(view: AnswerReport, made_at: datetime) -> File:
    """How the entries opened in a period were answered, by department, the total first."""
    title = f"{view.hall_name} 督办答复情况"
    rows = [view.total, *view.rows]
    sheet = Sheet("督办答复", title, _note(view, made_at), _ANSWERS, rows, totals=1, fixed=1)
    says = (
        ("统计范围", "本中心及其下级中心在时间段内发起的督办，按发起日期统计。"),
        ("答复率", "已答复的督办 ÷ 发起的督办"),
        ("按时答复率", "按时答复的督办 ÷ 已答复和已过首次答复期限的督办"),
        _PRIVACY,
    )
    return _file([sheet], says, "督办答复情况", view)


def of_defaults(view: DefaultReport, reviews: Sequence[DefaultedReview], made_at: datetime) -> File:
    """How often departments were taken as agreeing, and each review that was."""
    note = _note(view, made_at)
    by_department = Sheet("各部门", f"{view.hall_name} 默认同意", note, _DEFAULTS, view.rows)
    one_by_one = Sheet("逐件", f"{view.hall_name} 默认同意的审查件", note, _REVIEWS, reviews)
    says = (
        ("超时默认", "部门没有在期限内出具意见，按“一件事”的设置视为同意。"),
        ("缺席默认", "部门没有参加会审，按“一件事”的设置视为同意。"),
        ("占审查件的", "默认同意的审查件 ÷ 时间段内结束的全部审查件"),
        _PRIVACY,
    )
    return _file([by_department, one_by_one], says, "默认同意", view)


def _note(view: AnswerReport | DefaultReport, made_at: datetime) -> str:
    made = f"{made_at.astimezone(CHINA):%Y-%m-%d %H:%M}"
    return f"{view.first} 至 {view.last}，制表 {made}（北京时间）"


def _file(
    sheets: Sequence[Sheet[Any]],
    says: Sequence[tuple[str, str]],
    what: str,
    view: AnswerReport | DefaultReport,
) -> File:
    name = f"{what}_{view.first}_{view.last}.xlsx"
    return File(workbook(sheets, says), CONTENT_TYPE, name)

"""What stands behind figures, as spreadsheets: decided cases, and services that nobody rated.

Nothing of who applied or was served: what a figure is made of can be checked without it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.cases.figures.behind import Part
from app.core.clock import CHINA
from app.core.wire import File
from app.supervision.decided_schemas import DecidedCase, DecidedCases
from evaluations.ratings.rules import KIND_NAMES
from evaluations.scores.sheets import CONTENT_TYPE, Column, Sheet, workbook
from evaluations.scores.unrated_schemas import Unrated, UnratedService

PART_NAMES = {
    Part.DECIDED: "全部办结",
    Part.WITHIN_A_DAY: "一日办结",
    Part.OVER_A_DAY: "超过一日",
    Part.ON_TIME: "按时",
    Part.LATE: "超期",
    Part.GRANTED: "准予",
    Part.REFUSED: "不予",
    Part.CORRECTED: "有补正",
    Part.BY_DEFAULT: "有默认同意",
}


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}" if at else ""


_DECIDED: tuple[Column[DecidedCase], ...] = (
    Column("办件编号", 24, "text", lambda row: row.number),
    Column("事项", 34, "text", lambda row: row.item_name),
    Column("一件事", 8, "text", lambda row: "是" if row.bundle else ""),
    Column("办件类型", 10, "text", lambda row: row.case_type),
    Column("中心", 26, "text", lambda row: row.hall),
    Column("部门", 22, "text", lambda row: row.department),
    Column("窗口", 18, "text", lambda row: row.window or ""),
    Column("工作人员", 12, "text", lambda row: row.staff or ""),
    Column("受理时间", 18, "text", lambda row: _moment(row.accepted_at)),
    Column("办结时间", 18, "text", lambda row: _moment(row.decided_at)),
    Column("结果", 8, "text", lambda row: "准予" if row.decision == "granted" else "不予"),
    Column("用时（工作日）", 14, "count", lambda row: row.used_days),
    Column("承诺（工作日）", 14, "count", lambda row: row.promised_days),
    Column("是否按时", 10, "text", lambda row: "按时" if row.on_time else "超期"),
    Column("补正次数", 10, "count", lambda row: row.corrections),
    Column("默认同意次数", 12, "count", lambda row: row.by_default),
)


def _can(row: UnratedService, now: datetime) -> str:
    if row.ruled_out:
        return "评价已裁定无效"
    return "还能评价" if row.rateable_until > now else "已过期限"


def _unrated(now: datetime) -> tuple[Column[UnratedService], ...]:
    return (
        Column("结束时间", 18, "text", lambda row: _moment(row.ended_at)),
        Column("类别", 14, "text", lambda row: KIND_NAMES[row.kind]),
        Column("事项", 34, "text", lambda row: row.item_name),
        Column("办件编号", 24, "text", lambda row: row.case_number or ""),
        Column("中心", 26, "text", lambda row: row.hall),
        Column("部门", 22, "text", lambda row: row.department or ""),
        Column("窗口", 18, "text", lambda row: row.window or ""),
        Column("工作人员", 12, "text", lambda row: row.staff or ""),
        Column("还能评价吗", 16, "text", lambda row: _can(row, now)),
        Column("可评价至", 18, "text", lambda row: _moment(row.rateable_until)),
    )


def of_decided(view: DecidedCases, rows: Sequence[DecidedCase], made_at: datetime) -> File:
    """The decided cases behind a figure, the last decided first; `view` says which figure."""
    about = f"{_about(view.key, view.name)}{PART_NAMES[view.part]}"
    note = f"{view.first} 至 {view.last} 办结，{about}，共 {len(rows)} 件{_as_of(made_at)}"
    sheet = Sheet("办结", f"{view.hall_name} 办结明细", note, _DECIDED, rows, fixed=1)
    says = (
        ("用时", "从受理到办结的工作日数，暂停期间不计。"),
        ("按时", "在承诺期限内办结；期限经批准延长的，按延长后的期限。"),
        ("补正次数", "这件办件经过的补正轮次。"),
        ("默认同意次数", "没有按期出具意见、视为同意的部门数。"),
        ("个人信息", "本表不含申请人的个人信息。"),
    )
    return _file(sheet, says, f"办结明细_{view.first}_{view.last}")


def of_unrated(view: Unrated, rows: Sequence[UnratedService], made_at: datetime) -> File:
    """The services that participation lacks, the last ended first; `view` says of what."""
    about = _about(view.key, view.name)
    note = (
        f"{view.first} 至 {view.last} 结束，{about}应评 {view.due} 件，"
        f"未评 {len(rows)} 件{_as_of(made_at)}"
    )
    sheet = Sheet("未评", f"{view.hall_name} 应评而未评", note, _unrated(made_at), rows, fixed=1)
    says = (
        ("未评", "没有有效评价的服务。未评价不是好评也不是差评，只计入主动评价率。"),
        ("评价已裁定无效", "收到过评价，经认定为误评或恶意差评，不再计入。"),
        ("个人信息", "本表不含被服务人的个人信息。"),
    )
    return _file(sheet, says, f"应评而未评_{view.first}_{view.last}")


def _about(key: str | None, name: str) -> str:
    return "" if key is None else f"{name}，"


def _as_of(made_at: datetime) -> str:
    return f"；截至 {made_at.astimezone(CHINA):%Y-%m-%d %H:%M}（北京时间）"


def _file(sheet: Sheet[Any], says: Sequence[tuple[str, str]], name: str) -> File:
    return File(workbook([sheet], says), CONTENT_TYPE, f"{name}.xlsx")

"""What waits, as spreadsheets: open steps, warnings, and supervision entries (督办)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.core.clock import CHINA, day_of
from app.core.lights import Light
from app.core.wire import File
from app.supervision.report_schemas import DeadlineRow
from app.supervision.schemas import EntryRow, WarningRow
from evaluations.scores.sheets import CONTENT_TYPE, Column, Sheet, workbook

LIGHT_NAMES = {Light.GREEN: "绿灯", Light.YELLOW: "黄灯", Light.RED: "红灯", None: ""}
_DEADLINES: tuple[Column[DeadlineRow], ...] = (
    Column("灯", 7, "text", lambda row: LIGHT_NAMES[row.light]),
    Column("办件编号", 24, "text", lambda row: row.case_number),
    Column("事项", 34, "text", lambda row: row.item_name),
    Column("环节", 14, "text", lambda row: row.step_name),
    Column("部门", 22, "text", lambda row: row.department or "窗口"),
    Column("截止日期", 12, "text", lambda row: row.due.isoformat()),
    Column("时限（工作日）", 14, "count", lambda row: row.days),
    Column("剩余（工作日）", 14, "count", lambda row: row.remaining_days),
)
_WARNINGS: tuple[Column[WarningRow], ...] = (
    Column("办件编号", 24, "text", lambda row: row.case_number),
    Column("事项", 34, "text", lambda row: row.item_name),
    Column("环节", 14, "text", lambda row: row.step_name),
    Column("部门", 22, "text", lambda row: row.department or "窗口"),
    Column("截止日期", 12, "text", lambda row: row.due.isoformat()),
    Column("剩余（工作日）", 14, "count", lambda row: row.remaining_days),
    Column("亮灯时间", 18, "text", lambda row: f"{row.turned_at.astimezone(CHINA):%Y-%m-%d %H:%M}"),
)
_ENTRIES: tuple[Column[EntryRow], ...] = (
    Column("灯", 7, "text", lambda row: LIGHT_NAMES[row.light]),
    Column("督办编号", 24, "text", lambda row: row.number),
    Column("状态", 12, "text", lambda row: row.progress),
    Column("中心", 26, "text", lambda row: row.hall),
    Column("责任部门", 22, "text", lambda row: row.department or "窗口"),
    Column("办件编号", 24, "text", lambda row: row.case_number),
    Column("事项", 34, "text", lambda row: row.item_name),
    Column("起因", 12, "text", lambda row: row.cause_name),
    Column("环节", 14, "text", lambda row: row.step_name or ""),
    Column("说明", 40, "wrap", lambda row: row.why),
    Column("立项日期", 12, "text", lambda row: day_of(row.opened_at).isoformat()),
    Column("答复截止", 12, "text", lambda row: row.due.isoformat() if row.due else ""),
    Column("剩余（工作日）", 14, "count", lambda row: row.remaining_days),
    Column("已上报管理者", 12, "text", lambda row: "是" if row.escalated else ""),
)


def of_deadlines(of: str, rows: Sequence[DeadlineRow], made_at: datetime) -> File:
    """Open steps, the soonest due first; `of` is whose they are."""
    sheet = Sheet("期限", f"{of} 办理期限", _note(rows, made_at), _DEADLINES, rows)
    return _file(sheet, "办理期限", made_at)


def of_warnings(of: str, rows: Sequence[WarningRow], made_at: datetime) -> File:
    """Steps with a yellow light, the first due first; `of` is whose they are."""
    sheet = Sheet("预警", f"{of} 黄灯预警", _note(rows, made_at), _WARNINGS, rows)
    return _file(sheet, "黄灯预警", made_at)


def of_entries(of: str, rows: Sequence[EntryRow], made_at: datetime) -> File:
    """Supervision entries, answers owed first; `of` is whose they are."""
    sheet = Sheet("督办", f"{of} 督办单", _note(rows, made_at), _ENTRIES, rows)
    return _file(sheet, "督办单", made_at)


def _note(rows: Sequence[Any], made_at: datetime) -> str:
    return f"共 {len(rows)} 项，截至 {made_at.astimezone(CHINA):%Y-%m-%d %H:%M}（北京时间）"


def _file(sheet: Sheet[Any], what: str, made_at: datetime) -> File:
    says = (
        (
            "灯",
            "绿灯：时间充足；黄灯：剩余时间不多；红灯：已超期。剩余为负数的，是已超期的工作日数。",
        ),
        ("工作日", "按国务院公布的节假日和调休安排，以及各中心自行公布的办公、休息日计算。"),
        ("个人信息", "本表不含申请人的个人信息。"),
    )
    name = f"{what}_{day_of(made_at)}.xlsx"
    return File(workbook([sheet], says), CONTENT_TYPE, name)

"""Many ratings as a spreadsheet, written piece by piece: memory stays bounded.

No texts and nothing of the person who rated: what a figure is made of can be checked without them.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.core.clock import CHINA
from evaluations.rectification.rules import STATE_NAMES, State
from evaluations.scores.drill_schemas import RatingBehind


def _state(state: str | None) -> str:
    return STATE_NAMES[State(state)] if state else ""


MOST_ROWS = 1_000_000
"""A sheet holds 1,048,576 rows (ECMA-376, the spreadsheet format)."""
COLUMNS: tuple[tuple[str, int, Callable[[RatingBehind], str | int]], ...] = (
    ("评价日期", 12, lambda row: row.day.isoformat()),
    ("收到时间", 18, lambda row: f"{row.received_at.astimezone(CHINA):%Y-%m-%d %H:%M}"),
    ("等级", 7, lambda row: row.level),
    ("评价", 12, lambda row: row.level_name),
    ("标签", 40, lambda row: "、".join(tag.text for tag in row.tags)),
    ("有文字评价", 12, lambda row: "有" if row.commented else ""),
    ("渠道", 14, lambda row: row.channel_name),
    ("中心", 26, lambda row: row.hall),
    ("部门", 22, lambda row: row.department or ""),
    ("窗口", 18, lambda row: row.window or ""),
    ("工作人员", 12, lambda row: row.staff or ""),
    ("事项", 34, lambda row: row.item_name),
    ("办件编号", 24, lambda row: row.case_number or ""),
    ("整改状态", 14, lambda row: _state(row.rectification_state)),
)


class RatingBook:
    """The file while it is written. Call its methods beside the event loop."""

    def __init__(self, path: Path, title: str, note: str) -> None:
        import xlsxwriter  # noqa: PLC0415 - 10 MB, for whoever exports

        self._book = xlsxwriter.Workbook(path, {"constant_memory": True})
        font = {"font_name": "Microsoft YaHei"}
        self._cell = self._book.add_format(font)
        head = font | {"bold": True, "font_color": "#FFFFFF", "bg_color": "#1F5FA8"}
        self._page: Any = self._book.add_worksheet("评价")
        self._page.freeze_panes(3, 0)
        for at, (_, width, _) in enumerate(COLUMNS):
            self._page.set_column(at, at, width)
        styled = self._book.add_format(font | {"bold": True, "font_size": 16})
        self._page.write_string(0, 0, title, styled)
        self._page.write_string(1, 0, note, self._cell)
        headed = self._book.add_format(head)
        for at, (name, _, _) in enumerate(COLUMNS):
            self._page.write_string(2, at, name, headed)
        self.rows = 0

    def add(self, ratings: Sequence[RatingBehind]) -> None:
        """Write these ratings below the others."""
        for rating in ratings:
            line = 3 + self.rows
            for at, (_, _, value) in enumerate(COLUMNS):
                found = value(rating)
                if isinstance(found, int):
                    self._page.write_number(line, at, found, self._cell)
                else:
                    self._page.write_string(line, at, found, self._cell)
            self.rows += 1

    def close(self) -> None:
        """Finish the file."""
        self._page.autofilter(2, 0, max(3, 2 + self.rows), len(COLUMNS) - 1)
        self._book.close()

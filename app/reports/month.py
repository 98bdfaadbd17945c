"""The month's report of a hall: what it says, gathered from the features by their services."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.core.acts import Act
from app.supervision import handling
from app.supervision.report_schemas import (
    FigureQuery,
    FigureTrendQuery,
    HandlingReport,
    HandlingTrend,
)
from evaluations.rectification import service as rectification
from evaluations.rectification.report_schemas import RectificationRates
from evaluations.scores import missing, periods
from evaluations.scores import service as scores
from evaluations.scores.periods import Period, Step
from evaluations.scores.schemas import (
    Missing,
    PeriodQuery,
    Ranking,
    RankingQuery,
    ScoreQuery,
    Scores,
    TagDistribution,
    Trend,
    TrendQuery,
)

MONTHS_BACK = 12
"""Months of the trends, the reported one included."""
Tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class MonthReport:
    """All of it. Nothing in here tells of a person who rated or applied."""

    hall_name: str
    month: Period
    made_at: datetime
    until: date
    """The last day that is counted: the month's, or the day on which it was made."""
    trend: Trend
    halls: Scores
    channels: Scores
    departments: Ranking
    windows: Ranking
    tags: TagDistribution
    missing: Missing
    rectification: RectificationRates
    handling: HandlingReport
    handling_trend: HandlingTrend

    @property
    def is_whole(self) -> bool:
        """Whether the month was over when the report was made."""
        return self.until == self.month.last


def year_before(month: Period) -> Period:
    """The months of the trends: twelve, of which `month` is the last."""
    first = month.first
    months = first.year * 12 + first.month - MONTHS_BACK
    return Period(date(months // 12, months % 12 + 1, 1), month.last)


async def gather(act: Act, hall_id: UUID, month: str, tell: Tell) -> MonthReport:
    """Everything that the report says, as its asker may see it.

    Raises:
        Forbidden: the caller neither manages nor supervises the hall.
        ValueError: `month` is none.
    """
    period = periods.month_of(month)
    year = year_before(period)
    within: dict[str, Any] = {"hall_id": hall_id, "first": period.first, "last": period.last}
    course: dict[str, Any] = {"hall_id": hall_id, "first": year.first, "last": year.last}
    steps: list[tuple[str, str, Callable[[], Any]]] = [
        (
            "trend",
            "汇总十二个月的满意度",
            lambda: scores.trend(act, TrendQuery(**course, step=Step.MONTH)),
        ),
        ("halls", "汇总本月的评价", lambda: scores.scores(act, ScoreQuery(**within, by="hall"))),
        (
            "channels",
            "汇总各渠道的评价",
            lambda: scores.scores(act, ScoreQuery(**within, by="channel")),
        ),
        (
            "departments",
            "排列各部门",
            lambda: scores.ranking(act, RankingQuery(**within, by="department")),
        ),
        (
            "windows",
            "排列各窗口",
            lambda: scores.ranking(act, RankingQuery(**within, by="window")),
        ),
        ("tags", "汇总评价标签", lambda: scores.tags(act, PeriodQuery(**within))),
        (
            "missing",
            "查找没有评价的窗口和设备",
            lambda: missing.missing(act, PeriodQuery(**within)),
        ),
        (
            "rectification",
            "汇总差评整改",
            lambda: rectification.rates(act, hall_id, period.first, period.last),
        ),
        (
            "handling",
            "汇总办理时长",
            lambda: handling.report(act, FigureQuery(**within, by="department")),
        ),
        (
            "handling_trend",
            "汇总十二个月的办理时长",
            lambda: handling.trend(act, FigureTrendQuery(**course, step=Step.MONTH)),
        ),
    ]
    found: dict[str, Any] = {}
    for at, (name, says, read) in enumerate(steps):
        tell(at, len(steps) + 1, says)
        found[name] = await read()
    tell(len(steps), len(steps) + 1, "排版")
    return MonthReport(
        hall_name=found["halls"].hall_name,
        month=period,
        made_at=act.at,
        until=min(period.last, act.today),
        **found,
    )

"""Every rate of handling time and of supervision, with its numerator and denominator. Pure.

All days are working days; pauses are left out of what was used.
"""

from dataclasses import dataclass

from app.cases.figures.rules import Counts
from app.core.ratios import Ratio

FORMULAS = {
    "handling_time": "平均办理用时（工作日）= 已用工作日之和 ÷ 办结件数（暂停时间不计）",
    "within_a_day": "一日办结率 = 用时不超过 1 个工作日的办结件数 ÷ 办结件数",
    "compression": "办理时限压缩率 = 1 −（已用工作日之和 ÷ 法定时限之和）",
    "promised_compression": "承诺时限压缩率 = 1 −（承诺时限之和 ÷ 法定时限之和）",
    "on_time": "按时办结率 = 在承诺期限内办结的件数 ÷ 办结件数",
}
"""What each rate is, in the words of the report."""


def handling_time(counts: Counts) -> Ratio:
    """平均办理用时: the working days used ÷ the cases decided; a number of days, not a share."""
    return Ratio(counts.working_days_used, counts.decided)


def within_a_day(counts: Counts) -> Ratio:
    """一日办结率: decided with at most one working day used ÷ decided."""
    return Ratio(counts.within_a_day, counts.decided)


def compression(counts: Counts) -> Ratio:
    """办理时限压缩率: 1 − Σ used ÷ Σ legal; below 0 where more was used than the law allows."""
    return Ratio(counts.legal_days - counts.working_days_used, counts.legal_days)


def promised_compression(counts: Counts) -> Ratio:
    """承诺时限压缩率: 1 − Σ promised ÷ Σ legal."""
    return Ratio(counts.legal_days - counts.promised_days, counts.legal_days)


def on_time(counts: Counts) -> Ratio:
    """按时办结率: decided within the promise, as it stood with its extension, ÷ decided."""
    return Ratio(counts.on_time, counts.decided)


def is_small(counts: Counts, small_sample: int) -> bool:
    """Whether too few cases were decided for the rates to mean much; they are shown, marked."""
    return counts.decided < small_sample


@dataclass(frozen=True)
class Tally:
    """What the report counts of supervision entries opened in a period.

    Attributes:
        due: answered, or the limit of the first answer is over.
        on_time: the first answer came within its limit.
    """

    opened: int = 0
    overdue: int = 0
    answered: int = 0
    due: int = 0
    on_time: int = 0
    returned: int = 0
    escalated: int = 0
    closed: int = 0


def answer_rate(tally: Tally) -> Ratio:
    """答复率: answered ÷ opened."""
    return Ratio(tally.answered, tally.opened)


def answered_on_time(tally: Tally) -> Ratio:
    """按时答复率: answered within the limit ÷ answered or past it."""
    return Ratio(tally.on_time, tally.due)

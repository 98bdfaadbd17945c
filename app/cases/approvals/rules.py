"""What a report of another approval system moves, whatever the order in which reports come.

Pure: no I/O, no clock of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Progress(StrEnum):
    """What another system reports of a department's part of the review."""

    RECEIVED = "received"  # 已收件
    REVIEWING = "reviewing"  # 审查中
    PAUSED = "paused"  # 暂停计时
    RESUMED = "resumed"  # 恢复计时
    AGREED = "agreed"  # 同意
    REFUSED = "refused"  # 不同意


class Outcome(StrEnum):
    """What came of a report."""

    APPLIED = "applied"
    PROPOSED = "proposed"  # a refusal waits for a second person here
    LATE = "late"  # kept, and nothing moved: more was known already


DECISIONS = frozenset({Progress.AGREED, Progress.REFUSED})
SAYS: dict[Progress, str] = {
    Progress.RECEIVED: "已收件",
    Progress.REVIEWING: "正在审查",
    Progress.PAUSED: "暂停计时",
    Progress.RESUMED: "恢复计时",
    Progress.AGREED: "同意",
    Progress.REFUSED: "建议不予批准",
}
"""What people read for each."""


@dataclass(frozen=True)
class Known:
    """A report that came before, and whether it moved anything."""

    kind: Progress
    at: datetime
    applied: bool


def says_more(before: Sequence[Known], kind: Progress, at: datetime) -> bool:
    """Whether a report says more than what is known of the task, which is not decided.

    A decision says more unless another, no older one is known. Anything else says more if nothing
    known is younger, and if it follows from what moved last: a receipt is the first word, a pause
    ends with a resumption, nothing is said twice in a row.
    """
    if kind in DECISIONS:
        return all(one.at < at for one in before if one.kind in DECISIONS)
    if any(one.at > at or (one.kind in DECISIONS and one.at >= at) for one in before):
        return False
    moved = [one.kind for one in before if one.applied and one.kind not in DECISIONS]
    if kind is Progress.RECEIVED:
        return not moved
    paused = bool(moved) and moved[-1] is Progress.PAUSED
    if kind is Progress.RESUMED:
        return paused
    return not paused and (not moved or moved[-1] is not kind)

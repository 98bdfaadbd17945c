"""How long work goes: its states, when it was left lying, and how often it is tried."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class State(StrEnum):
    """Where a work stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


STATE_NAMES = {
    State.WAITING: "排队中",
    State.RUNNING: "进行中",
    State.DONE: "已完成",
    State.FAILED: "未完成",
    State.CANCELLED: "已取消",
}
ENDED = frozenset({State.DONE, State.FAILED, State.CANCELLED})
BEAT = 1.0
"""Seconds between two signs of life of a run; its progress is seen that often."""
SILENCE = timedelta(seconds=30)
"""A run that gave no sign of life for so long is dead: its process was killed."""
MOST_ATTEMPTS = 3
"""Runs of one work, those that were killed included; then it has failed."""
LOOK_AGAIN = timedelta(seconds=10)
"""How often it is looked whether a run still lives."""
ASK_AGAIN = timedelta(seconds=2)
"""How soon it is asked again for room, where a process has all hands full."""
AT_ONCE = 2
"""Works that one process does at a time: it also answers requests."""


ORPHAN_LIFE = timedelta(days=1)
"""A stored file without a row was left by a process killed between the two; not by one at it."""


def may_be_orphan(work_id: UUID, now: datetime) -> bool:
    """Whether a work of this id is old enough to have its row; ids begin with their time."""
    made = datetime.fromtimestamp((work_id.int >> 80) / 1000, now.tzinfo)
    return now - made > ORPHAN_LIFE


def is_silent(beat_at: datetime | None, now: datetime) -> bool:
    """Whether a run with this last sign of life is dead."""
    return beat_at is None or now - beat_at > SILENCE


def share(done: int, total: int) -> float | None:
    """How much is done, 0 to 1; None while nobody knows how much there is."""
    return min(1.0, done / total) if total else None

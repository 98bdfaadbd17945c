"""What a rating may be, from whom, and until when."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum, StrEnum

import msgspec

from app.core.calendar import WorkingCalendar
from app.core.clock import CHINA

LEVEL_NAMES = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
BAD = frozenset({1, 2})
"""差评: these two and no others."""
LONGEST_COMMENT = 150
"""Characters of a rating's text."""
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""What a device's clock may say. An empty battery says 1970; the offset is taken off later."""


class Channel(IntEnum):
    """How a rating came: the national `pf` code."""

    PC = 1
    MOBILE = 2
    QR = 3
    TABLET = 4
    EVALUATOR = 5
    PHONE = 6
    SMS = 7
    MINI_PROGRAM = 8


CHANNEL_NAMES = {
    Channel.PC: "电脑端",
    Channel.MOBILE: "移动端",
    Channel.QR: "二维码",
    Channel.TABLET: "大厅平板",
    Channel.EVALUATOR: "窗口评价器",
    Channel.PHONE: "电话",
    Channel.SMS: "短信",
    Channel.MINI_PROGRAM: "小程序",
}


class Kind(StrEnum):
    """What was served: one visit to a window (一次一评) or one case (一事一评)."""

    VISIT = "visit"
    CASE = "case"


RATEABLE_DAYS = {Kind.VISIT: 5, Kind.CASE: 10}
"""Working days after the end of a visit, or the decision of a case, in which it can be rated."""


class TagSet(msgspec.Struct, frozen=True):
    """One version of the tags: by level, the texts by code."""

    version: str
    levels: dict[int, dict[str, str]]

    def of(self, level: int) -> dict[str, str]:
        """The tags that may be given with `level`."""
        return self.levels[level]

    def text(self, code: str) -> str:
        """The text of a tag; the code itself when this version does not know it."""
        return next((tags[code] for tags in self.levels.values() if code in tags), code)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a rating: the field, and a sentence for who gave it."""

    field: str
    sentence: str


def fault(level: int, tags: list[str], comment: str, known: TagSet) -> Fault | None:
    """Why this rating cannot be taken; None if it can.

    Only tags of the chosen level, each once. A 1 or 2 says why, by a tag or in words.
    """
    if level not in LEVEL_NAMES:
        return Fault("level", "请在五个评价等级中选择一个。")
    if len(set(tags)) != len(tags):
        return Fault("tags", "同一个标签不能重复选择。")
    if not known.of(level).keys() >= set(tags):
        return Fault("tags", f"所选标签不属于“{LEVEL_NAMES[level]}”，请重新选择。")
    if len(comment) > LONGEST_COMMENT:
        return Fault("comment", f"文字评价最多 {LONGEST_COMMENT} 个字。")
    if level in BAD and not tags and not comment.strip():
        return Fault("tags", "请至少选择一个原因标签，或写明原因，以便改进。")
    return None


def rateable_until(kind: Kind, ended_on: date, calendar: WorkingCalendar) -> datetime:
    """The moment until which a service that ended on this day in China can be rated.

    It is the end of the last day: 24:00 in China.
    """
    last = calendar.add(ended_on, RATEABLE_DAYS[kind]).day
    return datetime.combine(last + timedelta(days=1), time(), CHINA).astimezone(UTC)


def counted_at(
    happened_at: datetime, clock_offset_ms: int, started_at: datetime, received_at: datetime
) -> datetime:
    """When a rating counts as given.

    That is the device's time less the device's offset, but not before the service began nor
    after the rating arrived: no clock can put a rating where it cannot have been. The statement
    that takes ratings in says the same in SQL (`intake.TAKE_IN`).
    """
    told = happened_at - timedelta(milliseconds=clock_offset_ms)
    return max(started_at, min(received_at, told))


def plausible(happened_at: datetime) -> bool:
    """Whether a device's time is one that a broken clock can have; else it is no time at all."""
    return EARLIEST <= happened_at < LATEST


def device_channel(*, at_window: bool) -> Channel:
    """The channel of a device: the evaluator of a window, or a tablet of the hall."""
    return Channel.EVALUATOR if at_window else Channel.TABLET

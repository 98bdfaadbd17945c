"""What a rating may be, from whom, and until when."""

import math
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
    """How a rating came: the national `pf` code; from 9 on our own (see `pf_code`)."""

    PC = 1
    MOBILE = 2
    QR = 3
    TABLET = 4
    EVALUATOR = 5
    PHONE = 6
    SMS = 7
    MINI_PROGRAM = 8
    PAPER = 9
    SUGGESTION_BOX = 10


CHANNEL_NAMES = {
    Channel.PC: "电脑端",
    Channel.MOBILE: "移动端",
    Channel.QR: "二维码",
    Channel.TABLET: "大厅平板",
    Channel.EVALUATOR: "窗口评价器",
    Channel.PHONE: "电话",
    Channel.SMS: "短信",
    Channel.MINI_PROGRAM: "小程序",
    Channel.PAPER: "纸质评价表",
    Channel.SUGGESTION_BOX: "意见箱",
}


def pf_code(channel: Channel) -> int:
    """The national code of a channel: cards and the suggestion box are other means of the hall."""
    return Channel.EVALUATOR if channel in (Channel.PAPER, Channel.SUGGESTION_BOX) else channel


class Via(StrEnum):
    """By what right a rating comes, and so who its actor is."""

    DEVICE = "device"  # an enrolled device at the window, or a tablet of the hall
    ACCOUNT = "account"  # the citizen whose visit or case it is
    CLIENT = "client"  # another system, for a record that it sent
    ENTERED = "entered"  # a named clerk, from a call or a card
    STATIC = "static"  # whoever scans the code at the window
    VISIT = "visit"  # whoever scans the code of this one visit
    SMS = "sms"  # whoever follows the link of the invitation


class Kind(StrEnum):
    """What was served: one visit to a window (一次一评), one case (一事一评) or a node of one."""

    VISIT = "visit"
    CASE = "case"
    CASE_NODE = "case_node"  # 受理, 出证, where the hall has them rated
    EXTERNAL = "external"  # another system's record


KIND_NAMES: dict[str, str] = {
    Kind.VISIT: "窗口服务",
    Kind.CASE: "办件",
    Kind.CASE_NODE: "办件环节",
    Kind.EXTERNAL: "其他系统的服务",
}
RATEABLE_DAYS = {Kind.VISIT: 5, Kind.CASE: 10, Kind.CASE_NODE: 5, Kind.EXTERNAL: 10}
"""Working days after the end of a visit or node, or the decision of a case, in which it can be
rated; other systems' records as cases."""
SUPPLEMENT_DAYS = 5
"""Working days after a rating in which it can be supplemented (追评), once."""


class Node(StrEnum):
    """A node of a case that can be rated by itself; the value stands in the service's subject."""

    ACCEPTED = "accepted"  # 受理
    ISSUED = "issued"  # 出证


NODE_NAMES = {Node.ACCEPTED: "受理", Node.ISSUED: "出证"}


@dataclass(frozen=True)
class HallRules:
    """What a hall can set of its ratings; these are the defaults.

    Args:
        rate_acceptance, rate_issue: each case can be rated at these nodes too.
        uses_points: scores show points (10, 8, 6, 3, 0) beside the rates.
        invite_after_days: days after a service's end on which an unrated one is asked about once;
            less than the five working days in which a visit can be rated.
        check_percent: share of entered cards that a second person compares, at least one a day.
    """

    rate_acceptance: bool = False
    rate_issue: bool = False
    uses_points: bool = False
    invite_after_days: int = 3
    check_percent: int = 10

    def rates(self, node: Node) -> bool:
        """Whether this node of a case can be rated by itself."""
        return self.rate_acceptance if node is Node.ACCEPTED else self.rate_issue


def cards_to_check(entered: int, percent: int) -> int:
    """How many of a day's `entered` cards a second person compares: the share, rounded up."""
    return min(entered, max(1, math.ceil(entered * percent / 100))) if entered else 0


def supplement_until(rated_on: date, calendar: WorkingCalendar) -> datetime:
    """The moment until which a rating of this day in China can be supplemented: 24:00."""
    return _end_of(calendar.add(rated_on, SUPPLEMENT_DAYS).day)


def supplement_fault(comment: str) -> str | None:
    """Why this supplementary comment cannot be taken; None if it can."""
    if not comment.strip():
        return "请填写追评内容。"
    if len(comment) > LONGEST_COMMENT:
        return f"追评最多 {LONGEST_COMMENT} 个字。"
    return None


def forgotten_end(started_at: datetime) -> datetime:
    """When a visit that nobody ended counts as ended: the last second of its day in China."""
    last = _end_of(started_at.astimezone(CHINA).date()) - timedelta(seconds=1)
    return max(last, started_at)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), CHINA).astimezone(UTC)


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
    return _end_of(calendar.add(ended_on, RATEABLE_DAYS[kind]).day)


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

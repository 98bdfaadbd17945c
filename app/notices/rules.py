"""The four messages to an applicant (四类消息): their words, their pages, their template values."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from app.core.clock import CHINA

_PHRASE = re.compile("[\u4e00-\u9fff]{1,5}")
_NUMBER = re.compile(r"[\x21-\x7e]{1,32}")
PHRASE = "请看详情"
"""Stands for a status that WeChat's `phrase` (at most five Han characters) does not take."""
ITEM = "您申请的事项"
REMARK = "请点击查看详情"


class Kind(StrEnum):
    """Which of the four a message is; also the name of its template in `wechat.templates`."""

    SUBMITTED = "submitted"  # 办件确认
    REMINDER = "reminder"  # 中途提醒
    READY = "ready"  # 领件通知
    RATE = "rate"  # 办结评议


INBOX_ONLY = "answer"
"""The kind of a letter that goes to the inbox alone; beside the four of `Kind`."""


class AskAt(StrEnum):
    """Where the mini program asks whether it may send messages."""

    SUBMISSION = "submission"
    CORRECTION = "correction"
    CASE_PAGE = "case_page"


TITLES = {
    Kind.SUBMITTED: "办件确认",
    Kind.REMINDER: "中途提醒",
    Kind.READY: "领件通知",
    Kind.RATE: "办结评议",
}


@dataclass(frozen=True)
class Telling:
    """What an applicant shall be told about a case. No personal data but the item and number.

    Attributes:
        key: the same for every repeat of the same message, such as `case:<number>:submitted`;
            at most 160 characters.
        subject: what it is about, `case:<number>`.
        status: how the case stands, best at most five Han characters ("已提交", "需补正"): WeChat
            takes no other phrase, and then shows a general one.
        at: for `submitted` and `ready` the moment it happened; for `reminder` and `rate` the last
            day for what is asked.
        remark: one sentence: what to do, how to collect, why. WeChat shows its first 20
            characters, the inbox all of it.
        page: the page of the mini program that the message opens; else the case's.
        hall_id: whose staff see what became of it; without one, nobody's do.
    """

    citizen_id: UUID
    kind: Kind
    key: str
    subject: str
    case_number: str
    item_name: str
    status: str
    at: datetime | date
    remark: str
    page: str | None = None
    hall_id: UUID | None = None

    @property
    def deadline(self) -> datetime | None:
        """The end of the last day for what is asked: of a correction, never of a rating."""
        if self.kind is not Kind.REMINDER or isinstance(self.at, datetime):
            return None
        return datetime.combine(self.at + timedelta(days=1), time(), CHINA)


@dataclass(frozen=True)
class Letter:
    """An answer to a citizen that only the inbox shows: no template of WeChat's fits it.

    Attributes:
        key: the same for every repeat of the same letter; at most 160 characters.
        subject: what it is about, `rating:<id>`.
        body: at most 1000 characters, with no more personal data than the citizen's own words.
    """

    citizen_id: UUID
    key: str
    subject: str
    title: str
    body: str
    page: str


@dataclass(frozen=True)
class Wording:
    """A message as the inbox shows it, and the values for WeChat's template (not cut yet)."""

    title: str
    body: str
    page: str
    values: dict[str, str]


def in_words(told: Telling) -> Wording:
    """The message in words."""
    remark = told.remark.strip()
    case = f"“{told.item_name}”（编号 {told.case_number}）"
    body = {
        Kind.SUBMITTED: f"您申请的{case}{told.status}，时间：{_moment(told.at)}。{remark}",
        Kind.REMINDER: f"您申请的{case}{told.status}，{_reminded(told.at)}。{remark}",
        Kind.READY: f"您申请的{case}{told.status}，办结时间：{_moment(told.at)}。{remark}",
        Kind.RATE: f"您申请的{case}{told.status}，请在 {_day(told.at)}前评价这次服务。{remark}",
    }[told.kind]
    page = "pages/rate/case" if told.kind is Kind.RATE else "pages/case/detail"
    return Wording(
        title=TITLES[told.kind],
        body=body,
        page=told.page or f"{page}?number={told.case_number}",
        values=_values(told, remark),
    )


def _values(told: Telling, remark: str) -> dict[str, str]:
    timed = told.kind in (Kind.SUBMITTED, Kind.READY)
    fits = _PHRASE.fullmatch(told.status) is not None
    said = remark if fits else f"{told.status}。{remark}"
    return {
        "character_string1": told.case_number if _NUMBER.fullmatch(told.case_number) else "-",
        "thing2": _or(told.item_name, ITEM),
        "phrase3": told.status if fits else PHRASE,
        **({"time4": _moment(told.at)} if timed else {"date4": _day(told.at)}),
        "thing5": _or(said, REMARK),
    }


def in_neutral_words(values: Mapping[str, str]) -> dict[str, str]:
    """The values of a message whose words the platform did not let through (45168), without them.

    The number, the status and the day stay: they are the hall's own.
    """
    return {**values, "thing2": ITEM, "thing5": REMARK}


def _or(text: str, instead: str) -> str:
    """The text, or `instead` of one that has nothing to see."""
    seen = any(unicodedata.category(char)[0] in "LNPS" for char in text)
    return text if seen else instead


def _moment(at: datetime | date) -> str:
    if not isinstance(at, datetime):
        return _day(at)
    here = at.astimezone(CHINA)
    return f"{_day(here)} {here:%H:%M}"


def _reminded(at: datetime | date) -> str:
    """A moment is when it was told; a day is the last one for it."""
    return f"通知时间：{_moment(at)}" if isinstance(at, datetime) else f"截止日期：{_day(at)}"


def _day(at: datetime | date) -> str:
    day = at.astimezone(CHINA) if isinstance(at, datetime) else at
    return f"{day.year}年{day.month}月{day.day}日"

"""States of a check, what is shown meanwhile, and when the platform is asked again."""

from datetime import datetime, timedelta
from enum import StrEnum

from app.core.outbox import back_off


class Kind(StrEnum):
    """What is checked."""

    TEXT = "text"
    IMAGE = "image"


class State(StrEnum):
    """Where a check stands. What was checked is never deleted by it, only not shown to others."""

    WAITING = "waiting"
    PASSED = "passed"
    HELD = "held"  # 待人工审核
    RELEASED = "released"  # a person let it through
    KEPT_OUT = "kept_out"  # a person did not
    UNCHECKED = "unchecked"  # nobody could say


class Why(StrEnum):
    """Who judged, or why nobody could."""

    PLATFORM = "platform"
    WORDS = "words"
    NO_ACCOUNT = "no_account"
    NOT_ACTIVE = "not_active"
    NO_ANSWER = "no_answer"
    GONE = "gone"
    UNFIT = "unfit"
    OFF = "off"


WHY_NAMES = {
    Why.PLATFORM: "微信内容安全检查提示",
    Why.WORDS: "含有本中心设置的词语",
    Why.NO_ACCOUNT: "没有微信账号，平台无法检查",
    Why.NOT_ACTIVE: "用户近两小时没有使用小程序，平台未作检查",
    Why.NO_ANSWER: "平台一直没有答复",
    Why.GONE: "内容已经删除",
    Why.UNFIT: "内容超出平台检查的范围",
    Why.OFF: "没有开通平台检查",
}
HELD_WORDS = "内容待人工审核"
"""What others read in place of a held text."""
KEPT_OUT_WORDS = "内容未予展示"
"""What others read in place of a text that a person kept out."""

GIVE_UP = timedelta(hours=24)
"""After this what the platform has not answered is unchecked."""
VERDICT_WITHIN = timedelta(minutes=35)
"""The platform pushes a picture's verdict within 30 minutes; a little later it is asked again."""
MEET = timedelta(minutes=10)
"""How long a pushed verdict waits for the check that it is of: it may be faster than the answer
that names it."""


def after_verdict(suggest: str) -> State:
    """The state after the platform's word: only `pass` passes; `review` and `risky` are held."""
    return State.PASSED if suggest == "pass" else State.HELD


def hidden(state: State | None, *, hold_unchecked: bool) -> bool:
    """Whether others do not see a thing whose check stands so (None: it is not entered yet).

    Args:
        hold_unchecked: the hall's setting: what nobody has checked is not shown either.
    """
    if state in (State.HELD, State.KEPT_OUT):
        return True
    return hold_unchecked and state in (State.WAITING, State.UNCHECKED, None)


def open_states(*, hold_unchecked: bool) -> tuple[State, ...]:
    """The states in which a person is to look."""
    return (State.HELD, State.UNCHECKED) if hold_unchecked else (State.HELD,)


def words_for(state: State | None) -> str:
    """What others read in place of a hidden text."""
    return KEPT_OUT_WORDS if state is State.KEPT_OUT else HELD_WORDS


def try_again(now: datetime, tries: int, created_at: datetime) -> datetime:
    """When to ask again after the n-th try without an answer; at the latest when it is given up."""
    return min(now + back_off(tries), created_at + GIVE_UP)


def look_again(asked_at: datetime, tries: int, created_at: datetime) -> datetime:
    """When to look whether a picture's verdict has come, and else to ask anew."""
    pause = VERDICT_WITHIN * (1 << max(0, min(tries - 1, 6)))
    return min(asked_at + pause, created_at + GIVE_UP)


def given_up(created_at: datetime, now: datetime) -> bool:
    """Whether the platform has had its time."""
    return now >= created_at + GIVE_UP

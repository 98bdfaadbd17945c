"""What becomes of a message on its way to a phone: its states, and what follows from a failure.

One machine for both ways, WeChat and SMS. Pure: the moment and the chance are passed in.

Never twice comes before soon: where nobody can say whether a message arrived, it is not sent again
by itself. It waits for word (`UNSURE`) and is then put before a person (`DOUBTFUL`).
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from app.core.clock import CHINA
from app.core.outbox import back_off


class State(StrEnum):
    """Where a message is on one of its ways. The inbox has it in any case."""

    WAITING = "waiting"  # not tried yet
    SENDING = "sending"  # a worker is at it, or ended before it could record the outcome
    UNSURE = "unsure"  # it may have arrived; word is waited for
    FAILED = "failed"  # the last try failed; it is tried again
    SENT = "sent"
    NOT_SUBSCRIBED = "not_subscribed"  # the applicant did not agree, or used it up (43101)
    BANNED = "banned"  # the platform lets no such message through to them (43107)
    UNREACHABLE = "unreachable"  # no phone behind the account (no openid, 40003; no number)
    NO_TEMPLATE = "no_template"  # the hall has set no mini program or no template for the kind
    REFUSED = "refused"  # its words are not let through, the neutral ones neither (45168)
    GIVEN_UP = "given_up"  # it cannot be sent this way; a text message took over
    DEAD = "dead"  # it cannot be sent; somebody has to look, and may have it sent again
    DOUBTFUL = "doubtful"  # nobody can say whether it arrived; somebody has to decide
    DISCARDED = "discarded"  # somebody decided that it need not be sent


SETTLED = frozenset(
    {
        State.SENT,
        State.NOT_SUBSCRIBED,
        State.BANNED,
        State.UNREACHABLE,
        State.NO_TEMPLATE,
        State.REFUSED,
        State.GIVEN_UP,
        State.DISCARDED,
    }
)
"""States in which nothing more is done."""
LETTERS = frozenset({State.DEAD, State.DOUBTFUL})
"""States that wait for a person: the dead letters."""
OPEN = frozenset(State) - SETTLED - LETTERS
"""States in which the outbox goes on."""
MAY_TRY = frozenset({State.WAITING, State.FAILED, State.DEAD})
"""States from which a message is sent: it has certainly not arrived."""
FALLS_BACK = frozenset(
    {State.NOT_SUBSCRIBED, State.BANNED, State.UNREACHABLE, State.NO_TEMPLATE, State.DEAD}
)
"""Ends of the way through WeChat after which a text message is sent, for kinds that matter."""

WORDS = {
    State.WAITING: "等待发送",
    State.SENDING: "正在发送",
    State.UNSURE: "没有收到平台的答复，正在核实是否送达",
    State.FAILED: "上次发送没有成功，将再次发送",
    State.SENT: "已发送",
    State.NOT_SUBSCRIBED: "申请人没有订阅这类消息，或订阅次数已用完",
    State.BANNED: "微信平台不允许向申请人发送这类消息",
    State.UNREACHABLE: "没有可以送达的微信账号或手机号",
    State.NO_TEMPLATE: "没有设置小程序或消息模板",
    State.REFUSED: "内容没有被平台接受，仅保留在消息箱",
    State.GIVEN_UP: "微信无法送达，已改发短信",
    State.DEAD: "未能送达，需要人工处理",
    State.DOUBTFUL: "不能确定是否送达，需要人工处理",
    State.DISCARDED: "人工确认不再发送",
}
"""How each state is said to the staff."""

MOST_FAILURES = 12
"""With the outbox's back-off, the last try comes about half a day after the first."""
PATIENCE = timedelta(days=7)
"""How long a message that only has to wait (quotas, limits) is tried."""
QUOTA_MINUTES = 2
"""Quota refusals in a row taken for a minute's quota; the next is taken for the day's."""


class Failure(StrEnum):
    """Why a try failed, in the words of what follows from it."""

    NOT_SUBSCRIBED = "not_subscribed"
    BANNED = "banned"
    UNREACHABLE = "unreachable"
    SENSITIVE = "sensitive"
    REFUSED = "refused"  # unchanged it is refused again: settings, template, number
    SEVERAL = "several"  # another message to the same person is under way
    WAIT = "wait"  # this person gets no more for a while
    TOO_OFTEN = "too_often"  # a minute's quota
    QUOTA = "quota"  # a minute's quota or the day's; the refusal does not say which
    DOWN = "down"  # nothing was done
    NO_ANSWER = "no_answer"  # it may have been done


@dataclass(frozen=True)
class Next:
    """What follows from a failed try.

    Attributes:
        again_at: when the outbox looks at it again; None where nothing more is done.
        counted: whether it counts towards `MOST_FAILURES`.
        neutral: to be sent in neutral words from now on.
        hold: no message of this way is sent before `again_at`.
    """

    state: State
    again_at: datetime | None = None
    counted: bool = False
    neutral: bool = False
    hold: bool = False


def after_failure(
    failure: Failure,
    *,
    failures: int,
    since: datetime,
    now: datetime,
    chance: float,
    word: timedelta,
    neutral: bool = False,
    strikes: int = 1,
    until: datetime | None = None,
) -> Next:
    """What follows from a failed try.

    Args:
        failures: counted failures before this one.
        since: when the message was made.
        chance: 0 to 1, so that messages that failed together are not tried together.
        word: how long word is waited for where there was no answer.
        neutral: whether this try was in neutral words already.
        strikes: quota refusals of this way in a row, this one included.
        until: with `WAIT`, when the person's limit ends.
    """
    ends = {
        Failure.NOT_SUBSCRIBED: State.NOT_SUBSCRIBED,
        Failure.BANNED: State.BANNED,
        Failure.UNREACHABLE: State.UNREACHABLE,
        Failure.REFUSED: State.DEAD,
    }
    if failure in ends:
        return Next(ends[failure])
    if failure is Failure.NO_ANSWER:
        return Next(State.UNSURE, now + word)
    if failure is Failure.SENSITIVE:
        again = Next(State.FAILED, now + timedelta(seconds=1), neutral=True)
        return Next(State.REFUSED) if neutral else again
    if failure is Failure.DOWN:
        if failures + 1 >= MOST_FAILURES:
            return Next(State.DEAD, counted=True)
        return Next(State.FAILED, now + back_off(failures + 1) * (0.75 + chance / 2), counted=True)
    return _waits(failure, since=since, now=now, chance=chance, strikes=strikes, until=until)


def _waits(
    failure: Failure,
    *,
    since: datetime,
    now: datetime,
    chance: float,
    strikes: int,
    until: datetime | None,
) -> Next:
    """What only has to wait, for a week at most: the platform is well, and said when."""
    if failure is Failure.SEVERAL:
        again_at = now + timedelta(seconds=2 + 8 * chance)
    elif failure is Failure.WAIT and until is not None:
        again_at = until + timedelta(seconds=30 * chance)
    elif failure is Failure.QUOTA and strikes > QUOTA_MINUTES:
        again_at = next_day(now) + timedelta(minutes=10 * chance)
    else:
        again_at = next_minute(now) + timedelta(seconds=5 * chance)
    hold = failure in (Failure.TOO_OFTEN, Failure.QUOTA)
    if now - since > PATIENCE:
        return Next(State.DEAD)
    return Next(State.FAILED, again_at, hold=hold)


def after_silence(now: datetime, tried_at: datetime, word: timedelta, *, trust: bool) -> Next:
    """What follows where a try had no answer: wait for word, and then decide.

    Args:
        trust: the platform's pushes reach this house, so that no word means that it did not
            arrive, and it may be sent again.
    """
    if now < tried_at + word:
        return Next(State.UNSURE, tried_at + word)
    return Next(State.FAILED, now) if trust else Next(State.DOUBTFUL)


def next_minute(now: datetime) -> datetime:
    """The beginning of the next minute."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def next_hour(now: datetime) -> datetime:
    """The beginning of the next hour."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def next_day(now: datetime) -> datetime:
    """The beginning of the next day in China, where the quotas of a day begin anew."""
    here = now.astimezone(CHINA) + timedelta(days=1)
    return here.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)


@dataclass(frozen=True)
class Quiet:
    """Hours of the day in China in which nobody's phone rings; they may pass midnight."""

    begins: time
    ends: time

    @classmethod
    def parse(cls, text: str) -> "Quiet | None":
        """`21:30-08:00`; None for an empty text. Raises ValueError for another form."""
        if not text:
            return None
        begins, _, ends = text.partition("-")
        return cls(time.fromisoformat(begins), time.fromisoformat(ends))

    def holds(self, moment: datetime) -> bool:
        """Whether `moment` is in the quiet hours."""
        at = moment.astimezone(CHINA).time()
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends

    def release(self, moment: datetime, deadline: datetime | None = None) -> datetime:
        """From when a message due at `moment` may go out: then, or at the end of the quiet hours.

        What has a deadline that ends before that does not wait.
        """
        if not self.holds(moment):
            return moment
        here = moment.astimezone(CHINA)
        morning = here.replace(
            hour=self.ends.hour, minute=self.ends.minute, second=0, microsecond=0
        )
        if morning <= here:
            morning += timedelta(days=1)
        if deadline is not None and moment < deadline <= morning:
            return moment
        return morning.astimezone(moment.tzinfo)

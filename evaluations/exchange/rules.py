"""What is sent to the province, what its answers mean, and when to try again.

The codes are those of the national interface specification for ratings of government services
(政务服务“好差评”数据对接), as provinces hand it out; where a province's agreement numbers one of
them differently, this is the file to change.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from app.core.clock import CHINA


class Kind(StrEnum):
    """The two things that are sent, in this order for each service."""

    RECORD = "record"
    RATING = "rating"


class State(StrEnum):
    """Where a push stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"


OPEN = (State.WAITING, State.NO_ANSWER)
"""The states from which it is sent of its own accord; a rejected one is sent by a person."""


class Code(StrEnum):
    """What the province says to one record or rating."""

    ACCEPTED = "0000"
    DUPLICATE = "1001"
    RECORD_MISSING = "2001"
    INVALID = "2002"


def state_after(code: str) -> State:
    """The state of a push that was answered with `code`.

    A duplicate is there already: it was accepted, and the answer to that was lost.
    """
    return State.ACCEPTED if code in (Code.ACCEPTED, Code.DUPLICATE) else State.REJECTED


class ProStatus(StrEnum):
    """办件状态: how far the matter had come when its record was made."""

    ACCEPTED = "2"
    FINISHED = "3"


class UserProp(StrEnum):
    """申请人类型: the only thing about the applicant that is sent unless the settings say so."""

    PERSON = "1"
    LEGAL = "2"


class ProChannel(StrEnum):
    """办件来源: where the matter was brought in."""

    WINDOW = "1"
    ONLINE = "2"


OTHER_HALL_DEVICE = 5
"""The national channel for what has no number of its own there: cards and suggestion boxes."""


def national_channel(channel: int) -> int:
    """The national `pf` code, 1 to 8, of a channel of this hub."""
    return channel if 1 <= channel <= 8 else OTHER_HALL_DEVICE


UNFINISHED_FOR = timedelta(days=1)
"""The record of a service that never ends is sent after this, as accepted and not finished."""
LEASE = timedelta(minutes=2)
"""How long a message may be under way before another worker may send it again."""
LONGEST_PAUSE = timedelta(hours=6)


def back_off(attempts: int) -> timedelta:
    """The pause after the n-th attempt without an answer: 10, 20, 40 … seconds, at most 6 hours.

    There is no last attempt: what the province has not answered is not done.
    """
    return min(timedelta(seconds=10 * 2 ** min(attempts - 1, 12)), LONGEST_PAUSE)


def message_size(batch: int, attempts: int) -> int:
    """How many go into one message when each was tried so often before.

    Half as many each time, so that one which the province chokes on ends up alone and the others
    get through.
    """
    return max(1, batch >> attempts)


def moment(at: datetime | None) -> str:
    """A moment as the province writes it: the time in China, to the second; empty for none."""
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}" if at else ""

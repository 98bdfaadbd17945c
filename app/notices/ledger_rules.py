"""The ledger of subscriptions: what a citizen agreed to, what is left of it, and when to ask.

The platform's rules (订阅消息): an agreement to a one-time template (一次性订阅) is good for one
message; a long-term one (长期订阅, open to government services) for all that come until it is taken
back. One request asks for at most three templates. The platform's own count is the truth: a message
is tried whatever the ledger says, and 43101 puts the ledger right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.notices.rules import AskAt, Kind

MOST_ASKED = 3
"""Templates that one `wx.requestSubscribeMessage` takes."""
SAME_POPUP = timedelta(minutes=10)
"""The phone's report and the platform's push of one popup come within this of each other."""


class Word(StrEnum):
    """The last thing that was said about a template."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    BANNED = "banned"


class Event(StrEnum):
    """What changes the ledger."""

    ACCEPT = "accept"  # agreed to in the popup
    REJECT = "reject"  # declined in the popup
    BAN = "ban"  # the platform lets the template through to nobody
    TURNED_ON = "turned_on"  # in the mini program's settings
    TURNED_OFF = "turned_off"
    SENT = "sent"  # a message used one up
    USED_UP = "used_up"  # the platform refused: nothing is left (43101)


@dataclass(frozen=True)
class Standing:
    """What the ledger knows; `remaining` None: long-term."""

    word: Word
    remaining: int | None


NOTHING = Standing(Word.ACCEPTED, 0)
"""Before anything was said: nothing is left."""


def after(standing: Standing, event: Event, *, long_term: bool) -> Standing:
    """The standing after `event`; `long_term` is what the hall has set the template to be."""
    left = standing.remaining
    match event:
        case Event.ACCEPT:
            agreed = None if long_term or left is None else left + 1
            return Standing(Word.ACCEPTED, agreed)
        case Event.REJECT:
            # What was agreed to before stays good.
            return Standing(Word.REJECTED, left)
        case Event.BAN:
            return Standing(Word.BANNED, left)
        case Event.TURNED_ON:
            return Standing(Word.ACCEPTED, None if long_term else left)
        case Event.TURNED_OFF:
            return Standing(Word.REJECTED, 0)
        case Event.SENT:
            return Standing(standing.word, None if left is None else max(left - 1, 0))
    word = Word.REJECTED if left is None else standing.word
    return Standing(word, 0)


MOMENTS: Mapping[AskAt, tuple[Kind, ...]] = {
    AskAt.SUBMISSION: (Kind.SUBMITTED, Kind.REMINDER, Kind.READY),
    AskAt.CORRECTION: (Kind.REMINDER, Kind.READY, Kind.RATE),
    AskAt.CASE_PAGE: (Kind.RATE, Kind.READY, Kind.REMINDER),
}
"""What may be asked for at each place, what matters most there first; at most three each."""


def needed(kind: Kind, at: AskAt, open_cases: int) -> int:
    """How many messages of `kind` the citizen may still get, with `open_cases` under way.

    At a submission the new case is not among them yet.
    """
    if kind is Kind.SUBMITTED:
        return 1 if at is AskAt.SUBMISSION else 0
    return open_cases + 1 if at is AskAt.SUBMISSION else open_cases


def should_ask(standing: Standing, wanted: int) -> bool:
    """Whether to ask: something is missing, and asking can help."""
    if standing.word is Word.BANNED or standing.remaining is None:
        return False
    return standing.remaining < wanted

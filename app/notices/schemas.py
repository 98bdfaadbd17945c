"""Messages to applicants on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.wire import In, Out, PageQuery
from app.notices.delivery_rules import State
from app.notices.ledger_rules import Word
from app.notices.rules import AskAt, Kind

TemplateId = Annotated[str, Meta(min_length=1, max_length=64)]
SubjectText = Annotated[str, Meta(min_length=1, max_length=80)]


class NoticeShown(Out, frozen=True):
    """A message in the applicant's inbox; `page` is the mini program's page that it opens."""

    id: UUID
    kind: Literal["submitted", "reminder", "ready", "rate", "answer"]
    subject: str
    title: str
    body: str
    page: str
    created_at: datetime
    read_at: datetime | None


class UnreadCount(Out, frozen=True):
    """How many messages of the inbox are unread."""

    unread: int


class AskQuery(In, frozen=True):
    """The moment at which the mini program could ask."""

    at: AskAt = AskAt.SUBMISSION


class TemplateToAsk(Out, frozen=True):
    """A template that matters at this moment.

    Attributes:
        ask: whether to ask for it now (`wx.requestSubscribeMessage`): at most three are.
        turned_off: the citizen declined it last, or turned it off: the platform may show no popup,
            and the page can point to the mini program's settings.
        remaining: how many messages are left by the ledger; None: long-term.
        wanted: how many the citizen may still get for the cases under way.
    """

    kind: Kind
    title: str
    template_id: str
    ask: bool
    turned_off: bool
    remaining: int | None
    wanted: int


class PopupResult(StrEnum):
    """What `wx.requestSubscribeMessage` gives for a template."""

    ACCEPT = "accept"
    REJECT = "reject"
    BAN = "ban"
    FILTER = "filter"
    WITH_AUDIO = "acceptWithAudio"
    WITH_ALERT = "acceptWithAlert"


class SubscriptionReport(In, frozen=True):
    """The result of `wx.requestSubscribeMessage`, without its `errMsg`."""

    results: Annotated[dict[TemplateId, PopupResult], Meta(min_length=1, max_length=5)]


class SubscriptionShown(Out, frozen=True):
    """How a template stands with the caller; `word` None: nothing was said about it yet."""

    kind: Kind
    template_id: str
    word: Word | None
    remaining: int | None
    long_term: bool


class AboutQuery(In, frozen=True):
    """What the messages are about: `case:<number>`."""

    subject: SubjectText


class WayShown(Out, frozen=True):
    """What has become of a message on one way.

    Attributes:
        said: the state in words.
        reason: why the last try failed, in Chinese.
        next_at: when it is looked at again; None where nothing is planned.
        segments: of a text message: how many the carrier counts.
    """

    state: State
    said: str
    reason: str | None
    tries: int
    tried_at: datetime | None
    next_at: datetime | None
    segments: int | None = None


class MessageTrace(Out, frozen=True):
    """A message as the staff who handle its case see it: what was said, and whether it arrived.

    `id`, `read_at` and `wechat` are None for a text message to somebody without an account.
    `neutral`: WeChat did not let its words through and got general ones.
    """

    id: UUID | None
    kind: str
    title: str
    body: str
    created_at: datetime
    read_at: datetime | None
    neutral: bool
    wechat: WayShown | None
    sms: WayShown | None


class LetterQuery(PageQuery, frozen=True):
    """The dead letters of the halls over which the caller stands."""


class DeadLetter(Out, frozen=True):
    """A message that needs somebody.

    `doubtful`: it may have arrived; sending it again may bring it twice.
    """

    id: UUID
    way: Literal["wechat", "sms"]
    kind: str
    title: str
    subject: str
    doubtful: bool
    said: str
    reason: str | None
    tries: int
    tried_at: datetime | None
    created_at: datetime


class Replay(In, frozen=True):
    """Send a dead letter again. A doubtful one only with `may_repeat`: it may arrive twice."""

    may_repeat: bool = False


class Discard(In, frozen=True):
    """Why a dead letter need not be sent any more."""

    reason: Annotated[str, Meta(min_length=1, max_length=150, pattern=r"\S")]


class LetterNow(Out, frozen=True):
    """How a letter stands after somebody decided about it."""

    id: UUID
    state: State
    said: str


class SendNotice(msgspec.Struct, frozen=True):
    """The outbox's entry for one message."""

    notice_id: UUID

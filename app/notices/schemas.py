"""Messages to applicants on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from app.core.wire import Out
from app.notices.rules import AskAt, Kind, WeChatState


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


class TemplateShown(Out, frozen=True):
    """A template to ask a subscription for (`wx.requestSubscribeMessage`), and where to ask.

    At most three are asked for at one place, which is all that the platform takes at a time.
    """

    kind: Kind
    title: str
    template_id: str
    ask_at: AskAt


class NoticeTrace(Out, frozen=True):
    """A message as the staff who handle its case see it: what was said, and whether it arrived.

    `wechat_error` is the reason of `refused` and `failed`, in Chinese.
    """

    kind: Kind
    title: str
    body: str
    created_at: datetime
    read_at: datetime | None
    wechat_state: WeChatState
    wechat_error: str | None
    wechat_at: datetime | None


class SendNotice(msgspec.Struct, frozen=True):
    """The outbox's entry for one message."""

    notice_id: UUID

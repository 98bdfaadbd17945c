"""What a push has the outbox do: one topic for each thing that features above handle."""

from datetime import datetime
from typing import Literal

import msgspec

SUBSCRIPTIONS = "wechat.subscriptions"
"""Topic: users chose, or a message was sent. Payload `SubscriptionEvents`; `app.notices`."""
MEDIA_CHECKED = "wechat.media_checked"
"""Topic: a picture was judged. Payload `MediaVerdict`; `app.moderation`."""


class SubscriptionEvent(msgspec.Struct, frozen=True):
    """What a user, or the platform, did with one template (`wechat.events.SubscriptionEntry`)."""

    template_id: str
    scene: Literal["popup", "change", "sent"]
    status: str = ""
    msg_id: str | None = None
    error: int | str | None = None


class SubscriptionEvents(msgspec.Struct, frozen=True):
    """One push about subscriptions."""

    openid: str
    entries: list[SubscriptionEvent]


class MediaVerdict(msgspec.Struct, frozen=True):
    """The result of a picture's check (`wechat.events.MediaChecked`), and when it was pushed here.

    `errcode` other than 0: nothing was judged, and `suggest` is None.
    """

    trace_id: str
    errcode: int
    suggest: Literal["pass", "review", "risky"] | None
    label: int
    received_at: datetime

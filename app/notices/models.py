"""The tables of messages: the inbox, text messages, and the ledger of subscriptions."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id
from app.core.fields import PersonalField


class Notice(Model):
    """One message: a row of the applicant's inbox, and its way through WeChat."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    citizen_id = fields.UUIDField()
    kind = fields.CharField(max_length=16)
    key = fields.CharField(max_length=160, unique=True)
    subject = fields.CharField(max_length=80)
    hall_id = fields.UUIDField(null=True)
    title = fields.CharField(max_length=60)
    body = fields.CharField(max_length=1000)
    page = fields.CharField(max_length=200)
    data: fields.JSONField[dict[str, str]] = fields.JSONField()
    deadline = fields.DatetimeField(null=True)
    """The end of the last day for what is asked: what ends before the morning is sent at night."""
    created_at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)
    wechat_state = fields.CharField(max_length=16, default="waiting")
    wechat_error = fields.CharField(max_length=200, null=True)
    wechat_at = fields.DatetimeField(null=True)
    """When it was tried last, or when it came into its state without a try."""
    wechat_tries = fields.SmallIntField(default=0)
    wechat_failures = fields.SmallIntField(default=0)
    """Tries that count towards giving up: not those in which the platform only asked to wait."""
    wechat_template = fields.CharField(max_length=64, null=True)
    wechat_msg_id = fields.CharField(max_length=64, null=True)
    """The platform's id of the message, once a push has said that it arrived."""
    neutral = fields.BooleanField(default=False)
    """Its own words were not let through; it is sent in neutral ones."""

    class Meta:
        table = "notices"


class SentText(Model):
    """One text message: instead of a message that WeChat cannot bring, or to a bare number."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    notice_id = fields.UUIDField(null=True, unique=True)
    citizen_id = fields.UUIDField(null=True)
    phone = PersonalField("phone", "texts.phone", null=True)
    """Only of somebody without an account, and only until the text is sent."""
    template = fields.CharField(max_length=16)
    params: Any = fields.JSONField()
    page = fields.CharField(max_length=200, null=True)
    words = fields.CharField(max_length=500, null=True)
    """The text as it was sent last, sign included, without the link."""
    segments = fields.SmallIntField(default=0)
    key = fields.CharField(max_length=160, unique=True)
    subject = fields.CharField(max_length=80)
    hall_id = fields.UUIDField(null=True)
    deadline = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    state = fields.CharField(max_length=16, default="waiting")
    error = fields.CharField(max_length=200, null=True)
    tried_at = fields.DatetimeField(null=True)
    tries = fields.SmallIntField(default=0)
    failures = fields.SmallIntField(default=0)
    provider_id = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "texts"


class MessageLine(Model):
    """A way to the phones, and until when nothing may be sent on it (quotas)."""

    way = fields.CharField(max_length=8, primary_key=True)
    held_until = fields.DatetimeField(null=True)
    strikes = fields.SmallIntField(default=0)
    """Quota refusals in a row."""

    class Meta:
        table = "message_lines"


class Subscription(Model):
    """What a citizen agreed to be sent of one template; `remaining` None: long-term."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    citizen_id = fields.UUIDField()
    template_id = fields.CharField(max_length=64)
    word = fields.CharField(max_length=8)
    remaining = fields.IntField(null=True)
    updated_at = fields.DatetimeField()

    class Meta:
        table = "subscriptions"
        unique_together = (("citizen_id", "template_id"),)


class SubscriptionEntry(Model):
    """Why a subscription stands as it does: one event, once for each `key`."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    subscription_id = fields.UUIDField()
    key = fields.CharField(max_length=200)
    at = fields.DatetimeField()
    event = fields.CharField(max_length=16)
    source = fields.CharField(max_length=8)
    """`phone` (its report), `push` (the platform's), `house` (what sending showed)."""
    remaining = fields.IntField(null=True)
    """What was left after it; None: long-term."""
    paired = fields.BooleanField(default=False)
    """The phone's report and the platform's push of the same popup have found each other."""

    class Meta:
        table = "subscription_entries"
        unique_together = (("subscription_id", "key"),)

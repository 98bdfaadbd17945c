"""The table of what was pushed."""

from tortoise import fields
from tortoise.models import Model


class WeChatPush(Model):
    """The key of a push that was taken in, kept for a day: what comes again is dropped."""

    key = fields.CharField(max_length=80, primary_key=True)
    received_at = fields.DatetimeField()

    class Meta:
        table = "wechat_pushes"

"""The table of messages to applicants."""

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id


class Notice(Model):
    """One message: a row of the applicant's inbox, and its way through WeChat."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    citizen_id = fields.UUIDField()
    kind = fields.CharField(max_length=16)
    key = fields.CharField(max_length=160, unique=True)
    subject = fields.CharField(max_length=80)
    title = fields.CharField(max_length=60)
    body = fields.CharField(max_length=1000)
    page = fields.CharField(max_length=200)
    data: fields.JSONField[dict[str, str]] = fields.JSONField()
    created_at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)
    wechat_state = fields.CharField(max_length=16, default="waiting")
    wechat_error = fields.CharField(max_length=200, null=True)
    wechat_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notices"

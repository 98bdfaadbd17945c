"""The table of what is checked."""

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id


class ContentCheck(Model):
    """One text or picture that is checked. What it says stays where it is: `subject` refers to it.

    `hall_id` is whose supervisor looks at it if it is held; None for a photo of no application.
    `why` and `label` say how it was judged, `reason` why a person decided as they did.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    subject = fields.CharField(max_length=80, unique=True)
    kind = fields.CharField(max_length=8)
    citizen_id = fields.UUIDField(null=True)
    hall_id = fields.UUIDField(null=True)
    state = fields.CharField(max_length=12)
    why = fields.CharField(max_length=16, null=True)
    label = fields.IntField(null=True)
    trace_id = fields.CharField(max_length=64, unique=True, null=True)
    tries = fields.SmallIntField(default=0)
    created_at = fields.DatetimeField()
    asked_at = fields.DatetimeField(null=True)
    judged_at = fields.DatetimeField(null=True)
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "content_checks"

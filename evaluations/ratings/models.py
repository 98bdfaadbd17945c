"""Tables of what can be rated, and of the ratings."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from app.core.db import new_id


class Service(Model):
    """One thing that can be rated once: a visit to a window, or a decided case.

    `subject` says which ("visit:<id>", "case:<number>"). Where it belongs never changes, and it
    ends once; the database refuses both. `citizen_id` may rate it in the mini program.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharField(max_length=8)
    subject = fields.CharField(max_length=80, unique=True)
    hall_id = fields.UUIDField()
    department_id = fields.UUIDField(null=True)
    window_id = fields.UUIDField(null=True)
    staff_id = fields.UUIDField(null=True)
    item_id = fields.UUIDField(null=True)
    item_name = fields.CharField(max_length=200)
    citizen_id = fields.UUIDField(null=True)
    project_no = fields.CharField(max_length=40, null=True)
    service_number = fields.SmallIntField(default=1)
    started_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    rateable_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "services"
        unique_together = (("project_no", "service_number"),)


class Rating(Model):
    """One rating. Rows are never changed or deleted; the database refuses both.

    `happened_at` is by the rater's own clock, which runs `clock_offset_ms` before the server's;
    `day` is the day in China on which it counts.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    service_id = fields.UUIDField(unique=True)
    level = fields.SmallIntField()
    tags = ArrayField(element_type="text")
    tags_version = fields.CharField(max_length=16)
    comment = fields.CharField(max_length=150)
    channel = fields.SmallIntField()
    device_id = fields.UUIDField(null=True)
    event_id = fields.UUIDField(null=True)
    citizen_id = fields.UUIDField(null=True)
    raw_level = fields.SmallIntField(null=True)
    happened_at = fields.DatetimeField()
    received_at = fields.DatetimeField()
    clock_offset_ms = fields.IntField()
    day = fields.DateField()

    class Meta:
        table = "ratings"
        unique_together = (("device_id", "event_id"),)

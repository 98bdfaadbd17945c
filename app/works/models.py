"""The table of long work."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id


class Work(Model):
    """One piece of long work of one staff member, in one hall.

    `run_id` and `beat_at` are of the run that does it now. `data_key`, sealed, opens the file that
    it was given and the one that it made; `given_name` and `result_name` say that there is one.
    `fingerprint` is what it was asked to do, so that asking twice is asking once.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    owner_id = fields.UUIDField()
    kind = fields.CharField(max_length=40)
    title = fields.CharField(max_length=200)
    params: Any = fields.JSONField()
    fingerprint = fields.BinaryField()
    state = fields.CharField(max_length=10)
    done = fields.IntField()
    total = fields.IntField()
    message = fields.CharField(max_length=300)
    summary: Any = fields.JSONField(null=True)
    data_key = fields.BinaryField()
    given_name = fields.CharField(max_length=200, null=True)
    result_name = fields.CharField(max_length=200, null=True)
    result_type = fields.CharField(max_length=100, null=True)
    result_bytes = fields.IntField(null=True)
    attempts = fields.SmallIntField()
    run_id = fields.UUIDField(null=True)
    beat_at = fields.DatetimeField(null=True)
    cancel_asked_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "works"

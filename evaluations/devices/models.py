"""The tables of what signs its requests: evaluators, and systems of others."""

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id


class Evaluator(Model):
    """评价器: a device at a window, or a tablet of the hall. Its key is kept sealed.

    `enrol_code`: the code that it waits for, sealed, until it is used. `clock_offset_ms` is how far
    its clock ran before the server's when it last signed.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    window_id = fields.UUIDField(null=True)
    name = fields.CharField(max_length=60)
    model = fields.CharField(max_length=60)
    secret = fields.BinaryField(null=True)
    enrol_code_hash = fields.BinaryField(null=True)
    enrol_code = fields.BinaryField(null=True)
    enrol_until = fields.DatetimeField(null=True)
    enrolled_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    last_seen_at = fields.DatetimeField(null=True)
    clock_offset_ms = fields.IntField(null=True)
    version = fields.CharField(max_length=40, null=True)
    queue_length = fields.IntField(null=True)
    refused_count = fields.IntField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "devices"


class ApiClient(Model):
    """Another system of the hall, such as a calling machine. Its key is kept sealed."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    name = fields.CharField(max_length=60)
    secret = fields.BinaryField()
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_clients"
        unique_together = (("hall_id", "name"),)

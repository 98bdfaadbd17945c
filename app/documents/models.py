"""The table of papers."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id
from app.core.fields import PersonalField


class Document(Model):
    """A paper that was written; never changed, but for one revocation.

    `digest` is the SM3-HMAC of all that it says, under the key `key_id`.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharField(max_length=12)
    number = fields.CharField(max_length=60, unique=True)
    code = fields.CharField(max_length=28, unique=True)
    hall_id = fields.UUIDField()
    hall_name = fields.CharField(max_length=60)
    subject = fields.CharField(max_length=80)
    item_name = fields.CharField(max_length=200, default="")
    title = fields.CharField(max_length=200)
    lines: Any = fields.JSONField()
    holder = PersonalField("name", "documents.holder", null=True)
    details = PersonalField("form", "documents.details", null=True)
    issued_at = fields.DatetimeField()
    valid_until = fields.DateField(null=True)
    digest = fields.BinaryField()
    key_id = fields.CharField(max_length=32)
    revoked_at = fields.DatetimeField(null=True)
    revoked_why = fields.CharField(max_length=300, null=True)

    class Meta:
        table = "documents"

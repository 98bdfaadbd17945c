"""Tables of results handed over together. Rows are never changed."""

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id


class Handover(Model):
    """One act in which all results of a bundle or a project were handed over at the counter."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    number = fields.CharField(max_length=18, unique=True)
    hall_id = fields.UUIDField()
    project_id = fields.UUIDField(null=True)
    case_id = fields.UUIDField(null=True)
    handed_at = fields.DatetimeField()
    handed_by = fields.UUIDField()
    document_id = fields.UUIDField()

    class Meta:
        table = "handovers"


class HandoverCase(Model):
    """A case whose result was handed over in one of these acts."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    handover_id = fields.UUIDField()
    case_id = fields.UUIDField(unique=True)

    class Meta:
        table = "handover_cases"

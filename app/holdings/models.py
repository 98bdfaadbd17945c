"""Tables of holdings: what can be used again, its pictures, and each use with its consent."""

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id


class Holding(Model):
    """Something a citizen or an enterprise gave before, or got from a hall.

    Only its end is ever written: `revoked_at` by whoever issued it, `forgotten_at` by its owner.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    owner_id = fields.UUIDField()
    enterprise_id = fields.UUIDField(null=True)
    type = fields.CharField(max_length=200)
    name = fields.CharField(max_length=200)
    source = fields.CharField(max_length=8)
    requirement = fields.CharField(max_length=40, null=True)
    document_id = fields.UUIDField(null=True, unique=True)
    number = fields.CharField(max_length=60, null=True)
    valid_from = fields.DateField()
    valid_until = fields.DateField(null=True)
    from_subject = fields.CharField(max_length=80)
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    revoked_why = fields.CharField(max_length=500, null=True)
    forgotten_at = fields.DatetimeField(null=True)

    class Meta:
        table = "holdings"
        unique_together = (("from_subject", "requirement"),)


class HoldingMaterial(Model):
    """One picture of a holding that was supplied, in its order."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    holding_id = fields.UUIDField()
    material_id = fields.UUIDField()
    position = fields.SmallIntField()

    class Meta:
        table = "holding_materials"
        unique_together = (("holding_id", "material_id"),)


class HoldingUse(Model):
    """That a holding was used again, for what, and who consented to it; never changed."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    holding_id = fields.UUIDField()
    subject = fields.CharField(max_length=80)
    requirement = fields.CharField(max_length=40)
    consented_at = fields.DatetimeField()
    actor = fields.CharField(max_length=64)

    class Meta:
        table = "holding_uses"
        unique_together = (("subject", "requirement", "holding_id"),)

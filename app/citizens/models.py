"""The table of citizens."""

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id
from app.core.fields import PersonalField


class Citizen(Model):
    """A user of the mini program. What identifies the person is sealed; look-ups use indexes."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    openid = fields.CharField(max_length=64, unique=True)
    unionid = fields.CharField(max_length=64, null=True)
    session_key = fields.BinaryField(null=True)
    name = PersonalField("name", "citizens.name", null=True)
    phone = PersonalField("phone", "citizens.phone", null=True)
    phone_index = fields.BinaryField(null=True)
    id_number = PersonalField("id_number", "citizens.id_number", null=True)
    id_number_index = fields.BinaryField(null=True)
    consented_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()

    class Meta:
        table = "citizens"

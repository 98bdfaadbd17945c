"""The tables of citizens, and of the codes by which things of the counter are claimed."""

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id
from app.core.fields import PersonalField


class Citizen(Model):
    """A user of the mini program, or somebody who applied at the counter and has no `openid`.

    What identifies the person is sealed; look-ups use indexes.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    openid = fields.CharField(max_length=64, unique=True, null=True)
    unionid = fields.CharField(max_length=64, null=True)
    session_key = fields.BinaryField(null=True)
    name = PersonalField("name", "citizens.name", null=True)
    phone = PersonalField("phone", "citizens.phone", null=True)
    phone_index = fields.BinaryField(null=True)
    phone_proven_at = fields.DatetimeField(null=True)
    """When the platform said that the phone number is theirs; None while it is only said."""
    id_number = PersonalField("id_number", "citizens.id_number", null=True)
    id_number_index = fields.BinaryField(null=True)
    consented_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    made_by = fields.UUIDField(null=True)
    """The clerk who made the account at the counter."""
    adopted_by = fields.UUIDField(null=True)
    """The mini program's account of the same person, once they have proved it."""
    adopted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "citizens"


class CitizenClaim(Model):
    """A one-time code, given out at the counter, by which a counter account is claimed."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    citizen_id = fields.UUIDField()
    code = fields.BinaryField()
    """Keyed hash; the code itself is on the applicant's paper only."""
    made_by = fields.UUIDField()
    made_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    wrong = fields.SmallIntField(default=0)
    ended_at = fields.DatetimeField(null=True)
    ended_how = fields.CharField(max_length=8, null=True)

    class Meta:
        table = "citizen_claims"

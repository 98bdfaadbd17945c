"""The tables of citizens, their children, what was checked of them, and codes of the counter."""

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
    session_key = PersonalField("form", "citizens.session_key", null=True)
    """The platform's key of the user's last login. It never leaves the server; the kind `form` is
    the one of which nothing is ever shown."""
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
    verified_at = fields.DatetimeField(null=True)
    """When name and ID number were confirmed; `verified_by` says by whom: a clerk, or a service."""
    verified_by = fields.CharField(max_length=64, null=True)
    mismatched_at = fields.DatetimeField(null=True)
    """When the authority said that name and ID number do not belong together."""
    erase_asked_at = fields.DatetimeField(null=True)
    """Since when nothing of the person is kept here that no open case needs."""
    deleted_at = fields.DatetimeField(null=True)

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


class CitizenChild(Model):
    """A child for whom its guardian consents and applies; without personal data once withdrawn."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    guardian_id = fields.UUIDField()
    name = PersonalField("name", "citizen_children.name", null=True)
    id_number = PersonalField("id_number", "citizen_children.id_number", null=True)
    id_number_index = fields.BinaryField(null=True)
    relation = fields.CharField(max_length=12)
    consent_version = fields.CharField(max_length=20)
    """Which wording of the separate consent the guardian agreed to."""
    consented_at = fields.DatetimeField()
    verified_at = fields.DatetimeField(null=True)
    verified_by = fields.CharField(max_length=64, null=True)
    mismatched_at = fields.DatetimeField(null=True)
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "citizen_children"


class IdentityCheck(Model):
    """One question to the authority whether a name and an ID number belong together."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    citizen_id = fields.UUIDField()
    child_id = fields.UUIDField(null=True)
    state = fields.CharField(max_length=10)
    verifier = fields.CharField(max_length=60)
    reference = fields.CharField(max_length=80, default="")
    """The authority's own number of its answer."""
    asked_at = fields.DatetimeField()
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "identity_checks"


class CitizenWindowCode(Model):
    """A one-time code by which a clerk finds the account of whoever stands at the window."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    citizen_id = fields.UUIDField(unique=True)
    code = fields.BinaryField()
    made_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "citizen_window_codes"

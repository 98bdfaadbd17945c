"""Tables of enterprises with their people, and of helpers with the applicant's consent."""

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id
from app.core.fields import PersonalField


class Enterprise(Model):
    """An enterprise that a clerk has confirmed against its paper licence."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    code = fields.CharField(max_length=18, unique=True)
    name = fields.CharField(max_length=200)
    legal_representative = PersonalField("name", "enterprises.legal_representative")
    hall_id = fields.UUIDField()
    confirmed_by = fields.UUIDField()
    confirmed_at = fields.DatetimeField()

    class Meta:
        table = "enterprises"


class EnterpriseRegistration(Model):
    """A citizen's word that they stand for an enterprise; a clerk confirms or declines it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    code = fields.CharField(max_length=18)
    name = fields.CharField(max_length=200)
    legal_representative = PersonalField("name", "enterprise_registrations.legal_representative")
    role = fields.CharField(max_length=20)
    citizen_id = fields.UUIDField()
    hall_id = fields.UUIDField()
    state = fields.CharField(max_length=9)
    asked_at = fields.DatetimeField()
    answered_by = fields.UUIDField(null=True)
    answered_at = fields.DatetimeField(null=True)
    note = fields.CharField(max_length=300, default="")
    enterprise_id = fields.UUIDField(null=True)

    class Meta:
        table = "enterprise_registrations"


class EnterprisePerson(Model):
    """A citizen's role in an enterprise, until they are removed. The row stays."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    enterprise_id = fields.UUIDField()
    citizen_id = fields.UUIDField()
    role = fields.CharField(max_length=20)
    joined_at = fields.DatetimeField()
    removed_at = fields.DatetimeField(null=True)
    removed_by = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "enterprise_people"


class EnterpriseInvitation(Model):
    """An invitation to whoever can prove that a phone number is theirs."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    enterprise_id = fields.UUIDField()
    role = fields.CharField(max_length=20)
    phone = PersonalField("phone", "enterprise_invitations.phone")
    phone_index = fields.BinaryField()
    invited_by = fields.UUIDField()
    invited_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    state = fields.CharField(max_length=9)
    answered_by = fields.UUIDField(null=True)
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "enterprise_invitations"


class AssistanceConsent(Model):
    """An applicant's consent that a helper acts for them (帮办代办), until it ends."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    applicant_id = fields.UUIDField()
    enterprise_id = fields.UUIDField(null=True)
    helper_kind = fields.CharField(max_length=8)
    helper_id = fields.UUIDField(null=True)
    helper_phone = PersonalField("phone", "assistance_consents.helper_phone", null=True)
    helper_phone_index = fields.BinaryField(null=True)
    hall_id = fields.UUIDField(null=True)
    scope = fields.CharField(max_length=4)
    scope_id = fields.UUIDField(null=True)
    purposes = fields.CharField(max_length=500)
    may_withdraw = fields.BooleanField()
    how = fields.CharField(max_length=9)
    recorded_by = fields.UUIDField(null=True)
    paper_number = fields.CharField(max_length=60, null=True)
    paper_material_id = fields.UUIDField(null=True)
    granted_at = fields.DatetimeField()
    accepted_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    ended_as = fields.CharField(max_length=10, null=True)
    ended_by = fields.CharField(max_length=64, null=True)
    ended_why = fields.CharField(max_length=300, null=True)

    class Meta:
        table = "assistance_consents"


class AssistanceAct(Model):
    """What a helper, or a person of an enterprise, did for an applicant; never changed."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    consent_id = fields.UUIDField(null=True)
    enterprise_id = fields.UUIDField(null=True)
    applicant_id = fields.UUIDField()
    actor = fields.CharField(max_length=64)
    by_name = fields.CharField(max_length=80)
    what = fields.CharField(max_length=24)
    subject = fields.CharField(max_length=80)
    at = fields.DatetimeField()

    class Meta:
        table = "assistance_acts"

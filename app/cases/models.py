"""Tables of cases."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id
from app.core.fields import PersonalField


class CaseSerial(Model):
    """The last serial given out for a region and day."""

    scope = fields.CharField(max_length=14, primary_key=True)
    last_given = fields.IntField()

    class Meta:
        table = "case_serials"


class Case(Model):
    """One application for one item or one bundle."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    number = fields.CharField(max_length=21, unique=True)
    hall_id = fields.UUIDField()
    item_id = fields.UUIDField()
    version_id = fields.UUIDField()
    department_id = fields.UUIDField()
    bundle = fields.BooleanField()
    item_name = fields.CharField(max_length=200)
    applicant_id = fields.UUIDField()
    applicant_name = PersonalField("name", "cases.applicant_name")
    applicant_phone = PersonalField("phone", "cases.applicant_phone")
    applicant_id_number = PersonalField("id_number", "cases.applicant_id_number")
    form = PersonalField("form", "cases.form")
    delivery = fields.CharField(max_length=12)
    delivery_address = PersonalField("address", "cases.delivery_address", null=True)
    state = fields.CharField(max_length=16)
    corrections = fields.SmallIntField(default=0)
    stage = fields.SmallIntField(null=True)
    promised_days = fields.SmallIntField()
    legal_days = fields.SmallIntField()
    promised_due = fields.DateField(null=True)
    legal_due = fields.DateField(null=True)
    due_provisional = fields.BooleanField(default=False)
    result: Any = fields.JSONField(null=True)
    tracking_number = fields.CharField(max_length=40, null=True)
    window_id = fields.UUIDField(null=True)
    accepted_by = fields.UUIDField(null=True)
    submitted_at = fields.DatetimeField()
    received_at = fields.DatetimeField()
    accepted_at = fields.DatetimeField(null=True)
    decided_at = fields.DatetimeField(null=True)
    issued_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "cases"


class CaseMaterial(Model):
    """A photo that was supplied for one line of the material list."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case_id = fields.UUIDField()
    requirement = fields.CharField(max_length=40)
    material_id = fields.UUIDField()
    added_at = fields.DatetimeField()

    class Meta:
        table = "case_materials"
        unique_together = (("case_id", "requirement", "material_id"),)


class CaseTask(Model):
    """One department's part of the review, in its stage."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case_id = fields.UUIDField()
    stage = fields.SmallIntField()
    stage_name = fields.CharField(max_length=60)
    department_id = fields.UUIDField()
    days = fields.SmallIntField()
    state = fields.CharField(max_length=8)
    opened_at = fields.DatetimeField(null=True)
    due = fields.DateField(null=True)
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    opinion = fields.CharField(max_length=500, null=True)

    class Meta:
        table = "case_tasks"
        unique_together = (("case_id", "stage", "department_id"),)


class CaseEvent(Model):
    """One entry of the timeline that the applicant reads; never changed or deleted."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case_id = fields.UUIDField()
    kind = fields.CharField(max_length=24)
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=64)
    by_name = fields.CharField(max_length=80)
    note = fields.CharField(max_length=500, default="")

    class Meta:
        table = "case_events"


class CaseReceipt(Model):
    """A written receipt (回执): dated, numbered, with its reason; never changed or deleted."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case_id = fields.UUIDField()
    serial = fields.SmallIntField()
    kind = fields.CharField(max_length=16)
    number = fields.CharField(max_length=24, unique=True)
    issued_at = fields.DatetimeField()
    title = fields.CharField(max_length=60)
    lines: Any = fields.JSONField()

    class Meta:
        table = "case_receipts"
        unique_together = (("case_id", "serial"),)


class CaseProposal(Model):
    """What one person proposes and a second one must consent to before it takes effect."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case_id = fields.UUIDField()
    task_id = fields.UUIDField(null=True)
    kind = fields.CharField(max_length=16)
    proposed_by = fields.UUIDField()
    proposed_at = fields.DatetimeField()
    reason = fields.CharField(max_length=500)
    basis = fields.CharField(max_length=300)
    points: Any = fields.JSONField()
    state = fields.CharField(max_length=8)
    second_id = fields.UUIDField(null=True)
    second_at = fields.DatetimeField(null=True)
    second_note = fields.CharField(max_length=500, null=True)

    class Meta:
        table = "case_proposals"

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
    answers: Any = fields.JSONField(default=dict)
    filed_by = fields.CharField(max_length=12, default="applicant")
    enterprise_id = fields.UUIDField(null=True)
    enterprise_name = fields.CharField(max_length=200, null=True)
    enterprise_code = fields.CharField(max_length=18, null=True)
    consent_id = fields.UUIDField(null=True)
    child_id = fields.UUIDField(null=True)
    """The child for whom the applicant, its guardian, applies; the names in it are the child's."""
    project_number = fields.CharField(max_length=40, null=True)
    pre_checked_at = fields.DatetimeField(null=True)
    deemed = fields.BooleanField(default=False)
    clock_from = fields.DateField(null=True)
    paused_since = fields.DateField(null=True)
    extended_days = fields.SmallIntField(default=0)
    suspended_at = fields.DatetimeField(null=True)
    decision = fields.CharField(max_length=8, null=True)
    used_days = fields.SmallIntField(null=True)
    accept_due = fields.DateField(null=True)
    delivery_due = fields.DateField(null=True)
    correction: Any = fields.JSONField(null=True)
    erased_at = fields.DatetimeField(null=True)
    """When its personal data were erased; what is left says nothing of a person."""

    class Meta:
        table = "cases"


class CaseStamp(Model):
    """The version in which a case is shown; triggers raise it, for `app.cases.kept` to compare."""

    case_id = fields.UUIDField(primary_key=True)
    stamp = fields.BigIntField()

    class Meta:
        table = "case_stamps"


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
    lead = fields.BooleanField(default=False)
    overdue_agrees = fields.BooleanField(default=False)
    absent_agrees = fields.BooleanField(default=False)
    joint = fields.CharField(max_length=12, default="none")
    by_default = fields.CharField(max_length=8, null=True)
    decided_client = fields.UUIDField(null=True)

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
    proposed_by = fields.UUIDField(null=True)
    proposed_client = fields.UUIDField(null=True)
    proposed_at = fields.DatetimeField()
    reason = fields.CharField(max_length=500)
    basis = fields.CharField(max_length=300)
    points: Any = fields.JSONField()
    days = fields.SmallIntField(null=True)
    state = fields.CharField(max_length=8)
    second_id = fields.UUIDField(null=True)
    second_at = fields.DatetimeField(null=True)
    second_note = fields.CharField(max_length=500, null=True)

    class Meta:
        table = "case_proposals"


class CaseDraft(Model):
    """An application that is not submitted yet: answers, form and photos, sealed as one text."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    citizen_id = fields.UUIDField()
    item_id = fields.UUIDField()
    version_id = fields.UUIDField()
    content = PersonalField("form", "case_drafts.content")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "case_drafts"
        unique_together = (("citizen_id", "item_id"),)


class CasePause(Model):
    """A time in which the clock stands still: of the case, or of one department's task."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case_id = fields.UUIDField()
    task_id = fields.UUIDField(null=True)
    kind = fields.CharField(max_length=16)
    reason = fields.CharField(max_length=500)
    basis = fields.CharField(max_length=300)
    expected_days = fields.SmallIntField(null=True)
    began_at = fields.DatetimeField()
    began_by = fields.CharField(max_length=64)
    ended_at = fields.DatetimeField(null=True)
    ended_by = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "case_pauses"


class CaseDeferral(Model):
    """A material that may come later (容缺), against a pledge; `due` is set at acceptance."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case_id = fields.UUIDField()
    requirement = fields.CharField(max_length=40)
    days = fields.SmallIntField()
    pledged_at = fields.DatetimeField()
    due = fields.DateField(null=True)
    reminded_at = fields.DatetimeField(null=True)
    state = fields.CharField(max_length=8)
    supplied_at = fields.DatetimeField(null=True)

    class Meta:
        table = "case_deferrals"
        unique_together = (("case_id", "requirement"),)


class CasePledge(Model):
    """A signed pledge in the place of a material (告知承诺), to be checked after the decision."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case_id = fields.UUIDField()
    hall_id = fields.UUIDField()
    department_id = fields.UUIDField()
    requirement = fields.CharField(max_length=40)
    text = fields.CharField(max_length=2000)
    signed_at = fields.DatetimeField()
    state = fields.CharField(max_length=8)
    checked_by = fields.UUIDField(null=True)
    checked_at = fields.DatetimeField(null=True)
    finding = fields.CharField(max_length=500, null=True)

    class Meta:
        table = "case_pledges"
        unique_together = (("case_id", "requirement"),)


class CaseLight(Model):
    """A light that turned yellow or red: once for each step and due day."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case_id = fields.UUIDField()
    task_id = fields.UUIDField(null=True)
    step = fields.CharField(max_length=12)
    light = fields.CharField(max_length=8)
    due = fields.DateField()
    turned_at = fields.DatetimeField()

    class Meta:
        table = "case_lights"

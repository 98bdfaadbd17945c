"""Tables of supervision: entries that must be answered, what happened to them, and warnings."""

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id


class SupervisionEntry(Model):
    """One matter that somebody must answer for (督办单).

    One of the cause "overdue" is about a step of a case and the day on which that was due; there
    is one for each. `department_id` says whose reviewers answer; without one the hall's clerks do.
    `answer_due` is the limit of the answer that is owed now, `first_due` that of the first one,
    by which the report goes. `step_done_at`: since when the step is known to be over.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    number = fields.CharField(max_length=28, unique=True)
    hall_id = fields.UUIDField()
    case_id = fields.UUIDField()
    case_number = fields.CharField(max_length=21)
    item_name = fields.CharField(max_length=200)
    department_id = fields.UUIDField(null=True)
    cause = fields.CharField(max_length=20)
    step = fields.CharField(max_length=12, null=True)
    task_id = fields.UUIDField(null=True)
    step_due = fields.DateField(null=True)
    step_done_at = fields.DatetimeField(null=True)
    why = fields.CharField(max_length=500)
    state = fields.CharField(max_length=10)
    opened_at = fields.DatetimeField()
    opened_on = fields.DateField()
    opened_by = fields.UUIDField(null=True)
    answer_due = fields.DateField()
    answer_days = fields.SmallIntField()
    yellow_from = fields.DateField()
    first_due = fields.DateField()
    first_answered_on = fields.DateField(null=True)
    answered_at = fields.DatetimeField(null=True)
    answered_by = fields.UUIDField(null=True)
    reason = fields.CharField(max_length=500, null=True)
    measures = fields.CharField(max_length=500, null=True)
    measures_until = fields.DateField(null=True)
    judged_at = fields.DatetimeField(null=True)
    judged_by = fields.UUIDField(null=True)
    judgement = fields.CharField(max_length=500, null=True)
    returns = fields.SmallIntField(default=0)
    escalated_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "supervision_entries"


class SupervisionEvent(Model):
    """One thing that happened to an entry. Rows are never changed or deleted."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    entry_id = fields.UUIDField()
    kind = fields.CharField(max_length=16)
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=64)
    staff_id = fields.UUIDField(null=True)
    by_name = fields.CharField(max_length=80)
    said = fields.CharField(max_length=1200)

    class Meta:
        table = "supervision_events"


class SupervisionWarning(Model):
    """A step whose light turned yellow: what the desk should do next.

    `over_at`: since when it is no warning any more, because the step was done or turned red.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    case_id = fields.UUIDField()
    case_number = fields.CharField(max_length=21)
    item_name = fields.CharField(max_length=200)
    department_id = fields.UUIDField(null=True)
    step = fields.CharField(max_length=12)
    task_id = fields.UUIDField(null=True)
    due = fields.DateField()
    turned_at = fields.DatetimeField()
    over_at = fields.DatetimeField(null=True)

    class Meta:
        table = "supervision_warnings"

"""Tables of what follows a bad rating, and of improvement topics."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from app.core.db import new_id
from app.core.fields import PersonalField


class Rectification(Model):
    """One bad rating on its way through the loop; there is one for each.

    `citizen_id` is None where the rater is not known. `step_due` is the limit of what the state
    waits for, `rectify_due` that of the department's work; `clock_since` and `clock_waited` are
    what it is counted from. `red_at`: since when the present step's red light is on record.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    rating_id = fields.UUIDField(unique=True)
    hall_id = fields.UUIDField()
    department_id = fields.UUIDField(null=True)
    citizen_id = fields.UUIDField(null=True)
    item_name = fields.CharField(max_length=200)
    level = fields.SmallIntField()
    tags = ArrayField(element_type="text")
    state = fields.CharField(max_length=16)
    verdict = fields.CharField(max_length=16, null=True)
    contact_over = fields.BooleanField(default=False)
    declined = fields.BooleanField(default=False)
    appealed = fields.BooleanField(default=False)
    sent_back = fields.BooleanField(default=False)
    attempts = fields.SmallIntField(default=0)
    clock_since = fields.DateField()
    clock_waited = fields.SmallIntField(default=0)
    complex = fields.BooleanField(default=False)
    entered_on = fields.DateField()
    step_due = fields.DateField(null=True)
    step_days = fields.SmallIntField(null=True)
    rectify_due = fields.DateField(null=True)
    due_provisional = fields.BooleanField(default=False)
    red_at = fields.DatetimeField(null=True)
    late = fields.BooleanField(default=False)
    received_at = fields.DatetimeField()
    received_on = fields.DateField()
    assigned_at = fields.DatetimeField(null=True)
    assigned_by = fields.UUIDField(null=True)
    contacted_at = fields.DatetimeField(null=True)
    verified_at = fields.DatetimeField(null=True)
    rectified_at = fields.DatetimeField(null=True)
    answered_at = fields.DatetimeField(null=True)
    revisited_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    done = fields.CharField(max_length=1000, null=True)
    answer = fields.CharField(max_length=500, null=True)
    answer_way = fields.CharField(max_length=8, null=True)
    satisfied = fields.BooleanField(null=True)

    class Meta:
        table = "rectifications"


class RectificationEvent(Model):
    """One thing that happened. Rows are never changed or deleted; the database refuses both.

    `said` holds no personal data; `note` is what a person wrote, who may have named the rater.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    rectification_id = fields.UUIDField()
    kind = fields.CharField(max_length=24)
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=64)
    staff_id = fields.UUIDField(null=True)
    by_name = fields.CharField(max_length=80)
    said = fields.CharField(max_length=200)
    note = PersonalField("form", "rectification_events.note", null=True)

    class Meta:
        table = "rectification_events"


class RectificationProposal(Model):
    """A ruling or an appeal that takes effect with a second person's consent; one is open."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    rectification_id = fields.UUIDField()
    department_id = fields.UUIDField()
    kind = fields.CharField(max_length=8)
    claim = fields.CharField(max_length=16)
    proposed_by = fields.UUIDField()
    proposed_at = fields.DatetimeField()
    reason = PersonalField("form", "rectification_proposals.reason")
    state = fields.CharField(max_length=8)
    second_id = fields.UUIDField(null=True)
    second_at = fields.DatetimeField(null=True)
    second_note = PersonalField("form", "rectification_proposals.second_note", null=True)

    class Meta:
        table = "rectification_proposals"


class ImprovementTopic(Model):
    """改好一类事: what one department is told again and again by one tag, and what it does."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    department_id = fields.UUIDField()
    tag = fields.CharField(max_length=8)
    opened_at = fields.DatetimeField()
    owner_id = fields.UUIDField(null=True)
    measures = fields.CharField(max_length=1000, null=True)
    measures_until = fields.DateField(null=True)
    closing_note = fields.CharField(max_length=1000, null=True)
    closed_at = fields.DatetimeField(null=True)
    closed_by = fields.UUIDField(null=True)

    class Meta:
        table = "improvement_topics"


class ImprovementTopicRating(Model):
    """One bad rating behind a topic."""

    id = fields.BigIntField(primary_key=True, generated=True)
    topic_id = fields.UUIDField()
    rectification_id = fields.UUIDField()
    added_at = fields.DatetimeField()

    class Meta:
        table = "improvement_topic_ratings"
        unique_together = (("topic_id", "rectification_id"),)

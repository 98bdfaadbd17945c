"""Tables of joint meetings. The database refuses every change of one that is over."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from app.core.db import new_id


class JointMeeting(Model):
    """A joint meeting, for a case, a project or neither. `round` counts the texts of minutes."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    number = fields.CharField(max_length=18, unique=True)
    hall_id = fields.UUIDField()
    kind = fields.CharField(max_length=12)
    project_id = fields.UUIDField(null=True)
    case_id = fields.UUIDField(null=True)
    lead_id = fields.UUIDField()
    title = fields.CharField(max_length=200)
    place = fields.CharField(max_length=200)
    starts_at = fields.DatetimeField()
    state = fields.CharField(max_length=10)
    called_by = fields.UUIDField()
    called_at = fields.DatetimeField()
    held_at = fields.DatetimeField(null=True)
    minutes = fields.TextField(null=True)
    round = fields.SmallIntField(default=0)
    minuted_by = fields.UUIDField(null=True)
    minuted_at = fields.DatetimeField(null=True)
    closed_by = fields.UUIDField(null=True)
    closed_at = fields.DatetimeField(null=True)
    cancelled_why = fields.CharField(max_length=500, null=True)
    document_id = fields.UUIDField(null=True)

    class Meta:
        table = "meetings"


class MeetingItem(Model):
    """One item of the agenda, and what was concluded about it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    meeting_id = fields.UUIDField()
    position = fields.SmallIntField()
    subject = fields.CharField(max_length=200)
    conclusion = fields.CharField(max_length=1000, null=True)

    class Meta:
        table = "meeting_items"
        unique_together = (("meeting_id", "position"),)


class MeetingDepartment(Model):
    """A department that was invited: whether it means to come, whether it came, and who."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    meeting_id = fields.UUIDField()
    department_id = fields.UUIDField()
    coming = fields.BooleanField(null=True)
    reply_note = fields.CharField(max_length=500, default="")
    replied_by = fields.UUIDField(null=True)
    replied_at = fields.DatetimeField(null=True)
    attended = fields.BooleanField(null=True)
    people = ArrayField(element_type="text")

    class Meta:
        table = "meeting_departments"
        unique_together = (("meeting_id", "department_id"),)


class MeetingWord(Model):
    """What one department said to one item of the agenda."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    meeting_id = fields.UUIDField()
    position = fields.SmallIntField()
    department_id = fields.UUIDField()
    word = fields.CharField(max_length=8)
    reason = fields.CharField(max_length=500, default="")
    basis = fields.CharField(max_length=300, default="")

    class Meta:
        table = "meeting_words"
        unique_together = (("meeting_id", "position", "department_id"),)


class MeetingAnswer(Model):
    """What a department said to one text of the minutes."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    meeting_id = fields.UUIDField()
    round = fields.SmallIntField()
    department_id = fields.UUIDField()
    answer = fields.CharField(max_length=10)
    text = fields.CharField(max_length=500, default="")
    answered_by = fields.UUIDField()
    answered_at = fields.DatetimeField()

    class Meta:
        table = "meeting_answers"
        unique_together = (("meeting_id", "round", "department_id"),)


class MeetingPause(Model):
    """A pause of a case's clock that a site visit began, and ends."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    meeting_id = fields.UUIDField()
    case_id = fields.UUIDField()
    pause_id = fields.UUIDField()

    class Meta:
        table = "meeting_pauses"
        unique_together = (("meeting_id", "case_id"),)


class MeetingAbsence(Model):
    """What a department's absence came to for a case: whether it counted as agreement."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    meeting_id = fields.UUIDField()
    case_id = fields.UUIDField()
    department_id = fields.UUIDField()
    agreed = fields.BooleanField()
    at = fields.DatetimeField()

    class Meta:
        table = "meeting_absences"
        unique_together = (("meeting_id", "case_id", "department_id"),)

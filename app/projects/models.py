"""Tables of construction projects."""

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id
from app.core.fields import PersonalField


class JointSerial(Model):
    """The last serial given out for a prefix, region and year; it only ever grows."""

    scope = fields.CharField(max_length=12, primary_key=True)
    last_given = fields.IntField()

    class Meta:
        table = "joint_serials"


class Project(Model):
    """A construction project. `enterprise_id` is set where an enterprise builds."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    number = fields.CharField(max_length=18, unique=True)
    hall_id = fields.UUIDField()
    name = fields.CharField(max_length=200)
    kind = fields.CharField(max_length=12)
    owner_id = fields.UUIDField()
    enterprise_id = fields.UUIDField(null=True)
    owner_name = PersonalField("name", "projects.owner_name")
    site = PersonalField("address", "projects.site")
    state = fields.CharField(max_length=8)
    created_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=64)
    closed_at = fields.DatetimeField(null=True)
    closed_why = fields.CharField(max_length=500, null=True)

    class Meta:
        table = "projects"


class ProjectCase(Model):
    """A case of a project. A case is in one at a time; `stage` is None until somebody says it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    project_id = fields.UUIDField()
    case_id = fields.UUIDField()
    stage = fields.SmallIntField(null=True)
    attached_at = fields.DatetimeField()
    attached_by = fields.CharField(max_length=64)
    detached_at = fields.DatetimeField(null=True)
    detached_by = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "project_cases"


class ProjectClaim(Model):
    """A project number given with an application that could not be followed: for a clerk."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case_id = fields.UUIDField(unique=True)
    hall_id = fields.UUIDField()
    number = fields.CharField(max_length=40)
    why = fields.CharField(max_length=12)
    claimed_at = fields.DatetimeField()
    state = fields.CharField(max_length=10)
    settled_by = fields.UUIDField(null=True)
    settled_at = fields.DatetimeField(null=True)
    note = fields.CharField(max_length=500, default="")

    class Meta:
        table = "project_claims"


class ProjectStageItem(Model):
    """An item that a hall counts to one of the four stages, with its name at that time."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    item_id = fields.UUIDField()
    stage = fields.SmallIntField()
    required = fields.BooleanField()
    name = fields.CharField(max_length=200)

    class Meta:
        table = "project_stage_items"
        unique_together = (("hall_id", "item_id"),)

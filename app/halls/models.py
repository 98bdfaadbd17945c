"""Tables of halls, departments, windows, staff and duty."""

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id


class Hall(Model):
    """政务服务中心, 分中心 or 便民服务中心: one node of the tree."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    parent_id = fields.UUIDField(null=True)
    code = fields.CharField(max_length=32, unique=True)
    name = fields.CharField(max_length=60)
    level = fields.CharField(max_length=8)
    region_code = fields.CharField(max_length=6)
    address = fields.CharField(max_length=200, default="")
    phone = fields.CharField(max_length=40, default="")
    hours = fields.CharField(max_length=200, default="")

    class Meta:
        table = "halls"


class HallDay(Model):
    """A day on which this hall departs from the national calendar."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    day = fields.DateField()
    open = fields.BooleanField()
    reason = fields.CharField(max_length=100)

    class Meta:
        table = "hall_days"
        unique_together = (("hall_id", "day"),)


class Department(Model):
    """部门: holds the power over items; has reviewers."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    name = fields.CharField(max_length=60)
    code = fields.CharField(max_length=32, null=True)

    class Meta:
        table = "departments"
        unique_together = (("hall_id", "name"),)


class Window(Model):
    """窗口: comprehensive (综合窗口) where it belongs to no department."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    number = fields.CharField(max_length=16)
    name = fields.CharField(max_length=60)
    department_id = fields.UUIDField(null=True)

    class Meta:
        table = "windows"
        unique_together = (("hall_id", "number"),)


class StaffMember(Model):
    """A person who works at a hall, with an account.

    `first_password`: the password was set by somebody else, and opens nothing but its change.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    number = fields.CharField(max_length=16)
    name = fields.CharField(max_length=60)
    login = fields.CharField(max_length=40, unique=True)
    password_hash = fields.CharField(max_length=200)
    first_password = fields.BooleanField(default=False)
    failed_attempts = fields.SmallIntField(default=0)
    locked_until = fields.DatetimeField(null=True)
    active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "staff"
        unique_together = (("hall_id", "number"),)


class StaffRole(Model):
    """One role of a person: over a hall and all below it, or for one department of it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    staff_id = fields.UUIDField()
    role = fields.CharField(max_length=16)
    hall_id = fields.UUIDField()
    department_id = fields.UUIDField(null=True)

    class Meta:
        table = "staff_roles"
        unique_together = (("staff_id", "role", "hall_id", "department_id"),)


class Duty(Model):
    """Who serves at a window, from when to when; at most one person at a time."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    window_id = fields.UUIDField()
    staff_id = fields.UUIDField()
    started_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "duties"


class SecondFactor(Model):
    """What a person's authenticator and the server share (TOTP). Its secret is kept sealed.

    It counts from `confirmed_at` on. `last_step`: the time-step of the last code that was used.
    """

    staff_id = fields.UUIDField(primary_key=True)
    secret = fields.BinaryField()
    begun_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    last_step = fields.BigIntField(default=0)

    class Meta:
        table = "second_factors"


class RecoveryCode(Model):
    """A code for whoever has lost their authenticator; good once. Only its digest is kept."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    staff_id = fields.UUIDField()
    code_hash = fields.BinaryField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "recovery_codes"
        unique_together = (("staff_id", "code_hash"),)


class HalfSignIn(Model):
    """A sign-in whose password was right and whose second code is still to come."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    token_hash = fields.BinaryField()
    staff_id = fields.UUIDField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "half_sign_ins"


class HallScreen(Model):
    """A big screen (大屏) of a hall, known by the code in its address. Only its digest is kept."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    name = fields.CharField(max_length=60)
    code_hash = fields.BinaryField()
    made_at = fields.DatetimeField()
    last_seen_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "hall_screens"

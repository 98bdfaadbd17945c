"""The tables that are there."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Device(models.Model):
    """An evaluator."""

    id = models.UUIDField(primary_key=True)
    hall_id = models.UUIDField()
    window_id = models.UUIDField(null=True)
    secret = models.BinaryField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "django_rest"
        managed = False
        db_table = "devices"


class Service(models.Model):
    """What is rated."""

    id = models.UUIDField(primary_key=True)
    hall_id = models.UUIDField()
    department_id = models.UUIDField(null=True)
    window_id = models.UUIDField(null=True)
    staff_id = models.UUIDField(null=True)
    item_id = models.UUIDField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    rateable_until = models.DateTimeField(null=True)

    class Meta:
        app_label = "django_rest"
        managed = False
        db_table = "services"


class Rating(models.Model):
    """A rating."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    service = models.OneToOneField(Service, on_delete=models.PROTECT)
    level = models.SmallIntegerField()
    tags = ArrayField(models.TextField())
    tags_version = models.CharField(max_length=16)
    comment = models.CharField(max_length=150, blank=True)
    channel = models.SmallIntegerField()
    via = models.CharField(max_length=8)
    device_id = models.UUIDField(null=True)
    event_id = models.UUIDField(null=True)
    raw_level = models.SmallIntegerField(null=True)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    clock_offset_ms = models.IntegerField()
    day = models.DateField()

    class Meta:
        app_label = "django_rest"
        managed = False
        db_table = "ratings"

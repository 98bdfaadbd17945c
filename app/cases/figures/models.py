"""Table of the figures of handling time."""

from tortoise import fields
from tortoise.models import Model


class CaseDay(Model):
    """The sums of the cases decided on one day (in China) under one key of a dimension.

    The measures are those of `figure_rules.Counts`. The surrogate key is there because the ORM
    knows no key of several columns; the unique key is what counts.
    """

    id = fields.BigIntField(primary_key=True)
    hall_id = fields.UUIDField()
    dimension = fields.SmallIntField()
    day = fields.DateField()
    key = fields.TextField()
    decided = fields.IntField()
    granted = fields.IntField()
    refused = fields.IntField()
    working_days_used = fields.IntField()
    within_a_day = fields.IntField()
    promised_days = fields.IntField()
    legal_days = fields.IntField()
    on_time = fields.IntField()
    by_default = fields.IntField()
    corrections = fields.IntField()
    second_corrections = fields.IntField()

    class Meta:
        table = "case_days"
        unique_together = (("hall_id", "dimension", "day", "key"),)

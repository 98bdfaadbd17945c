"""The score table: counts by day and dimension, raised in the commit of what they count."""

from tortoise import fields
from tortoise.models import Model


class ScoreDay(Model):
    """How many of one measure were counted on one day (in China) under one key of a dimension.

    `measure`: 1 to 5 ratings of that level, `rules.DUE`, `rules.DUE_RATED`. The surrogate key is
    there because the ORM knows no key of several columns; the unique key is what counts.
    """

    id = fields.BigIntField(primary_key=True)
    hall_id = fields.UUIDField()
    dimension = fields.SmallIntField()
    day = fields.DateField()
    key = fields.TextField()
    measure = fields.SmallIntField()
    n = fields.IntField()

    class Meta:
        table = "score_days"
        unique_together = (("hall_id", "dimension", "day", "key", "measure"),)

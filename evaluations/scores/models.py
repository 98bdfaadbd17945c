"""The score table: counts by day and dimension, raised in the commit of what they count.

Beside it sums over weeks, months and years, made from it; and the months that are published.
"""

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id


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


class ScoreSum(Model):
    """The sum of a span's `ScoreDay`s under one key, of a hall with all below it.

    Derived from the days (`evaluations.scores.sums`), for reading long periods; a column for each
    measure. `span` is a `periods.Span`, `begin` its first day; a key that counted nothing in a
    span has no row.
    """

    id = fields.BigIntField(primary_key=True)
    hall_id = fields.UUIDField()
    dimension = fields.SmallIntField()
    span = fields.SmallIntField()
    begin = fields.DateField()
    key = fields.TextField()
    level_1 = fields.IntField()
    level_2 = fields.IntField()
    level_3 = fields.IntField()
    level_4 = fields.IntField()
    level_5 = fields.IntField()
    due = fields.IntField()
    due_rated = fields.IntField()

    class Meta:
        table = "score_sums"
        unique_together = (("hall_id", "dimension", "span", "begin", "key"),)


class ScoreBoundary(Model):
    """Up to where days are summed: all spans that end before `summed_before`, the first of a part.

    One row, of id 1; without it nothing is summed.
    """

    id = fields.SmallIntField(primary_key=True)
    summed_before = fields.DateField()

    class Meta:
        table = "score_boundary"


class ScoreChange(Model):
    """By how much a day that is past was changed: what its sums lack.

    Noted by a trigger in the transaction that changes the day; of the hall itself, not of those
    above. Those of days that are not summed yet say nothing: the days are read.
    """

    id = fields.BigIntField(primary_key=True)
    hall_id = fields.UUIDField()
    dimension = fields.SmallIntField()
    day = fields.DateField()
    key = fields.TextField()
    measure = fields.SmallIntField()
    n = fields.IntField()

    class Meta:
        table = "score_changes"


class ScoreProposal(Model):
    """A month that a manager proposed for publication, its figures as they were counted then.

    `month` is its first day. The figures are canonical JSON and never change; a second person
    answers once.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    month = fields.DateField()
    figures = fields.TextField()
    state = fields.CharField(max_length=10)
    proposed_by = fields.UUIDField()
    proposed_at = fields.DatetimeField()
    answered_by = fields.UUIDField(null=True)
    answered_at = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=200, default="")

    class Meta:
        table = "score_proposals"


class PublishedScores(Model):
    """A published month. Rows are never changed or deleted; the database refuses both.

    `digest` is the SM3 of `content`, which names the digest before it in the hall's chain; `mac`
    authenticates the digest with the house's key `key_id`.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    proposal_id = fields.UUIDField(unique=True)
    hall_id = fields.UUIDField()
    month = fields.DateField()
    seq = fields.IntField()
    content = fields.TextField()
    previous = fields.BinaryField(null=True)
    digest = fields.BinaryField()
    key_id = fields.CharField(max_length=32)
    mac = fields.BinaryField()
    published_at = fields.DatetimeField()

    class Meta:
        table = "published_scores"
        unique_together = (("hall_id", "month"), ("hall_id", "seq"))

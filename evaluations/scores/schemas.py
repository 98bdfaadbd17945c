"""Scores on the wire. Nothing here tells of a person who rated."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.wire import In, Out
from evaluations.scores import rules
from evaluations.scores.rules import Counts

By = Literal["hall", "department", "window", "staff", "item", "channel", "tag"]


class ScoreQuery(In, frozen=True):
    """Which scores: a hall with all below it, one dimension, and a period of days in China."""

    hall_id: UUID
    first: Annotated[date, Meta(description="First day, in China.")] = msgspec.field(name="from")
    last: Annotated[date, Meta(description="Last day, in China.")] = msgspec.field(name="to")
    by: By = "hall"


class Rate(Out, frozen=True):
    """A rate with what it was made of; `value` is null where the denominator is 0."""

    numerator: int
    denominator: int
    value: float | None

    @classmethod
    def of(cls, ratio: rules.Ratio) -> "Rate":
        """The ratio as it is shown."""
        return cls(numerator=ratio.numerator, denominator=ratio.denominator, value=ratio.value)


class Score(Out, frozen=True):
    """The counts and rates of one key: a hall, a department, a window …

    `rank` is null for a small sample, which is left out of the ranking; `wilson_lower` is the
    lower bound of satisfaction's 95 % interval, by which the ranking goes.
    """

    key: str
    name: str
    levels: Annotated[dict[str, int], Meta(description="Ratings by level, `1` to `5`.")]
    rated: int
    due: int
    due_rated: int
    satisfaction: Rate
    good_rate: Rate
    mean_level: Rate
    mean_points: Rate
    participation: Rate
    wilson_lower: float | None
    small_sample: bool
    rank: int | None


class Scores(Out, frozen=True):
    """The scores of a hall with all below it, over a period; `rows` in the order of the ranking."""

    hall_id: UUID
    hall_name: str
    by: By
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    small_sample_below: int
    total: Score
    rows: list[Score]


def shown(key: str, name: str, counts: Counts, small_sample: int, rank: int | None) -> Score:
    """One row as it goes out."""
    satisfaction = rules.satisfaction(counts)
    return Score(
        key=key,
        name=name,
        levels={str(level): n for level, n in enumerate(counts.levels, 1)},
        rated=counts.ratings,
        due=counts.due,
        due_rated=counts.due_rated,
        satisfaction=Rate.of(satisfaction),
        good_rate=Rate.of(rules.good_rate(counts)),
        mean_level=Rate.of(rules.mean_level(counts)),
        mean_points=Rate.of(rules.mean_points(counts)),
        participation=Rate.of(rules.participation(counts)),
        wilson_lower=rules.wilson_lower(satisfaction),
        small_sample=rules.is_small(counts, small_sample),
        rank=rank,
    )

"""Scores on the wire. Nothing here tells of a person who rated."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.ratios import Ratio
from app.core.wire import In, Out
from evaluations.scores import rules
from evaluations.scores.periods import Period, Step
from evaluations.scores.rules import Counts

By = Literal["hall", "department", "window", "staff", "item", "channel", "tag"]
Share = Literal["satisfaction", "good_rate"]
Key = Annotated[str, Meta(min_length=1, max_length=64)]
FirstDay = Annotated[date, Meta(description="First day, in China.")]
LastDay = Annotated[date, Meta(description="Last day, in China.")]


class PeriodQuery(In, frozen=True):
    """A hall with all below it, and a period of days in China."""

    hall_id: UUID
    first: FirstDay = msgspec.field(name="from")
    last: LastDay = msgspec.field(name="to")


class ScoreQuery(PeriodQuery, frozen=True, kw_only=True):
    """Which scores: of each key of one dimension."""

    by: By = "hall"


class RankingQuery(ScoreQuery, frozen=True, kw_only=True):
    """Which ranking: of each key of one dimension, by the lower bound of one share."""

    of: Share = "satisfaction"


class ComparisonQuery(ScoreQuery, frozen=True, kw_only=True):
    """Which two periods; without the earlier one it is of equal length and ends the day before."""

    before_first: FirstDay | None = msgspec.field(name="before_from", default=None)
    before_last: LastDay | None = msgspec.field(name="before_to", default=None)


class TrendQuery(ScoreQuery, frozen=True, kw_only=True):
    """Which trend: of the hall with all below it; with `key`, of up to 20 keys of a dimension."""

    step: Step = Step.DAY
    key: list[Key] = msgspec.field(default_factory=list)


class Rate(Out, frozen=True):
    """A rate with what it was made of; `value` is null where the denominator is 0."""

    numerator: int
    denominator: int
    value: float | None

    @classmethod
    def of(cls, ratio: Ratio) -> "Rate":
        """The ratio as it is shown."""
        return cls(numerator=ratio.numerator, denominator=ratio.denominator, value=ratio.value)


class Figures(Out, frozen=True):
    """Counts and every rate that is made of them.

    `wilson_lower` and `wilson_upper` are the 95 % interval of satisfaction; `mean_points` is null
    where the hall does not count in points; `small_sample`: too few ratings to mean much.
    """

    levels: Annotated[dict[str, int], Meta(description="Ratings by level, `1` to `5`.")]
    rated: int
    due: int
    due_rated: int
    satisfaction: Rate
    good_rate: Rate
    mean_level: Rate
    mean_points: Rate | None
    participation: Rate
    wilson_lower: float | None
    wilson_upper: float | None
    small_sample: bool


class Score(Figures, frozen=True, kw_only=True):
    """The counts and rates of one key: a hall, a department, a window …

    `rank` is null for a small sample, which is left out of the ranking.
    """

    key: str
    name: str
    rank: int | None


class View(Out, frozen=True):
    """What every view of the scores says of itself: whose, and from when to when."""

    hall_id: UUID
    hall_name: str
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    small_sample_below: int


class Scores(View, frozen=True, kw_only=True):
    """The scores of a hall with all below it, over a period; `rows` in the order of the ranking."""

    by: By
    total: Score
    rows: list[Score]


class Ranked(Score, frozen=True, kw_only=True):
    """One row of a ranking with the 95 % interval of the share it goes by."""

    share: Rate
    lower: float | None
    upper: float | None


class Ranking(View, frozen=True, kw_only=True):
    """Who stands where, by the lower bound of `of`; whoever has too few ratings is `left_out`."""

    by: By
    of: Share
    rows: list[Ranked]
    left_out: list[Ranked]


class Bucket(Out, frozen=True):
    """A day, week, month or quarter; not `whole` where the period cuts it off."""

    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    whole: bool


class Series(Out, frozen=True):
    """How one key went; a bucket in which nothing was rated or due is null: a gap, not a zero."""

    key: str
    name: str
    points: list[Figures | None]


class Trend(View, frozen=True, kw_only=True):
    """Series over the same buckets, in order."""

    by: By
    step: Step
    buckets: list[Bucket]
    series: list[Series]


class Change(Out, frozen=True):
    """Now less before, as a share (0.05 is five percentage points); null where one is missing."""

    satisfaction: float | None
    good_rate: float | None
    mean_level: float | None
    participation: float | None


class Compared(Out, frozen=True):
    """One key in the period and in the one before; null where it has nothing there."""

    key: str
    name: str
    now: Figures | None
    before: Figures | None
    change: Change


class Comparison(View, frozen=True, kw_only=True):
    """A period beside another one, mostly that of equal length which ends the day before it."""

    by: By
    before_first: date = msgspec.field(name="before_from")
    before_last: date = msgspec.field(name="before_to")
    total: Compared
    rows: list[Compared]


class TagCount(Out, frozen=True):
    """How often a tag was given: times ÷ ratings of its level. A rating may have several tags."""

    code: str
    text: str
    share: Rate


class LevelTags(Out, frozen=True):
    """The tags of one level, the most frequent first."""

    level: int
    name: str
    ratings: int
    tags: list[TagCount]


class TagDistribution(View, frozen=True, kw_only=True):
    """Which tags were given, from the best level down."""

    levels: list[LevelTags]


class SilentWindow(Out, frozen=True):
    """A window that served, or was staffed, and had no rating in the period."""

    id: UUID
    name: str
    hall_name: str
    due: Annotated[int, Meta(description="Visits and cases that should have been rated.")]
    on_duty: Annotated[bool, Meta(description="Somebody was on duty there in the period.")]


class SilentDevice(Out, frozen=True):
    """An enrolled device of which no rating counts in the period.

    `seen` says whether it has given a sign of life since the period began: then it works, and
    nobody used it; if not, it is likely off or cut off.
    """

    id: UUID
    name: str
    hall_name: str
    window_id: UUID | None
    last_seen_at: datetime | None
    seen: bool


class Missing(View, frozen=True, kw_only=True):
    """From which windows and devices nothing came, among how many that were looked at."""

    working_days: Annotated[int, Meta(description="Working days of the hall in the period.")]
    windows_looked_at: int
    devices_looked_at: int
    windows: list[SilentWindow]
    devices: list[SilentDevice]


def figures(counts: Counts, small_sample: int, *, points: bool = True) -> Figures:
    """Counts as they go out with every rate."""
    satisfaction = rules.satisfaction(counts)
    interval = rules.wilson(satisfaction)
    return Figures(
        levels={str(level): n for level, n in enumerate(counts.levels, 1)},
        rated=counts.ratings,
        due=counts.due,
        due_rated=counts.due_rated,
        satisfaction=Rate.of(satisfaction),
        good_rate=Rate.of(rules.good_rate(counts)),
        mean_level=Rate.of(rules.mean_level(counts)),
        mean_points=Rate.of(rules.mean_points(counts)) if points else None,
        participation=Rate.of(rules.participation(counts)),
        wilson_lower=interval.lower if interval else None,
        wilson_upper=interval.upper if interval else None,
        small_sample=rules.is_small(counts, small_sample),
    )


def bucket(period: Period, *, whole: bool) -> Bucket:
    """A bucket of a trend as it goes out."""
    return Bucket(first=period.first, last=period.last, whole=whole)

"""The reports of supervision on the wire: deadlines, handling time, answers, defaults."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.cases.figures.rules import Counts
from app.cases.rules import ByDefault, Step
from app.core.lights import Light
from app.core.ratios import Ratio
from app.core.wire import In, Out, PageQuery
from app.supervision import rates
from app.supervision.rates import Tally
from evaluations.scores.periods import Step as Divided
from evaluations.scores.schemas import Bucket

By = Literal["hall", "department", "window", "staff", "item", "case_type"]
SeriesKey = Annotated[str, Meta(min_length=1, max_length=64)]
FromDay = Annotated[date, Meta(description="First day, in China.")]
ToDay = Annotated[date, Meta(description="Last day, in China.")]


class DeadlineQuery(PageQuery, frozen=True):
    """Whose open steps: those of one hall, or the reviews of one department."""

    hall_id: UUID | None = None
    department_id: UUID | None = None
    light: Light | None = None
    step: Step | None = None


class DeadlineRow(Out, frozen=True):
    """An open step and until when it is due. Nothing tells of the applicant."""

    id: UUID
    step: Step
    step_name: str
    case_id: UUID
    case_number: str
    item_name: str
    department_id: UUID | None
    department: str | None
    due: date
    days: Annotated[int, Meta(description="The limit, in working days.")]
    remaining_days: int
    light: Light


class SupervisionPeriod(In, frozen=True):
    """A hall with all below it, and a period of days in China."""

    hall_id: UUID
    first: FromDay = msgspec.field(name="from")
    last: ToDay = msgspec.field(name="to")


class FigureQuery(SupervisionPeriod, frozen=True, kw_only=True):
    """Which figures: of each key of one dimension."""

    by: By = "hall"


class FigureTrendQuery(FigureQuery, frozen=True, kw_only=True):
    """Which trend: of the hall with all below it; with `key`, of up to 20 keys of a dimension."""

    step: Divided = Divided.MONTH
    key: list[SeriesKey] = msgspec.field(default_factory=list)


class FigureComparisonQuery(FigureQuery, frozen=True, kw_only=True):
    """Which two periods; without the earlier one it is of equal length and ends the day before."""

    before_first: FromDay | None = msgspec.field(name="before_from", default=None)
    before_last: ToDay | None = msgspec.field(name="before_to", default=None)


class FigureRate(Out, frozen=True):
    """A rate with what it was made of; `value` is null where the denominator is 0."""

    numerator: int
    denominator: int
    value: float | None

    @classmethod
    def of(cls, ratio: Ratio) -> "FigureRate":
        """The ratio as it is shown."""
        return cls(numerator=ratio.numerator, denominator=ratio.denominator, value=ratio.value)


class HandlingFigures(Out, frozen=True):
    """Counts of decided cases and every rate made of them. All days are working days.

    `small_sample`: too few cases for the rates to mean much.
    """

    decided: int
    granted: int
    refused: int
    by_default: int
    corrections: int
    second_corrections: int
    handling_time: FigureRate
    within_a_day: FigureRate
    compression: FigureRate
    promised_compression: FigureRate
    on_time: FigureRate
    small_sample: bool


class HandlingRow(HandlingFigures, frozen=True, kw_only=True):
    """The figures of one hall, department, window, person, item or case type."""

    key: str
    name: str


class FigureView(Out, frozen=True):
    """What every view of the figures says of itself, with every formula."""

    hall_id: UUID
    hall_name: str
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    small_sample_below: int
    formulas: dict[str, str]


class HandlingReport(FigureView, frozen=True, kw_only=True):
    """The figures of a period; `rows` with the most cases first."""

    by: By
    total: HandlingRow
    rows: list[HandlingRow]


class HandlingSeries(Out, frozen=True):
    """How one key went; a bucket in which nothing was decided is null: a gap, not a zero."""

    key: str
    name: str
    points: list[HandlingFigures | None]


class HandlingTrend(FigureView, frozen=True, kw_only=True):
    """Series over the same buckets, in order."""

    by: By
    step: Divided
    buckets: list[Bucket]
    series: list[HandlingSeries]


class HandlingChange(Out, frozen=True):
    """Now less before; `handling_time` in working days, the others as shares."""

    handling_time: float | None
    within_a_day: float | None
    compression: float | None
    on_time: float | None


class HandlingCompared(Out, frozen=True):
    """One key in both periods; null where it has nothing there."""

    key: str
    name: str
    now: HandlingFigures | None
    before: HandlingFigures | None
    change: HandlingChange


class HandlingComparison(FigureView, frozen=True, kw_only=True):
    """Two periods side by side."""

    by: By
    before_first: date = msgspec.field(name="before_from")
    before_last: date = msgspec.field(name="before_to")
    total: HandlingCompared
    rows: list[HandlingCompared]


class AnswerRow(Out, frozen=True):
    """How one department answered the entries opened in the period; without a key: the hall's desk.

    `answered_on_time` is of those answered or past the limit of their first answer.
    """

    key: UUID | None
    name: str
    opened: int
    overdue: Annotated[int, Meta(description="Opened by a red light.")]
    answered: FigureRate
    answered_on_time: FigureRate
    returned: int
    escalated: int
    closed: int


class AnswerReport(Out, frozen=True):
    """How entries were answered, by department."""

    hall_id: UUID
    hall_name: str
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    total: AnswerRow
    rows: list[AnswerRow]


class DefaultRow(Out, frozen=True):
    """How often a department was taken as agreeing, of all reviews that ended in the period."""

    department_id: UUID
    department: str
    overdue: Annotated[int, Meta(description="超时默认")]
    absent: Annotated[int, Meta(description="缺席默认")]
    share: FigureRate


class DefaultReport(Out, frozen=True):
    """超时默认 and 缺席默认 by department; those with the most first."""

    hall_id: UUID
    hall_name: str
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    rows: list[DefaultRow]


class DefaultQuery(PageQuery, kw_only=True, frozen=True):
    """Which reviews that were taken as agreed: of a hall with all below it, in a period."""

    hall_id: UUID
    first: FromDay = msgspec.field(name="from")
    last: ToDay = msgspec.field(name="to")
    department_id: UUID | None = None


class DefaultedReview(Out, frozen=True):
    """One review that a department let pass, or to whose meeting it did not come."""

    id: UUID
    case_id: UUID
    case_number: str
    item_name: str
    department_id: UUID
    department: str
    stage_name: str
    by_default: ByDefault
    due: date | None
    decided_at: datetime


def handling(counts: Counts, small_sample: int) -> HandlingFigures:
    """Counts as they go out with every rate."""
    return HandlingFigures(
        decided=counts.decided,
        granted=counts.granted,
        refused=counts.refused,
        by_default=counts.by_default,
        corrections=counts.corrections,
        second_corrections=counts.second_corrections,
        handling_time=FigureRate.of(rates.handling_time(counts)),
        within_a_day=FigureRate.of(rates.within_a_day(counts)),
        compression=FigureRate.of(rates.compression(counts)),
        promised_compression=FigureRate.of(rates.promised_compression(counts)),
        on_time=FigureRate.of(rates.on_time(counts)),
        small_sample=rates.is_small(counts, small_sample),
    )


def answers(key: UUID | None, name: str, tally: Tally) -> AnswerRow:
    """A line of the report on answers."""
    return AnswerRow(
        key=key,
        name=name,
        opened=tally.opened,
        overdue=tally.overdue,
        answered=FigureRate.of(rates.answer_rate(tally)),
        answered_on_time=FigureRate.of(rates.answered_on_time(tally)),
        returned=tally.returned,
        escalated=tally.escalated,
        closed=tally.closed,
    )

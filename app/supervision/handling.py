"""Handling time: how long cases took, for any hall, department, window, person or item."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.cases.figures import service as figures
from app.cases.figures.rules import Counts, Dimension
from app.core.acts import Act
from app.core.auth import Role, require_over_hall
from app.core.errors import InvalidQuery
from app.halls import service as halls
from app.supervision import rates
from app.supervision.rates import FORMULAS
from app.supervision.report_schemas import (
    By,
    FigureComparisonQuery,
    FigureQuery,
    FigureTrendQuery,
    HandlingChange,
    HandlingCompared,
    HandlingComparison,
    HandlingFigures,
    HandlingReport,
    HandlingRow,
    HandlingSeries,
    HandlingTrend,
    SupervisionPeriod,
    handling,
)
from evaluations.scores import periods
from evaluations.scores.periods import Period
from evaluations.scores.schemas import bucket

READERS = (Role.MANAGER, Role.SUPERVISOR)
LONGEST_PERIOD = timedelta(days=5 * 366)
MOST_BUCKETS = 400
MOST_SERIES = 20
TOTAL, TOTAL_NAME = "total", "合计"
CASE_TYPES = {"instant": "即办件", "promised": "承诺件"}
BY: dict[By, Dimension] = {
    "hall": Dimension.HALL,
    "department": Dimension.DEPARTMENT,
    "window": Dimension.WINDOW,
    "staff": Dimension.STAFF,
    "item": Dimension.ITEM,
    "case_type": Dimension.CASE_TYPE,
}


def checked(act: Act, query: SupervisionPeriod) -> Period:
    """The period that is asked for, if the caller may ask.

    Raises:
        Forbidden: the caller manages and supervises another hall, or none.
        InvalidQuery: the period ends before it begins, or is longer than five years.
    """
    require_over_hall(act.actor, query.hall_id, READERS)
    if query.last < query.first:
        raise InvalidQuery("结束日期不能早于开始日期。", field="to")
    if query.last - query.first > LONGEST_PERIOD:
        raise InvalidQuery("查询的时间段最长为五年。", field="to")
    return Period(query.first, query.last)


async def _said(act: Act, query: SupervisionPeriod) -> dict[str, Any]:
    return {
        "hall_id": query.hall_id,
        "hall_name": (await halls.hall(query.hall_id)).name,
        "first": query.first,
        "last": query.last,
        "small_sample_below": act.house.settings.small_sample,
        "formulas": FORMULAS,
    }


async def report(act: Act, query: FigureQuery) -> HandlingReport:
    """The figures of a hall with all below it, of each key of one dimension.

    Raises as `checked` does.
    """
    period, dimension = checked(act, query), BY[query.by]
    small = act.house.settings.small_sample
    wanted = {dimension, Dimension.HALL}
    found = await figures.period(query.hall_id, wanted, period.first, period.last)
    counted = {key: counts for (of, key), counts in found.items() if of is dimension}
    names = await names_of(dimension, counted)
    rows = [
        _row(handling(counts, small), key, names.get(key, key)) for key, counts in counted.items()
    ]
    rows.sort(key=lambda row: (-row.decided, row.name, row.key))
    of_halls = (counts for (of, _), counts in found.items() if of is Dimension.HALL)
    total = handling(sum(of_halls, Counts()), small)
    said = await _said(act, query)
    return HandlingReport(**said, by=query.by, total=_row(total, TOTAL, TOTAL_NAME), rows=rows)


def _row(shown: HandlingFigures, key: str, name: str) -> HandlingRow:
    plain = {field: getattr(shown, field) for field in HandlingFigures.__struct_fields__}
    return HandlingRow(**plain, key=key, name=name)


async def names_of(dimension: Dimension, keys: Iterable[str]) -> dict[str, str]:
    """What keys of a dimension, which the figures count, are called."""
    if dimension is Dimension.CASE_TYPE:
        return CASE_TYPES
    ids = [UUID(key) for key in keys]
    of_items = dimension is Dimension.ITEM
    found = await figures.item_names(ids) if of_items else await halls.names(*ids)
    return {str(key): name for key, name in found.items()}


async def trend(act: Act, query: FigureTrendQuery) -> HandlingTrend:
    """How the hall, or some keys of one dimension, went by day, week, month or quarter.

    Raises:
        InvalidQuery: as `checked`; or more than `MOST_BUCKETS` days, weeks … lie in the period,
            or more than `MOST_SERIES` keys are asked for.
    """
    period, dimension = checked(act, query), BY[query.by]
    try:
        buckets = periods.buckets(period, query.step)
    except (ValueError, OverflowError):  # the calendar ends before the last of them does
        raise InvalidQuery("结束日期不正确。", field="to") from None
    if len(buckets) > MOST_BUCKETS:
        raise InvalidQuery(
            f"趋势最多分为 {MOST_BUCKETS} 段，请缩短时间或按周、月查看。", field="step"
        )
    if len(query.key) > MOST_SERIES:
        raise InvalidQuery(f"一次最多查看 {MOST_SERIES} 个对象的趋势。", field="key")
    begins = [one.first for one in buckets]
    if query.key:
        keys = list(dict.fromkeys(query.key))
        found = await figures.divided(query.hall_id, dimension, keys, begins, period.last)
        # Only names of what the hall has counted: a foreign id in the query tells nothing.
        names = await names_of(dimension, found)
    else:
        keys, names = [TOTAL], {TOTAL: TOTAL_NAME}
        of_halls = await figures.divided(query.hall_id, Dimension.HALL, None, begins, period.last)
        found = {TOTAL: _added(of_halls.values())}
    small = act.house.settings.small_sample
    return HandlingTrend(
        **await _said(act, query),
        by=query.by,
        step=query.step,
        buckets=[bucket(one, whole=periods.is_whole(one, query.step)) for one in buckets],
        series=[
            HandlingSeries(
                key=key,
                name=names.get(key, key),
                points=[
                    handling(counts, small) if (counts := found.get(key, {}).get(place)) else None
                    for place in range(len(buckets))
                ],
            )
            for key in keys
        ],
    )


def _added(series: Iterable[Mapping[int, Counts]]) -> dict[int, Counts]:
    added: dict[int, Counts] = {}
    for one in series:
        for place, counts in one.items():
            added[place] = added.get(place, Counts()) + counts
    return added


async def comparison(act: Act, query: FigureComparisonQuery) -> HandlingComparison:
    """Two periods side by side; without an earlier one it is that before it, of equal length.

    Raises:
        InvalidQuery: as `checked`; or only one end of the earlier period is given, or it ends
            before it begins.
    """
    period, dimension = checked(act, query), BY[query.by]
    earlier = _earlier(query, period)
    wanted = {dimension, Dimension.HALL}
    now = await figures.period(query.hall_id, wanted, period.first, period.last)
    before = await figures.period(query.hall_id, wanted, earlier.first, earlier.last)
    keys = {key for of, key in (*now, *before) if of is dimension}
    names = await names_of(dimension, keys)
    small = act.house.settings.small_sample
    rows = [
        _compared(
            key,
            names.get(key, key),
            now.get((dimension, key)),
            before.get((dimension, key)),
            small,
        )
        for key in keys
    ]
    rows.sort(key=lambda row: (row.now is None, -(row.now.decided if row.now else 0), row.name))
    return HandlingComparison(
        **await _said(act, query),
        by=query.by,
        before_first=earlier.first,
        before_last=earlier.last,
        total=_compared(TOTAL, TOTAL_NAME, _total(now), _total(before), small),
        rows=rows,
    )


def _earlier(query: FigureComparisonQuery, period: Period) -> Period:
    first, last = query.before_first, query.before_last
    if (first is None) != (last is None):
        raise InvalidQuery("请同时填写对比时间段的起止日期。", field="before_from")
    try:
        earlier = Period(first, last) if first and last else periods.before(period)
    except ValueError:
        raise InvalidQuery("对比的时间段不正确。", field="before_from") from None
    if timedelta(days=earlier.days) > LONGEST_PERIOD:
        raise InvalidQuery("查询的时间段最长为五年。", field="before_to")
    return earlier


def _total(found: Mapping[tuple[Dimension, str], Counts]) -> Counts | None:
    of_halls = [counts for (of, _), counts in found.items() if of is Dimension.HALL]
    return sum(of_halls, Counts()) if of_halls else None


def _compared(
    key: str, name: str, now: Counts | None, before: Counts | None, small: int
) -> HandlingCompared:
    a, b = now or Counts(), before or Counts()
    return HandlingCompared(
        key=key,
        name=name,
        now=handling(now, small) if now else None,
        before=handling(before, small) if before else None,
        change=HandlingChange(
            handling_time=rates.change(rates.handling_time(a), rates.handling_time(b)),
            within_a_day=rates.change(rates.within_a_day(a), rates.within_a_day(b)),
            compression=rates.change(rates.compression(a), rates.compression(b)),
            on_time=rates.change(rates.on_time(a), rates.on_time(b)),
        ),
    )

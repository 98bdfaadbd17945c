"""Handling time: how long cases took, for any hall, department, window, person or item."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from app.cases.figures import service as figures
from app.cases.figures.rules import Counts, Dimension
from app.core.acts import Act
from app.core.ratios import change
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
from evaluations.scores.asked import TOTAL, TOTAL_NAME, added, checked, divided, earlier
from evaluations.scores.schemas import bucket

CASE_TYPES = {"instant": "即办件", "promised": "承诺件"}
BY: dict[By, Dimension] = {
    "hall": Dimension.HALL,
    "department": Dimension.DEPARTMENT,
    "window": Dimension.WINDOW,
    "staff": Dimension.STAFF,
    "item": Dimension.ITEM,
    "case_type": Dimension.CASE_TYPE,
}


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
        Forbidden, InvalidQuery: as `asked.checked` and `asked.divided`.
    """
    period, dimension = checked(act, query), BY[query.by]
    buckets = divided(period, query.step, query.key)
    begins = [one.first for one in buckets]
    if query.key:
        keys = list(dict.fromkeys(query.key))
        found = await figures.divided(query.hall_id, dimension, keys, begins, period.last)
        # Only names of what the hall has counted: a foreign id in the query tells nothing.
        names = await names_of(dimension, found)
    else:
        keys, names = [TOTAL], {TOTAL: TOTAL_NAME}
        of_halls = await figures.divided(query.hall_id, Dimension.HALL, None, begins, period.last)
        found = {TOTAL: added(of_halls.values())}
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


async def comparison(act: Act, query: FigureComparisonQuery) -> HandlingComparison:
    """Two periods side by side; without an earlier one it is that before it, of equal length.

    Raises:
        Forbidden, InvalidQuery: as `asked.checked` and `asked.earlier`.
    """
    period, dimension = checked(act, query), BY[query.by]
    before_that = earlier(period, query.before_first, query.before_last)
    wanted = {dimension, Dimension.HALL}
    now = await figures.period(query.hall_id, wanted, period.first, period.last)
    before = await figures.period(query.hall_id, wanted, before_that.first, before_that.last)
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
        before_first=before_that.first,
        before_last=before_that.last,
        total=_compared(TOTAL, TOTAL_NAME, _total(now), _total(before), small),
        rows=rows,
    )


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
            handling_time=change(rates.handling_time(a), rates.handling_time(b)),
            within_a_day=change(rates.within_a_day(a), rates.within_a_day(b)),
            compression=change(rates.compression(a), rates.compression(b)),
            on_time=change(rates.on_time(a), rates.on_time(b)),
        ),
    )

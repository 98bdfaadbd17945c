"""Charts as plain data: what the page's chart draws and prints as a table."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from app.console.scope import Scope
from app.supervision.report_schemas import HandlingFigures, HandlingTrend
from evaluations.ratings.rules import LEVEL_NAMES
from evaluations.scores.schemas import Bucket, Figures, Ranked, Score, Trend

Spec = dict[str, Any]
MOST_BARS = 20
"""Rows of a chart; the table below it has them all."""


def bucket_name(bucket: Bucket) -> str:
    """The day of a bucket, or its days."""
    first, last = bucket.first, bucket.last
    if first == last:
        return _day(first)
    if bucket.whole and first.day == 1 and (last.month, last.year) == (first.month, first.year):
        return f"{first.year}年{first.month}月"
    return f"{_day(first)}至{_day(last)}"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def trend(scope: Scope, found: Trend, share: str) -> Spec:
    """How a share went (`satisfaction`, `good_rate`, `participation`), each point with its ratings.

    With a single series of satisfaction, the 95 % interval is drawn around it.
    """
    interval = share == "satisfaction" and len(found.series) == 1
    return {
        "kind": "line",
        "unit": "percent",
        "labels": [bucket_name(bucket) for bucket in found.buckets],
        "series": [
            {
                "name": one.name,
                "values": [_value(point, share) for point in one.points],
                "links": [
                    scope.between(bucket.first, bucket.last).ratings(found.by, one.key)
                    if point and point.rated
                    else None
                    for bucket, point in zip(found.buckets, one.points, strict=True)
                ],
            }
            | (_interval(one.points) if interval else {})
            for one in found.series
        ],
    }


def _value(point: Figures | None, share: str) -> float | None:
    value: float | None = getattr(point, share).value if point else None
    return value


def _interval(points: Sequence[Figures | None]) -> Spec:
    return {
        "lows": [point.wilson_lower if point else None for point in points],
        "highs": [point.wilson_upper if point else None for point in points],
    }


def ranking(scope: Scope, by: str, rows: Sequence[Ranked], name: str) -> Spec:
    """Where each one stands, with the interval in which its share lies; the best first."""
    shown = rows[:MOST_BARS]
    return {
        "kind": "interval",
        "unit": "percent",
        "labels": [row.name for row in shown],
        "series": [
            {
                "name": name,
                "values": [row.share.value for row in shown],
                "lows": [row.lower for row in shown],
                "highs": [row.upper for row in shown],
                "links": [scope.ratings(by, row.key) for row in shown],
            }
        ],
    }


def levels(scope: Scope, by: str, rows: Sequence[Score]) -> Spec:
    """How many of each level; `rows` as they are drawn."""
    return {
        "kind": "stacked",
        "unit": "count",
        "labels": [row.name for row in rows],
        "series": [
            {
                "name": name,
                "values": [row.levels[str(level)] for row in rows],
                "links": [
                    scope.ratings(by, row.key, [level]) if row.levels[str(level)] else None
                    for row in rows
                ],
            }
            for level, name in LEVEL_NAMES.items()
        ],
    }


def handling(
    scope: Scope,
    found: HandlingTrend,
    name: str,
    unit: str,
    value: Callable[[HandlingFigures], float | None],
) -> Spec:
    """How a figure of handling time went, each point with its cases; `unit`: `days`, `percent`."""
    return {
        "kind": "line",
        "unit": unit,
        "labels": [bucket_name(bucket) for bucket in found.buckets],
        "series": [
            {
                "name": name if len(found.series) == 1 else one.name,
                "values": [value(point) if point else None for point in one.points],
                "links": [
                    scope.between(bucket.first, bucket.last).cases(found.by, one.key)
                    if point and point.decided
                    else None
                    for bucket, point in zip(found.buckets, one.points, strict=True)
                ],
            }
            for one in found.series
        ],
    }

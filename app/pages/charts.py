"""Charts as pages describe them: checked, and every value in words, the same in drawing and table.

    {"kind": "line", "unit": "percent", "labels": ["3月1日", …],
     "series": [{"name": "全中心", "values": [0.98, None, …],
                 "lows": […], "highs": […], "links": ["/console/…", …]}]}

`kind`: line, bar, stacked, or interval (a dot with its whiskers in each row). `unit`: percent
(shares from 0 to 1), count, hours, days (working days). None is a gap. `lows` and `highs` are the
95 % interval. `links` lead to what is behind a point. `size`: "small" for one of many. `lying`
says whether bars lie: those of `stacked` do, those of `bar` where a label is long.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.pages import words

KINDS = frozenset({"line", "bar", "stacked", "interval"})
UNITS = frozenset({"percent", "count", "hours", "days"})
SIZES = frozenset({"", "small"})


def charted(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The chart with `texts` and `ranges` beside the values of each series.

    Raises:
        ValueError: it is no chart: an unknown kind, or series that are not as long as the labels.
    """
    for name, known in (("kind", KINDS), ("unit", UNITS), ("size", SIZES)):
        if spec.get(name, "") not in known:
            raise ValueError(f"a chart has no {name} {spec.get(name)!r}")
    labels = [str(label) for label in spec["labels"]]
    series = [_series(one, len(labels), spec["unit"]) for one in spec["series"]]
    return {**spec, "labels": labels, "series": series}


def _series(one: Mapping[str, Any], count: int, unit: str) -> dict[str, Any]:
    for name in ("values", "lows", "highs", "links"):
        if name in one and len(one[name]) != count:
            raise ValueError(f"{name} of {one.get('name')!r}: {len(one[name])} of {count}")
    if ("lows" in one) != ("highs" in one):
        raise ValueError(f"{one.get('name')!r} has one end of its intervals alone")
    texts = [value_text(value, unit) for value in one["values"]]
    made = {"name": "", **one, "texts": texts}
    if "lows" in one:
        made["ranges"] = _ranges(one["lows"], one["highs"], unit)
    return made


def _ranges(lows: Sequence[Any], highs: Sequence[Any], unit: str) -> list[str]:
    return [
        "" if low is None else f"{value_text(low, unit)} 至 {value_text(high, unit)}"
        for low, high in zip(lows, highs, strict=True)
    ]


def value_text(value: float | None, unit: str) -> str:
    """A value with its unit, — where there is none."""
    if value is None:
        return words.NOTHING
    if unit == "percent":
        return words.percent(value)
    if unit == "hours":
        return words.hours(value)
    if unit == "days":
        return f"{words.number(value, 1)} 个工作日"
    return words.number(value)

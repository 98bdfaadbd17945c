"""How values are written for people: days, times, shares, numbers."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from app.core.clock import CHINA

NOTHING = "—"


def _local(value: datetime) -> datetime:
    return value.astimezone(CHINA)


def day(value: date | datetime | None) -> str:
    """2026年3月2日."""
    if value is None:
        return NOTHING
    found = _local(value) if isinstance(value, datetime) else value
    return f"{found.year}年{found.month}月{found.day}日"


def short_day(value: date | datetime | None) -> str:
    """3月2日."""
    if value is None:
        return NOTHING
    found = _local(value) if isinstance(value, datetime) else value
    return f"{found.month}月{found.day}日"


def month(value: date | str) -> str:
    """2026年3月, of a day in it or of `2026-03`."""
    found = date.fromisoformat(f"{value}-01") if isinstance(value, str) else value
    return f"{found.year}年{found.month}月"


def iso_day(value: date | datetime | None) -> str:
    """2026-03-02, as a field for days wants it; empty for None."""
    if value is None:
        return ""
    found = _local(value).date() if isinstance(value, datetime) else value
    return found.isoformat()


def moment(value: datetime | None) -> str:
    """2026年3月2日 09:05, in China."""
    if value is None:
        return NOTHING
    return f"{day(value)} {_local(value):%H:%M}"


def short_moment(value: datetime | None) -> str:
    """3月2日 09:05, in China."""
    if value is None:
        return NOTHING
    return f"{short_day(value)} {_local(value):%H:%M}"


def clock(value: datetime | None) -> str:
    """09:05, in China."""
    return NOTHING if value is None else f"{_local(value):%H:%M}"


def date_range(first: date, last: date) -> str:
    """2026年3月2日至3月8日."""
    if first == last:
        return day(first)
    return f"{day(first)}至{short_day(last) if first.year == last.year else day(last)}"


def percent(value: Any, digits: int = 1) -> str:
    """98.5%, of a share or of a rate with a `value`; — where there is none.

    Only all is 100% and only none is 0%: 2999 of 3000 is 99.9%, and not rounded up to all.
    """
    found = getattr(value, "value", value)
    if found is None:
        return NOTHING
    shown, least = float(found) * 100, 10.0**-digits
    if 0 < shown < 100:
        shown = min(max(shown, least), 100 - least)
    return f"{shown:.{digits}f}%"


def points(value: float | None) -> str:
    """+1.2 个百分点, of a difference between two shares."""
    return NOTHING if value is None else f"{value * 100:+.1f} 个百分点"


def number(value: float | None, digits: int = 0) -> str:
    """12,345."""
    return NOTHING if value is None else f"{value:,.{digits}f}"


def decimal(value: Any, digits: int = 2) -> str:
    """4.87, of a number or of a rate with a `value`."""
    found = getattr(value, "value", value)
    return NOTHING if found is None else f"{float(found):,.{digits}f}"


def hours(value: float | timedelta | None) -> str:
    """3.5 小时, of hours or of a duration."""
    if value is None:
        return NOTHING
    found = value.total_seconds() / 3600 if isinstance(value, timedelta) else float(value)
    return f"{found:,.1f} 小时"


FILTERS: dict[str, Callable[..., str]] = {
    "day": day,
    "short_day": short_day,
    "month": month,
    "iso_day": iso_day,
    "moment": moment,
    "short_moment": short_moment,
    "clock": clock,
    "percent": percent,
    "points": points,
    "number": number,
    "decimal": decimal,
    "hours": hours,
}

"""Warning lights (预警灯): how much of a limit in working days is left on a day."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.core.calendar import WorkingCalendar

YELLOW_SHARE = (1, 3)
"""A light turns yellow when this share of the limit is left, at least one day."""


class Light(StrEnum):
    """The warning light of a step."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True)
class Standing:
    """How a limit stands on a day: working days that remain, below 0 overdue, and its light."""

    remaining: int
    light: Light


def standing(calendar: WorkingCalendar, today: date, due: date, days: int) -> Standing:
    """How a limit of `days` working days that ends with the day `due` stands on `today`."""
    remaining = calendar.working_days_between(today, due)
    return Standing(remaining, light(remaining, days, overdue=today > due))


def light(remaining: int, days: int, *, overdue: bool) -> Light:
    """The light when `remaining` of `days` working days are left.

    `overdue` is told apart because on the weekend after the last day none have passed yet.
    """
    if overdue:
        return Light.RED
    part, whole = YELLOW_SHARE
    return Light.YELLOW if remaining <= max(1, days * part // whole) else Light.GREEN

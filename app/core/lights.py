"""Warning lights (预警灯): how much of a limit in working days is left on a day."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from app.core.calendar import WorkingCalendar


class _InForce:
    yellow_share = Fraction(1, 3)


def use(yellow_share: Fraction) -> None:
    """In this process a light turns yellow with this share of its limit left.

    Raises:
        ValueError: it is no share: not above 0 and below 1.
    """
    if not 0 < yellow_share < 1:
        raise ValueError(f"{yellow_share} is not between 0 and 1")
    _InForce.yellow_share = yellow_share


def left_when_yellow(days: int) -> int:
    """With how many working days left of a limit of `days` its light turns yellow; at least one."""
    share = _InForce.yellow_share
    return max(1, days * share.numerator // share.denominator)


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
    return Light.YELLOW if remaining <= left_when_yellow(days) else Light.GREEN

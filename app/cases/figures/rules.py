"""What is counted of decided cases, and under what. Pure."""

from dataclasses import astuple, dataclass, fields
from enum import IntEnum


class Dimension(IntEnum):
    """What a figure is about; the numbers stand in the table and never change."""

    HALL = 1
    DEPARTMENT = 2
    WINDOW = 3
    STAFF = 4
    ITEM = 5
    CASE_TYPE = 6  # 办件类型: instant, promised


@dataclass(frozen=True)
class Counts:
    """What was counted under one key. Days are working days.

    Attributes:
        decided: cases granted and refused.
        working_days_used: of the promise, pauses left out.
        within_a_day: decided with at most one working day used.
        promised_days, legal_days: the sums of the limits of the cases decided.
        on_time: decided by the last day of the promise, as it stood then.
        by_default: departments that were taken as agreeing in those cases (超时默认, 缺席默认).
        corrections: rounds of correction that those cases took.
        second_corrections: times an applicant was sent back once more, on the day of it, decided
            or not; counted against the window that asked for it.
    """

    decided: int = 0
    granted: int = 0
    refused: int = 0
    working_days_used: int = 0
    within_a_day: int = 0
    promised_days: int = 0
    legal_days: int = 0
    on_time: int = 0
    by_default: int = 0
    corrections: int = 0
    second_corrections: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


MEASURES = tuple(field.name for field in fields(Counts))
"""The names of the counts, which are those of the table's columns, in their order."""

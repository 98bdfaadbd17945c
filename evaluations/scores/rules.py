"""Every formula of the scores, with its numerator and its denominator, and the ranking."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.ratios import Ratio

Z_95 = 1.959964
"""The 97.5 % point of the normal distribution: a two-sided interval of 95 %."""
POINTS = {5: 10, 4: 8, 3: 6, 2: 3, 1: 0}
"""Points of a level, where a hall counts in points."""


@dataclass(frozen=True)
class Counts:
    """What was counted under one key: ratings by level (1 to 5), and those that were due."""

    levels: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    due: int = 0
    due_rated: int = 0

    @property
    def ratings(self) -> int:
        """All valid ratings."""
        return sum(self.levels)

    def at_least(self, level: int) -> int:
        """The ratings of `level` and better."""
        return sum(self.levels[level - 1 :])

    def __add__(self, other: "Counts") -> "Counts":
        a, b = self.levels, other.levels
        return Counts(
            (a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4]),
            self.due + other.due,
            self.due_rated + other.due_rated,
        )


def satisfaction(counts: Counts) -> Ratio:
    """满意度: ratings of 3 and more ÷ ratings."""
    return Ratio(counts.at_least(3), counts.ratings)


def good_rate(counts: Counts) -> Ratio:
    """好评率: ratings of 4 and 5 ÷ ratings."""
    return Ratio(counts.at_least(4), counts.ratings)


def mean_level(counts: Counts) -> Ratio:
    """平均等级: the sum of all levels ÷ ratings; 1 to 5."""
    return Ratio(sum(level * n for level, n in enumerate(counts.levels, 1)), counts.ratings)


def mean_points(counts: Counts) -> Ratio:
    """平均得分: the sum of all points (10, 8, 6, 3, 0) ÷ ratings; 0 to 10."""
    return Ratio(sum(POINTS[level] * n for level, n in enumerate(counts.levels, 1)), counts.ratings)


def participation(counts: Counts) -> Ratio:
    """主动评价率: of the visits ended and cases decided in the period, those rated ÷ all."""
    return Ratio(counts.due_rated, counts.due)


@dataclass(frozen=True)
class Interval:
    """Between what a share lies with 95 % confidence."""

    lower: float
    upper: float


def wilson(ratio: Ratio, z: float = Z_95) -> Interval | None:
    """The Wilson score interval of a share; None when nothing was counted.

    Only for a ratio that is a share, 0 to 1. The share itself always lies inside.
    """
    n = ratio.denominator
    if n == 0:
        return None
    p = ratio.numerator / n
    z2 = z * z
    centre = p + z2 / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    scale = 1 + z2 / n
    lower, upper = (centre - spread) / scale, (centre + spread) / scale
    return Interval(min(p, max(0.0, lower)), max(p, min(1.0, upper)))


def wilson_lower(ratio: Ratio, z: float = Z_95) -> float | None:
    """The lower bound of `wilson`, by which rankings go; None when nothing was counted.

    It grows with the share and with the number counted, so that 3 of 3 (0.438) stands below 980
    of 1000 (0.969).
    """
    interval = wilson(ratio, z)
    return interval.lower if interval else None


def is_small(counts: Counts, small_sample: int) -> bool:
    """Whether there are too few ratings to be ranked or published."""
    return counts.ratings < small_sample


def rank(
    rows: Sequence[Counts], small_sample: int, of: Callable[[Counts], Ratio] = satisfaction
) -> list[int | None]:
    """The place of each row, 1 first, by the Wilson lower bound of the share `of`.

    Equal bounds share a place and the next place is left out (1, 2, 2, 4). A row of a small
    sample has no place.
    """
    bounds = [None if is_small(row, small_sample) else wilson_lower(of(row)) for row in rows]
    places: dict[float, int] = {}
    standing = sorted((bound for bound in bounds if bound is not None), reverse=True)
    for place, bound in enumerate(standing, 1):
        places.setdefault(bound, place)
    return [None if bound is None else places[bound] for bound in bounds]


def withheld(ratings: Sequence[int], small_sample: int) -> list[bool]:
    """Which of the rows of one published table are not shown, by their number of ratings.

    Those of a small sample are not; and if what is then missing from the total would itself be a
    small sample, the next smallest row goes too, so that nobody gets at it by subtraction.
    """
    hidden = [n < small_sample for n in ratings]
    missing = sum(n for n, hide in zip(ratings, hidden, strict=True) if hide)
    rest = sorted((n, row) for row, n in enumerate(ratings) if not hidden[row])
    for n, row in rest:
        if not 0 < missing < small_sample:
            break
        hidden[row] = True
        missing += n
    return hidden

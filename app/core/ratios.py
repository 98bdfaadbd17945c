"""A rate that shows what it was made of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """Numerator and denominator, which every rate states. `value` is None where both are empty."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """Numerator ÷ denominator; None when the denominator is 0."""
        return self.numerator / self.denominator if self.denominator else None


def change(now: Ratio, before: Ratio) -> float | None:
    """By how much a rate has risen, or fallen below 0; None if either was made of nothing."""
    if now.value is None or before.value is None:
        return None
    return now.value - before.value

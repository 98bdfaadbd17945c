"""Walking back from the newest day until a page is filled, which bounds what a page reads.

What stands behind a figure may be any number of services or ratings of any number of years. The
score table says how many each day has; a page takes the days that fill it, and the next one goes on
below the last of them.
"""

from collections.abc import Iterable
from datetime import date
from typing import Generic, Protocol, TypeVar


class _Counting(Protocol):
    """A day, or a hall's day."""

    @property
    def day(self) -> date: ...

    @property
    def n(self) -> int:
        """How many of what is sought it has."""

    @property
    def read(self) -> int:
        """Through how many one looks to find them."""


Day = TypeVar("Day", bound=_Counting)


class Walk(Generic[Day]):
    """The days that a page reads, from `top` downwards.

    Of `top` itself some may have been shown already, so that it is read without being relied upon.

    Args:
        enough: so many below `top` fill the page.
        most: nor does it look through more than these, but for the last day that it opens.
    """

    def __init__(self, top: date, enough: int, most: int | None = None) -> None:
        self.days: list[Day] = []
        self._top = top
        self._lacks = enough
        self._most = most
        self._read = 0

    @property
    def full(self) -> bool:
        """Whether the page has enough, or has looked through enough."""
        return self._lacks <= 0 or (self._most is not None and self._read >= self._most)

    def take(self, found: Iterable[Day]) -> bool:
        """Take days, the newest first, until it is full; a day in several halls is taken whole.

        Returns:
            Whether some of these days were left.
        """
        for one in found:
            if self.full and one.day < self.days[-1].day:
                return True
            self.days.append(one)
            self._lacks -= one.n if one.day < self._top else 0
            self._read += one.read
        return False

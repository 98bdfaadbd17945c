"""Tables of scores of which only the rows that somebody looks at are made.

A county has more than a thousand items, and a page shows a hundred of them. How all stand, and what
they add up to, their counts alone decide (lines); the rates and intervals of a row take many times
as long, and are made for the rows that are shown. The API and the spreadsheets have all.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar, overload

from msgspec.structs import asdict

from evaluations.scores.rules import Counts
from evaluations.scores.schemas import (
    By,
    Compared,
    Comparison,
    Ranked,
    Ranking,
    Score,
    Scores,
    Share,
    View,
)

Line = TypeVar("Line")
Row = TypeVar("Row")


class Rows(Sequence[Row], Generic[Line, Row]):
    """The rows of a table in their order, each made of its line whenever it is asked for."""

    def __init__(self, lines: Sequence[Line], row_of: Callable[[Line], Row]) -> None:
        self.lines = lines
        self._row_of = row_of

    def of(self, lines: Iterable[Line]) -> list[Row]:
        """The rows of some of the lines."""
        return [self._row_of(line) for line in lines]

    def __len__(self) -> int:
        return len(self.lines)

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return self.of(self.lines[place])
        return self._row_of(self.lines[place])


@dataclass(frozen=True)
class Standing:
    """What was counted under a key, and its place in the ranking; None for a small sample."""

    key: str
    name: str
    counts: Counts
    rank: int | None

    @property
    def order(self) -> tuple[bool, int, int, str]:
        """The ranked by their places, then the others, of which the most rated come first."""
        return self.rank is None, self.rank or 0, -self.counts.ratings, self.name


@dataclass(frozen=True)
class Beside:
    """What was counted under a key in two periods; None where it has nothing there."""

    key: str
    name: str
    now: Counts | None
    before: Counts | None

    @property
    def rated(self) -> int:
        """The ratings of the later period."""
        return self.now.ratings if self.now else 0

    @property
    def order(self) -> tuple[bool, int, str]:
        """The most rated first, and last what has nothing in the later period."""
        return self.now is None, -self.rated, self.name


class ScoreTable(View, frozen=True, kw_only=True):
    """As `Scores`."""

    by: By
    total: Score
    rows: Rows[Standing, Score]

    def whole(self) -> Scores:
        """With all rows made."""
        return Scores(**asdict(self) | {"rows": list(self.rows)})


class RankingTable(View, frozen=True, kw_only=True):
    """As `Ranking`."""

    by: By
    of: Share
    rows: Rows[Standing, Ranked]
    left_out: Rows[Standing, Ranked]

    def whole(self) -> Ranking:
        """With all rows made."""
        made = {"rows": list(self.rows), "left_out": list(self.left_out)}
        return Ranking(**asdict(self) | made)


class ComparisonTable(View, frozen=True, kw_only=True):
    """As `Comparison`."""

    by: By
    before_first: date
    before_last: date
    total: Compared
    rows: Rows[Beside, Compared]

    def whole(self) -> Comparison:
        """With all rows made."""
        return Comparison(**asdict(self) | {"rows": list(self.rows)})

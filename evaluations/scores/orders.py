"""In which order the rows of a table of scores stand, as whoever reads it asks."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from app.core.ratios import Ratio
from evaluations.scores import rules
from evaluations.scores.rules import Counts
from evaluations.scores.schemas import ScoreQuery
from evaluations.scores.tables import Standing

Order = Literal["rank", "satisfaction", "good_rate", "rated", "bad", "participation"]


class OrderedScoreQuery(ScoreQuery, frozen=True, kw_only=True):
    """Which scores, and in which order.

    `rank`: as they are ranked. `rated`, `bad`: the most first. By a share, the lowest first, and
    last what has none: what needs somebody stands on top.
    """

    order: Order = "rank"


def _lowest(share: Callable[[Counts], Ratio]) -> Callable[[Standing], Any]:
    def place(line: Standing) -> tuple[bool, float, int, str]:
        value = share(line.counts).value
        return value is None, value or 0.0, -line.counts.ratings, line.name

    return place


_PLACES: dict[Order, Callable[[Standing], Any]] = {
    "satisfaction": _lowest(rules.satisfaction),
    "good_rate": _lowest(rules.good_rate),
    "participation": _lowest(rules.participation),
    "rated": lambda line: (-line.counts.ratings, line.name),
    "bad": lambda line: (line.counts.at_least(3) - line.counts.ratings, line.name),
}


def ordered(lines: Sequence[Standing], query: ScoreQuery) -> Sequence[Standing]:
    """The lines as the query asks; as they are, where it says nothing of it."""
    if not isinstance(query, OrderedScoreQuery) or query.order == "rank":
        return lines
    return sorted(lines, key=_PLACES[query.order])

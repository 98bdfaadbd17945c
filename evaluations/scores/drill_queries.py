"""Finding the ratings behind the lines of the score table.

A rating names the lines under which it counts (`ratings.score_lines`, an inverted index). The
score table says on which days a key has a figure and how large it is, its sums how far back a page
reaches: it reads the days that fill it and hardly any others. A rare key costs no more
than a common one, and the last page no more than the first.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.core import db
from evaluations.ratings.counting import Dimension
from evaluations.scores.periods import Period, Step, buckets
from evaluations.scores.queries import SPANS, days_and_changes, from_sums, whole_spans

BELOW = "hall_id = ANY (ARRAY (SELECT id FROM hall_and_below($1)))"
_OF_KEY = (
    "dimension = $2::smallint"
    " AND key = ANY (coalesce({keys}::text[], ARRAY (SELECT id::text FROM hall_and_below($1))))"
)
_OF_LEVEL = f"{BELOW} AND {_OF_KEY} AND measure = ANY ({{levels}}::smallint[])"
_DAYS = (
    "SELECT day, sum(n)::int AS n,"  # noqa: S608 - constants
    " array_agg(score_line(hall_id, dimension, day, key, measure)) AS lines"
    f" FROM score_days WHERE {_OF_LEVEL.format(keys='$3', levels='$4')}"
    " AND day BETWEEN $5 AND $6 GROUP BY day ORDER BY day DESC"
)
MONTH = "date_trunc('month', {}::timestamp)::date AS month"
_OF_DAY = f"{MONTH.format('day')}, n"
ASKED = " + ".join(
    f"CASE WHEN {level} = ANY ({{levels}}::smallint[]) THEN level_{level} ELSE 0 END"
    for level in range(1, 6)
)
_OF_SUM = f"{MONTH.format('begin')}, {ASKED.format(levels='$12')} AS n"
_MONTHS = (
    f"WITH {SPANS} SELECT month, sum(n)::bigint AS n FROM ("  # noqa: S608 - constants
    f"{days_and_changes(_OF_LEVEL.format(keys='$11', levels='$12'), _OF_DAY, _OF_DAY)}"
    " UNION ALL "
    f"{from_sums(_OF_KEY.format(keys='$11'), _OF_SUM)}"
    ") m GROUP BY month HAVING sum(n) > 0 ORDER BY month DESC"
)
SHOWN = (
    "SELECT r.id, r.day, r.received_at, r.level, r.tags, r.comment, r.channel, s.hall_id,"
    " s.department_id, s.window_id, s.staff_id, s.item_name, s.kind, s.project_no,"
    " x.id AS rectification_id, x.state AS rectification_state"
)
BESIDE = " JOIN services s ON s.id = r.service_id LEFT JOIN rectifications x ON x.rating_id = r.id"
UNDER_LINES = (
    # A rating stands under one line of a figure at most. Line by line, the index answers; all lines
    # at once, each rating is compared with each line, and the planner may read all ratings instead.
    "unnest($1::bigint[]) AS line CROSS JOIN LATERAL"
    " (SELECT * FROM ratings WHERE score_lines @> ARRAY[line] OFFSET 0) o"
)
"""The ratings `o` of the lines $1."""
_PAGE = (
    f"{SHOWN} FROM (SELECT o.* FROM {UNDER_LINES}"  # noqa: S608 - constants
    " WHERE (o.day, o.id) < ($2::date, $3::uuid) AND ($4 OR o.comment <> '')"
    " AND NOT EXISTS (SELECT FROM rating_rulings u WHERE u.rating_id = o.id)"
    " ORDER BY o.day DESC, o.id DESC LIMIT $5) r"
    f"{BESIDE} ORDER BY r.day DESC, r.id DESC"
)
_ONE = (
    f"{SHOWN}, r.via, r.happened_at, r.clock_offset_ms, r.raw_level, r.tags_version,"
    " s.started_at, s.ended_at, p.comment AS supplement, p.added_at,"
    " u.verdict, u.why, u.ruled_by, u.ruled_at"
    f" FROM ratings r{BESIDE} LEFT JOIN rating_supplements p ON p.rating_id = r.id"
    " LEFT JOIN rating_rulings u ON u.rating_id = r.id WHERE r.id = $1"
)


@dataclass(frozen=True)
class Figure:
    """A figure of the score table: a dimension and its keys, of a hall with all below it.

    `keys` None: of the dimension of halls, all of these halls.
    """

    hall_id: UUID
    dimension: Dimension
    keys: list[str] | None
    levels: list[int]

    def values(self) -> list[Any]:
        """What its queries begin with."""
        return [self.hall_id, self.dimension, self.keys, self.levels]


@dataclass(frozen=True)
class Day:
    """A day on which a figure counts ratings: how many, and the lines of the table that do."""

    day: date
    n: int
    lines: list[int]

    @property
    def read(self) -> int:
        """All under these lines are sought."""
        return self.n


async def days(figure: Figure, first: date, last: date) -> list[Day]:
    """The days of [first, last] on which the figure counts anything, the newest first."""
    return [Day(**row) for row in await db.fetch(_DAYS, *figure.values(), first, last)]


async def months(figure: Figure, period: Period) -> list[tuple[date, int]]:
    """How many ratings the figure counts in each month of the period, the newest first.

    A month is its first day; of one that the period cuts off, what lies in the period.
    """
    spans = whole_spans(buckets(period, Step.MONTH))
    rows = await db.fetch(
        _MONTHS,
        figure.hall_id,
        figure.dimension,
        period.first,
        period.last,
        *spans,
        figure.keys,
        figure.levels,
    )
    return [(row["month"], row["n"]) for row in rows]


async def knows(figure: Figure) -> bool:
    """Whether the hall, or one below it, has ever counted anything under these keys."""
    row = await db.fetch_one(
        "SELECT EXISTS (SELECT FROM score_days WHERE dimension = $2::smallint AND key = ANY ($3)"
        " AND hall_id = ANY (ARRAY (SELECT id FROM hall_and_below($1)))) AS known",
        figure.hall_id,
        figure.dimension,
        figure.keys,
    )
    return bool(row and row["known"])


async def page(
    lines: Collection[int], before: tuple[date, UUID], limit: int, *, commented: bool
) -> list[dict[str, Any]]:
    """The valid ratings of these lines before a place, the newest first, at most `limit`."""
    return await db.fetch(_PAGE, list(lines), *before, not commented, limit)


async def one(rating_id: UUID) -> dict[str, Any] | None:
    """All of a rating; None if there is none of this id."""
    return await db.fetch_one(_ONE, rating_id)


async def sort_in() -> None:
    """Sort what the index of lines has taken in since the last time."""
    await db.patiently(
        "SELECT gin_clean_pending_list('ratings_score_lines'::regclass)", seconds=600
    )

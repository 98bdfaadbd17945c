"""The decided cases behind a figure of handling time.

The table of figures says on which days, and in which halls, a key has decided cases and how many.
A page reads the days that fill it and no others (index `cases_decided`): a rare key costs no more
than a common one, and the last page no more than the first.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.cases.figures.rules import Dimension
from app.cases.figures.service import BY_DEFAULT, ON_TIME, WITHIN_A_DAY
from app.core import db
from app.core.clock import CHINA


class Part(StrEnum):
    """Which of the decided cases: all, or those that a measure of the figures counts."""

    DECIDED = "decided"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHIN_A_DAY = "within_a_day"
    OVER_A_DAY = "over_a_day"
    ON_TIME = "on_time"
    LATE = "late"
    CORRECTED = "corrected"
    BY_DEFAULT = "by_default"


@dataclass(frozen=True)
class _Told:
    """How a part is counted in the table of figures, and told of a case.

    Of corrections and of departments taken as agreeing a case may have several: of such a part
    more is counted than there are cases.
    """

    counted: str
    of_case: str


_PARTS = {
    Part.DECIDED: _Told("decided", "true"),
    Part.GRANTED: _Told("granted", "c.decision = 'granted'"),
    Part.REFUSED: _Told("refused", "c.decision = 'refused'"),
    Part.WITHIN_A_DAY: _Told("within_a_day", WITHIN_A_DAY),
    Part.OVER_A_DAY: _Told("decided - within_a_day", f"NOT ({WITHIN_A_DAY})"),
    Part.ON_TIME: _Told("on_time", ON_TIME),
    Part.LATE: _Told("decided - on_time", f"NOT ({ON_TIME})"),
    Part.CORRECTED: _Told("corrections", "c.corrections > 0"),
    Part.BY_DEFAULT: _Told("by_default", f"{BY_DEFAULT} > 0"),
}
_OF_KEY = {
    Dimension.HALL: "c.hall_id = $4::text::uuid",
    Dimension.DEPARTMENT: "c.department_id = $4::text::uuid",
    Dimension.WINDOW: "c.window_id = $4::text::uuid",
    Dimension.STAFF: "c.accepted_by = $4::text::uuid",
    Dimension.ITEM: "c.item_id = $4::text::uuid",
    Dimension.CASE_TYPE: (
        "c.version_id = ANY (ARRAY (SELECT id FROM item_versions WHERE case_type = $4::text))"
    ),
}
_COUNTING = (
    "FROM case_days WHERE hall_id = ANY (ARRAY (SELECT id FROM hall_and_below($1)))"
    " AND dimension = $2::smallint AND key = ANY (CASE WHEN $3::text IS NULL"
    " THEN ARRAY (SELECT id::text FROM hall_and_below($1)) ELSE ARRAY[$3::text] END)"
    " AND day BETWEEN $4 AND $5"
)


WITHOUT_KEY = "none"
"""As a key: of the cases that count for their hall and have none."""
KEYLESS = {Dimension.WINDOW: "c.window_id", Dimension.STAFF: "c.accepted_by"}
"""What a case may lack."""
_COUNTING_BOTH = (
    "FROM case_days WHERE hall_id = ANY (ARRAY (SELECT id FROM hall_and_below($1)))"  # noqa: S608
    f" AND dimension IN ({Dimension.HALL}, $2::smallint) AND $3::text IS NOT NULL"
    " AND day BETWEEN $4 AND $5"
)
_LESS = f"sum(CASE dimension WHEN {Dimension.HALL} THEN {{n}} ELSE -({{n}}) END)"
"""What is counted of a hall less what all keys of a dimension count."""


@dataclass(frozen=True)
class Figure:
    """Which part of a figure: of a key of a dimension, of a hall with all below it.

    `key` None: of the dimension of halls, all of these halls; `WITHOUT_KEY`: see `KEYLESS`.
    """

    hall_id: UUID
    dimension: Dimension
    key: str | None
    part: Part = Part.DECIDED

    def values(self, first: date, last: date) -> list[Any]:
        """What the queries of the table of figures begin with."""
        return [self.hall_id, self.dimension, self.key, first, last]

    @property
    def total(self) -> str:
        """The sum of the part over all its days, and where it is counted."""
        n = _PARTS[self.part].counted
        if self.key == WITHOUT_KEY:
            return f"{_LESS.format(n=n)} AS n {_COUNTING_BOTH}"
        return f"sum({n}) AS n {_COUNTING}"

    @property
    def by_day(self) -> str:
        """The same of each hall and day."""
        return f"SELECT hall_id, day, {self.total} GROUP BY hall_id, day"

    @property
    def of_case(self) -> str:
        """What is true of a case that counts under the key; it names the key in every variant."""
        if self.key is None:
            return "$4::text IS NULL"
        if self.key == WITHOUT_KEY:
            return f"({KEYLESS[self.dimension]} IS NULL AND $4::text IS NOT NULL)"
        return _OF_KEY[self.dimension]


@dataclass(frozen=True)
class Walk:
    """The days of halls that a page reads; `ends` is the last day among them, if more follow."""

    halls: list[UUID]
    days: list[date]
    ends: date | None


async def counted(figure: Figure, first: date, last: date) -> int:
    """How much the figure counts in the period, both days included: see `_Told`."""
    row = await db.fetch_one(
        f"SELECT coalesce(n, 0)::bigint AS n FROM (SELECT {figure.total}) t",  # noqa: S608
        *figure.values(first, last),
    )
    return row["n"] if row else 0


async def knows(figure: Figure) -> bool:
    """Whether the hall, or one below it, has ever counted anything under this key."""
    row = await db.fetch_one(
        "SELECT EXISTS (SELECT FROM case_days WHERE dimension = $2::smallint AND key = $3"
        " AND hall_id = ANY (ARRAY (SELECT id FROM hall_and_below($1)))) AS known",
        figure.hall_id,
        figure.dimension,
        figure.key,
    )
    return bool(row and row["known"])


async def walk(figure: Figure, first: date, top: date, enough: int) -> Walk:
    """The newest days from `top` back to `first` that count `enough` cases before `top` itself.

    Of `top` some may have been shown already, so that it is read without being relied upon.
    """
    rows = await db.fetch(
        "SELECT hall_id, day, begin FROM (SELECT k.hall_id, k.day, min(k.day) OVER () AS begin,"  # noqa: S608
        " sum(k.n) FILTER (WHERE k.day < $5) OVER (ORDER BY k.day DESC"
        "  RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP) AS newer"
        f" FROM ({figure.by_day}) k"
        " WHERE k.n > 0) w WHERE coalesce(newer, 0) < $6::bigint ORDER BY day DESC",
        *figure.values(first, top),
        enough,
    )
    days = [row["day"] for row in rows]
    more = bool(rows) and days[-1] > rows[-1]["begin"]
    return Walk([row["hall_id"] for row in rows], days, days[-1] if more else None)


async def page(
    figure: Figure, walked: Walk, before: tuple[datetime, UUID] | None, limit: int
) -> list[dict[str, Any]]:
    """The figure's cases of these days before a place, the last decided first, at most `limit`.

    No personal data.
    """
    if not walked.days:
        return []
    return await db.fetch(
        "SELECT c.id, c.number, c.item_name, c.bundle, c.hall_id, c.department_id, c.window_id,"  # noqa: S608
        " c.accepted_by, v.case_type, c.accepted_at, c.decided_at, c.decision, c.used_days,"
        f" c.promised_days, c.corrections, {BY_DEFAULT} AS by_default, ({ON_TIME}) AS on_time"
        " FROM (SELECT f.id, d.day FROM unnest($1::uuid[], $2::date[], $3::timestamptz[])"
        " AS d(hall_id, day, begin) CROSS JOIN LATERAL ("
        # Each day from its end and no further than a page: the index has this order.
        "SELECT c.id, c.decided_at FROM cases c WHERE c.hall_id = d.hall_id"
        " AND c.decided_at >= d.begin AND c.decided_at < d.begin + interval '1 day'"
        f" AND c.used_days IS NOT NULL AND {_PARTS[figure.part].of_case} AND {figure.of_case}"
        " AND ($5::timestamptz IS NULL OR (c.decided_at, c.id) < ($5::timestamptz, $6::uuid))"
        " ORDER BY c.decided_at DESC, c.id DESC LIMIT $7) f"
        " ORDER BY f.decided_at DESC, f.id DESC LIMIT $7) d"
        " JOIN cases c ON c.id = d.id JOIN item_versions v ON v.id = c.version_id"
        " ORDER BY c.decided_at DESC, c.id DESC",
        walked.halls,
        walked.days,
        [midnight(day) for day in walked.days],
        figure.key,
        *(before or (None, None)),
        limit,
    )


def midnight(day: date) -> datetime:
    """The first moment of a day in China."""
    return datetime.combine(day, time(), CHINA)


def past(day: date) -> tuple[datetime, UUID]:
    """The place from which a list goes on below a day."""
    return midnight(day), UUID(int=0)

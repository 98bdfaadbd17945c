"""Figures of handling time, kept as they change: sums by day and dimension of what was decided.

One statement says what a decided case counts for (`DECISIONS`) and what a second correction does
(`SECOND_CORRECTIONS`). A decision's transaction adds what that statement says of its case, and the
recount (`figure_upkeep.py`) adds up what it says of all: there is one formula, not two.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.cases.figures.rules import MEASURES, Counts, Dimension
from app.cases.models import Case
from app.core import db
from app.core.acts import Act

_CHINA_DAY = "({} AT TIME ZONE 'Asia/Shanghai')::date"
WITHIN_A_DAY = "c.used_days <= 1"
ON_TIME = "d.day <= c.promised_due"
"""What is true of a case that counts so; `d.day` is the day in China of its decision."""
BY_DEFAULT = (
    "(SELECT count(*) FROM case_tasks t WHERE t.case_id = c.id AND t.by_default IS NOT NULL)"
)
"""How many departments were taken as agreeing in a case."""
DECISIONS = f"""
SELECT c.id, c.hall_id, d.day, c.department_id, c.window_id, c.accepted_by AS staff_id, c.item_id,
    v.case_type, 1 AS decided, (c.decision = 'granted')::int AS granted,
    (c.decision = 'refused')::int AS refused, c.used_days AS working_days_used,
    ({WITHIN_A_DAY})::int AS within_a_day, c.promised_days, c.legal_days,
    ({ON_TIME})::int AS on_time,
    {BY_DEFAULT} AS by_default,
    c.corrections, 0 AS second_corrections
FROM cases c JOIN item_versions v ON v.id = c.version_id
CROSS JOIN LATERAL (SELECT {_CHINA_DAY.format("c.decided_at")} AS day) d
WHERE c.decided_at IS NOT NULL AND c.used_days IS NOT NULL
"""  # noqa: S608 - a constant
"""What every decided case counts for."""
SECOND_CORRECTIONS = f"""
SELECT p.id, c.hall_id, {_CHINA_DAY.format("p.second_at")} AS day, c.department_id, w.window_id,
    p.proposed_by AS staff_id, c.item_id, v.case_type, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
FROM case_proposals p JOIN cases c ON c.id = p.case_id JOIN item_versions v ON v.id = c.version_id
LEFT JOIN LATERAL (SELECT u.window_id FROM duties u WHERE u.staff_id = p.proposed_by
    AND u.started_at <= p.proposed_at AND coalesce(u.ended_at, 'infinity') > p.proposed_at
    ORDER BY u.started_at DESC LIMIT 1) w ON true
WHERE p.kind = 'correct_again' AND p.state = 'agreed'
"""  # noqa: S608 - a constant
"""What every second correction counts for: under the window and the clerk who asked for it."""
KEYS = (
    "(VALUES (1, f.hall_id::text), (2, f.department_id::text), (3, f.window_id::text),"
    " (4, f.staff_id::text), (5, f.item_id::text), (6, f.case_type::text)) AS k(dimension, key)"
)
COLUMNS = ", ".join(
    ("id, hall_id, day, department_id, window_id, staff_id, item_id, case_type", *MEASURES)
)
"""How the columns of both statements are called, in their order."""
_ADDED = ", ".join(f"{name} = case_days.{name} + excluded.{name}" for name in MEASURES)


def _raise(facts: str) -> str:
    """The statement that adds the fact of one id; rows are locked in the order of their keys."""
    return (
        f"INSERT INTO case_days (hall_id, dimension, day, key, {', '.join(MEASURES)})"  # noqa: S608
        f" SELECT f.hall_id, k.dimension, f.day, k.key, {', '.join(f'f.{m}' for m in MEASURES)}"
        f" FROM ({facts} AND {{}} = $1) AS f ({COLUMNS}) CROSS JOIN LATERAL {KEYS}"
        " WHERE k.key IS NOT NULL ORDER BY f.hall_id, k.dimension, f.day, k.key"
        f" ON CONFLICT (hall_id, dimension, day, key) DO UPDATE SET {_ADDED}"
    )


_RAISE_DECISION = _raise(DECISIONS).format("c.id")
_RAISE_SECOND_CORRECTION = _raise(SECOND_CORRECTIONS).format("p.id")


async def count_decided(act: Act, case: Case) -> None:
    """Count a case that was decided now; call it once, in the decision's transaction.

    The case is locked and saved with its decision and the days that it used, and so are its tasks.
    Call it after everything but the opening for rating: figures are locked last, in the order of
    their keys.
    """
    assert case.used_days is not None, "a decision says how many days were used"
    async with act.transaction():
        await db.execute(_RAISE_DECISION, case.id)


async def count_second_correction(act: Act, case: Case) -> None:
    """Count that an applicant was sent back once more (二次补正), against the window that asked.

    Call it once, last in the transaction in which the supervisor's consent was saved.
    """
    async with act.transaction():
        agreed = await db.fetch_one(
            "SELECT id FROM case_proposals WHERE case_id = $1 AND kind = 'correct_again'"
            " AND state = 'agreed' ORDER BY second_at DESC, id DESC LIMIT 1",
            case.id,
        )
        assert agreed is not None, "a second round takes effect by an agreed proposal"
        await db.execute(_RAISE_SECOND_CORRECTION, agreed["id"])


_SUMS = ", ".join(f"sum({name})::bigint AS {name}" for name in MEASURES)
_HALLS = "hall_id = ANY (ARRAY (SELECT id FROM hall_and_below($1)))"
_PERIOD = (
    f"SELECT dimension, key, {_SUMS} FROM case_days WHERE {_HALLS}"  # noqa: S608 - constants
    " AND dimension = ANY ($2::smallint[]) AND day BETWEEN $3 AND $4 GROUP BY dimension, key"
)
_DIVIDED = (
    f"SELECT key, width_bucket(day, $4::date[]) - 1 AS bucket, {_SUMS} FROM case_days"  # noqa: S608
    f" WHERE {_HALLS} AND dimension = $2 AND day BETWEEN ($4::date[])[1] AND $5"
    " AND ($3::text[] IS NULL OR key = ANY ($3)) GROUP BY key, bucket"
)


async def period(
    hall_id: UUID, dimensions: set[Dimension], first: date, last: date
) -> dict[tuple[Dimension, str], Counts]:
    """The counts of every key of `dimensions`, of a hall with all below it, both days included."""
    rows = await db.fetch(_PERIOD, hall_id, sorted(dimensions), first, last)
    return {(Dimension(row["dimension"]), row["key"]): _counts(row) for row in rows}


async def divided(
    hall_id: UUID,
    dimension: Dimension,
    keys: Sequence[str] | None,
    begins: Sequence[date],
    last: date,
) -> dict[str, dict[int, Counts]]:
    """The counts of each key by bucket, of a hall with all below it, where there are any.

    Args:
        keys: only these; None for all.
        begins: the first day of each bucket, in order; each lasts until the next begins.
        last: the last day of the last bucket.
    """
    wanted = keys if keys is None else list(keys)
    rows = await db.fetch(_DIVIDED, hall_id, dimension, wanted, list(begins), last)
    found: dict[str, dict[int, Counts]] = defaultdict(dict)
    for row in rows:
        found[row["key"]][row["bucket"]] = _counts(row)
    return dict(found)


def _counts(row: dict[str, Any]) -> Counts:
    return Counts(**{name: row[name] for name in MEASURES})


async def item_names(ids: Sequence[UUID]) -> dict[UUID, str]:
    """What these items are called in their newest version."""
    rows = await db.fetch(
        "SELECT w.id, v.name FROM unnest($1::uuid[]) AS w(id) CROSS JOIN LATERAL (SELECT name"
        " FROM item_versions WHERE item_id = w.id ORDER BY number DESC LIMIT 1) v",
        list(ids),
    )
    return {row["id"]: row["name"] for row in rows}

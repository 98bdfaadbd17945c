"""Keeping the figures right: counting all cases again, and mending what differs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from app.cases.clock import rules as clock
from app.cases.clock.rules import Pause
from app.cases.figures.rules import MEASURES, Dimension
from app.cases.figures.service import (
    COLUMNS,
    DECISIONS,
    KEYS,
    SECOND_CORRECTIONS,
)
from app.core import db
from app.core.acts import Act
from app.core.calendar import WorkingCalendar
from app.halls import service as halls

RECOUNT_SECONDS = 1800.0
"""How long a recount may take."""
MOST_TOLD = 10_000
MOST_ROUNDS = 5
_BATCH = 500
_SUMS = ", ".join(f"sum(f.{name})::int AS {name}" for name in MEASURES)
RECOUNT = (
    f"SELECT f.hall_id, k.dimension::smallint AS dimension, f.day, k.key, {_SUMS}"  # noqa: S608
    f" FROM ({DECISIONS} UNION ALL {SECOND_CORRECTIONS}) AS f ({COLUMNS})"
    f" CROSS JOIN LATERAL {KEYS} WHERE k.key IS NOT NULL GROUP BY 1, 2, 3, 4"
)
"""What the table of figures must hold."""
_WRONG = " OR ".join(f"coalesce(k.{m}, 0) <> coalesce(c.{m}, 0)" for m in MEASURES)
_BOTH = ", ".join(
    f"coalesce(k.{m}, 0) AS kept_{m}, coalesce(c.{m}, 0) AS counted_{m}" for m in MEASURES
)
DIFFERENCES = (
    f"WITH counted AS ({RECOUNT}) SELECT hall_id, dimension, day, key, {_BOTH}"  # noqa: S608
    " FROM case_days k FULL JOIN counted c USING (hall_id, dimension, day, key)"
    f" WHERE {_WRONG}"
)
"""Where the table and a full recount differ, both as of one moment; it locks nothing."""
_MISSING = ", ".join(f"counted_{m} - kept_{m} AS {m}" for m in MEASURES)
_ADDED = ", ".join(f"{m} = case_days.{m} + excluded.{m}" for m in MEASURES)
_NOTHING = " AND ".join(f"{m} = 0" for m in MEASURES)
_MEND = (
    # In the order of the table's own keys and under its lock: nobody else writes now.
    f"INSERT INTO case_days (hall_id, dimension, day, key, {', '.join(MEASURES)})"  # noqa: S608
    f" SELECT hall_id, dimension, day, key, {', '.join(MEASURES)} FROM case_errors"
    " ORDER BY hall_id, dimension, day, key"
    f" ON CONFLICT (hall_id, dimension, day, key) DO UPDATE SET {_ADDED}",
    f"DELETE FROM case_days WHERE {_NOTHING}",  # noqa: S608
)


_CLOCKS = (
    "SELECT c.id, c.number, c.hall_id, c.used_days, c.clock_from,"
    " (c.decided_at AT TIME ZONE 'Asia/Shanghai')::date AS decided_on,"
    " coalesce((SELECT json_agg(json_build_array("
    "(p.began_at AT TIME ZONE 'Asia/Shanghai')::date,"
    " (p.ended_at AT TIME ZONE 'Asia/Shanghai')::date))"
    " FROM case_pauses p WHERE p.case_id = c.id), '[]')::text AS pauses"
    " FROM cases c WHERE c.decided_at IS NOT NULL"
)
"""What the days of decided cases are counted from; no personal data."""


@dataclass(frozen=True)
class Difference:
    """A measure that the table does not hold as the cases say."""

    hall_id: UUID
    dimension: Dimension
    day: date
    key: str
    measure: str
    kept: int
    counted: int


@dataclass(frozen=True)
class WrongCase:
    """A decided case whose days used are not what its clock says.

    They were never counted (`kept` is None), or the hall's calendar was changed for days past.
    """

    number: str
    kept: int | None
    counted: int


async def verify(most: int = MOST_TOLD) -> list[Difference | WrongCase]:
    """Count everything again from the cases; empty when the figures hold.

    First each case's days against its clock, then the sums against the cases, at one moment and
    while cases go on being decided. At most `most` of each are told.
    """
    cases: list[Difference | WrongCase] = []
    async for _, wrong in _wrong_cases():
        cases.append(wrong)
        if len(cases) == most:
            break
    rows = await db.patiently(
        f"{DIFFERENCES} ORDER BY hall_id, dimension, day, key LIMIT $1",
        most,
        seconds=RECOUNT_SECONDS,
    )
    return cases + [found for row in rows for found in _differences(row)]


def _differences(row: dict[str, Any]) -> list[Difference]:
    return [
        Difference(
            row["hall_id"],
            Dimension(row["dimension"]),
            row["day"],
            row["key"],
            measure,
            row[f"kept_{measure}"],
            row[f"counted_{measure}"],
        )
        for measure in MEASURES
        if row[f"kept_{measure}"] != row[f"counted_{measure}"]
    ]


def _used_days(calendar: WorkingCalendar, row: dict[str, Any]) -> int:
    """The working days that a decided case used of its promise; every pause stops its clock."""
    spans = msgspec.json.decode(row["pauses"], type=list[tuple[date, date | None]])
    pauses = [Pause(begin, end) for begin, end in spans]
    return clock.used(calendar, row["clock_from"], row["decided_on"], pauses)


async def _wrong_cases() -> AsyncIterator[tuple[UUID, WrongCase]]:
    """Every decided case whose days are wrong, with its id."""
    calendars: dict[UUID, WorkingCalendar] = {}
    after: UUID | None = None
    while True:
        rows = await db.fetch(
            f"{_CLOCKS} AND ($1::uuid IS NULL OR c.id > $1) ORDER BY c.id LIMIT $2", after, _BATCH
        )
        for row in rows:
            hall_id = row["hall_id"]
            if hall_id not in calendars:
                calendars[hall_id] = await halls.calendar(hall_id)
            counted = _used_days(calendars[hall_id], row)
            if counted != row["used_days"]:
                yield row["id"], WrongCase(row["number"], row["used_days"], counted)
        if len(rows) < _BATCH:
            return
        after = rows[-1]["id"]


async def rebuild(act: Act) -> int:
    """Make the figures what the cases say; returns how many were put right.

    Cases go on being decided. What is wrong is found at one moment, without a lock; every commit
    since then raised the cases and the table alike, so what was missing then is missing now. It
    is added under a lock on the table, for which decisions wait, but only while it is written.
    Then everything is counted again, until nothing differs.

    Raises:
        RuntimeError: something else writes wrong figures as fast as they are mended.
    """
    mended = 0
    async for case_id, _ in _wrong_cases():
        mended += await _mend_case(act, case_id)
    for _ in range(MOST_ROUNDS):
        wrong = await _mend_sums(act)
        if not wrong:
            return mended
        mended += wrong
    raise RuntimeError(f"the figures still differ after {MOST_ROUNDS} rounds of mending")


async def _mend_case(act: Act, case_id: UUID) -> int:
    async with act.transaction() as tx:
        await db.fetch("SELECT id FROM cases WHERE id = $1 FOR UPDATE", case_id)
        row = await db.fetch_one(f"{_CLOCKS} AND c.id = $1", case_id)
        assert row is not None, "a decision is never taken back"
        now = _used_days(await halls.calendar(row["hall_id"]), row)
        if row["used_days"] == now:
            return 0
        await db.execute("UPDATE cases SET used_days = $2 WHERE id = $1", case_id, now)
        tx.audit(
            "case.days_recounted",
            f"case:{row['number']}",
            hall_id=row["hall_id"],
            before=row["used_days"],
            now=now,
        )
    return 1


async def _mend_sums(act: Act) -> int:
    async with act.transaction() as tx:
        await db.patiently(
            "CREATE TEMPORARY TABLE case_errors ON COMMIT DROP AS"  # noqa: S608 - a constant
            f" SELECT hall_id, dimension, day, key, {_MISSING} FROM ({DIFFERENCES}) d",
            seconds=RECOUNT_SECONDS,
        )
        found = await db.fetch_one("SELECT count(*) AS wrong FROM case_errors")
        wrong: int = found["wrong"] if found else 0
        if wrong:
            await db.execute("LOCK TABLE case_days IN SHARE ROW EXCLUSIVE MODE")
            for statement in _MEND:
                await db.patiently(statement, seconds=RECOUNT_SECONDS)
            tx.audit("figures.rebuilt", "figures:all", differences=wrong)
    return wrong

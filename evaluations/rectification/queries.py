"""Reading rectifications and topics, each query scoped by who asks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.core import db
from app.core.auth import Role, Staff
from evaluations.rectification.rates import Fact
from evaluations.rectification.rules import Verdict


@dataclass(frozen=True)
class Sight:
    """Whose rectifications somebody sees: those of halls, and those of departments."""

    hall_ids: frozenset[UUID]
    department_ids: frozenset[UUID]

    @classmethod
    def of(cls, person: Staff) -> "Sight":
        """What this person sees: supervisors and managers their halls, reviewers their own."""
        return cls(person.halls(Role.SUPERVISOR, Role.MANAGER), person.departments(Role.REVIEWER))

    def covers(self, hall_id: UUID, department_id: UUID | None) -> bool:
        """Whether this one is in sight."""
        return hall_id in self.hall_ids or department_id in self.department_ids


_IN_SIGHT = (
    " (hall_id = ANY($1::uuid[]) OR department_id = ANY($2::uuid[]))"
    " AND ($3::uuid IS NULL OR hall_id IN (SELECT b.id FROM hall_and_below($3) b))"
    " AND ($4::uuid IS NULL OR department_id = $4)"
)


def _sight(sight: Sight, hall_id: UUID | None, department_id: UUID | None) -> list[Any]:
    return [list(sight.hall_ids), list(sight.department_ids), hall_id, department_id]


async def listed(
    sight: Sight,
    hall_id: UUID | None,
    department_id: UUID | None,
    *,
    state: str | None,
    due_before: date | None,
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Rectifications in sight, the oldest first, one more than `limit`.

    Args:
        due_before: only those whose present step was due before this day.
    """
    return await db.fetch(
        f"SELECT * FROM rectifications WHERE {_IN_SIGHT}"  # noqa: S608 - a constant
        " AND ($5::varchar IS NULL OR state = $5)"
        " AND ($6::date IS NULL OR (state <> 'closed' AND step_due < $6))"
        " AND ($7::uuid IS NULL OR id > $7) ORDER BY id LIMIT $8",
        *_sight(sight, hall_id, department_id),
        state,
        due_before,
        after,
        limit + 1,
    )


async def open_by_due(
    sight: Sight,
    hall_id: UUID | None,
    department_id: UUID | None,
    *,
    state: str | None,
    due_before: date | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Rectifications in sight that are not closed, the first due first, one more than `limit`.

    So the red ones stand before all others. `due_before` as in `listed`.
    """
    due, last = after or (None, None)
    return await db.fetch(
        f"SELECT * FROM rectifications WHERE {_IN_SIGHT} AND state <> 'closed'"  # noqa: S608
        " AND ($5::varchar IS NULL OR state = $5) AND ($6::date IS NULL OR step_due < $6)"
        " AND ($7::date IS NULL OR (step_due, id) > ($7::date, $8::uuid))"
        " ORDER BY step_due, id LIMIT $9",
        *_sight(sight, hall_id, department_id),
        state,
        due_before,
        due,
        last,
        limit + 1,
    )


async def waiting(
    sight: Sight, hall_id: UUID | None, department_id: UUID | None
) -> list[dict[str, Any]]:
    """How many in sight wait for what, by hall, state and limit."""
    return await db.fetch(
        "SELECT hall_id, state, step_due, step_days, count(*) AS n FROM rectifications"  # noqa: S608
        f" WHERE {_IN_SIGHT} AND state <> 'closed' GROUP BY 1, 2, 3, 4",
        *_sight(sight, hall_id, department_id),
    )


async def by_ids(ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """These rectifications, the oldest first."""
    return await db.fetch(
        "SELECT * FROM rectifications WHERE id = ANY($1::uuid[]) ORDER BY id", list(ids)
    )


async def of_citizen(
    citizen_ids: Collection[UUID], before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """What has become of the bad ratings of these accounts of one person.

    Newest first, one more than `limit`.
    """
    return await db.fetch(
        "SELECT * FROM rectifications WHERE citizen_id = ANY($1::uuid[])"
        " AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        list(citizen_ids),
        before,
        limit + 1,
    )


async def facts(
    hall_id: UUID, first: date, last: date, today: date
) -> dict[UUID | None, list[tuple[Fact, int]]]:
    """By department, what the rates need to know of the bad ratings received in the period."""
    rows = await db.fetch(
        "SELECT department_id, citizen_id IS NOT NULL AS named, verdict,"
        " state = 'closed' AS closed, revisited_at IS NOT NULL AS revisited, late,"
        " coalesce(rectify_due < $4, false) AS passed,"
        " count(*) AS n FROM rectifications"
        " WHERE hall_id IN (SELECT b.id FROM hall_and_below($1) b)"
        " AND received_on BETWEEN $2 AND $3 GROUP BY 1, 2, 3, 4, 5, 6, 7",
        hall_id,
        first,
        last,
        today,
    )
    found: dict[UUID | None, list[tuple[Fact, int]]] = {}
    for row in rows:
        fact = Fact(
            named=row["named"],
            verdict=Verdict(row["verdict"]) if row["verdict"] else None,
            closed=row["closed"],
            revisited=row["revisited"],
            late=row["late"],
            passed=row["passed"],
        )
        found.setdefault(row["department_id"], []).append((fact, row["n"]))
    return found


async def ledger(
    hall_id: UUID, first: date, last: date, *, after: int, limit: int | None
) -> list[dict[str, Any]]:
    """The lines of a ledger from number `after` + 1 on, at most `limit` (None: all)."""
    return await db.fetch(
        "SELECT * FROM (SELECT r.*, row_number() OVER (ORDER BY received_at, id) AS number,"
        " (SELECT count(*) FROM rectification_events e"
        "  WHERE e.rectification_id = r.id AND e.kind = 'overdue') AS red_lights"
        " FROM rectifications r WHERE hall_id IN (SELECT b.id FROM hall_and_below($1) b)"
        " AND received_on BETWEEN $2 AND $3) AS lines WHERE number > $4 ORDER BY number LIMIT $5",
        hall_id,
        first,
        last,
        after,
        limit,
    )


async def topics(
    sight: Sight,
    hall_id: UUID | None,
    department_id: UUID | None,
    *,
    closed: bool,
    before: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Topics in sight with how many ratings stand behind each, newest first."""
    return await db.fetch(
        "SELECT t.*, (SELECT count(*) FROM improvement_topic_ratings l"  # noqa: S608 - a constant
        " WHERE l.topic_id = t.id) AS ratings FROM improvement_topics t"
        f" WHERE {_IN_SIGHT} AND (closed_at IS NOT NULL) = $5"
        " AND ($6::uuid IS NULL OR id < $6) ORDER BY id DESC LIMIT $7",
        *_sight(sight, hall_id, department_id),
        closed,
        before,
        limit + 1,
    )


async def topic(topic_id: UUID) -> dict[str, Any] | None:
    """One topic with how many ratings stand behind it."""
    return await db.fetch_one(
        "SELECT t.*, (SELECT count(*) FROM improvement_topic_ratings l WHERE l.topic_id = t.id)"
        " AS ratings FROM improvement_topics t WHERE t.id = $1",
        topic_id,
    )


async def behind(topic_id: UUID) -> list[dict[str, Any]]:
    """The rectifications behind a topic, the oldest first."""
    return await db.fetch(
        "SELECT r.* FROM improvement_topic_ratings l"
        " JOIN rectifications r ON r.id = l.rectification_id WHERE l.topic_id = $1 ORDER BY r.id",
        topic_id,
    )

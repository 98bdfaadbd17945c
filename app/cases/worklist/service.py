"""What waits at the desk for the clerks of a hall, the most urgent first."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from app.cases.queries import HANDLERS_OF_CASES, READERS_OF_CASES
from app.cases.worklist import queries
from app.cases.worklist.possible import of_case
from app.cases.worklist.schemas import (
    TO_DO,
    WORK_NAMES,
    CountQuery,
    Work,
    WorkCount,
    WorkQuery,
    WorkRow,
)
from app.core.acts import Act
from app.core.auth import require_over_hall
from app.core.lights import standing
from app.core.privacy import Personal
from app.core.wire import Page, decode_cursor, page
from app.halls import service as halls

__all__ = ["TO_DO", "WORK_NAMES", "Work", "counts", "following", "of_case", "waiting"]

NOBODY = "—"
LOOKED_AHEAD = 100
"""Of how many cases the next one is found; beyond them it is the first."""


async def waiting(act: Act, query: WorkQuery) -> Page[WorkRow]:
    """The cases of a hall that wait for a kind of work, or for any that is a clerk's.

    The soonest due first; what has no last day comes last, the oldest first. The applicants are
    masked, and left out for who handles no cases.

    Raises:
        Forbidden: not a hall of the caller's.
    """
    person = require_over_hall(act.actor, query.hall_id, READERS_OF_CASES)
    works = TO_DO if query.work is None else (query.work,)
    after = decode_cursor(query.after, date, UUID)
    rows = await queries.waiting(
        query.hall_id,
        query.department_id,
        works,
        (after[0], after[1]) if after else None,
        query.limit,
    )
    calendar = await halls.calendar(query.hall_id)
    named = query.hall_id in person.halls(*HANDLERS_OF_CASES)
    keyring = act.house.keyring

    def show(row: dict[str, Any]) -> WorkRow:
        due = row["due"]
        stands = standing(calendar, act.today, due, row["days"]) if due else None
        applicant = NOBODY
        if named:
            name = keyring.open(row["applicant_name"], "cases.applicant_name").decode()
            applicant = Personal(name, "name").masked()
        more = {
            "applicant": applicant,
            "remaining_days": stands.remaining if stands else None,
            "light": stands.light if stands else None,
        }
        return msgspec.convert(row | more, WorkRow)

    return page(rows, query.limit, show, lambda row: (row["due"] or queries.LAST, row["case_id"]))


async def counts(act: Act, query: CountQuery) -> list[WorkCount]:
    """How many cases of a hall wait for what, in the order of `Work`.

    Raises:
        Forbidden: not a hall of the caller's.
    """
    require_over_hall(act.actor, query.hall_id, READERS_OF_CASES)
    calendar = await halls.calendar(query.hall_id)
    found = await queries.counts(query.hall_id, query.department_id, calendar, act.today)
    return [
        WorkCount(work=work, name=WORK_NAMES[work], total=total, yellow=yellow, red=red)
        for work in Work
        for total, yellow, red in [found.get(work, (0, 0, 0))]
    ]


async def following(act: Act, query: WorkQuery, case_id: UUID) -> WorkRow | None:
    """The case that comes after one in the list; the first where that one is not in it any more.

    None where no other waits. Raises Forbidden as `waiting` does.
    """
    listed = (await waiting(act, msgspec.structs.replace(query, limit=LOOKED_AHEAD))).items
    at = next((n for n, row in enumerate(listed) if row.case_id == case_id), -1)
    others = [row for row in (*listed[at + 1 :], *listed[: max(at, 0)]) if row.case_id != case_id]
    return others[0] if others else None

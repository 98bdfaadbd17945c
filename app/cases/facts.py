"""What other features may know of a case: no personal data, and no check of who asks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from app.cases.rules import State, TaskState
from app.core import db
from app.core.lights import Standing, standing
from app.halls import service as halls


@dataclass(frozen=True)
class CaseFacts:
    """A case as the features above need to know it.

    The caller has made sure that whoever is shown any of this may see the case.
    """

    id: UUID
    number: str
    item_id: UUID
    item_name: str
    bundle: bool
    version_id: UUID
    state: State
    decision: str | None
    hall_id: UUID
    department_id: UUID
    applicant_id: UUID
    enterprise_id: UUID | None
    enterprise_name: str | None
    consent_id: UUID | None
    project_number: str | None
    answers: dict[str, list[str]]
    submitted_at: datetime
    accepted_at: datetime | None
    decided_at: datetime | None
    closed_at: datetime | None
    promised_due: date | None
    promised_days: int
    paused_since: date | None
    delivery: str


_FACTS = (
    "SELECT id, number, item_id, item_name, bundle, version_id, state, decision, hall_id,"
    " department_id, applicant_id, enterprise_id, enterprise_name, consent_id, project_number,"
    " answers::text AS answers, submitted_at, accepted_at, decided_at, closed_at, promised_due,"
    " promised_days, paused_since, delivery"
    " FROM cases"
)


async def facts(ids: Sequence[UUID]) -> dict[UUID, CaseFacts]:
    """What there is to know of these cases; an id that does not exist is left out."""
    rows = await db.fetch(f"{_FACTS} WHERE id = ANY($1::uuid[])", list(ids))
    return {row["id"]: _of(row) for row in rows}


async def by_number(number: str) -> CaseFacts | None:
    """The case of a number; None if there is none."""
    row = await db.fetch_one(f"{_FACTS} WHERE number = $1", number)
    return _of(row) if row else None


async def departments(case_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The departments with a part in the review of each of these cases, in order of stages.

    Those whose stage has not begun are among them.
    """
    rows = await db.fetch(
        "SELECT case_id, department_id FROM case_tasks WHERE case_id = ANY($1::uuid[])"
        " ORDER BY case_id, stage, id",
        list(case_ids),
    )
    found: dict[UUID, list[UUID]] = {case_id: [] for case_id in case_ids}
    for row in rows:
        if row["department_id"] not in found[row["case_id"]]:
            found[row["case_id"]].append(row["department_id"])
    return found


@dataclass(frozen=True)
class PartFacts:
    """One department's part in the review of a case. `opened_at`: when its stage began, if it has.

    `lead`: it leads its stage. `absent_agrees`: when it stays away it agrees (缺席默认).
    """

    case_id: UUID
    department_id: UUID
    stage: int
    state: TaskState
    opened_at: datetime | None
    lead: bool
    absent_agrees: bool


async def parts(case_ids: Sequence[UUID]) -> list[PartFacts]:
    """Every department's part in the review of these cases, in order of cases and stages."""
    rows = await db.fetch(
        "SELECT case_id, department_id, stage, state, opened_at, lead,"
        " absent_agrees FROM case_tasks WHERE case_id = ANY($1::uuid[])"
        " ORDER BY case_id, stage, id",
        list(case_ids),
    )
    return [msgspec.convert(row, PartFacts) for row in rows]


@dataclass(frozen=True)
class ResultFacts:
    """A document that was made out for a case."""

    case_id: UUID
    document_id: UUID
    department_id: UUID
    title: str
    number: str


async def results(case_ids: Sequence[UUID]) -> list[ResultFacts]:
    """The documents of these cases, in order of cases and of their own."""
    rows = await db.fetch(
        "SELECT case_id, document_id, department_id, title, number FROM case_certificates"
        " WHERE case_id = ANY($1::uuid[]) ORDER BY case_id, position",
        list(case_ids),
    )
    return [msgspec.convert(row, ResultFacts) for row in rows]


async def lock(case_ids: Sequence[UUID]) -> None:
    """Lock these cases until the end of the transaction, in the order of their ids.

    For an act on several cases: what each of them locks later (figures, scores) comes after all.
    """
    await db.fetch(
        "SELECT id FROM cases WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", list(case_ids)
    )


async def standings(cases: Iterable[CaseFacts], today: date) -> dict[UUID, Standing]:
    """How the promise of each case stands whose review goes on; the others are left out.

    While the clock stands still, what was left when it stopped is left.
    """
    cases = [case for case in cases if case.state is State.UNDER_REVIEW and case.promised_due]
    calendars = {hall: await halls.calendar(hall) for hall in {case.hall_id for case in cases}}
    found: dict[UUID, Standing] = {}
    for case in cases:
        assert case.promised_due is not None, "chosen above"
        day = min(case.paused_since or today, today)
        calendar = calendars[case.hall_id]
        found[case.id] = standing(calendar, day, case.promised_due, case.promised_days)
    return found


def _of(row: dict[str, object]) -> CaseFacts:
    answers = msgspec.json.decode(str(row["answers"]))
    return msgspec.convert(row | {"answers": answers}, CaseFacts)

"""Limits worked out again, because working days have changed since: told to the applicant.

A hall opens or closes on a day of its own, or the State Council's notice for a year comes out
whose days were counted as Monday to Friday until then. What is decided keeps its days; what a
department or the applicant still has to do gets the day that follows from the calendar as it is
now.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog

from app.cases.clock.reckoning import reckon
from app.cases.models import Case, CaseDeferral
from app.cases.records import china_day, locked, note, subject
from app.cases.rules import CORRECTION_DAYS, DELIVERY_DAYS, WAITS_FOR_ACCEPTANCE, State
from app.core import db
from app.core.acts import Act
from app.core.clock import day_of
from app.core.outbox import Handler
from app.core.schedule import Periodic
from app.halls import service as halls

log = structlog.get_logger(__name__)
AT_A_TIME = 200
UNDER_WAY = frozenset({State.UNDER_REVIEW, State.SUSPENDED})
TO_DELIVER = frozenset({State.GRANTED, State.REFUSED, State.ISSUED})
_OPEN = (
    "SELECT c.id FROM cases c WHERE c.state IN ('submitted', 'pre_checked', 'under_review',"
    " 'suspended', 'granted', 'refused', 'issued')"
)
_TOUCHED = (
    f"{_OPEN} AND c.hall_id = $1"  # noqa: S608
    " AND (greatest(c.accept_due, c.legal_due, c.delivery_due) >= $2"
    " OR EXISTS (SELECT FROM case_tasks t WHERE t.case_id = c.id AND t.state = 'open'"
    "  AND t.due >= $2) OR EXISTS (SELECT FROM case_deferrals d WHERE d.case_id = c.id"
    "  AND d.state = 'open' AND d.due >= $2))"
    " AND ($3::uuid IS NULL OR c.id > $3) ORDER BY c.id LIMIT $4"
)
"""Open cases of hall $1 with a limit that can lean on the day $2; $3 after which, $4 how many."""
_PROVISIONAL = (
    f"{_OPEN} AND c.due_provisional AND ($1::uuid IS NULL OR c.id > $1) ORDER BY c.id LIMIT $2"
)


async def renew(act: Act, case_id: UUID) -> bool:
    """Work out the limits of one open case again; False where all of them stay as they were."""
    async with act.transaction() as tx:
        case = await locked(case_id)
        promised, before = case.promised_due, await _limits(case_id)
        if case.state in WAITS_FOR_ACCEPTANCE:
            await _renew_answer(case)
        elif case.state in UNDER_WAY:
            await reckon(case)
            await _renew_deferrals(case)
        elif case.state in TO_DELIVER:
            await _renew_delivery(case)
        now = await _limits(case_id)
        if now == before:
            return False
        if case.promised_due != promised:
            await _tell(act, case)
        tx.audit("case.limits_renewed", subject(case), hall_id=case.hall_id, before=before, now=now)
    return True


async def _limits(case_id: UUID) -> list[str]:
    """Every limit of a case that is still to come, as the trail says it."""
    rows = await db.fetch(
        "SELECT 'accept' AS of, accept_due AS due FROM cases WHERE id = $1"
        " UNION ALL SELECT 'case', promised_due FROM cases WHERE id = $1"
        " UNION ALL SELECT 'law', legal_due FROM cases WHERE id = $1"
        " UNION ALL SELECT 'delivery', delivery_due FROM cases WHERE id = $1"
        " UNION ALL SELECT 'review ' || id, due FROM case_tasks"
        "  WHERE case_id = $1 AND state = 'open'"
        " UNION ALL SELECT 'deferral ' || id, due FROM case_deferrals"
        "  WHERE case_id = $1 AND state = 'open'",
        case_id,
    )
    return sorted(f"{row['of']}: {row['due']}" for row in rows if row["due"])


async def _renew_answer(case: Case) -> None:
    calendar = await halls.calendar(case.hall_id)
    case.accept_due = calendar.add(day_of(case.received_at), CORRECTION_DAYS).day
    await case.save(update_fields=["accept_due"])


async def _renew_delivery(case: Case) -> None:
    assert case.decided_at is not None, "only a decision is delivered"
    calendar = await halls.calendar(case.hall_id)
    case.delivery_due = calendar.add(day_of(case.decided_at), DELIVERY_DAYS).day
    await case.save(update_fields=["delivery_due"])


async def _renew_deferrals(case: Case) -> None:
    """What the applicant owes may be due later, never sooner than they were told in writing."""
    assert case.accepted_at is not None, "it is under review"
    calendar = await halls.calendar(case.hall_id)
    for owed in await CaseDeferral.filter(case_id=case.id, state="open").order_by("id"):
        found = calendar.add(day_of(case.accepted_at), owed.days).day
        if owed.due is not None and found > owed.due:
            owed.due, owed.reminded_at = found, None
            await owed.save(update_fields=["due", "reminded_at"])


async def _tell(act: Act, case: Case) -> None:
    if case.paused_since is not None or case.promised_due is None:
        return  # no day can be named while the clock stands; it is told when it goes on
    said = f"工作日安排有调整，办理期限重新计算，应于{china_day(case.promised_due)}前办结。"
    await note(act, case, "limits_renewed", said)


async def day_was_set(act: Act, told: halls.DaySet, _key: str) -> None:
    """A hall opens or closes on a day of its own; safe to repeat."""
    # This worker may have read the hall's days before that one was among them.
    halls.forget_kept()

    async def touched(after: UUID | None) -> list[UUID]:
        rows = await db.fetch(_TOUCHED, told.hall_id, told.day, after, AT_A_TIME)
        return [row["id"] for row in rows]

    await _renew_each(act, touched)


async def renew_provisional(act: Act) -> None:
    """Look again at what leans on a year whose notice was not out."""

    async def provisional(after: UUID | None) -> list[UUID]:
        rows = await db.fetch(_PROVISIONAL, after, AT_A_TIME)
        return [row["id"] for row in rows]

    await _renew_each(act, provisional)


async def _renew_each(act: Act, ids_after: Callable[[UUID | None], Awaitable[list[UUID]]]) -> None:
    """Each case in a transaction of its own; one that fails is logged and holds up no other."""
    after: UUID | None = None
    while ids := await ids_after(after):
        for case_id in ids:
            try:
                await renew(act, case_id)
            except Exception:
                log.exception("cases.renewal_failed", case=str(case_id))
        after = ids[-1]


HANDLERS = (Handler(halls.DAY_SET, halls.DaySet, day_was_set),)
PERIODICS = (Periodic("cases.renew_provisional", timedelta(days=1), renew_provisional),)

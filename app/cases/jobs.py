"""What runs by itself at intake: acceptance by law, deferred materials, old drafts, uses."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter

from app.cases import retention
from app.cases.intake import acceptance, deferral_acts, deferrals, drafts
from app.cases.records import locked
from app.catalog import service as catalog
from app.core import db
from app.core.acts import Act
from app.core.schedule import Periodic

log = structlog.get_logger(__name__)
AT_A_TIME = 200
USES_OF_DAYS = 90
"""How far back submissions are counted that make an item one of the most used."""
deemed = Counter("zhangban_cases_deemed_accepted_total", "Applications accepted by law.")
overdue = Counter("zhangban_cases_deferral_overdue_total", "Cases whose deferred material is late.")


async def deem_accepted(act: Act) -> int:
    """Accept by law what nobody has answered within five days (art. 32); returns how much."""
    done, after = 0, None
    while ids := await _unanswered(act, after):
        done += await _one_by_one(ids, lambda case_id: _deem(act, case_id))
        after = ids[-1]
    deemed.inc(done)
    return done


async def _unanswered(act: Act, after: UUID | None) -> list[UUID]:
    rows = await db.fetch(
        "SELECT id FROM cases WHERE state IN ('submitted', 'pre_checked')"
        " AND (accept_due < $1 OR accept_due IS NULL) AND ($2::uuid IS NULL OR id > $2)"
        " ORDER BY id LIMIT $3",
        act.today,
        after,
        AT_A_TIME,
    )
    return [row["id"] for row in rows]


async def _deem(act: Act, case_id: UUID) -> bool:
    async with act.transaction():
        return await acceptance.deem(act, await locked(case_id))


async def remind_of_deferrals(act: Act) -> int:
    """Remind of every deferred material that is due soon; returns of how many cases.

    The setting `deferral_remind_days` says how many working days before.
    """
    ids = await deferrals.cases_to_remind(act.today, act.house.settings.deferral_remind_days)
    return await _one_by_one(ids, lambda case_id: deferral_acts.remind(act, case_id))


async def suspend_overdue(act: Act) -> int:
    """Suspend every case of which a deferred material is overdue; returns how many."""
    ids = await deferrals.cases_overdue(act.today)
    done = await _one_by_one(ids, lambda case_id: deferral_acts.suspend_overdue(act, case_id))
    overdue.inc(done)
    return done


async def _one_by_one(ids: Iterable[UUID], do: Callable[[UUID], Awaitable[bool]]) -> int:
    """Each case in a transaction of its own; one that fails is logged and keeps nobody waiting."""
    done = 0
    for case_id in ids:
        try:
            done += await do(case_id)
        except Exception:
            log.exception("cases.job_failed", case=str(case_id))
    return done


async def count_uses(act: Act) -> None:
    """Count how often each item was applied for lately: the most used come first in a search."""
    since = timedelta(days=USES_OF_DAYS)
    # Twice as far back, so that what is used no more is counted as 0.
    rows = await db.fetch(
        "SELECT item_id, count(*) FILTER (WHERE submitted_at >= $1) AS n FROM cases"
        " WHERE submitted_at >= $2 GROUP BY item_id",
        act.at - since,
        act.at - 2 * since,
    )
    await catalog.record_uses(act, {row["item_id"]: row["n"] for row in rows})


async def _deem_all(act: Act) -> None:
    await deem_accepted(act)


async def _remind_all(act: Act) -> None:
    await remind_of_deferrals(act)


async def _suspend_all(act: Act) -> None:
    await suspend_overdue(act)


async def _clear_drafts(act: Act) -> None:
    await drafts.forget_old(act)
    await drafts.release_photos(act)


async def _erase_old(act: Act) -> None:
    await retention.erase_all(act)


PERIODICS = (
    Periodic("cases.deem_accepted", timedelta(hours=1), _deem_all),
    Periodic("cases.remind_of_deferrals", timedelta(hours=1), _remind_all),
    Periodic("cases.suspend_overdue", timedelta(hours=1), _suspend_all),
    Periodic("cases.clear_drafts", timedelta(hours=1), _clear_drafts),
    Periodic("cases.retention", timedelta(days=1), _erase_old),
    Periodic("cases.count_uses", timedelta(hours=1), count_uses),
)

"""How long a case says who applied: then its photos are deleted and its personal data erased.

Personal data are kept for the shortest time that their purpose needs, and then deleted or made
anonymous (Personal Information Protection Law, articles 19 and 47). While somebody can still take
the decision to court, it must be possible to show on what it rested: within five years of it
(Administrative Litigation Law, article 46), which is the default of `case_retention_days`.

What is left of a case are its number, item, situation, dates, decision and figures, its timeline
and its receipts. Certificates that were issued are not its part: they hold on their own.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from app.cases.models import Case
from app.cases.rules import FINAL
from app.core import db
from app.core.acts import Act
from app.core.privacy import Personal
from app.holdings import retention as holdings
from app.materials import service as materials

BATCH = 200
GONE = "已删除"
_OWN_HOLDS = (
    "EXISTS (SELECT FROM case_pledges p WHERE p.case_id = c.id AND p.state IN ('signed',"
    " 'to_check')) OR EXISTS (SELECT FROM case_proposals p WHERE p.case_id = c.id"
    " AND p.state = 'open') OR EXISTS (SELECT FROM case_deferrals d WHERE d.case_id = c.id"
    " AND d.state IN ('open', 'overdue'))"
)
"""A pledge waits for its check, a proposal for its second person, a promise for its keeping."""
_DUE = (
    f"SELECT c.id, c.number, ({_OWN_HOLDS}) AS held FROM cases c"  # noqa: S608 - a constant
    " WHERE c.closed_at <= $1 AND c.erased_at IS NULL AND c.state = ANY($2::text[])"
)


class Erased(NamedTuple):
    """What was erased, or would be."""

    cases: int
    photos: int
    """Materials that went with them, which nothing else needed."""
    held: int
    """Cases that are over their time and are kept: something about them is open."""


async def erase_due(act: Act, *, dry_run: bool = False) -> Erased:
    """Erase every case whose time is over, each in a transaction of its own.

    With `dry_run` nothing is changed: what would be is counted, photos as if each case were alone.
    """
    until = act.at - timedelta(days=act.house.settings.case_retention_days)
    cases = photos = held = 0
    after = UUID(int=0)
    while rows := await db.fetch(
        f"{_DUE} AND c.id > $3 ORDER BY c.id LIMIT $4", until, sorted(FINAL), after, BATCH
    ):
        after = rows[-1]["id"]
        kept = await _held(act, rows)
        held += len(kept)
        for row in rows:
            if row["id"] in kept:
                continue
            gone = await (_would_go(act, row["id"]) if dry_run else _erase(act, row["id"], until))
            if gone is None:
                held += 1
                continue
            cases, photos = cases + 1, photos + gone
    return Erased(cases, photos, held)


async def erase_all(act: Act) -> Erased:
    """As `erase_due`, with an entry in the trail that says how much it was."""
    found = await erase_due(act)
    if found.cases:
        async with act.transaction() as tx:
            tx.audit("retention.ran", "cases", **found._asdict())
    return found


async def _held(act: Act, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    subjects = {f"case:{row['number']}": row["id"] for row in rows}
    elsewhere = await act.house.part(materials.Holds).on(list(subjects))
    return {row["id"] for row in rows if row["held"]} | {subjects[found] for found in elsewhere}


async def _erase(act: Act, case_id: UUID, until: datetime) -> int | None:
    """Erase one case, unless something was opened about it meanwhile; returns how many photos."""
    async with act.transaction() as tx:
        case = await Case.filter(id=case_id).select_for_update().first()
        rows = await db.fetch(f"{_DUE} AND c.id = $3", until, sorted(FINAL), case_id)
        if case is None or not rows or await _held(act, rows):
            return None
        photos = await _photos(case_id)
        await db.execute("DELETE FROM case_materials WHERE case_id = $1", case_id)
        await holdings.let_go(photos, act.today)
        gone = await materials.shred(act, photos, "material.retention_over")
        await _empty(act, case)
        tx.audit("case.erased", f"case:{case.number}", hall_id=case.hall_id, photos=gone)
    return gone


async def _photos(case_id: UUID) -> list[UUID]:
    rows = await db.fetch(
        "SELECT DISTINCT material_id AS id FROM case_materials WHERE case_id = $1 ORDER BY 1",
        case_id,
    )
    return [row["id"] for row in rows]


async def _empty(act: Act, case: Case) -> None:
    case.applicant_name = Personal(GONE, "name")
    case.applicant_phone = Personal("", "phone")
    case.applicant_id_number = Personal("", "id_number")
    case.form = Personal("{}", "form")
    if case.delivery_address is not None:
        case.delivery_address = Personal(GONE, "address")
    case.correction = None
    case.tracking_number = None
    case.erased_at = act.at
    await case.save()
    seal = act.house.keyring.seal
    await db.execute("SELECT set_config('zhangban.sealed_anew', 'on', true)")
    await db.execute(
        "UPDATE case_handovers SET agent_name = $2, agent_id_number = $3"
        " WHERE case_id = $1 AND agent_name IS NOT NULL",
        case.id,
        seal(GONE.encode(), "case_handovers.agent_name"),
        seal(b"", "case_handovers.agent_id_number"),
    )
    await db.execute("SELECT set_config('zhangban.sealed_anew', 'off', true)")


async def _would_go(act: Act, case_id: UUID) -> int:
    """How many photos would go with a case."""
    row = await db.fetch_one(
        "SELECT count(DISTINCT m.material_id) AS n FROM case_materials m WHERE m.case_id = $1"
        " AND NOT EXISTS (SELECT FROM case_materials o WHERE o.material_id = m.material_id"
        "  AND o.case_id <> m.case_id)"
        " AND NOT EXISTS (SELECT FROM holding_materials x JOIN holdings h ON h.id = x.holding_id"
        "  WHERE x.material_id = m.material_id AND h.revoked_at IS NULL"
        "  AND h.forgotten_at IS NULL AND coalesce(h.valid_until >= $2, true))",
        case_id,
        act.today,
    )
    assert row
    found: int = row["n"]
    return found

"""What is kept of a person's enterprises and helpers, for their rights to it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.agency.endings import subject
from app.citizens.service import Share
from app.core import db
from app.core.acts import Act

_PARTS = {
    "enterprises": (
        "SELECT e.name, e.code, p.role, p.joined_at, p.removed_at FROM enterprise_people p"
        " JOIN enterprises e ON e.id = p.enterprise_id WHERE p.citizen_id = ANY($1::uuid[])"
        " ORDER BY p.id"
    ),
    "registrations": (
        "SELECT name, code, role, state, asked_at, answered_at, note FROM enterprise_registrations"
        " WHERE citizen_id = ANY($1::uuid[]) ORDER BY id"
    ),
    "consents_given": (
        "SELECT helper_kind, scope, purposes, how, granted_at, expires_at, ended_at, ended_as"
        " FROM assistance_consents WHERE applicant_id = ANY($1::uuid[]) ORDER BY id"
    ),
    "consents_got": (
        "SELECT scope, purposes, granted_at, accepted_at, expires_at, ended_at, ended_as"
        " FROM assistance_consents WHERE helper_kind = 'citizen' AND helper_id = ANY($1::uuid[])"
        " ORDER BY id"
    ),
    "done_for_me_or_by_me": (
        "SELECT by_name, what, subject, at FROM assistance_acts"
        " WHERE applicant_id = ANY($1::uuid[]) OR actor = ANY(SELECT 'citizen:' || id"
        "  FROM unnest($1::uuid[]) AS i(id)) ORDER BY id"
    ),
}


async def _export(act: Act, citizen_ids: Sequence[UUID]) -> dict[str, Any]:  # noqa: ARG001
    return {name: await db.fetch(sql, list(citizen_ids)) for name, sql in _PARTS.items()}


async def _forget(act: Act, citizen_ids: Sequence[UUID]) -> None:
    """Nobody acts for the person any more, nor they for others; what was done stays on record.

    An enterprise in which nobody is left to manage gets its people anew at the window.
    """
    ids = list(citizen_ids)
    async with act.transaction() as tx:
        ended = await db.fetch(
            "UPDATE assistance_consents SET ended_at = $2, ended_by = $3, ended_why = '',"
            " ended_as = CASE WHEN applicant_id = ANY($1::uuid[]) THEN 'revoked'"
            "  ELSE 'given_back' END"
            " WHERE ended_at IS NULL AND (applicant_id = ANY($1::uuid[])"
            "  OR (helper_kind = 'citizen' AND helper_id = ANY($1::uuid[])))"
            " RETURNING id, hall_id, ended_as",
            ids,
            act.at,
            act.actor.key,
        )
        for row in ended:
            tx.audit(f"assistance.{row['ended_as']}", subject(row["id"]), hall_id=row["hall_id"])
        left = await db.fetch(
            "UPDATE enterprise_people SET removed_at = $2, removed_by = $3"
            " WHERE citizen_id = ANY($1::uuid[]) AND removed_at IS NULL RETURNING enterprise_id",
            ids,
            act.at,
            act.actor.key,
        )
        for row in left:
            tx.audit("enterprise.person_left", f"enterprise:{row['enterprise_id']}")
        await db.execute(
            "DELETE FROM enterprise_registrations WHERE citizen_id = ANY($1::uuid[])"
            " AND state = 'pending'",
            ids,
        )


SHARE = Share("acting_for_others", _export, _forget)

"""Reading who acts for whom. Each query is told whose eyes it serves."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.agency.rules import Power, roles_with
from app.core import db

MANAGING = roles_with(Power.MANAGE)
_ROLE = (
    "SELECT p.id AS person_id, p.role, e.id, e.name, e.code FROM enterprise_people p"
    " JOIN enterprises e ON e.id = p.enterprise_id"
)
_CONSENT = (
    "SELECT c.id, c.applicant_id, c.enterprise_id, c.helper_kind, c.helper_id, c.helper_phone,"
    " c.hall_id, c.scope, c.scope_id, c.purposes, c.may_withdraw, c.how, c.recorded_by,"
    " c.granted_at, c.accepted_at, c.expires_at, c.ended_at, c.ended_as, c.ended_why,"
    " e.name AS enterprise_name, e.code AS enterprise_code"
    " FROM assistance_consents c LEFT JOIN enterprises e ON e.id = c.enterprise_id"
)
_STANDS_FOR = (
    "(c.enterprise_id IS NULL OR EXISTS (SELECT FROM enterprise_people p"
    " WHERE p.enterprise_id = c.enterprise_id AND p.citizen_id = c.applicant_id"
    " AND p.removed_at IS NULL AND p.role = ANY({filing}::text[])))"
)
"""An enterprise's consent lasts no longer than its giver may act for the enterprise."""


async def roles_of(citizen_id: UUID) -> list[dict[str, Any]]:
    """The enterprises in which a citizen has a role now, with the role, the newest first."""
    return await db.fetch(
        f"{_ROLE} WHERE p.citizen_id = $1 AND p.removed_at IS NULL ORDER BY p.id DESC",
        citizen_id,
    )


async def role_in(citizen_id: UUID, enterprise_id: UUID, *, lock: bool) -> dict[str, Any] | None:
    """A citizen's role in an enterprise now; None if they have none.

    With `lock` it stays theirs until the end of the transaction.
    """
    locking = " FOR SHARE OF p" if lock else ""
    return await db.fetch_one(
        f"{_ROLE} WHERE p.enterprise_id = $1 AND p.citizen_id = $2 AND p.removed_at IS NULL"
        f"{locking}",
        enterprise_id,
        citizen_id,
    )


async def people(enterprise_id: UUID) -> list[dict[str, Any]]:
    """The people of an enterprise, those who were there first on top."""
    return await db.fetch(
        "SELECT id, citizen_id, role, joined_at FROM enterprise_people"
        " WHERE enterprise_id = $1 AND removed_at IS NULL ORDER BY id",
        enterprise_id,
    )


async def invitations(
    *, enterprise_id: UUID | None = None, phone_indexes: Sequence[bytes] = (), now: datetime
) -> list[dict[str, Any]]:
    """The open invitations of an enterprise, or those to a phone number."""
    return await db.fetch(
        "SELECT i.id, i.enterprise_id, e.name AS enterprise, i.role, i.phone, i.state,"
        " i.invited_at, i.expires_at FROM enterprise_invitations i"
        " JOIN enterprises e ON e.id = i.enterprise_id WHERE i.state = 'open'"
        " AND i.expires_at > $3 AND (i.enterprise_id = $1 OR i.phone_index = ANY($2::bytea[]))"
        " ORDER BY i.id DESC LIMIT 200",
        enterprise_id,
        list(phone_indexes),
        now,
    )


async def invited(enterprise_id: UUID, phone_indexes: Sequence[bytes], now: datetime) -> bool:
    """Whether an invitation to this phone is open."""
    row = await db.fetch_one(
        "SELECT 1 FROM enterprise_invitations WHERE enterprise_id = $1 AND state = 'open'"
        " AND phone_index = ANY($2::bytea[]) AND expires_at > $3",
        enterprise_id,
        list(phone_indexes),
        now,
    )
    return row is not None


async def consent(consent_id: UUID) -> dict[str, Any] | None:
    """One consent, whoever's it is; None if there is none."""
    return await db.fetch_one(f"{_CONSENT} WHERE c.id = $1", consent_id)


async def consents_given(
    applicant_ids: Collection[UUID],
    enterprise_ids: Collection[UUID],
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Those of a person and of the enterprises they manage, newest first, one more than `limit`."""
    return await db.fetch(
        f"{_CONSENT} WHERE ((c.applicant_id = ANY($1::uuid[]) AND c.enterprise_id IS NULL)"
        " OR c.enterprise_id = ANY($2::uuid[])) AND ($3::uuid IS NULL OR c.id < $3)"
        " ORDER BY c.id DESC LIMIT $4",
        list(applicant_ids),
        list(enterprise_ids),
        after,
        limit + 1,
    )


async def consents_got(
    helper_id: UUID, phone_indexes: Sequence[bytes], after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Those that a helper has, and those offered to their phone, newest first."""
    return await db.fetch(
        f"{_CONSENT} WHERE (c.helper_id = $1 OR (c.helper_id IS NULL AND c.ended_at IS NULL"
        " AND c.helper_phone_index = ANY($2::bytea[]))) AND ($3::uuid IS NULL OR c.id < $3)"
        " ORDER BY c.id DESC LIMIT $4",
        helper_id,
        list(phone_indexes),
        after,
        limit + 1,
    )


async def live_consents(helper_kind: str, helper_id: UUID, now: datetime) -> list[dict[str, Any]]:
    """Everything that a helper may act by at this moment."""
    return await db.fetch(
        f"{_CONSENT} WHERE c.helper_kind = $1 AND c.helper_id = $2 AND c.ended_at IS NULL"
        f" AND c.expires_at > $3 AND {_STANDS_FOR.format(filing='$4')} ORDER BY c.id",
        helper_kind,
        helper_id,
        now,
        roles_with(Power.FILE),
    )


async def live_consent_locked(consent_id: UUID, now: datetime) -> dict[str, Any] | None:
    """A consent that is live and stays so until the end of the transaction; None if it is not."""
    return await db.fetch_one(
        f"{_CONSENT} WHERE c.id = $1 AND c.helper_id IS NOT NULL AND c.ended_at IS NULL"
        f" AND c.expires_at > $2 AND {_STANDS_FOR.format(filing='$3')} FOR SHARE OF c",
        consent_id,
        now,
        roles_with(Power.FILE),
    )


async def acts(
    *,
    consent_id: UUID | None = None,
    enterprise_id: UUID | None = None,
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """What was done by a consent, or for an enterprise, newest first, one more than `limit`."""
    return await db.fetch(
        "SELECT id, by_name AS by, what, subject, at FROM assistance_acts"
        " WHERE ($1::uuid IS NULL OR consent_id = $1) AND ($2::uuid IS NULL OR enterprise_id = $2)"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        consent_id,
        enterprise_id,
        after,
        limit + 1,
    )


async def has_acted(
    actor: str, subject: str, *, what: str | None = None, since: datetime | None = None
) -> bool:
    """Whether an actor did anything, or this, by a consent in this matter, ever or `since`."""
    row = await db.fetch_one(
        "SELECT 1 FROM assistance_acts WHERE subject = $1 AND actor = $2"
        " AND consent_id IS NOT NULL AND ($3::text IS NULL OR what = $3::text)"
        " AND ($4::timestamptz IS NULL OR at >= $4) LIMIT 1",
        subject,
        actor,
        what,
        since,
    )
    return row is not None

"""Server-side sessions: an opaque token for the client, its hash in the database.

A token can be replaced (`replace_token`): the one before is worth nothing from then on. If it
comes back later all the same, it was copied, or the answer with the new one got lost: the session
ends, and whoever it belongs to signs in anew (RFC 9700, section 4.14.2, on rotation).
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import db
from app.core.together import Together

TOKEN_BYTES = 32
MOST_TOGETHER = 500
SEEN_EVERY = timedelta(hours=1)
"""How exact "last seen" is: one write an hour for a session, not one for each request."""
ON_ITS_WAY = timedelta(minutes=1)
"""For so long a replaced token may come back in requests that were on their way already."""


@dataclass(frozen=True)
class LiveSession:
    """A session that holds at the moment it was asked for."""

    id: UUID
    kind: str
    subject_id: UUID


@dataclass(frozen=True)
class SessionFacts:
    """A session as its owner sees it; `seen_at` is exact to `SEEN_EVERY`."""

    id: UUID
    device: str | None
    created_at: datetime
    seen_at: datetime | None
    expires_at: datetime


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def open_session(
    kind: str, subject_id: UUID, *, now: datetime, lifetime: timedelta, device: str | None = None
) -> tuple[str, datetime]:
    """Begin a session and return its token, which is shown this once, and when it ends.

    Args:
        device: what its owner will recognise it by, at most 60 characters.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = now + lifetime
    await db.execute(
        "INSERT INTO sessions (id, token_hash, kind, subject_id, created_at, expires_at, seen_at,"
        " device) VALUES ($1, $2, $3, $4, $5, $6, $5, $7)",
        db.new_id(),
        _hash(token),
        kind,
        subject_id,
        now,
        expires_at,
        device,
    )
    return token, expires_at


async def replace_token(
    token: str, *, now: datetime, lifetime: timedelta
) -> tuple[str, datetime] | None:
    """A new token for the session of this one, which is worth nothing from now on.

    Returns:
        The token and when it ends; None where the session has ended or another request has
        replaced its token a moment ago.
    """
    new = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = now + lifetime
    replaced = await db.fetch(
        "WITH replaced AS (UPDATE sessions SET token_hash = $2, expires_at = $3, seen_at = $4"
        "  WHERE token_hash = $1::bytea AND revoked_at IS NULL AND expires_at > $4 RETURNING id)"
        " INSERT INTO replaced_tokens (id, token_hash, session_id, replaced_at)"
        " SELECT $5, $1::bytea, id, $4 FROM replaced RETURNING session_id",
        _hash(token),
        _hash(new),
        expires_at,
        now,
        db.new_id(),
    )
    return (new, expires_at) if replaced else None


async def find(token: str, now: datetime) -> LiveSession | None:
    """The session of this token, unless it has ended, was revoked or never was.

    Those who ask at the same time share a round trip. It is made outside of any transaction.
    """
    return await _together.ask((_hash(token), now))


async def _find(asked: list[tuple[bytes, datetime]]) -> Sequence[LiveSession | None]:
    rows = await db.fetch(
        "SELECT q.n, q.now, s.id, s.kind, s.subject_id, s.seen_at"
        " FROM unnest($1::bytea[], $2::timestamptz[]) WITH ORDINALITY AS q(hash, now, n)"
        " JOIN sessions s ON s.token_hash = q.hash AND s.revoked_at IS NULL"
        " AND s.expires_at > q.now",
        [token_hash for token_hash, _ in asked],
        [now for _, now in asked],
    )
    found = {row["n"]: LiveSession(row["id"], row["kind"], row["subject_id"]) for row in rows}
    not_found = [asked[n - 1] for n in range(1, len(asked) + 1) if n not in found]
    if not_found:
        await _end_copied(not_found)
    stale = [row for row in rows if _is_stale(row["seen_at"], row["now"])]
    if stale:
        await _saw(stale)
    return [found.get(n) for n in range(1, len(asked) + 1)]


def _is_stale(seen_at: datetime | None, now: datetime) -> bool:
    return seen_at is None or seen_at <= now - SEEN_EVERY


async def _saw(rows: Sequence[dict[str, Any]]) -> None:
    """Note when these sessions were seen; those that somebody else writes at the moment are."""
    await db.execute(
        "WITH seen AS (SELECT id FROM sessions WHERE id = ANY($1::uuid[]) ORDER BY id"
        " FOR NO KEY UPDATE SKIP LOCKED)"
        " UPDATE sessions s SET seen_at = greatest(s.seen_at, $2) FROM seen WHERE s.id = seen.id",
        [row["id"] for row in rows],
        max(row["now"] for row in rows),
    )


async def _end_copied(asked: list[tuple[bytes, datetime]]) -> None:
    """End the sessions whose replaced tokens these are, long after they were replaced."""
    await db.execute(
        "UPDATE sessions s SET revoked_at = q.now, revoked_why = 'a replaced token came back'"
        " FROM unnest($1::bytea[], $2::timestamptz[]) AS q(hash, now)"
        " JOIN replaced_tokens r ON r.token_hash = q.hash AND r.replaced_at <= q.now - $3::interval"
        " WHERE s.id = r.session_id AND s.revoked_at IS NULL",
        [token_hash for token_hash, _ in asked],
        [now for _, now in asked],
        ON_ITS_WAY,
    )


_together: Together[tuple[bytes, datetime], LiveSession | None] = Together(_find, MOST_TOGETHER)


async def of_subject(kind: str, subject_id: UUID, now: datetime) -> list[SessionFacts]:
    """The sessions of one person that hold now, those that were seen last on top."""
    rows = await db.fetch(
        "SELECT id, device, created_at, seen_at, expires_at FROM sessions WHERE kind = $1"
        " AND subject_id = $2 AND revoked_at IS NULL AND expires_at > $3"
        " ORDER BY seen_at DESC NULLS LAST, id DESC",
        kind,
        subject_id,
        now,
    )
    return [SessionFacts(**row) for row in rows]


async def revoke(session_id: UUID, *, now: datetime, why: str) -> None:
    """End one session at once."""
    await db.execute(
        "UPDATE sessions SET revoked_at = $2, revoked_why = $3"
        " WHERE id = $1 AND revoked_at IS NULL",
        session_id,
        now,
        why,
    )


async def revoke_all(kind: str, subject_id: UUID, *, now: datetime, why: str) -> int:
    """End every session of one person at once; returns how many there were."""
    return await db.execute(
        "UPDATE sessions SET revoked_at = $3, revoked_why = $4"
        " WHERE kind = $1 AND subject_id = $2 AND revoked_at IS NULL AND expires_at > $3",
        kind,
        subject_id,
        now,
        why,
    )


async def forget_ended(now: datetime, keep: timedelta = timedelta(days=180)) -> int:
    """Delete sessions that ended longer ago than `keep` (Cybersecurity Law art. 21: 6 months)."""
    return await db.execute("DELETE FROM sessions WHERE expires_at < $1", now - keep)

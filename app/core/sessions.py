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
MOST_KNOWN = 10_000
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


@dataclass(frozen=True, slots=True)
class _Known:
    """A session that was not revoked in this version of its row; what is told of it then holds."""

    session: LiveSession
    version: int
    expires_at: datetime
    stale_at: datetime | None


_known: dict[bytes, _Known] = {}


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
    return await _together.begin((_hash(token), now))


# The version of a row (xmin) is another with whatever is written to it. What is as it was known
# costs no row; of a session that is gone there is none, which differs from any.
_CHANGED = (
    "SELECT q.hash, s.id, s.kind, s.subject_id, s.expires_at, s.seen_at,"
    " s.xmin::text::bigint AS version"
    " FROM unnest($1::bytea[], $2::bigint[]) AS q(hash, version)"
    " LEFT JOIN sessions s ON s.token_hash = q.hash AND s.revoked_at IS NULL"
    " WHERE s.xmin::text::bigint IS DISTINCT FROM q.version"
)


async def _find(asked: list[tuple[bytes, datetime]]) -> Sequence[LiveSession | None]:
    found = {token_hash: _known.get(token_hash) for token_hash, _ in asked}
    versions = [known.version if known else 0 for known in found.values()]
    for row in await db.fetch(_CHANGED, list(found), versions):
        found[row["hash"]] = _know(row)
    answers: list[LiveSession | None] = []
    ended, stale = [], []
    for token_hash, now in asked:
        known = found[token_hash]
        if known is None or known.expires_at <= now:
            answers.append(None)
            ended.append((token_hash, now))
            continue
        answers.append(known.session)
        if known.stale_at is None or known.stale_at <= now:
            stale.append({"id": known.session.id, "now": now})
    if ended:
        await _end_copied(ended)
    if stale:
        await _saw(stale)
    return answers


def _know(row: dict[str, Any]) -> _Known | None:
    """Remember a session's row as it is now, or that there is none."""
    if row["id"] is None:
        _known.pop(row["hash"], None)
        return None
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    seen_at = row["seen_at"]
    session = LiveSession(row["id"], row["kind"], row["subject_id"])
    stale_at = seen_at + SEEN_EVERY if seen_at else None
    known = _known[row["hash"]] = _Known(session, row["version"], row["expires_at"], stale_at)
    return known


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

"""Server-side sessions: an opaque token for the client, its hash in the database."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.core import db
from app.core.together import Together

TOKEN_BYTES = 32
MOST_TOGETHER = 500


@dataclass(frozen=True)
class LiveSession:
    """A session that holds at the moment it was asked for."""

    id: UUID
    kind: str
    subject_id: UUID


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def open_session(
    kind: str, subject_id: UUID, *, now: datetime, lifetime: timedelta
) -> tuple[str, datetime]:
    """Begin a session and return its token, which is shown this once, and when it ends."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = now + lifetime
    await db.execute(
        "INSERT INTO sessions (id, token_hash, kind, subject_id, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        db.new_id(),
        _hash(token),
        kind,
        subject_id,
        now,
        expires_at,
    )
    return token, expires_at


async def find(token: str, now: datetime) -> LiveSession | None:
    """The session of this token, unless it has ended, was revoked or never was.

    Those who ask at the same time share a round trip. It is made outside of any transaction.
    """
    return await _together.ask((_hash(token), now))


async def _find(asked: list[tuple[bytes, datetime]]) -> Sequence[LiveSession | None]:
    rows = await db.fetch(
        "SELECT q.n, s.id, s.kind, s.subject_id"
        " FROM unnest($1::bytea[], $2::timestamptz[]) WITH ORDINALITY AS q(hash, now, n)"
        " JOIN sessions s ON s.token_hash = q.hash AND s.revoked_at IS NULL"
        " AND s.expires_at > q.now",
        [token_hash for token_hash, _ in asked],
        [now for _, now in asked],
    )
    found = {row["n"]: LiveSession(row["id"], row["kind"], row["subject_id"]) for row in rows}
    return [found.get(n) for n in range(1, len(asked) + 1)]


_together: Together[tuple[bytes, datetime], LiveSession | None] = Together(_find, MOST_TOGETHER)


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

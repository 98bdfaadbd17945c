"""Reading messages: an applicant's own, and those about one thing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.core import db


async def inbox(
    citizen_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[dict[str, Any]]:
    """The applicant's messages, newest first, and one more than `limit`."""
    at, notice_id = after or (None, None)
    return await db.fetch(
        "SELECT id, kind, subject, title, body, page, created_at, read_at FROM notices"
        " WHERE citizen_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))"
        " ORDER BY created_at DESC, id DESC LIMIT $4",
        citizen_id,
        at,
        notice_id,
        limit + 1,
    )


async def unread(citizen_id: UUID) -> int:
    """How many of the applicant's messages are unread."""
    row = await db.fetch_one(
        "SELECT count(*) AS n FROM notices WHERE citizen_id = $1 AND read_at IS NULL", citizen_id
    )
    assert row is not None
    return int(row["n"])


async def of_subject(subject: str) -> list[dict[str, Any]]:
    """Every message about `subject`, oldest first."""
    return await db.fetch(
        "SELECT kind, title, body, created_at, read_at, wechat_state, wechat_error, wechat_at"
        " FROM notices WHERE subject = $1 ORDER BY created_at, id",
        subject,
    )

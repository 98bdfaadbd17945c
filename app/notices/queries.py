"""Reading messages: an applicant's own, those about one thing, and those that wait for a person."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core import db


async def inbox(
    citizen_ids: Collection[UUID], *, after: tuple[datetime, UUID] | None, limit: int
) -> list[dict[str, Any]]:
    """The messages to these accounts of one person, newest first, and one more than `limit`."""
    at, notice_id = after or (None, None)
    return await db.fetch(
        "SELECT id, kind, subject, title, body, page, created_at, read_at FROM notices"
        " WHERE citizen_id = ANY($1::uuid[])"
        " AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))"
        " ORDER BY created_at DESC, id DESC LIMIT $4",
        list(citizen_ids),
        at,
        notice_id,
        limit + 1,
    )


async def unread(citizen_ids: Collection[UUID]) -> int:
    """How many of the messages to these accounts of one person are unread."""
    row = await db.fetch_one(
        "SELECT count(*) AS n FROM notices WHERE citizen_id = ANY($1::uuid[]) AND read_at IS NULL",
        list(citizen_ids),
    )
    assert row is not None
    return int(row["n"])


async def of_subject(subject: str, halls: Collection[UUID] | None) -> list[dict[str, Any]]:
    """Every message about `subject`, oldest first, each with its text message, if it has one.

    Args:
        halls: only messages of these halls; None: of all.
    """
    return await db.fetch(
        "SELECT n.id, n.kind, n.title, n.body, n.created_at, n.read_at, n.key, n.neutral,"
        " n.wechat_state, n.wechat_error, n.wechat_at, n.wechat_tries,"
        " t.key AS text_key, t.state AS text_state, t.error AS text_error, t.tried_at AS text_at,"
        " t.tries AS text_tries, t.segments, t.template, t.words, t.created_at AS text_created_at"
        " FROM (SELECT * FROM notices WHERE subject = $1 AND ($2::uuid[] IS NULL"
        "  OR hall_id = ANY($2))) n FULL JOIN (SELECT * FROM texts WHERE subject = $1"
        "  AND ($2::uuid[] IS NULL OR hall_id = ANY($2))) t ON t.notice_id = n.id"
        " ORDER BY coalesce(n.created_at, t.created_at), n.id, t.id",
        subject,
        None if halls is None else list(halls),
    )


async def to_send(notice_id: UUID) -> dict[str, Any] | None:
    """What sending a message through WeChat needs."""
    return await db.fetch_one(
        "SELECT id, citizen_id, kind, key, subject, hall_id, page, data::text AS data, deadline,"
        " created_at, wechat_state, wechat_at, wechat_error, wechat_failures, neutral"
        " FROM notices WHERE id = $1",
        notice_id,
    )


async def open_cases(citizen_ids: Collection[UUID]) -> tuple[int, int]:
    """How many things these accounts were told are submitted, and not yet: that they are ready;
    that they can be rated.
    """
    row = await db.fetch_one(
        "SELECT count(*) FILTER (WHERE NOT ready) AS to_get, count(*) FILTER (WHERE NOT rate)"
        " AS to_rate FROM (SELECT subject, bool_or(kind = 'submitted') AS submitted,"
        "  bool_or(kind = 'ready') AS ready, bool_or(kind = 'rate') AS rate FROM notices"
        "  WHERE citizen_id = ANY($1::uuid[]) GROUP BY subject) s WHERE submitted",
        list(citizen_ids),
    )
    assert row is not None
    return int(row["to_get"]), int(row["to_rate"])


_LETTERS = (
    "SELECT id, 'wechat' AS way, kind, title, subject, hall_id, key, wechat_state AS state,"
    " wechat_error AS error, wechat_tries AS tries, wechat_at AS tried_at, created_at FROM notices"
    " WHERE wechat_state IN ('dead', 'doubtful') UNION ALL"
    " SELECT id, 'sms', template, '短信', subject, hall_id, key, state, error, tries, tried_at,"
    " created_at FROM texts WHERE state IN ('dead', 'doubtful')"
)


async def letters(
    halls: Collection[UUID], *, after: tuple[datetime, UUID] | None, limit: int
) -> list[dict[str, Any]]:
    """The dead letters of these halls, oldest first, and one more than `limit`."""
    at, letter_id = after or (None, None)
    return await db.fetch(
        f"SELECT * FROM ({_LETTERS}) l WHERE hall_id = ANY($1::uuid[])"  # noqa: S608 - constant
        " AND ($2::timestamptz IS NULL OR (created_at, id) > ($2, $3::uuid))"
        " ORDER BY created_at, id LIMIT $4",
        list(halls),
        at,
        letter_id,
        limit + 1,
    )

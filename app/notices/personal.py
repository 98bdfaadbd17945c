"""What is kept of a person's messages, for their rights to it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.citizens.service import Share
from app.core import db
from app.core.acts import Act

OF_CASES = "case:"
"""Messages about a case are part of its file: they show that the applicant was told in time."""
_PARTS = {
    "messages": (
        "SELECT subject, title, body, created_at, read_at, wechat_state, wechat_at FROM notices"
        " WHERE citizen_id = ANY($1::uuid[]) ORDER BY created_at, id"
    ),
    "texts": (
        "SELECT subject, words, created_at, state, tried_at FROM texts"
        " WHERE citizen_id = ANY($1::uuid[]) ORDER BY created_at, id"
    ),
    "subscriptions": (
        "SELECT template_id, word, remaining, updated_at FROM subscriptions"
        " WHERE citizen_id = ANY($1::uuid[]) ORDER BY id"
    ),
}
_FORGOTTEN = (
    "DELETE FROM texts WHERE citizen_id = ANY($1::uuid[]) AND NOT starts_with(subject, $2)",
    "DELETE FROM texts WHERE notice_id IN (SELECT id FROM notices"
    " WHERE citizen_id = ANY($1::uuid[]) AND NOT starts_with(subject, $2))",
    "DELETE FROM notices WHERE citizen_id = ANY($1::uuid[]) AND NOT starts_with(subject, $2)",
)


async def _export(act: Act, citizen_ids: Sequence[UUID]) -> dict[str, Any]:  # noqa: ARG001
    return {name: await db.fetch(sql, list(citizen_ids)) for name, sql in _PARTS.items()}


async def _forget(act: Act, citizen_ids: Sequence[UUID]) -> None:
    ids = list(citizen_ids)
    async with act.transaction():
        for sql in _FORGOTTEN:
            await db.execute(sql, ids, OF_CASES)
        await db.execute("DELETE FROM subscriptions WHERE citizen_id = ANY($1::uuid[])", ids)


SHARE = Share("messages", _export, _forget)

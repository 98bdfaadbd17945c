"""What is kept of a person's messages, for their rights to it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.citizens.service import Share
from app.core import db
from app.core.acts import Act

OF_CASES = "case:"
"""Messages about a case are part of its file: they show that the applicant was told in time."""


async def _export(act: Act, citizen_ids: Sequence[UUID]) -> list[dict[str, Any]]:  # noqa: ARG001
    return await db.fetch(
        "SELECT subject, title, body, created_at, read_at, wechat_state, wechat_at FROM notices"
        " WHERE citizen_id = ANY($1::uuid[]) ORDER BY created_at, id",
        list(citizen_ids),
    )


async def _forget(act: Act, citizen_ids: Sequence[UUID]) -> None:
    async with act.transaction():
        for table in ("texts", "notices"):
            await db.execute(
                f"DELETE FROM {table} WHERE citizen_id = ANY($1::uuid[])"  # noqa: S608 - constants
                " AND NOT starts_with(subject, $2)",
                list(citizen_ids),
                OF_CASES,
            )
        await db.execute(
            "DELETE FROM subscriptions WHERE citizen_id = ANY($1::uuid[])", list(citizen_ids)
        )


SHARE = Share("messages", _export, _forget)

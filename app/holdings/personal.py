"""What is kept of what a person handed in or got before, for their rights to it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.citizens.service import Share
from app.core import db
from app.core.acts import Act

_OWN = "owner_id = ANY($1::uuid[]) AND enterprise_id IS NULL"


async def _export(act: Act, citizen_ids: Sequence[UUID]) -> list[dict[str, Any]]:  # noqa: ARG001
    return await db.fetch(
        "SELECT name, type, source, number, valid_from::text, valid_until::text, from_subject,"  # noqa: S608
        f" created_at, forgotten_at FROM holdings WHERE {_OWN} ORDER BY id",
        list(citizen_ids),
    )


async def _forget(act: Act, citizen_ids: Sequence[UUID]) -> None:
    """None of it is offered again; where it was used it stays with that application."""
    async with act.transaction() as tx:
        rows = await db.fetch(
            f"UPDATE holdings SET forgotten_at = $2 WHERE {_OWN} AND forgotten_at IS NULL"  # noqa: S608
            " RETURNING id",
            list(citizen_ids),
            act.at,
        )
        for row in rows:
            tx.audit("holding.forgotten", f"holding:{row['id']}")


SHARE = Share("handed_in_before", _export, _forget)

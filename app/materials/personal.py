"""What is kept of a person's photos, for their rights to it; the pictures themselves they have."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.citizens.service import Share
from app.core import db
from app.core.acts import Act
from app.materials.forgetting import drop


async def _export(act: Act, citizen_ids: Sequence[UUID]) -> list[dict[str, Any]]:  # noqa: ARG001
    return await db.fetch(
        "SELECT id, filename, created_at, attached_at IS NOT NULL AS in_an_application"
        " FROM materials WHERE owner_id = ANY($1::uuid[]) ORDER BY id",
        list(citizen_ids),
    )


async def _forget(act: Act, citizen_ids: Sequence[UUID]) -> None:
    """What was handed in with an application stays with it; no link opens it any more."""
    async with act.transaction():
        await db.execute(
            "UPDATE materials SET links_from = greatest(links_from, $2)"
            " WHERE owner_id = ANY($1::uuid[])",
            list(citizen_ids),
            act.at,
        )
        rows = await db.fetch(
            "SELECT id FROM materials WHERE owner_id = ANY($1::uuid[]) AND attached_at IS NULL"
            " ORDER BY id",
            list(citizen_ids),
        )
        for row in rows:
            await drop(act, row["id"], "material.forgotten")


SHARE = Share("photos", _export, _forget)

"""What is kept of the checks of a person's texts and photos, for their rights to it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.citizens.service import Share
from app.core import db
from app.core.acts import Act


async def _export(act: Act, citizen_ids: Sequence[UUID]) -> list[dict[str, Any]]:  # noqa: ARG001
    return await db.fetch(
        "SELECT subject, kind, state, label, created_at, judged_at FROM content_checks"
        " WHERE citizen_id = ANY($1::uuid[]) ORDER BY id",
        list(citizen_ids),
    )


async def _forget(act: Act, citizen_ids: Sequence[UUID]) -> None:
    """The verdicts stay, without whose they are; what still waits cannot be asked about then."""
    async with act.transaction():
        await db.execute(
            "UPDATE content_checks SET citizen_id = NULL WHERE citizen_id = ANY($1::uuid[])",
            list(citizen_ids),
        )


SHARE = Share("content_checks", _export, _forget)

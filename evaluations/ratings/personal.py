"""What is kept of a person's ratings, for their rights to it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.citizens.service import Share
from app.core import db
from app.core.acts import Act


async def _export(act: Act, citizen_ids: Sequence[UUID]) -> list[dict[str, Any]]:  # noqa: ARG001
    return await db.fetch(
        "SELECT s.item_name, s.project_no, r.level, r.tags, r.comment, r.received_at,"
        " u.comment AS supplement FROM ratings r JOIN services s ON s.id = r.service_id"
        " LEFT JOIN rating_supplements u ON u.rating_id = r.id"
        " WHERE r.citizen_id = ANY($1::uuid[]) ORDER BY r.id",
        list(citizen_ids),
    )


async def _forget(act: Act, citizen_ids: Sequence[UUID]) -> None:
    """A rating is never deleted; of whoever gave it nothing is left but an account's number."""


SHARE = Share("ratings", _export, _forget)

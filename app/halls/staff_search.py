"""Finding staff by what is on their sign."""

from collections.abc import Sequence
from uuid import UUID

from app.core import db


async def called(hall_ids: Sequence[UUID], name_or_number: str) -> list[UUID]:
    """The staff of these halls of this name or number, those who left included."""
    rows = await db.fetch(
        "SELECT id FROM staff WHERE hall_id = ANY($1::uuid[]) AND (name = $2 OR number = $2)"
        " ORDER BY id",
        list(hall_ids),
        name_or_number.strip(),
    )
    return [row["id"] for row in rows]

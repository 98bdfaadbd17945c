"""What a holding needs of the photos that it shows."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from app.core import db


async def let_go(material_ids: Collection[UUID], today: date) -> int:
    """Take these photos out of holdings that are over, in the caller's transaction.

    A holding that is still valid keeps its photos. Returns in how many places they stood.
    """
    return await db.execute(
        "DELETE FROM holding_materials m USING holdings h"
        " WHERE h.id = m.holding_id AND m.material_id = ANY($1::uuid[])"
        " AND (h.revoked_at IS NOT NULL OR h.forgotten_at IS NOT NULL OR h.valid_until < $2)",
        sorted(material_ids),
        today,
    )

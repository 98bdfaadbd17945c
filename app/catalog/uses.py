"""How often each item is applied for: what "most used" means."""

from collections.abc import Mapping
from uuid import UUID

from app.catalog import shelf
from app.core import db
from app.core.acts import Act


async def record_uses(act: Act, counts: Mapping[UUID, int]) -> None:
    """Note how often these items were applied for, in the place of what was noted before.

    Items that are not named keep their count; name those with 0 that are used no more. Ids of no
    item are passed over.
    """
    async with act.transaction() as tx:
        written = await db.execute(
            "INSERT INTO item_uses (item_id, count, counted_at)"
            " SELECT i.id, given.count, $3 FROM unnest($1::uuid[], $2::int[]) AS given (id, count)"
            " JOIN items i ON i.id = given.id ORDER BY i.id"
            " ON CONFLICT (item_id) DO UPDATE SET count = EXCLUDED.count,"
            " counted_at = EXCLUDED.counted_at",
            list(counts),
            list(counts.values()),
            act.at,
        )
        if written:
            tx.after_commit(lambda: shelf.changed(act))

"""Keeping the search's index: an entry for each published item, written with its publication."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.catalog import search
from app.catalog.models import ItemVersion
from app.core import db
from app.core.acts import Act

BATCH = 200


async def enter(rows: Sequence[ItemVersion]) -> None:
    """Index these published versions in the place of what their items said before."""
    await _write([(row.item_id, row.id, row.search_text, row.name, row.group_name) for row in rows])


async def leave(item_id: UUID) -> None:
    """An item is published no more."""
    await db.execute("DELETE FROM item_index WHERE item_id = $1", item_id)


async def refresh(act: Act) -> int:
    """Index anew what an older edition of the search has indexed; returns how many items."""
    done = 0
    while True:
        async with act.transaction():
            rows = await db.fetch(
                "SELECT v.item_id, v.id, v.search_text, v.name, v.group_name FROM item_index x"
                " JOIN item_versions v ON v.id = x.version_id WHERE x.edition < $1"
                " ORDER BY v.item_id LIMIT $2 FOR UPDATE OF x",
                search.EDITION,
                BATCH,
            )
            await _write([tuple(row.values()) for row in rows])
        done += len(rows)
        if len(rows) < BATCH:
            return done


async def _write(rows: Sequence[tuple[Any, ...]]) -> None:
    found = [search.index_of(name, group) for *_, name, group in rows]
    await db.execute(
        "INSERT INTO item_index (item_id, version_id, edition, words, name, sound, initials)"
        " SELECT item_id, version_id, $1, words, name, sound, initials FROM unnest("
        "$2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])"
        " AS given (item_id, version_id, words, name, sound, initials)"
        " ON CONFLICT (item_id) DO UPDATE SET version_id = EXCLUDED.version_id,"
        " edition = EXCLUDED.edition, words = EXCLUDED.words, name = EXCLUDED.name,"
        " sound = EXCLUDED.sound, initials = EXCLUDED.initials",
        search.EDITION,
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
        [index.name for index in found],
        [index.sound for index in found],
        [index.initials for index in found],
    )

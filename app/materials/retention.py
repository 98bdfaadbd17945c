"""Deleting photos of applications for good, once nothing needs them any more.

Which applications that are is a rule of theirs (`app.cases.retention`); here is how.
"""

import functools
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from app.core import db
from app.core.acts import Act
from app.materials import vault

StillNeeded = Callable[[Collection[str]], Awaitable[set[str]]]
"""Told subjects ("case:…"), answers those whose data something open still needs."""


@dataclass(frozen=True)
class Holds:
    """What keeps data beyond their time, from the features that can. `app.server` puts one in."""

    of: tuple[StillNeeded, ...]

    async def on(self, subjects: Collection[str]) -> set[str]:
        """Those of `subjects` that something still needs."""
        held: set[str] = set()
        for still_needed in self.of:
            held |= await still_needed(subjects)
        return held


async def shred(act: Act, ids: Collection[UUID], verb: str) -> int:
    """Delete those of these materials that nothing refers to; returns how many.

    With a picture's row goes its key, so that neither the storage nor a backup of it opens it.
    """
    gone = 0
    async with act.transaction() as tx:
        rows = await db.fetch(
            "SELECT id, digest FROM materials WHERE id = ANY($1::uuid[]) ORDER BY digest, id",
            sorted(ids),
        )
        # The picture first, as everybody does who changes both.
        for row in rows:
            await db.fetch("SELECT 1 FROM pictures WHERE digest = $1 FOR UPDATE", row["digest"])
        await db.fetch(
            "SELECT 1 FROM materials WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", sorted(ids)
        )
        needed = await referred(ids)
        for row in rows:
            if row["id"] in needed:
                continue
            await db.execute("DELETE FROM materials WHERE id = $1", row["id"])
            tx.audit(verb, f"material:{row['id']}")
            gone += 1
            removed = await db.fetch(
                "DELETE FROM pictures p WHERE digest = $1 AND NOT EXISTS"
                " (SELECT FROM materials m WHERE m.digest = p.digest) RETURNING stored_as",
                row["digest"],
            )
            for picture in removed:
                tx.after_commit(functools.partial(vault.remove, act.house, picture["stored_as"]))
    return gone


async def referred(ids: Collection[UUID]) -> set[UUID]:
    """Those of these materials to which a row of any table refers that would not go with them.

    The tables are asked of the database itself, so that a new one is not forgotten here.
    """
    tables = await db.fetch(
        "SELECT format('SELECT %1$I AS id FROM %2$s WHERE %1$I = ANY($1::uuid[])', a.attname,"
        " c.conrelid::regclass) AS sql FROM pg_constraint c JOIN pg_attribute a"
        " ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.contype = 'f'"
        " AND c.confrelid = 'materials'::regclass AND c.confdeltype <> 'c'"
    )
    asked = " UNION ".join(table["sql"] for table in tables)
    return {row["id"] for row in await db.fetch(asked, sorted(ids))}

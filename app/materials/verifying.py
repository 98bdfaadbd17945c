"""Whether every material can still be shown: its objects are there, open, and are what was kept."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal, NamedTuple
from uuid import UUID

from app.core import db
from app.core.acts import Act
from app.core.privacy import Unsealable
from app.core.storage import Missing
from app.materials import rules, vault
from app.materials.rules import SIZES
from app.materials.taking import DIGEST

BATCH = 200
Fault = Literal["missing", "damaged", "locked", "orphan"]
"""An object that is not there; one that was altered or is not what was kept; a row whose key does
not open; objects that no row knows."""


class Faulty(NamedTuple):
    """One picture, or one stray set of objects, with what is wrong."""

    fault: Fault
    stored_as: UUID
    materials: int
    """How many materials show it."""


class Verified(NamedTuple):
    """What a check has looked at, and what it found."""

    pictures: int
    faults: list[Faulty]


async def verify(
    act: Act,
    sample: float = 1.0,
    progress: Callable[[int], Awaitable[None]] | None = None,
) -> Verified:
    """Read the objects of every picture, or of a random share of them, and look for stray ones.

    Changes nothing, and can run while the server works: what is sent or deleted meanwhile is no
    fault. It opens pictures, shows none and tells nothing of what is on them.

    Args:
        sample: the share of pictures that are opened, above 0, at most 1.
        progress: told how many pictures have been looked at.

    Raises:
        StorageDown: the storage does not answer.
    """
    looked_at, faults = 0, []
    async for row in _pictures():
        if sample < 1 and random.random() >= sample:  # noqa: S311 - a sample, not a secret
            continue
        looked_at += 1
        fault = await _fault_of(act, row)
        # Whoever deletes a picture deletes its row first.
        if fault and await _is_there(row["stored_as"]):
            faults.append(Faulty(fault, row["stored_as"], row["materials"]))
        if progress and looked_at % BATCH == 0:
            await progress(looked_at)
    faults += [Faulty("orphan", name, 0) for name in await _orphans(act)]
    return Verified(looked_at, faults)


async def _pictures() -> AsyncIterator[dict[str, Any]]:
    after = UUID(int=0)
    while rows := await db.fetch(
        "SELECT p.digest, p.stored_as, p.data_key, p.pages,"
        " (SELECT count(*) FROM materials m WHERE m.digest = p.digest) AS materials"
        " FROM pictures p WHERE p.stored_as > $1 ORDER BY p.stored_as LIMIT $2",
        after,
        BATCH,
    ):
        for row in rows:
            yield row
        after = rows[-1]["stored_as"]


async def _fault_of(act: Act, row: dict[str, Any]) -> Fault | None:
    kept, digest = vault.kept_of(row), hashlib.sha256()
    if not vault.opens(act.house, kept):
        return "locked"
    try:
        for page in range(1, row["pages"] + 1):
            for size in SIZES:
                jpeg = await vault.read(act.house, kept, size, page)
                if size == "display":
                    digest.update(jpeg)
    except Missing:
        return "missing"
    except Unsealable:
        return "damaged"
    known = act.house.keyring.indexes(digest.hexdigest(), DIGEST)
    return None if bytes(row["digest"]) in known else "damaged"


async def _is_there(stored_as: UUID) -> bool:
    return bool(await db.fetch_one("SELECT 1 FROM pictures WHERE stored_as = $1", stored_as))


async def _orphans(act: Act) -> list[UUID]:
    """Sets of objects without a row that are too old for their upload to be under way."""
    found: set[UUID] = set()
    async for name in vault.names(act.house):
        if rules.may_be_orphan(name, act.at):
            found.add(name)
    names, strays = sorted(found), []
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        rows = await db.fetch(
            "SELECT stored_as FROM pictures WHERE stored_as = ANY($1::uuid[])", batch
        )
        known = {row["stored_as"] for row in rows}
        strays += [name for name in batch if name not in known]
        await asyncio.sleep(0)
    return strays

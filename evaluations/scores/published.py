"""What was published: read by everybody, and verified."""

from typing import Any
from uuid import UUID

import msgspec

from app.core.errors import NotFound
from app.core.house import House
from app.core.privacy import Keyring
from app.halls import service as halls
from evaluations.scores import documents, queries
from evaluations.scores.documents import Kept, PublishedFigures
from evaluations.scores.periods import month_text
from evaluations.scores.publication import month_asked
from evaluations.scores.publication_schemas import (
    PublishedList,
    PublishedMonth,
    PublishedRowShown,
    PublishedTotal,
    Verification,
)


async def published_list(hall_id: UUID) -> PublishedList:
    """What a hall has published, for everybody. Raises NotFound if there is no such hall."""
    hall = await halls.hall(hall_id)
    return PublishedList(
        hall_id=hall_id,
        hall_name=hall.name,
        items=[
            PublishedRowShown(
                month=month_text(row["month"]),
                seq=row["seq"],
                digest=row["digest"].hex(),
                published_at=row["published_at"],
            )
            for row in await queries.published_months(hall_id)
        ],
    )


async def history(hall_id: UUID, most: int) -> list[PublishedTotal]:
    """The totals of the months that a hall published, the newest first, at most so many."""
    return [_total(row) for row in await queries.published_totals(hall_id, most)]


async def latest() -> list[PublishedTotal]:
    """The newest published month of every hall that has published one."""
    return [_total(row) for row in await queries.published_totals(None, 1)]


def _total(row: dict[str, Any]) -> PublishedTotal:
    return PublishedTotal(
        hall_id=row["hall_id"],
        month=month_text(row["month"]),
        published_at=row["published_at"],
        total=msgspec.json.decode(row["total"], type=PublishedFigures | None),
    )


async def _published(hall_id: UUID, month: str) -> dict[str, Any]:
    row = await queries.published(hall_id, month_asked(month).first)
    if row is None:
        raise NotFound("这个月的结果没有公布。")
    return row


async def published_month(hall_id: UUID, month: str) -> PublishedMonth:
    """A published month, for everybody. Raises NotFound."""
    row = await _published(hall_id, month)
    return PublishedMonth(
        document=documents.document_of(row["content"]),
        content=row["content"],
        digest=row["digest"].hex(),
        signature=row["mac"].hex(),
        key_id=row["key_id"],
    )


async def verification(house: House, hall_id: UUID, month: str) -> Verification:
    """Whether a published month is still what was published, for everybody. Raises NotFound."""
    row = await _published(hall_id, month)
    beside = {other["seq"]: other for other in await queries.neighbours(hall_id, row["seq"])}
    before, after = beside.get(row["seq"] - 1), beside.get(row["seq"] + 1)
    found = documents.faults(
        _kept(row),
        _kept(before) if before else None,
        _kept(after) if after else None,
        house.keyring,
    )
    return Verification(
        hall_id=hall_id,
        month=month,
        digest=row["digest"].hex(),
        holds=not found,
        faults=found,
    )


def _kept(row: dict[str, Any]) -> Kept:
    return Kept(
        row["seq"], row["content"], row["previous"], row["digest"], row["key_id"], row["mac"]
    )


async def verify_published(keyring: Keyring) -> list[str]:
    """What does not hold of anything that was ever published; a line for each fault."""
    found = []
    for hall_id in await queries.halls_that_published():
        rows = await queries.chain(hall_id)
        chain = [None, *(_kept(row) for row in rows), None]
        for row, before, kept, after in zip(rows, chain, chain[1:], chain[2:], strict=False):
            assert kept is not None
            found += [
                f"{hall_id} {month_text(row['month'])}: {fault}"
                for fault in documents.faults(kept, before, after, keyring)
            ]
    return found

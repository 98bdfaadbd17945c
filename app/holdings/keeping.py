"""Keeping what may serve again: what was accepted with an application, and what was issued."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.catalog.guide import Requirement
from app.core import db
from app.core.acts import Act
from app.holdings import queries
from app.holdings.rules import Source, kept_until, material_type, type_of


@dataclass(frozen=True)
class Certificate:
    """A document that a hall issued: what is kept of it. The last day None: without one."""

    document_id: UUID
    type: str
    name: str
    number: str
    valid_until: date | None


async def keep_supplied(
    act: Act,
    owner_id: UUID,
    enterprise_id: UUID | None,
    subject: str,
    supplied: Sequence[tuple[Requirement, Sequence[UUID]]],
) -> None:
    """Keep what came with an application that is accepted now, where it may serve again.

    Its days count from today, the first time that it was accepted: a picture that was used again
    does not become young by that. Joins the act's transaction; a repeat changes nothing.

    Args:
        supplied: each requirement with the materials that were supplied for it.
    """
    lasting = [(line, ids) for line, ids in supplied if line.valid_days > 0 and ids]
    if not lasting:
        return
    since = await queries.first_given([found for _, ids in lasting for found in ids])
    async with act.transaction():
        for line, ids in lasting:
            before = [since[found] for found in ids if found in since]
            if len(before) == len(ids):
                continue  # all of it is held already
            given = min([act.today, *before])
            holding_id = await _keep(
                act,
                owner_id=owner_id,
                enterprise_id=enterprise_id,
                type=type_of(line),
                name=line.name,
                source=Source.SUPPLIED,
                requirement=line.code,
                valid_from=given,
                valid_until=kept_until(given, line.valid_days),
                from_subject=subject,
            )
            if holding_id is not None:
                await _keep_pictures(holding_id, ids)


async def keep_issued(
    act: Act, owner_id: UUID, enterprise_id: UUID | None, subject: str, issued: Certificate
) -> None:
    """Keep a certificate that is issued now, for its holder to use again as a material."""
    async with act.transaction():
        await _keep(
            act,
            owner_id=owner_id,
            enterprise_id=enterprise_id,
            type=material_type(issued.type or issued.name),
            name=issued.name,
            source=Source.ISSUED,
            document_id=issued.document_id,
            number=issued.number,
            valid_from=act.today,
            valid_until=issued.valid_until,
            from_subject=subject,
        )


async def _keep(act: Act, **values: Any) -> UUID | None:
    """Enter a holding; None where it is there already."""
    given = {"id": db.new_id(), "created_at": act.at} | values
    places = ", ".join(f"${number}" for number in range(1, len(given) + 1))
    made = await db.fetch(
        f"INSERT INTO holdings ({', '.join(given)}) VALUES ({places})"  # noqa: S608 - own names
        " ON CONFLICT DO NOTHING RETURNING id",
        *given.values(),
    )
    if not made:
        return None
    found: UUID = made[0]["id"]
    async with act.transaction() as tx:
        tx.audit("holding.kept", f"holding:{found}", of=str(given["from_subject"]))
    return found


async def _keep_pictures(holding_id: UUID, ids: Sequence[UUID]) -> None:
    for position, material_id in enumerate(dict.fromkeys(ids), 1):
        await db.execute(
            "INSERT INTO holding_materials (id, holding_id, material_id, position)"
            " VALUES ($1, $2, $3, $4)",
            db.new_id(),
            holding_id,
            material_id,
            position,
        )


async def revoke(act: Act, subject: str, why: str) -> int:
    """End what came with, or of, an application that was revoked: none of it is offered again.

    Returns:
        How many holdings it were. A repeat changes nothing.
    """
    async with act.transaction() as tx:
        ended = await db.fetch(
            "UPDATE holdings SET revoked_at = $2, revoked_why = $3"
            " WHERE from_subject = $1 AND revoked_at IS NULL RETURNING id",
            subject,
            act.at,
            why[:500],
        )
        for row in ended:
            tx.audit("holding.revoked", f"holding:{row['id']}", of=subject)
    return len(ended)

"""Reading holdings: what serves for an application, and what an owner has, with its pictures."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.catalog import service as catalog
from app.catalog.guide import Requirement
from app.core.acts import Act
from app.core.errors import NotFound
from app.core.wire import File, Page, after_id, page
from app.documents import service as documents
from app.holdings import queries
from app.holdings.owners import owner_asked_for, owner_of, record_reading
from app.holdings.queries import Owner
from app.holdings.rules import Held, Source, serves_until, type_of, unfit
from app.holdings.schemas import (
    HoldingOffered,
    HoldingPicture,
    HoldingShown,
    HoldingsQuery,
    HoldingUseShown,
    OwnerQuery,
    PictureQuery,
    RequirementReusable,
    ReusableQuery,
    ReusableShown,
)
from app.materials import service as materials
from app.materials.rules import Size


@dataclass(frozen=True)
class Offered:
    """A holding that serves for a requirement today, until `valid_until` (None: no last day)."""

    id: UUID
    name: str
    source: Source
    given_on: date
    valid_until: date | None
    number: str | None
    document_id: UUID | None
    material_ids: tuple[UUID, ...]


def no_such_holding() -> NotFound:
    """What everybody gets who asks for a holding that is not there or not theirs."""
    return NotFound("没有找到这份以前提交过的材料。")


def held_of(row: dict[str, Any], ended: Collection[UUID]) -> Held:
    """What decides whether a holding serves; `ended` are certificates that were revoked."""
    return Held(
        type=row["type"],
        source=Source(row["source"]),
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        revoked=row["revoked_at"] is not None or row["document_id"] in ended,
        forgotten=row["forgotten_at"] is not None,
    )


async def offered(
    act: Act, citizen_id: UUID, enterprise_id: UUID | None, requirements: Sequence[Requirement]
) -> dict[str, list[Offered]]:
    """What this citizen, or this enterprise, has that serves today, by requirement, newest first.

    Requirements for which there is nothing are left out. Without an access check: the caller has
    made sure that whoever asks acts for them.
    """
    return await _offered(act, await owner_of(citizen_id, enterprise_id), requirements)


async def _offered(
    act: Act, owner: Owner, requirements: Sequence[Requirement]
) -> dict[str, list[Offered]]:
    rows = await queries.offered(owner, {type_of(line) for line in requirements}, act.today)
    ended = await revoked_of(rows)
    found = {
        line.code: [
            _one_offered(row, serves_until(held_of(row, ended), line))
            for row in rows
            if unfit(held_of(row, ended), line, act.today) is None
        ]
        for line in requirements
    }
    return {code: listed for code, listed in found.items() if listed}


async def revoked_of(rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """The certificates among these holdings that the hall has revoked since."""
    ids = [row["document_id"] for row in rows if row["document_id"] is not None]
    return await documents.revoked(ids) if ids else set()


def _one_offered(row: dict[str, Any], until: date | None) -> Offered:
    return Offered(
        id=row["id"],
        name=row["name"],
        source=Source(row["source"]),
        given_on=row["valid_from"],
        valid_until=until,
        number=row["number"],
        document_id=row["document_id"],
        material_ids=tuple(row["material_ids"]),
    )


async def reusable(act: Act, item_id: UUID, query: ReusableQuery) -> ReusableShown:
    """What need not be supplied again for an item; recorded where it is another's.

    Raises:
        NotFound: the item is not offered. All that `owner_asked_for` raises.
    """
    owner = await owner_asked_for(act, query.enterprise_id, query.consent_id, item_id)
    await record_reading(act, owner, "holdings.read", f"item:{item_id}")
    item = await catalog.published(item_id)
    found = await _offered(act, owner, item.guide.materials)
    return ReusableShown(
        item_id=item.item_id,
        version_id=item.version_id,
        requirements=lines_of(item.guide.materials, found),
    )


def lines_of(
    requirements: Sequence[Requirement], found: dict[str, list[Offered]], *, to_owner: bool = True
) -> list[RequirementReusable]:
    """What is offered for each line of a material list.

    Args:
        to_owner: with the addresses of pictures and certificates, which only the owner can open.
    """
    return [
        RequirementReusable(
            requirement=line.code,
            name=line.name,
            satisfied=line.code in found,
            holdings=[_offer(one, to_owner=to_owner) for one in found.get(line.code, [])],
        )
        for line in requirements
    ]


def _offer(one: Offered, *, to_owner: bool) -> HoldingOffered:
    return HoldingOffered(
        id=one.id,
        name=one.name,
        source=one.source,
        given_on=one.given_on,
        valid_until=one.valid_until,
        number=one.number,
        pictures=_pictures(one.id, one.material_ids) if to_owner else [],
        certificate=_certificate(one.id, one.document_id) if to_owner else None,
    )


def _pictures(holding_id: UUID, ids: Sequence[UUID]) -> list[HoldingPicture]:
    address = f"/api/v1/holdings/{holding_id}/pictures"
    return [
        HoldingPicture(
            material_id=found,
            thumbnail=f"{address}/{found}/thumbnail",
            display=f"{address}/{found}/display",
        )
        for found in ids
    ]


def _certificate(holding_id: UUID, document_id: UUID | None) -> str | None:
    return f"/api/v1/holdings/{holding_id}/certificate.pdf" if document_id else None


async def mine(act: Act, query: HoldingsQuery) -> Page[HoldingShown]:
    """All that the caller, or whom they act for, has given or got, newest first."""
    owner = await owner_asked_for(act, query.enterprise_id)
    rows = await queries.of_owner(owner, after_id(query), query.limit)
    uses = await queries.uses([row["id"] for row in rows])
    ended = await revoked_of(rows)
    return page(rows, query.limit, lambda row: _shown(act, row, uses, ended), lambda r: (r["id"],))


def _shown(
    act: Act, row: dict[str, Any], uses: dict[UUID, list[dict[str, Any]]], ended: set[UUID]
) -> HoldingShown:
    held = held_of(row, ended)
    over = held.valid_until is not None and held.valid_until < act.today
    return HoldingShown(
        id=row["id"],
        name=row["name"],
        source=held.source,
        given_on=held.valid_from,
        valid_until=held.valid_until,
        number=row["number"],
        from_subject=row["from_subject"],
        usable=not (held.revoked or over),
        revoked_at=row["revoked_at"],
        revoked_why=row["revoked_why"],
        pictures=_pictures(row["id"], row["material_ids"]),
        certificate=_certificate(row["id"], row["document_id"]),
        uses=[
            HoldingUseShown(
                subject=use["subject"],
                requirement=use["requirement"],
                consented_at=use["consented_at"],
            )
            for use in uses.get(row["id"], [])
        ],
    )


async def show(act: Act, holding_id: UUID, query: OwnerQuery) -> HoldingShown:
    """One holding with every use of it. Raises NotFound for what is not the caller's to see."""
    row = await one_of_mine(act, holding_id, query)
    uses = await queries.uses([row["id"]])
    return _shown(act, row, uses, await revoked_of([row]))


async def one_of_mine(act: Act, holding_id: UUID, query: OwnerQuery) -> dict[str, Any]:
    """The row of a holding of the caller's, or of whom they act for. Raises NotFound."""
    owner = await owner_asked_for(act, query.enterprise_id)
    row = await queries.one(owner, holding_id)
    if row is None:
        raise no_such_holding()
    return row


async def picture(
    act: Act, holding_id: UUID, material_id: UUID, size: Size, query: PictureQuery
) -> File:
    """A picture of a holding; recorded where it is another's.

    Raises:
        NotFound: not the caller's to see. All that `owner_asked_for` raises.
    """
    owner = await owner_asked_for(act, query.enterprise_id, query.consent_id, query.item_id)
    row = await queries.one(owner, holding_id)
    if row is None or material_id not in row["material_ids"]:
        raise no_such_holding()
    about = f"holding:{holding_id}"
    await record_reading(act, owner, "holding.picture_read", about, material_id=material_id)
    return await materials.content(act, material_id, size, query.page)


async def certificate(act: Act, holding_id: UUID, query: OwnerQuery) -> File:
    """The certificate of a holding as a PDF; the reading is recorded.

    Raises:
        NotFound: not the caller's to see, or not a certificate.
    """
    row = await one_of_mine(act, holding_id, query)
    if row["document_id"] is None:
        raise no_such_holding()
    return await documents.pdf(act, row["document_id"])

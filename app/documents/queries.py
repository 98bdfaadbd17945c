"""Writing and finding papers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.core import db
from app.core.crypto import Keyring
from app.documents.rules import Paper

HOLDER, DETAILS = "documents.holder", "documents.details"
"""The contexts of what is sealed, see `Keyring`."""


async def insert(
    keyring: Keyring, paper: Paper, document_id: UUID, code: str, digest: bytes
) -> bool:
    """Enter a paper; False where its number is taken."""
    sealed = keyring.seal(msgspec.json.encode(paper.details), DETAILS) if paper.details else None
    made = await db.fetch(
        "INSERT INTO documents (id, kind, number, code, hall_id, hall_name, subject, item_name,"
        " title, lines, holder, details, issued_at, valid_until, digest, key_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11, $12, $13, $14, $15, $16)"
        " ON CONFLICT (number) DO NOTHING RETURNING id",
        document_id,
        paper.kind,
        paper.number,
        code,
        paper.hall_id,
        paper.hall_name,
        paper.subject,
        paper.item_name,
        paper.title,
        msgspec.json.encode(paper.lines).decode(),
        keyring.seal(paper.holder.reveal().encode(), HOLDER) if paper.holder else None,
        sealed,
        paper.issued_at,
        paper.valid_until,
        digest,
        keyring.newest_id,
    )
    return bool(made)


async def written(number: str) -> dict[str, Any] | None:
    """The id, number and code of the paper of this number, and what it is about."""
    return await db.fetch_one(
        "SELECT id, number, code, subject FROM documents WHERE number = $1", number
    )


async def of_subject(subject: str) -> list[dict[str, Any]]:
    """The papers about a thing, oldest first, without what is sealed in them."""
    return await db.fetch(
        "SELECT id, kind, number, code, title, hall_name AS hall, item_name, issued_at,"
        " valid_until, revoked_at, revoked_why FROM documents WHERE subject = $1 ORDER BY id",
        subject,
    )


async def revoked(ids: Sequence[UUID]) -> set[UUID]:
    """Those of these papers that were revoked."""
    rows = await db.fetch(
        "SELECT id FROM documents WHERE id = ANY($1::uuid[]) AND revoked_at IS NOT NULL", list(ids)
    )
    return {row["id"] for row in rows}


async def codes(numbers: Sequence[str]) -> dict[str, str]:
    """The codes of those papers that were written, by number."""
    rows = await db.fetch(
        "SELECT number, code FROM documents WHERE number = ANY($1::text[])", list(numbers)
    )
    return {row["number"]: row["code"] for row in rows}


async def revoke(number: str, at: datetime, why: str) -> dict[str, Any] | None:
    """Mark a paper as revoked; None where there is none, or it was revoked before."""
    return await db.fetch_one(
        "UPDATE documents SET revoked_at = $2, revoked_why = $3"
        " WHERE number = $1 AND revoked_at IS NULL RETURNING hall_id",
        number,
        at,
        why,
    )

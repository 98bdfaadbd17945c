"""The trail: who did what, when; chained by a keyed hash so that no change goes unnoticed.

Every act of power leaves an entry (数据铁笼). An entry's digest is the SM3-HMAC of the entry and of
the digest before it in its chain; the chain's head holds the last one. There are several chains,
so that acts on different things do not wait for each other; all entries about one subject are on
one chain, in the order in which they happened.
"""

import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from app.core import db
from app.core.privacy import Keyring

CHAINS = 16
PURPOSE = "audit"
Plain = str | int | bool | None | list[str]
"""What an entry's data may hold; no floats, because their JSON is not canonical."""


@dataclass(frozen=True)
class Entry:
    """One act, as it is written to the trail."""

    at: datetime
    actor: str
    verb: str
    subject: str
    hall_id: UUID | None
    request_id: str | None
    data: dict[str, Plain]


@dataclass(frozen=True)
class Break:
    """A place where the trail does not hold."""

    chain: int
    seq: int
    reason: str


def chain_of(subject: str) -> int:
    """The chain on which everything about `subject` is written."""
    return zlib.crc32(subject.encode()) % CHAINS


def _message(before: bytes, chain: int, seq: int, entry: Entry) -> bytes:
    return before + msgspec.json.encode(
        [
            chain,
            seq,
            entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            entry.actor,
            entry.verb,
            entry.subject,
            str(entry.hall_id) if entry.hall_id else None,
            entry.request_id,
            entry.data,
        ],
        order="sorted",
    )


async def append(keyring: Keyring, entries: Sequence[Entry]) -> None:
    """Write `entries` at the end of one chain; call it last in the transaction.

    All entries of a transaction go to the chain of the first one's subject, so that one lock is
    enough and two transactions never wait for each other crosswise.
    """
    chain = chain_of(entries[0].subject)
    head = await db.fetch_one(
        "SELECT seq, digest FROM audit_chains WHERE id = $1 FOR UPDATE", chain
    )
    assert head is not None, "the migration makes every chain"
    key_id = keyring.newest_id
    seq, digest = head["seq"], head["digest"]
    columns: list[list[object]] = [[] for _ in range(9)]
    for entry in entries:
        seq += 1
        digest = keyring.mac(_message(digest, chain, seq, entry), PURPOSE, key_id=key_id)
        row = (
            seq,
            entry.at,
            entry.actor,
            entry.verb,
            entry.subject,
            entry.hall_id,
            entry.request_id,
            msgspec.json.encode(entry.data).decode(),
            digest,
        )
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    await db.execute(
        "WITH head AS (UPDATE audit_chains SET seq = $11, digest = $12 WHERE id = $1)"
        " INSERT INTO audit_entries (chain, key_id, seq, at, actor, verb, subject, hall_id,"
        " request_id, data, digest)"
        " SELECT $1, $2, * FROM unnest($3::bigint[], $4::timestamptz[], $5::text[], $6::text[],"
        " $7::text[], $8::uuid[], $9::text[], $10::jsonb[], $13::bytea[])",
        chain,
        key_id,
        *columns[:8],
        seq,
        digest,
        columns[8],
    )


async def verify(keyring: Keyring, *, batch: int = 2_000) -> AsyncIterator[Break]:
    """Recompute every chain and yield each place where an entry was changed, removed or moved."""
    for chain in range(CHAINS):
        seq, digest = 0, bytes(32)
        async for row in _rows(chain, batch):
            if row["seq"] != seq + 1:
                yield Break(chain, seq + 1, f"entries {seq + 1} to {row['seq'] - 1} are missing")
            entry = Entry(
                row["at"],
                row["actor"],
                row["verb"],
                row["subject"],
                row["hall_id"],
                row["request_id"],
                msgspec.json.decode(row["data"]),
            )
            message = _message(digest, chain, row["seq"], entry)
            if not keyring.verify_mac(message, row["digest"], PURPOSE, key_id=row["key_id"]):
                yield Break(chain, row["seq"], "the entry or its place was changed")
            seq, digest = row["seq"], row["digest"]
        head = await db.fetch_one("SELECT seq, digest FROM audit_chains WHERE id = $1", chain)
        if head is None or (head["seq"], head["digest"]) != (seq, digest):
            yield Break(chain, seq, "the end of the chain does not match its head")


async def _rows(chain: int, batch: int) -> AsyncIterator[dict]:
    after = 0
    while True:
        rows = await db.fetch(
            "SELECT seq, at, actor, verb, subject, hall_id, request_id, data::text AS data,"
            " key_id, digest FROM audit_entries WHERE chain = $1 AND seq > $2"
            " ORDER BY seq LIMIT $3",
            chain,
            after,
            batch,
        )
        for row in rows:
            yield row
        if len(rows) < batch:
            return
        after = rows[-1]["seq"]

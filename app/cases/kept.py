"""A case as its applicant sees it, kept ready as JSON for as long as nothing of it has changed.

Whoever follows a case asks again and again, and mostly nothing has happened. Each time the database
is asked for a stamp of all rows that the case is shown from, many cases in one round trip; only
where the stamp is another is the case read and put together anew. The stamp is read before the
case is, so an answer is never older than the moment at which it was asked for.

What is shown besides, the names of halls and departments and the hall's own opening days, may be
`KEEP_SECONDS` old.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar, cast
from uuid import UUID

import msgspec

from app.core import db
from app.core.acts import Act
from app.core.auth import Citizen
from app.core.privacy import encode_hook
from app.core.together import Together

KEEP_SECONDS = 60.0
MOST_BYTES = 8_000_000
MOST_TOGETHER = 200
STAMPED = (
    "case_events",
    "case_tasks",
    "case_materials",
    "case_receipts",
    "case_proposals",
    "case_pauses",
    "case_deferrals",
    "case_pledges",
    "case_certificates",
    "case_shipments",
    "case_handovers",
)
"""The tables, besides `cases`, whose rows of a case are shown to its applicant and may change.

What is told of a shipment on its way changes the shipment too; a receipt's code never changes.
"""
_encode = msgspec.json.Encoder(enc_hook=encode_hook).encode
Shown = TypeVar("Shown")

# A row that is added raises the count, one that is changed the sum: the transaction that wrote a
# row's present version (xmin) is later than the one before.
_ROWS = " UNION ALL ".join(
    f"SELECT count(*) AS n, sum(x.xmin::text::bigint) AS s FROM {table} x WHERE x.case_id = c.id"  # noqa: S608
    for table in STAMPED
)
_STAMPS = (
    "SELECT c.id, c.applicant_id, concat(c.xmin, '|', r.stamp) AS stamp FROM cases c"  # noqa: S608
    f" CROSS JOIN LATERAL (SELECT string_agg(n || '.' || coalesce(s, 0), '|') AS stamp FROM"
    f" ({_ROWS}) u) r WHERE c.id = ANY($1::uuid[]) AND c.enterprise_id IS NULL"
)


@dataclass(frozen=True)
class Stamp:
    """Whose case it is, and in which version."""

    applicant_id: UUID
    version: str


@dataclass(frozen=True)
class _Kept:
    stamp: Stamp
    day: date
    at: float
    answer: bytes


class KeptCases:
    """The cases that a worker has shown to their applicants lately. `app.server` puts one in."""

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, _Kept] = OrderedDict()
        self._bytes = 0
        self._stamps: Together[UUID, Stamp | None] = Together(_read_stamps, MOST_TOGETHER)

    async def answer(self, act: Act, case_id: UUID, make: Callable[[], Awaitable[Shown]]) -> Shown:
        """The case as `make` shows it to the caller; kept where the caller is its applicant.

        What is kept is JSON already and only fit to be sent. Everybody else's reading is made
        anew: it may be refused, or recorded. What `make` raises is not kept.
        """
        stamp = await self._stamps.ask(case_id)
        if stamp is None or not isinstance(act.actor, Citizen):
            return await make()
        if stamp.applicant_id != act.actor.id:
            return await make()
        now = asyncio.get_running_loop().time()
        kept = self._kept.get(case_id)
        if kept and kept.stamp == stamp and kept.day == act.today and now - kept.at < KEEP_SECONDS:
            self._kept.move_to_end(case_id)
            return cast(Shown, msgspec.Raw(kept.answer))
        made = _encode(await make())
        self._keep(case_id, _Kept(stamp, act.today, now, made))
        return cast(Shown, msgspec.Raw(made))

    def _keep(self, case_id: UUID, new: _Kept) -> None:
        before = self._kept.pop(case_id, None)
        self._bytes += len(new.answer) - (len(before.answer) if before else 0)
        self._kept[case_id] = new
        while self._bytes > MOST_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.answer)


async def _read_stamps(case_ids: list[UUID]) -> Sequence[Stamp | None]:
    rows = await db.fetch(_STAMPS, list(set(case_ids)))
    found = {row["id"]: Stamp(row["applicant_id"], row["stamp"]) for row in rows}
    return [found.get(case_id) for case_id in case_ids]

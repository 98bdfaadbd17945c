"""A case as its applicant sees it, kept ready as JSON for as long as nothing of it has changed.

Whoever follows a case asks again and again, and mostly nothing has happened. Each time the database
is asked whether the case still has the stamp that it had, many cases in one round trip; only where
it has another is the case read and put together anew. Triggers raise the stamp (`case_stamps`)
with every row of the case that is written. It is read before the case is, and after the request
has come, so an answer is never older than the moment at which it was asked for.

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
from app.core.house import House
from app.core.privacy import encode_hook
from app.core.together import Together

KEEP_SECONDS = 60.0
MOST_BYTES = 8_000_000
MOST_TOGETHER = 200
_encode = msgspec.json.Encoder(enc_hook=encode_hook).encode
Shown = TypeVar("Shown")

# What has not changed costs no row. A case that is gone has no stamp, which differs from any.
_CHANGED = (
    "SELECT q.id, s.stamp, c.applicant_id, c.enterprise_id"
    " FROM unnest($1::uuid[], $2::bigint[]) AS q(id, stamp)"
    " LEFT JOIN case_stamps s ON s.case_id = q.id LEFT JOIN cases c ON c.id = s.case_id"
    " WHERE s.stamp IS DISTINCT FROM q.stamp"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A case in a version; `answer` is None where it has not been put together yet.

    `owner` alone sees it as their own case; None where nobody does: an enterprise's, or none.
    """

    stamp: int
    owner: UUID | None
    day: date | None = None
    until: float = 0.0
    answer: bytes | None = None


_UNKNOWN = Kept(0, None)


class KeptCases:
    """The cases that a worker has shown to their applicants lately. `app.server` puts one in."""

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, Kept] = OrderedDict()
        self._bytes = 0
        self._checks: Together[UUID, Kept] = Together(self._check, MOST_TOGETHER)

    def check(self, case_id: UUID) -> "asyncio.Future[Kept]":
        """Begin to ask whether what is kept of the case still holds; for `answer`."""
        return self._checks.begin(case_id)

    async def answer(
        self,
        act: Act,
        case_id: UUID,
        make: Callable[[], Awaitable[Shown]],
        checked: "asyncio.Future[Kept] | None" = None,
    ) -> Shown:
        """The case as `make` shows it to the caller; kept where the caller is its applicant.

        What is kept is JSON already and only fit to be sent. Everybody else's reading is made
        anew: it may be refused, or recorded. What `make` raises is not kept.

        Args:
            checked: what `check` began when the request came.
        """
        kept = await (checked or self._checks.begin(case_id))
        if kept.owner is None or not isinstance(act.actor, Citizen):
            return await make()
        if kept.owner != act.actor.id:
            return await make()
        now = asyncio.get_running_loop().time()
        if kept.answer is not None and now < kept.until and kept.day == act.today:
            return cast(Shown, msgspec.Raw(kept.answer))
        made = _encode(await make())
        self._keep(case_id, Kept(kept.stamp, kept.owner, act.today, now + KEEP_SECONDS, made))
        return cast(Shown, msgspec.Raw(made))

    def _keep(self, case_id: UUID, new: Kept) -> None:
        before = self._kept.pop(case_id, None)
        self._bytes += _size(new) - _size(before)
        self._kept[case_id] = new
        while self._bytes > MOST_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= _size(oldest)

    async def _check(self, case_ids: list[UUID]) -> Sequence[Kept]:
        """For each case what is kept of it and still holds, or its present version without answer.

        What was kept when the question went out is what is answered, whatever is kept since.
        """
        found = {case_id: self._kept.get(case_id, _UNKNOWN) for case_id in case_ids}
        stamps = [kept.stamp for kept in found.values()]
        for row in await db.fetch(_CHANGED, list(found), stamps):
            owner = row["applicant_id"] if row["enterprise_id"] is None else None
            found[row["id"]] = Kept(row["stamp"] or 0, owner)
        for case_id, kept in found.items():
            if kept.answer is not None and case_id in self._kept:
                self._kept.move_to_end(case_id)
        return [found[case_id] for case_id in case_ids]


def _size(kept: Kept | None) -> int:
    return len(kept.answer) if kept and kept.answer else 0


def check(house: House, case_id: UUID) -> "asyncio.Future[Kept]":
    """`KeptCases.check` of the house, for the route to begin with."""
    return house.part(KeptCases).check(case_id)

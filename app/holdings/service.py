"""What can be done with holdings: keep what was accepted or issued, offer it, use it, forget it.

Only a use with its owner's explicit consent hands a holding on (Personal Information Protection
Law, art. 14), and each is recorded for good.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from app.catalog.guide import Requirement
from app.core import db
from app.core.acts import Act
from app.core.errors import Conflict, NotFound, Problem
from app.holdings import queries
from app.holdings.keeping import Certificate, keep_issued, keep_supplied, revoke
from app.holdings.owners import owner_of
from app.holdings.queries import Owner
from app.holdings.reading import Offered, held_of, lines_of, offered, one_of_mine, revoked_of
from app.holdings.rules import WHY, Unfit, unfit
from app.holdings.schemas import OwnerQuery, Reused, UsedShown
from app.materials import service as materials

__all__ = [
    "Certificate",
    "NoConsent",
    "NotReusable",
    "Offered",
    "Owner",
    "Reused",
    "Used",
    "forget",
    "keep_issued",
    "keep_supplied",
    "lines_of",
    "offered",
    "revoke",
    "use",
    "used_for",
]


class NoConsent(Problem):
    """Something was to be used again without its owner's explicit consent."""

    status = 422
    code = "holdings.no_consent"
    title = "使用以前提交过的材料，需要您明确同意。"


class NotReusable(Conflict):
    """A holding does not serve for the requirement; `reason` says why, `requirement` for which."""

    code = "holdings.not_reusable"
    title = "这份材料不能再次使用，请重新提交。"


@dataclass
class Used:
    """What was used again: pictures and certificates, by the requirement that they satisfy."""

    materials: dict[str, list[UUID]] = field(default_factory=dict)
    documents: dict[str, list[UUID]] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """How many pieces each requirement got, as the check of a material list counts them."""
        found = {code: len(ids) for code, ids in self.materials.items()}
        for code, ids in self.documents.items():
            found[code] = found.get(code, 0) + len(ids)
        return found


async def use(
    act: Act,
    citizen_id: UUID,
    reused: Sequence[Reused],
    requirements: Sequence[Requirement],
    subject: str,
    *,
    consent: bool,
    enterprise_id: UUID | None = None,
) -> Used:
    """Use holdings again for an application, in the transaction of the caller.

    The pictures are claimed again; the caller makes them part of the application. A certificate
    stays with `used_for`. Repeating a use changes nothing.

    Args:
        citizen_id: for whom the application is made, or who makes it for `enterprise_id`.
        requirements: the material list of the application, as it applies to it.
        subject: what they are used for, `case:<number>`.
        consent: whether the owner has said explicitly that they may be.

    Raises:
        NoConsent.
        NotFound: a holding is not there, or not this owner's.
        NotReusable: it does not fit the requirement, or is not valid any more.
    """
    if not reused:
        return Used()
    if not consent:
        raise NoConsent
    lines = {line.code: line for line in requirements}
    owner = await owner_of(citizen_id, enterprise_id)
    used = Used()
    async with act.transaction() as tx:
        rows = await queries.locked(owner, sorted({entry.holding_id for entry in reused}))
        ended = await revoked_of(list(rows.values()))
        for entry in reused:
            row = rows.get(entry.holding_id)
            if row is None:
                raise NotFound("没有找到这份以前提交过的材料。")
            _check(row, lines.get(entry.requirement), entry, act.today, ended)
            if row["document_id"] is not None:
                used.documents.setdefault(entry.requirement, []).append(row["document_id"])
            else:
                listed = used.materials.setdefault(entry.requirement, [])
                listed.extend(found for found in row["material_ids"] if found not in listed)
            await _note_use(act, entry, subject)
            tx.audit(
                "holding.used",
                f"holding:{entry.holding_id}",
                used_for=subject,
                requirement=entry.requirement,
            )
        pictures = sorted({found for listed in used.materials.values() for found in listed})
        await materials.claim_again(pictures)
    return used


def _check(
    row: dict[str, Any],
    requirement: Requirement | None,
    entry: Reused,
    today: date,
    ended: set[UUID],
) -> None:
    held = held_of(row, ended)
    why = Unfit.OTHER_TYPE if requirement is None else unfit(held, requirement, today)
    if why is not None:
        raise NotReusable(
            f"“{row['name']}”不能再次使用：{WHY[why]}，请重新提交。",
            reason=why,
            requirement=entry.requirement,
        )


async def _note_use(act: Act, entry: Reused, subject: str) -> None:
    await db.execute(
        "INSERT INTO holding_uses (id, holding_id, subject, requirement, consented_at, actor)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (subject, requirement, holding_id)"
        " DO NOTHING",
        db.new_id(),
        entry.holding_id,
        subject,
        entry.requirement,
        act.at,
        act.actor.key,
    )


async def forget(act: Act, holding_id: UUID, query: OwnerQuery) -> None:
    """Stop offering a holding of the caller's, or of whom they act for; where it was used it stays.

    Raises:
        NotFound: there is none, or it is another's.
    """
    await one_of_mine(act, holding_id, query)
    async with act.transaction() as tx:
        if await db.execute(
            "UPDATE holdings SET forgotten_at = $2 WHERE id = $1 AND forgotten_at IS NULL",
            holding_id,
            act.at,
        ):
            tx.audit("holding.forgotten", f"holding:{holding_id}")


async def used_for(subject: str) -> list[UsedShown]:
    """What was used again for an application. The caller has checked who may see it."""
    return [_used(row) for row in await queries.used_for(subject)]


def _used(row: Mapping[str, Any]) -> UsedShown:
    return UsedShown(**{name: row[name] for name in UsedShown.__struct_fields__})

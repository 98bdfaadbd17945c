"""Acting in others' matters: in which capacity, what was done, and where somebody may look.

Every act asks anew, inside its own transaction, and holds on to what it found until its commit: a
revoked consent and a removed person stop at once, whatever page they still have open.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.agency import queries
from app.agency.models import AssistanceAct
from app.agency.rules import (
    POWERS,
    ROLE_NAMES,
    EnterpriseRole,
    Power,
    Scope,
    covers,
    helper_powers,
)
from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act
from app.core.auth import Actor, Citizen, Staff
from app.core.clock import CHINA
from app.core.errors import Forbidden

READ = "read"
"""The act of a helper who looked at a matter; written down once a day."""


@dataclass(frozen=True)
class Acting:
    """In which capacity somebody acts in another's matter, and what it lets them do."""

    powers: frozenset[Power]
    label: str
    """How the timeline names them: "经办人 李*", "帮办员 王五（工号003）"."""
    applicant_id: UUID
    consent_id: UUID | None = None
    enterprise_id: UUID | None = None


@dataclass(frozen=True)
class Matter:
    """A case, as far as it matters who may act in it. `owners` are the applicant's accounts."""

    owners: tuple[UUID, ...]
    enterprise_id: UUID | None
    item_id: UUID
    case_id: UUID


@dataclass(frozen=True)
class Covered:
    """Cases that a live consent covers: of one account or one enterprise, all or some of them."""

    applicant_id: UUID
    enterprise_id: UUID | None
    item_id: UUID | None
    case_id: UUID | None


@dataclass(frozen=True)
class Reach:
    """In whose matters somebody may look: their own, their enterprises', those they help in."""

    own: tuple[UUID, ...]
    enterprises: tuple[UUID, ...]
    covered: tuple[Covered, ...]


def works_there(actor: Actor, hall_id: UUID | None) -> bool:
    """A staff helper helps as one of the consent's hall: who has left it is none any more."""
    if not isinstance(actor, Staff):
        return True
    return any(hall_id in grant.hall_ids for grant in actor.grants)


async def acting_in(act: Act, matter: Matter, *, hold: bool) -> Acting | None:
    """In which capacity the caller acts in a matter that is not their own; None in none.

    Args:
        hold: keep it so until the end of the transaction, for an act; not for a mere look.
    """
    if isinstance(act.actor, Citizen) and matter.enterprise_id is not None:
        found = await queries.role_in(act.actor.id, matter.enterprise_id, lock=hold)
        if found is not None:
            role = EnterpriseRole(found["role"])
            return Acting(
                powers=POWERS[role],
                label=f"{ROLE_NAMES[role]} {await _masked(act.actor.id)}",
                applicant_id=act.actor.id,
                enterprise_id=matter.enterprise_id,
            )
    return await _helping_in(act, matter, hold=hold)


async def _helping_in(act: Act, matter: Matter, *, hold: bool) -> Acting | None:
    if not isinstance(act.actor, Citizen | Staff):
        return None
    rows = await queries.live_consents(act.actor.kind, act.actor.id, act.at)
    fitting = [row for row in rows if _fits(row, matter) and works_there(act.actor, row["hall_id"])]
    fitting.sort(key=lambda row: not row["may_withdraw"])
    for row in fitting:
        if hold and await queries.live_consent_locked(row["id"], act.at) is None:
            continue  # revoked at this very moment
        return Acting(
            powers=helper_powers(may_withdraw=row["may_withdraw"]),
            label=await _helper_label(act.actor),
            applicant_id=row["applicant_id"],
            consent_id=row["id"],
            enterprise_id=row["enterprise_id"],
        )
    return None


def _fits(row: dict[str, Any], matter: Matter) -> bool:
    if row["enterprise_id"] != matter.enterprise_id:
        return False
    if matter.enterprise_id is None and row["applicant_id"] not in matter.owners:
        return False
    scope = Scope(row["scope"])
    return covers(scope, row["scope_id"], item_id=matter.item_id, case_id=matter.case_id)


async def _helper_label(actor: Citizen | Staff) -> str:
    if isinstance(actor, Staff):
        return f"帮办员 {actor.name}（工号{actor.number}）"
    return f"帮办人 {await _masked(actor.id)}"


async def _masked(citizen_id: UUID) -> str:
    return (await citizens.masked_names(citizen_id)).get(citizen_id, "")


async def record_act(act: Act, acting: Acting, what: str, subject: str) -> None:
    """Write down what was done in another's matter, for both sides to see. Never changed."""
    async with act.transaction():
        await AssistanceAct.create(
            id=db.new_id(),
            consent_id=acting.consent_id,
            enterprise_id=acting.enterprise_id,
            applicant_id=acting.applicant_id,
            actor=act.actor.key,
            by_name=acting.label[:80],
            what=what,
            subject=subject,
            at=act.at,
        )


async def record_reading(act: Act, acting: Acting, subject: str) -> None:
    """Write down that a helper looked at a matter today; the audit trail has each reading."""
    midnight = act.at.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    if not await queries.has_acted(act.actor.key, subject, what=READ, since=midnight):
        await record_act(act, acting, READ, subject)


async def helped(staff_id: UUID, subject: str) -> bool:
    """Whether this staff member has done anything as a helper in a matter ("case:<number>").

    Whoever helped an applicant does not decide their case. That a consent was merely given to them
    does not count: otherwise an applicant could choose who does not decide.
    """
    return await queries.has_acted(f"staff:{staff_id}", subject)


async def enterprises_seen(citizen_id: UUID) -> frozenset[UUID]:
    """The enterprises whose matters this citizen may see: those in which they have a role."""
    rows = await queries.roles_of(citizen_id)
    seeing = {row["id"] for row in rows if Power.SEE in POWERS[EnterpriseRole(row["role"])]}
    return frozenset(seeing)


async def reach(act: Act) -> Reach:
    """In whose matters the caller may look now."""
    if not isinstance(act.actor, Citizen | Staff):
        raise Forbidden
    own: tuple[UUID, ...] = ()
    enterprises: tuple[UUID, ...] = ()
    if isinstance(act.actor, Citizen):
        own = await citizens.identities(act.actor.id)
        enterprises = tuple(row["id"] for row in await queries.roles_of(act.actor.id))
    rows = await queries.live_consents(act.actor.kind, act.actor.id, act.at)
    rows = [row for row in rows if works_there(act.actor, row["hall_id"])]
    return Reach(own, enterprises, await _covered(rows))


async def _covered(rows: Collection[dict[str, Any]]) -> tuple[Covered, ...]:
    personal = {row["applicant_id"] for row in rows if row["enterprise_id"] is None}
    accounts = await citizens.identities_of(*personal) if personal else {}
    found = []
    for row in rows:
        scope = Scope(row["scope"])
        # Of an enterprise's consent any account stands for all: the enterprise is what counts.
        for account in accounts.get(row["applicant_id"], (row["applicant_id"],)):
            found.append(
                Covered(
                    applicant_id=account,
                    enterprise_id=row["enterprise_id"],
                    item_id=row["scope_id"] if scope is Scope.ITEM else None,
                    case_id=row["scope_id"] if scope is Scope.CASE else None,
                )
            )
    return tuple(found)

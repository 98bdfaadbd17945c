"""For whom somebody files: themselves, a child or an enterprise of theirs, or whoever consented."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.agency import queries
from app.agency.acting import works_there
from app.agency.endings import is_helper, no_such_consent
from app.agency.models import EnterpriseRegistration
from app.agency.people import MayNot, no_such_enterprise
from app.agency.rules import (
    POWERS,
    ConsentState,
    EnterpriseRole,
    FiledBy,
    Power,
    Scope,
    consent_state,
    covers,
)
from app.agency.schemas import EnterpriseShown, OnBehalf
from app.citizens import service as citizens
from app.core.acts import Act
from app.core.auth import Citizen, require_citizen
from app.core.errors import Conflict, Forbidden, Problem
from app.core.privacy import Personal


class EnterprisePending(Conflict):
    """The enterprise waits for a clerk to see its licence: nothing can be filed for it yet."""

    code = "agency.enterprise_pending"
    title = "企业登记尚未核验，请携带营业执照到窗口核验后再办理。"


class ConsentEnded(Conflict):
    """The consent was revoked, given back, declined or ran out; `state` says which."""

    code = "agency.consent_ended"
    title = "申请人的授权已结束，不能再代为办理。"


class NotCovered(Forbidden):
    """The consent is for something else."""

    code = "agency.not_covered"
    title = "申请人的授权不包括这个事项。"


class ForOne(Problem):
    """An application is for one: a child, or an enterprise, or whoever consented."""

    status = 422
    code = "agency.for_one"
    title = "一次申请只能为一方办理，请重新选择申请人。"


@dataclass(frozen=True)
class EnterpriseFacts:
    """An enterprise as a case keeps it."""

    id: UUID
    name: str
    code: str


@dataclass(frozen=True)
class Principal:
    """For whom is filed: the citizen whose case it will be, with the enterprise if it is its.

    With a `child_id`, name and ID number are the child's; the case and the phone its guardian's.
    """

    citizen_id: UUID
    name: Personal
    phone: Personal
    id_number: Personal
    enterprise: EnterpriseFacts | None
    consent_id: UUID | None
    filed_by: FiledBy
    child_id: UUID | None = None


async def principal(
    act: Act, on_behalf: OnBehalf | None, *, item_id: UUID | None = None
) -> Principal:
    """For whom the caller files: themselves, an enterprise of theirs, or whoever consented.

    Or a child of theirs. Call it inside the act's transaction: until its commit the role and the
    consent stay as they are. A staff member files by a consent only.

    Args:
        item_id: the item that is applied for; a consent for one item needs it.

    Raises:
        WhoFirst: the caller, or the applicant, has not said who they are.
        IdentityMismatch, LevelNeeded: the caller is not known well enough. ForOne.
        NotFound: no enterprise, or no consent, of the caller's.
        EnterprisePending. MayNot: their role does not let them file.
        ConsentEnded. NotCovered: the consent is for another item, or for one case only.
        Forbidden: staff without a consent.
    """
    behalf = on_behalf or OnBehalf()
    if behalf.consent_id is not None:
        if behalf.child_id is not None:
            raise ForOne
        return await _by_consent(act, behalf.consent_id, behalf.enterprise_id, item_id)
    person = await citizens.may_apply(act, require_citizen(act.actor).id)
    return await principal_present(act, person, behalf.enterprise_id, behalf.child_id)


async def principal_present(
    act: Act, person: citizens.Person, enterprise_id: UUID | None, child_id: UUID | None = None
) -> Principal:
    """For whom this person files: themselves, a child of theirs, or an enterprise of theirs.

    Of somebody who stands at the window, the caller has seen the ID card. Joins the act's
    transaction.

    Raises:
        NotFound: no enterprise, or no child, of theirs. EnterprisePending. MayNot. ForOne.
        GuardianNotAdult, NotAChild, IdentityMismatch: of a child.
    """
    if child_id is not None:
        if enterprise_id is not None:
            raise ForOne
        return await _for_child(act, person, child_id)
    if enterprise_id is None:
        return _principal(person, None, None, FiledBy.APPLICANT)
    account, *_ = await citizens.identities(person.id)
    async with act.transaction():
        found = await queries.role_in(account, enterprise_id, lock=True)
    if found is None:
        await _check_pending(account, enterprise_id)
        raise no_such_enterprise()
    if Power.FILE not in POWERS[EnterpriseRole(found["role"])]:
        raise MayNot
    facts = EnterpriseFacts(found["id"], found["name"], found["code"])
    return _principal(person, facts, None, FiledBy.OPERATOR)


async def enterprises_present(person: citizens.Person) -> list[EnterpriseShown]:
    """The enterprises for which this person, whose ID card the caller has seen, may file."""
    account, *_ = await citizens.identities(person.id)
    found = []
    for row in await queries.roles_of(account):
        role = EnterpriseRole(row["role"])
        if Power.FILE in POWERS[role]:
            found.append(
                EnterpriseShown(
                    id=row["id"],
                    name=row["name"],
                    code=row["code"],
                    role=role,
                    powers=sorted(POWERS[role]),
                )
            )
    return found


def _principal(
    person: citizens.Person,
    enterprise: EnterpriseFacts | None,
    consent_id: UUID | None,
    filed_by: FiledBy,
) -> Principal:
    return Principal(
        person.id, person.name, person.phone, person.id_number, enterprise, consent_id, filed_by
    )


async def _for_child(act: Act, guardian: citizens.Person, child_id: UUID) -> Principal:
    child = await citizens.child_of(act, guardian, child_id)
    return Principal(
        guardian.id,
        child.name,
        guardian.phone,
        child.id_number,
        enterprise=None,
        consent_id=None,
        filed_by=FiledBy.GUARDIAN,
        child_id=child.id,
    )


async def _check_pending(citizen_id: UUID, registration_id: UUID) -> None:
    if await EnterpriseRegistration.filter(
        id=registration_id, citizen_id=citizen_id, state="pending"
    ).exists():
        raise EnterprisePending


async def _by_consent(
    act: Act, consent_id: UUID, enterprise_id: UUID | None, item_id: UUID | None
) -> Principal:
    if isinstance(act.actor, Citizen):
        await citizens.may_apply(act, act.actor.id)
    async with act.transaction():
        row = await _live(act, consent_id)
    if enterprise_id not in (None, row["enterprise_id"]):
        raise no_such_enterprise()
    if not covers(Scope(row["scope"]), row["scope_id"], item_id=item_id, case_id=None):
        raise NotCovered
    facts = None
    if row["enterprise_id"]:
        facts = EnterpriseFacts(
            row["enterprise_id"], row["enterprise_name"], row["enterprise_code"]
        )
    person = await citizens.person(row["applicant_id"])
    return _principal(person, facts, row["id"], FiledBy.HELPER)


async def _live(act: Act, consent_id: UUID) -> dict[str, Any]:
    """The helper's consent, which is live and stays so until the commit."""
    seen = await queries.consent(consent_id)
    if seen is None or not is_helper(act.actor, seen["helper_kind"], seen["helper_id"]):
        raise no_such_consent()
    row = await queries.live_consent_locked(consent_id, act.at)
    if row is None:
        raise ConsentEnded(state=_state(act, await queries.consent(consent_id)))
    if not works_there(act.actor, row["hall_id"]):
        raise no_such_consent()
    return row


def _state(act: Act, row: dict[str, Any] | None) -> ConsentState:
    assert row, "a consent is never deleted"
    return consent_state(
        accepted=row["accepted_at"] is not None,
        ended_as=row["ended_as"],
        expires_at=row["expires_at"],
        now=act.at,
    )

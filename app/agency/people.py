"""The people of an enterprise: invited, joined, given another role, removed.

Whoever changes them locks the enterprise first, so that two managers cannot remove each other.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.agency import queries
from app.agency.enterprises import put_in
from app.agency.models import Enterprise, EnterpriseInvitation, EnterprisePerson
from app.agency.rules import POWERS, ROLE_NAMES, EnterpriseRole, Power, keeps_a_manager
from app.agency.schemas import InvitePerson
from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.privacy import Personal
from app.notices import service as notices
from app.notices.rules import Letter


class MayNot(Forbidden):
    """The caller's role in the enterprise does not let them do this."""

    code = "agency.may_not"
    title = "您在该企业中的身份不能办理这项操作。"


class NobodyManages(Conflict):
    """At least one who may manage stays in an enterprise."""

    code = "agency.nobody_manages"
    title = "企业至少要保留一名法定代表人或管理员，请先指定其他管理员。"


class AlreadyIn(Conflict):
    """The invited is in the enterprise already."""

    code = "agency.already_in"
    title = "该人员已在企业中。"


class InvitedAlready(Conflict):
    """An invitation to this phone is open."""

    code = "agency.invited_already"
    title = "已邀请过这个手机号，请等待对方确认。"


def no_such_enterprise() -> NotFound:
    """What everybody gets who asks for an enterprise that is not there or not theirs."""
    return NotFound("没有找到这家企业。")


async def role_of(act: Act, enterprise_id: UUID, power: Power) -> EnterpriseRole:
    """The caller's role in the enterprise, which has this power.

    Raises:
        NotFound: they have none there. MayNot.
    """
    citizen = require_citizen(act.actor)
    found = await queries.role_in(citizen.id, enterprise_id, lock=False)
    if found is None:
        raise no_such_enterprise()
    role = EnterpriseRole(found["role"])
    if power not in POWERS[role]:
        raise MayNot
    return role


async def _locked(act: Act, enterprise_id: UUID, power: Power) -> Enterprise:
    """The enterprise, locked, for somebody who has this power over it at this moment."""
    # Not the key: whoever writes down an act for the enterprise refers to it at the same moment.
    enterprise = await Enterprise.filter(id=enterprise_id).select_for_update(no_key=True).first()
    if enterprise is None:
        raise no_such_enterprise()
    await role_of(act, enterprise_id, power)
    return enterprise


async def _person(enterprise_id: UUID, person_id: UUID) -> EnterprisePerson:
    found = await EnterprisePerson.get_or_none(
        id=person_id, enterprise_id=enterprise_id, removed_at=None
    )
    if found is None:
        raise NotFound("该人员已不在企业中。")
    return found


def _not_by_others(act: Act, person: EnterprisePerson) -> None:
    """A legal representative is one by the licence: what changes that is another licence."""
    own = person.citizen_id == require_citizen(act.actor).id
    if person.role == EnterpriseRole.LEGAL_REPRESENTATIVE and not own:
        raise MayNot("法定代表人变更的，请携带新的营业执照到窗口办理。")


async def _roles_without(enterprise_id: UUID, person_id: UUID) -> list[EnterpriseRole]:
    rows = await queries.people(enterprise_id)
    return [EnterpriseRole(row["role"]) for row in rows if row["id"] != person_id]


async def remove(act: Act, enterprise_id: UUID, person_id: UUID) -> None:
    """Take a person's role away, with effect at once; everybody may also leave by themselves.

    Raises:
        NotFound, MayNot. NobodyManages: nobody who may manage would be left.
    """
    async with act.transaction() as tx:
        await _locked(act, enterprise_id, Power.SEE)
        person = await _person(enterprise_id, person_id)
        if person.citizen_id != require_citizen(act.actor).id:
            await role_of(act, enterprise_id, Power.MANAGE)
        _not_by_others(act, person)
        if not keeps_a_manager(await _roles_without(enterprise_id, person_id)):
            raise NobodyManages
        person.removed_at, person.removed_by = act.at, act.actor.key
        await person.save(update_fields=["removed_at", "removed_by"])
        tx.audit(
            "enterprise.person_removed",
            f"enterprise:{enterprise_id}",
            person=str(person.citizen_id),
        )


async def set_role(act: Act, enterprise_id: UUID, person_id: UUID, role: EnterpriseRole) -> None:
    """Give a person another role.

    Raises:
        NotFound, MayNot. NobodyManages: nobody who may manage would be left.
    """
    async with act.transaction() as tx:
        await _locked(act, enterprise_id, Power.MANAGE)
        person = await _person(enterprise_id, person_id)
        _not_by_others(act, person)
        if not keeps_a_manager([*await _roles_without(enterprise_id, person_id), role]):
            raise NobodyManages
        person.role = role
        await person.save(update_fields=["role"])
        tx.audit(
            "enterprise.role_set",
            f"enterprise:{enterprise_id}",
            person=str(person.citizen_id),
            role=role,
        )


async def invite(act: Act, enterprise_id: UUID, given: InvitePerson) -> EnterpriseInvitation:
    """Invite whoever can prove that a phone number is theirs.

    The answer is the same whether the phone has an account or not.

    Raises:
        NotFound, MayNot. BadPhone. InvitedAlready.
    """
    citizen = require_citizen(act.actor)
    phone = citizens.checked_phone(given.phone)
    async with act.transaction() as tx:
        enterprise = await _locked(act, enterprise_id, Power.MANAGE)
        await _close_expired(act, enterprise_id)
        indexes = citizens.phone_index_under_all_keys(act.house, phone)
        if await queries.invited(enterprise_id, indexes, act.at):
            raise InvitedAlready
        made = await EnterpriseInvitation.create(
            enterprise_id=enterprise_id,
            role=given.role,
            phone=Personal(phone, "phone"),
            phone_index=indexes[0],
            invited_by=citizen.id,
            invited_at=act.at,
            expires_at=act.at + timedelta(days=act.house.settings.invitation_days),
            state="open",
        )
        tx.audit("enterprise.invited", f"enterprise:{enterprise_id}", role=given.role)
        for invited in await citizens.of_proven_phone(act, phone):
            await notices.put_in_inbox(act, _letter(invited, enterprise, made))
    return made


async def _close_expired(act: Act, enterprise_id: UUID) -> None:
    """Invitations that nobody answered in time make room for new ones."""
    await db.execute(
        "UPDATE enterprise_invitations SET state = 'withdrawn', answered_by = invited_by,"
        " answered_at = expires_at WHERE enterprise_id = $1 AND state = 'open'"
        " AND expires_at <= $2",
        enterprise_id,
        act.at,
    )


def _letter(citizen_id: UUID, enterprise: Enterprise, made: EnterpriseInvitation) -> Letter:
    role = ROLE_NAMES[EnterpriseRole(made.role)]
    return Letter(
        citizen_id=citizen_id,
        key=f"enterprise-invitation:{made.id}:{citizen_id}",
        subject=f"enterprise-invitation:{made.id}",
        title="企业邀请",
        body=f"“{enterprise.name}”邀请您担任{role}，请在小程序中确认。不认识该企业的，请拒绝。",
        page="pages/enterprise/invitations",
    )


async def withdraw_invitation(act: Act, enterprise_id: UUID, invitation_id: UUID) -> None:
    """Take an open invitation back. Raises NotFound, MayNot."""
    async with act.transaction() as tx:
        await _locked(act, enterprise_id, Power.MANAGE)
        done = await db.execute(
            "UPDATE enterprise_invitations SET state = 'withdrawn', answered_by = $3,"
            " answered_at = $4 WHERE id = $1 AND enterprise_id = $2 AND state = 'open'",
            invitation_id,
            enterprise_id,
            require_citizen(act.actor).id,
            act.at,
        )
        if not done:
            raise NotFound("没有找到这项邀请。")
        tx.audit("enterprise.invitation_withdrawn", f"enterprise:{enterprise_id}")


async def invitations_to_me(act: Act) -> list[dict[str, Any]]:
    """The open invitations to the phone number that the caller has proved; none without one."""
    indexes = await citizens.proven_phone_indexes(act, require_citizen(act.actor).id)
    return await queries.invitations(phone_indexes=indexes, now=act.at) if indexes else []


async def answer_invitation(act: Act, invitation_id: UUID, *, accept: bool) -> UUID:
    """Accept an invitation to one's own phone number, or decline it; returns the enterprise.

    Raises:
        WhoFirst. NotFound: it is not to a phone that the caller has proved, or it is over.
        AlreadyIn: the caller has a role there already.
    """
    citizen = require_citizen(act.actor)
    await citizens.person(citizen.id)
    mine = await citizens.proven_phone_indexes(act, citizen.id)
    seen = await EnterpriseInvitation.get_or_none(id=invitation_id)
    if seen is None or bytes(seen.phone_index) not in mine:
        raise _no_such_invitation()
    async with act.transaction() as tx:
        await db.fetch(
            "SELECT id FROM enterprises WHERE id = $1 FOR NO KEY UPDATE", seen.enterprise_id
        )
        row = await EnterpriseInvitation.filter(id=invitation_id).select_for_update().get()
        if row.state != "open" or row.expires_at <= act.at:
            raise _no_such_invitation()
        row.state = "accepted" if accept else "declined"
        row.answered_by, row.answered_at = citizen.id, act.at
        await row.save(update_fields=["state", "answered_by", "answered_at"])
        tx.audit(f"enterprise.invitation_{row.state}", f"enterprise:{row.enterprise_id}")
        if accept:
            if await queries.role_in(citizen.id, row.enterprise_id, lock=False):
                raise AlreadyIn
            await put_in(act, row.enterprise_id, citizen.id, EnterpriseRole(row.role))
    return row.enterprise_id


def _no_such_invitation() -> NotFound:
    return NotFound("没有找到这项邀请，或者邀请已失效。请先用被邀请的手机号完成验证。")

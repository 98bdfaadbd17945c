"""What the two sides see: enterprises with their people, consents, and what was done by them."""

from typing import Any
from uuid import UUID

from app.agency import endings, enterprises, people, queries
from app.agency.models import EnterpriseRegistration
from app.agency.rules import POWERS, EnterpriseRole, Power, Scope, consent_state
from app.agency.schemas import (
    AssistanceActShown,
    ConsentShown,
    ConsentsQuery,
    EnterprisePersonShown,
    EnterpriseShown,
    InvitationShown,
    RegistrationAtDesk,
    RegistrationRow,
    RegistrationShown,
    RegistrationsQuery,
)
from app.citizens import service as citizens
from app.core.acts import Act
from app.core.auth import Citizen, Role, Staff, require_citizen, require_staff
from app.core.privacy import Personal
from app.core.wire import Page, PageQuery, after_id, page
from app.halls import service as halls


async def my_enterprises(act: Act) -> Page[EnterpriseShown]:
    """The enterprises in which the caller has a role now."""
    rows = await queries.roles_of(require_citizen(act.actor).id)
    return Page(items=[_enterprise(row) for row in rows])


def _enterprise(row: dict[str, Any]) -> EnterpriseShown:
    role = EnterpriseRole(row["role"])
    return EnterpriseShown(
        id=row["id"], name=row["name"], code=row["code"], role=role, powers=sorted(POWERS[role])
    )


async def my_registrations(act: Act, query: PageQuery) -> Page[RegistrationShown]:
    """The caller's own registrations, newest first."""
    rows = await enterprises.own(act, after_id(query), query.limit)
    return page(rows, query.limit, registration, lambda row: (row.id,))


def registration(row: EnterpriseRegistration) -> RegistrationShown:
    """A registration as whoever made it sees it."""
    return RegistrationShown(
        id=row.id,
        name=row.name,
        code=row.code,
        role=EnterpriseRole(row.role),
        hall_id=row.hall_id,
        state=row.state,
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        note=row.note,
        enterprise_id=row.enterprise_id,
    )


async def waiting_registrations(act: Act, query: RegistrationsQuery) -> Page[RegistrationRow]:
    """What waits for the clerks of a hall, oldest first. Raises Forbidden."""
    rows = await enterprises.waiting(act, query.hall_id, after_id(query), query.limit)
    names = await citizens.masked_names(*(row.citizen_id for row in rows))

    def show(row: EnterpriseRegistration) -> RegistrationRow:
        return RegistrationRow(
            id=row.id,
            name=row.name,
            code=row.code,
            role=EnterpriseRole(row.role),
            legal_representative=row.legal_representative.masked(),
            applicant=names.get(row.citizen_id, ""),
            asked_at=row.asked_at,
        )

    return page(rows, query.limit, show, lambda row: (row.id,))


async def registration_at_desk(act: Act, registration_id: UUID) -> RegistrationAtDesk:
    """A registration as the clerks of its hall see it, people masked. Raises NotFound."""
    row = await enterprises.of_clerk(act, registration_id)
    names = await citizens.masked_names(row.citizen_id)
    return RegistrationAtDesk(
        id=row.id,
        hall_id=row.hall_id,
        name=row.name,
        code=row.code,
        role=EnterpriseRole(row.role),
        legal_representative=row.legal_representative.masked(),
        applicant=names.get(row.citizen_id, ""),
        asked_at=row.asked_at,
        state=row.state,
    )


async def people_of(act: Act, enterprise_id: UUID) -> Page[EnterprisePersonShown]:
    """The people of an enterprise, masked, for each other. Raises NotFound."""
    await people.role_of(act, enterprise_id, Power.SEE)
    rows = await queries.people(enterprise_id)
    names = await citizens.masked_names(*(row["citizen_id"] for row in rows))
    me = require_citizen(act.actor).id
    return Page(
        items=[
            EnterprisePersonShown(
                id=row["id"],
                name=names.get(row["citizen_id"], ""),
                role=EnterpriseRole(row["role"]),
                joined_at=row["joined_at"],
                me=row["citizen_id"] == me,
            )
            for row in rows
        ]
    )


async def invitations_of(act: Act, enterprise_id: UUID) -> Page[InvitationShown]:
    """The open invitations of an enterprise, for those who manage it. Raises NotFound, MayNot."""
    await people.role_of(act, enterprise_id, Power.MANAGE)
    return _invitations(act, await queries.invitations(enterprise_id=enterprise_id, now=act.at))


async def invitations_to_me(act: Act) -> Page[InvitationShown]:
    """The open invitations to the phone number that the caller has proved."""
    return _invitations(act, await people.invitations_to_me(act))


def _invitations(act: Act, rows: list[dict[str, Any]]) -> Page[InvitationShown]:
    def show(row: dict[str, Any]) -> InvitationShown:
        phone = act.house.keyring.open(row["phone"], "enterprise_invitations.phone").decode()
        return InvitationShown(**(row | {"phone": Personal(phone, "phone").masked()}))

    return Page(items=[show(row) for row in rows])


async def acts_of_enterprise(
    act: Act, enterprise_id: UUID, query: PageQuery
) -> Page[AssistanceActShown]:
    """What was done for an enterprise, newest first, for its people. Raises NotFound."""
    await people.role_of(act, enterprise_id, Power.SEE)
    rows = await queries.acts(enterprise_id=enterprise_id, after=after_id(query), limit=query.limit)
    return page(rows, query.limit, lambda row: AssistanceActShown(**row), lambda row: (row["id"],))


async def my_consents(act: Act, query: ConsentsQuery) -> Page[ConsentShown]:
    """The consents that the caller gave, or those that they got and are offered; newest first."""
    citizen = require_citizen(act.actor)
    if query.side == "helper":
        phones = await citizens.proven_phone_indexes(act, citizen.id)
        rows = await queries.consents_got(citizen.id, phones, after_id(query), query.limit)
    else:
        managed = [
            row["id"]
            for row in await queries.roles_of(citizen.id)
            if row["role"] in queries.MANAGING
        ]
        own = await citizens.identities(citizen.id)
        rows = await queries.consents_given(own, managed, after_id(query), query.limit)
    return await _consents(act, rows, query.limit)


async def staffs_consents(act: Act, query: PageQuery) -> Page[ConsentShown]:
    """The consents by which a staff member helps, newest first."""
    person = require_staff(act.actor)
    rows = await queries.consents_got(person.id, [], after_id(query), query.limit)
    return await _consents(act, rows, query.limit)


async def consent_at_desk(act: Act, consent_id: UUID) -> ConsentShown:
    """One consent, for its helper and the clerks of its hall. Raises NotFound."""
    row = await queries.consent(consent_id)
    person = require_staff(act.actor)
    if row is None or not _of_staff(person, row):
        raise endings.no_such_consent()
    return (await _consents(act, [row], 1)).items[0]


async def _consents(act: Act, rows: list[dict[str, Any]], limit: int) -> Page[ConsentShown]:
    names = await citizens.masked_names(*(row["applicant_id"] for row in rows))
    names |= await citizens.masked_names(*(row["helper_id"] for row in rows if row["helper_id"]))
    names |= await halls.names(*(row["helper_id"] for row in rows))
    clerks = await halls.names(*(row["recorded_by"] for row in rows))

    def show(row: dict[str, Any]) -> ConsentShown:
        return ConsentShown(
            id=row["id"],
            state=consent_state(
                accepted=row["accepted_at"] is not None,
                ended_as=row["ended_as"],
                expires_at=row["expires_at"],
                now=act.at,
            ),
            applicant=names.get(row["applicant_id"], ""),
            enterprise=row["enterprise_name"],
            helper=names.get(row["helper_id"]) or _phone(act, row),
            scope=Scope(row["scope"]),
            scope_id=row["scope_id"],
            purposes=row["purposes"],
            may_withdraw=row["may_withdraw"],
            how=row["how"],
            recorded_by=clerks.get(row["recorded_by"]),
            granted_at=row["granted_at"],
            expires_at=row["expires_at"],
            ended_at=row["ended_at"],
            ended_why=row["ended_why"],
        )

    return page(rows, limit, show, lambda row: (row["id"],))


def _phone(act: Act, row: dict[str, Any]) -> str:
    """The masked phone of a relative who has not accepted yet."""
    if row["helper_phone"] is None:
        return ""
    phone = act.house.keyring.open(row["helper_phone"], "assistance_consents.helper_phone")
    return Personal(phone.decode(), "phone").masked()


async def acts_of_consent(act: Act, consent_id: UUID, query: PageQuery) -> Page[AssistanceActShown]:
    """What was done by a consent, newest first, for both sides. Raises NotFound."""
    row = await queries.consent(consent_id)
    if row is None or not await _is_of(act, row):
        raise endings.no_such_consent()
    rows = await queries.acts(consent_id=consent_id, after=after_id(query), limit=query.limit)
    return page(rows, query.limit, lambda row: AssistanceActShown(**row), lambda row: (row["id"],))


async def _is_of(act: Act, row: dict[str, Any]) -> bool:
    if endings.is_helper(act.actor, row["helper_kind"], row["helper_id"]):
        return True
    if isinstance(act.actor, Citizen):
        return await endings.gave(act.actor, row["applicant_id"], row["enterprise_id"])
    return isinstance(act.actor, Staff) and _of_staff(act.actor, row)


def _of_staff(person: Staff, row: dict[str, Any]) -> bool:
    if endings.is_helper(person, row["helper_kind"], row["helper_id"]):
        return True
    return row["hall_id"] is not None and row["hall_id"] in person.halls(
        Role.CLERK, Role.SUPERVISOR
    )

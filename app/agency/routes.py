"""HTTP of enterprises, of helpers' consents, and of both at the desk."""

from uuid import UUID

from app.agency import consents, endings, enterprises, lists, people
from app.agency.rules import EnterpriseRole
from app.agency.schemas import (
    AnswerRegistration,
    AssistanceActShown,
    ConsentShown,
    ConsentsQuery,
    EndConsent,
    EnterprisePersonShown,
    EnterpriseShown,
    GrantConsent,
    InvitationShown,
    InvitePerson,
    RecordConsent,
    RegisterEnterprise,
    RegistrationInClear,
    RegistrationRow,
    RegistrationShown,
    RegistrationsQuery,
    RevokeAtWindow,
    RoleOf,
)
from app.core.api import Call, Routes
from app.core.auth import CITIZEN, STAFF, Role, require_citizen, staff
from app.core.limits import Limits
from app.core.wire import Out, Page, PageQuery

routes = Routes("enterprises", "/api/v1/enterprises")
assistance = Routes("assistance", "/api/v1/assistance")
desk = Routes("agency-desk", "/api/v1/desk")

CLERK = staff(Role.CLERK)


class Made(Out, frozen=True):
    """The id of what was made."""

    id: UUID


class JoinedEnterprise(Out, frozen=True):
    """The enterprise to which an answered invitation belongs."""

    enterprise_id: UUID


async def _limit(call: Call, limit: str, name: str) -> None:
    caller = str(require_citizen(call.act.actor).id)
    await call.act.house.part(Limits).hit(limit, name, caller)


# --- enterprises
@routes.post("/registrations", guard=CITIZEN, status=201, once=True)
async def register(call: Call, body: RegisterEnterprise) -> RegistrationShown:
    """Register an enterprise; a clerk confirms it against the paper licence."""
    await _limit(call, "20/day", "enterprises.register")
    return lists.registration(await enterprises.register(call.act, body))


@routes.get("/registrations", guard=CITIZEN)
async def my_registrations(call: Call, query: PageQuery) -> Page[RegistrationShown]:
    """The caller's own registrations and what became of them."""
    return await lists.my_registrations(call.act, query)


@routes.get("", guard=CITIZEN)
async def my_enterprises(call: Call) -> Page[EnterpriseShown]:
    """The enterprises in which the caller has a role."""
    return await lists.my_enterprises(call.act)


@routes.get("/<enterprise_id:uuid>/people", guard=CITIZEN)
async def people_of(call: Call, enterprise_id: UUID) -> Page[EnterprisePersonShown]:
    """The people of an enterprise, masked, for each other."""
    return await lists.people_of(call.act, enterprise_id)


@routes.put("/<enterprise_id:uuid>/people/<person_id:uuid>", guard=CITIZEN)
async def set_role(call: Call, enterprise_id: UUID, person_id: UUID, body: RoleOf) -> None:
    """Give a person another role."""
    await people.set_role(call.act, enterprise_id, person_id, EnterpriseRole(body.role))


@routes.delete("/<enterprise_id:uuid>/people/<person_id:uuid>", guard=CITIZEN)
async def remove(call: Call, enterprise_id: UUID, person_id: UUID) -> None:
    """Take a person's role away at once, or leave."""
    await people.remove(call.act, enterprise_id, person_id)


@routes.post("/<enterprise_id:uuid>/invitations", guard=CITIZEN, status=201, once=True)
async def invite(call: Call, enterprise_id: UUID, body: InvitePerson) -> Made:
    """Invite whoever can prove that a phone number is theirs."""
    await _limit(call, "60/day", "enterprises.invite")
    return Made(id=(await people.invite(call.act, enterprise_id, body)).id)


@routes.get("/<enterprise_id:uuid>/invitations", guard=CITIZEN)
async def invitations_of(call: Call, enterprise_id: UUID) -> Page[InvitationShown]:
    """The open invitations of an enterprise."""
    return await lists.invitations_of(call.act, enterprise_id)


@routes.delete("/<enterprise_id:uuid>/invitations/<invitation_id:uuid>", guard=CITIZEN)
async def withdraw_invitation(call: Call, enterprise_id: UUID, invitation_id: UUID) -> None:
    """Take an open invitation back."""
    await people.withdraw_invitation(call.act, enterprise_id, invitation_id)


@routes.get("/<enterprise_id:uuid>/acts", guard=CITIZEN)
async def acts_of_enterprise(
    call: Call, enterprise_id: UUID, query: PageQuery
) -> Page[AssistanceActShown]:
    """What was done for an enterprise, and by whom."""
    return await lists.acts_of_enterprise(call.act, enterprise_id, query)


@routes.get("/invitations", guard=CITIZEN)
async def invitations_to_me(call: Call) -> Page[InvitationShown]:
    """The invitations to the phone number that the caller has proved."""
    return await lists.invitations_to_me(call.act)


@routes.post("/invitations/<invitation_id:uuid>/accept", guard=CITIZEN)
async def accept_invitation(call: Call, invitation_id: UUID) -> JoinedEnterprise:
    """Accept an invitation to one's own phone number."""
    joined = await people.answer_invitation(call.act, invitation_id, accept=True)
    return JoinedEnterprise(enterprise_id=joined)


@routes.post("/invitations/<invitation_id:uuid>/decline", guard=CITIZEN)
async def decline_invitation(call: Call, invitation_id: UUID) -> JoinedEnterprise:
    """Decline an invitation to one's own phone number."""
    declined = await people.answer_invitation(call.act, invitation_id, accept=False)
    return JoinedEnterprise(enterprise_id=declined)


# --- helpers
@assistance.post("", guard=CITIZEN, status=201, once=True)
async def grant(call: Call, body: GrantConsent) -> Made:
    """Let a helper of the hall, or a relative who accepts, act for oneself."""
    await _limit(call, "60/day", "assistance.grant")
    return Made(id=await consents.grant(call.act, body))


@assistance.get("", guard=CITIZEN)
async def my_consents(call: Call, query: ConsentsQuery) -> Page[ConsentShown]:
    """The consents that the caller gave, or those that they got and are offered."""
    return await lists.my_consents(call.act, query)


@assistance.get("/<consent_id:uuid>/acts", guard=CITIZEN)
async def acts_of_consent(
    call: Call, consent_id: UUID, query: PageQuery
) -> Page[AssistanceActShown]:
    """What the helper did by a consent, for both sides."""
    return await lists.acts_of_consent(call.act, consent_id, query)


@assistance.post("/<consent_id:uuid>/revoke", guard=CITIZEN)
async def revoke(call: Call, consent_id: UUID, body: EndConsent) -> None:
    """Take a consent back, with effect at once."""
    await endings.revoke(call.act, consent_id, body.why)


@assistance.post("/<consent_id:uuid>/accept", guard=CITIZEN)
async def accept_offer(call: Call, consent_id: UUID) -> None:
    """Accept to help."""
    await consents.answer_offer(call.act, consent_id, accept=True)


@assistance.post("/<consent_id:uuid>/decline", guard=CITIZEN)
async def decline_offer(call: Call, consent_id: UUID) -> None:
    """Decline to help."""
    await consents.answer_offer(call.act, consent_id, accept=False)


@assistance.post("/<consent_id:uuid>/give-back", guard=CITIZEN)
async def give_back(call: Call, consent_id: UUID, body: EndConsent) -> None:
    """The helper gives the consent back."""
    await endings.give_back(call.act, consent_id, body.why)


# --- the desk
@desk.get("/enterprise-registrations", guard=CLERK)
async def waiting_registrations(call: Call, query: RegistrationsQuery) -> Page[RegistrationRow]:
    """The registrations that wait in a hall."""
    return await lists.waiting_registrations(call.act, query)


@desk.get("/enterprise-registrations/<registration_id:uuid>", guard=CLERK)
async def registration_in_clear(call: Call, registration_id: UUID) -> RegistrationInClear:
    """A registration in the clear, to compare with the licence; the reading is recorded."""
    return await enterprises.in_clear(call.act, registration_id)


@desk.post("/enterprise-registrations/<registration_id:uuid>/answer", guard=CLERK, once=True)
async def answer_registration(
    call: Call, registration_id: UUID, body: AnswerRegistration
) -> RegistrationShown:
    """Confirm a registration against the paper licence, or decline it."""
    return lists.registration(await enterprises.answer(call.act, registration_id, body))


@desk.post("/assistance", guard=CLERK, status=201, once=True)
async def record_consent(call: Call, body: RecordConsent) -> Made:
    """Record a consent that the applicant signed on paper at the window."""
    return Made(id=await consents.record(call.act, body))


@desk.get("/assistance", guard=STAFF)
async def staffs_consents(call: Call, query: PageQuery) -> Page[ConsentShown]:
    """The consents by which the caller helps."""
    return await lists.staffs_consents(call.act, query)


@desk.get("/assistance/<consent_id:uuid>", guard=STAFF)
async def consent_at_desk(call: Call, consent_id: UUID) -> ConsentShown:
    """One consent, for its helper and for the clerks and supervisors of its hall."""
    return await lists.consent_at_desk(call.act, consent_id)


@desk.get("/assistance/<consent_id:uuid>/acts", guard=STAFF)
async def acts_at_desk(call: Call, consent_id: UUID, query: PageQuery) -> Page[AssistanceActShown]:
    """What was done by a consent, for its helper and the clerks and supervisors of its hall."""
    return await lists.acts_of_consent(call.act, consent_id, query)


@desk.post("/assistance/<consent_id:uuid>/revoke", guard=CLERK)
async def revoke_at_window(call: Call, consent_id: UUID, body: RevokeAtWindow) -> None:
    """Take a consent back on the applicant's word at the window."""
    await endings.revoke_at_window(call.act, consent_id, body.why)


@desk.post("/assistance/<consent_id:uuid>/give-back", guard=STAFF)
async def give_back_at_desk(call: Call, consent_id: UUID, body: EndConsent) -> None:
    """The staff helper gives the consent back."""
    await endings.give_back(call.act, consent_id, body.why)

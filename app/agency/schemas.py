"""Enterprises, their people, and helpers' consents on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from app.agency.rules import ConsentState, EnterpriseRole, Power, Scope
from app.citizens.schemas import PersonIn
from app.core.wire import In, Line, Out, PageQuery
from app.halls.schemas import Number

PersonName = Annotated[
    str, Meta(min_length=2, max_length=40, pattern=r"^[\u3400-\u9fff·A-Za-z .]+$")
]
Phone = Annotated[str, Meta(min_length=11, max_length=20)]
Purposes = Annotated[str, Meta(min_length=2, max_length=500, pattern=r"\S")]
"""What the helper may do for the applicant, in words that the applicant reads and agrees to."""
Why = Annotated[str, Meta(max_length=300)]


class OnBehalf(In, frozen=True):
    """For whom somebody acts: an enterprise in which they have a role, or by a consent.

    Or for a child under 14 whose guardian they are, and for nobody else with it.
    """

    enterprise_id: UUID | None = None
    consent_id: UUID | None = None
    child_id: UUID | None = None


# --- enterprises
class RegisterEnterprise(In, frozen=True):
    """An enterprise as its licence says; `hall_id` is where the paper will be shown."""

    name: Line
    code: Annotated[str, Meta(min_length=18, max_length=30)]
    legal_representative: PersonName
    role: Literal["legal_representative", "manager"]
    hall_id: UUID


class RegistrationShown(Out, frozen=True):
    """One's own registration, and what the clerk said."""

    id: UUID
    name: str
    code: str
    role: EnterpriseRole
    hall_id: UUID
    state: str
    asked_at: datetime
    answered_at: datetime | None
    note: str
    enterprise_id: UUID | None


class RegistrationRow(Out, frozen=True):
    """A registration that waits for a clerk; people are masked."""

    id: UUID
    name: str
    code: str
    role: EnterpriseRole
    legal_representative: str
    applicant: str
    asked_at: datetime


class RegistrationAtDesk(Out, frozen=True):
    """A registration as it stands, for the clerks of its hall; people are masked."""

    id: UUID
    hall_id: UUID
    name: str
    code: str
    role: EnterpriseRole
    legal_representative: str
    applicant: str
    asked_at: datetime
    state: str


class RegistrationInClear(Out, frozen=True):
    """A registration in the clear, to be compared with the licence and the ID card. Recorded."""

    id: UUID
    name: str
    code: str
    role: EnterpriseRole
    legal_representative: str
    applicant_name: str
    applicant_id_number: str
    state: str
    known_as: str | None
    """The name under which the enterprise is confirmed already; None if it is not."""


class AnswerRegistration(In, frozen=True):
    """The clerk's word after seeing the paper licence; a refusal says why in `note`."""

    confirm: bool
    note: Why = ""


class RegistrationsQuery(PageQuery, kw_only=True, frozen=True):
    """Which registrations: those that wait in one hall."""

    hall_id: UUID


class EnterpriseShown(Out, frozen=True):
    """An enterprise of the caller's, their role in it, and what that lets them do."""

    id: UUID
    name: str
    code: str
    role: EnterpriseRole
    powers: list[Power]


class EnterprisePersonShown(Out, frozen=True):
    """A person of an enterprise, masked."""

    id: UUID
    name: str
    role: EnterpriseRole
    joined_at: datetime
    me: bool


GivenRole = Literal["manager", "operator", "viewer"]
"""What one person of an enterprise can make of another; a legal representative is one by paper."""


class RoleOf(In, frozen=True):
    """The role that a person shall have from now on."""

    role: GivenRole


class InvitePerson(In, frozen=True):
    """Whom to invite: whoever can prove that this phone is theirs."""

    phone: Phone
    role: GivenRole


class InvitationShown(Out, frozen=True):
    """An invitation as the enterprise, or the invited, sees it; the phone is masked."""

    id: UUID
    enterprise_id: UUID
    enterprise: str
    role: EnterpriseRole
    phone: str
    state: str
    invited_at: datetime
    expires_at: datetime


# --- consents
class StaffHelper(In, frozen=True):
    """A helper of the hall, by the number on their badge."""

    hall_id: UUID
    staff_number: Number


class PhoneHelper(In, frozen=True):
    """A relative or friend; they accept once they have proved that the phone is theirs."""

    phone: Phone


class ConsentTerms(In, frozen=True):
    """What is consented to: exactly one kind of helper, how far, what for, how long.

    `scope_id` is the item's or the case's, none for all. `days` none: the setting's. An
    `enterprise_id` makes it the consent of that enterprise, given by who manages it.
    """

    purposes: Purposes
    scope: Scope
    scope_id: UUID | None = None
    staff: StaffHelper | None = None
    relative: PhoneHelper | None = None
    enterprise_id: UUID | None = None
    may_withdraw: bool = False
    days: Annotated[int, Meta(ge=1, le=365)] | None = None


class GrantConsent(In, frozen=True):
    """The applicant's consent in the mini program; `agree` is their explicit word."""

    terms: ConsentTerms
    agree: bool


class RecordConsent(In, frozen=True):
    """A consent that the applicant signed on paper at the window.

    The paper is named by the number under which it is filed, by its photo among the applicant's
    materials, or by both.
    """

    applicant: PersonIn
    terms: ConsentTerms
    paper_number: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")] | None = None
    paper_material_id: UUID | None = None


class EndConsent(In, frozen=True):
    """Why a consent ends; nobody has to say."""

    why: Why = ""


class RevokeAtWindow(In, frozen=True):
    """The applicant takes a consent back at the window: on which paper they signed that."""

    why: Annotated[str, Meta(min_length=2, max_length=300, pattern=r"\S")]


class ConsentsQuery(PageQuery, kw_only=True, frozen=True):
    """Which consents: those that one gave, or those that one got or is offered."""

    side: Literal["applicant", "helper"] = "applicant"


class ConsentShown(Out, frozen=True):
    """A consent as both sides see it; the people are masked."""

    id: UUID
    state: ConsentState
    applicant: str
    enterprise: str | None
    helper: str
    scope: Scope
    scope_id: UUID | None
    purposes: str
    may_withdraw: bool
    how: str
    recorded_by: str | None
    granted_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_why: str | None


class AssistanceActShown(Out, frozen=True):
    """One thing that was done for the applicant."""

    id: UUID
    by: str
    what: str
    subject: str
    at: datetime

"""Helpers' consents (帮办代办): given, recorded at the window, accepted, ended.

A consent holds only as long as the applicant wants: they revoke it at any time with effect at
once (PIPL art. 15, Civil Code art. 173), and the helper may give it back. The row stays.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.agency import queries
from app.agency.models import AssistanceConsent
from app.agency.people import role_of
from app.agency.rules import Power, Scope
from app.agency.schemas import (
    ConsentTerms,
    GrantConsent,
    PhoneHelper,
    RecordConsent,
    StaffHelper,
)
from app.catalog import service as catalog
from app.citizens import service as citizens
from app.core.acts import Act
from app.core.auth import Citizen, Role, Staff, require_citizen, require_staff
from app.core.errors import Conflict, Forbidden, NotFound, Problem
from app.core.privacy import Personal
from app.halls import accounts
from app.halls import service as halls
from app.materials import service as materials
from app.notices import service as notices
from app.notices.rules import Letter


class NotAgreed(Problem):
    """Without the applicant's explicit word there is no consent."""

    status = 422
    code = "agency.not_agreed"
    title = "请阅读授权内容并确认同意。"


class BadTerms(Problem):
    """The terms contradict themselves; `detail` says how."""

    status = 422
    code = "agency.bad_terms"
    title = "授权内容不完整，请选择一名帮办人，并写明授权范围。"


class OwnHelper(Forbidden):
    """A consent is not recorded by its own helper, nor given to oneself."""

    code = "agency.own_helper"
    title = "帮办人不能为自己登记授权，请由另一名工作人员登记。"


class ConsentOver(Conflict):
    """The consent has ended already."""

    code = "agency.consent_over"
    title = "这项授权已经结束。"


@dataclass(frozen=True)
class _Helper:
    kind: str
    staff_id: UUID | None
    hall_id: UUID | None
    phone: str | None


def no_such_consent() -> NotFound:
    """What everybody gets who asks for a consent that is not there or not theirs."""
    return NotFound("没有找到这项授权。")


async def grant(act: Act, given: GrantConsent) -> UUID:
    """The applicant lets a helper act for them; a relative still has to accept.

    Raises:
        WhoFirst. NotAgreed, BadTerms. OwnHelper: it names the applicant's own phone.
        NotFound: no such staff member, item, or enterprise of theirs. MayNot: they do not manage
        the enterprise.
    """
    citizen, terms = require_citizen(act.actor), given.terms
    person = await citizens.person(citizen.id)
    if not given.agree:
        raise NotAgreed
    async with act.transaction() as tx:
        if terms.enterprise_id:
            await role_of(act, terms.enterprise_id, Power.MANAGE)
        helper = await _checked(terms)
        if helper.phone == person.phone.reveal():
            raise OwnHelper("不能授权给自己。")
        made = await _create(act, person.id, terms, helper, how="in_app", hall_id=helper.hall_id)
        tx.audit("assistance.granted", subject(made.id), hall_id=made.hall_id, scope=terms.scope)
        await _tell_relative(act, made)
    return made.id


async def record(act: Act, given: RecordConsent) -> UUID:
    """Record what the applicant signed at the window, before a clerk who is not the helper.

    Raises:
        Forbidden: no clerk. BadTerms: also where no paper is named. OwnHelper.
        NotFound: no such staff member or item, or the photo is not among the applicant's.
        Whatever `citizens.at_counter` raises.
    """
    clerk, terms = require_staff(act.actor), given.terms
    if clerk.hall_id not in clerk.halls(Role.CLERK):
        raise Forbidden
    if terms.enterprise_id:
        raise BadTerms("企业的授权由其法定代表人或管理员在小程序中办理。")
    if given.paper_number is None and given.paper_material_id is None:
        raise BadTerms("请填写纸质授权书的编号，或拍照上传。")
    async with act.transaction() as tx:
        person = await citizens.at_counter(act, given.applicant)
        helper = await _checked(terms)
        if helper.staff_id == clerk.id:
            raise OwnHelper
        if given.paper_material_id:
            await materials.claim(act, person.id, [given.paper_material_id])
        made = await _create(
            act,
            person.id,
            terms,
            helper,
            how="at_window",
            hall_id=helper.hall_id or clerk.hall_id,
            recorded_by=clerk.id,
            paper_number=given.paper_number,
            paper_material_id=given.paper_material_id,
        )
        tx.audit("assistance.recorded", subject(made.id), hall_id=clerk.hall_id, scope=terms.scope)
        await _tell_applicant(
            act, made, "窗口已登记您签署的帮办代办授权。如不是您本人办理，请立即撤销。"
        )
        await _tell_relative(act, made)
    return made.id


def subject(consent_id: UUID) -> str:
    """How the audit trail and the messages name a consent."""
    return f"assistance:{consent_id}"


async def _checked(terms: ConsentTerms) -> _Helper:
    if (terms.scope is Scope.ALL) != (terms.scope_id is None):
        raise BadTerms("授权全部事项的，不能指定事项；授权单个事项或办件的，请指定。")
    if terms.scope is Scope.ITEM and terms.scope_id:
        await catalog.published(terms.scope_id)
    if terms.staff and not terms.relative:
        return await _staff_helper(terms.staff)
    if terms.relative and not terms.staff:
        return _relative(terms.relative)
    raise BadTerms


async def _staff_helper(given: StaffHelper) -> _Helper:
    found = await halls.by_numbers(given.hall_id, staff=given.staff_number)
    member = await accounts.staff_member(found.staff_id) if found.staff_id else None
    if member is None or not member.active:
        raise NotFound("没有找到这位工作人员，请核对中心和工号。")
    return _Helper("staff", member.id, given.hall_id, None)


def _relative(given: PhoneHelper) -> _Helper:
    return _Helper("citizen", None, None, citizens.checked_phone(given.phone))


async def _create(
    act: Act,
    applicant_id: UUID,
    terms: ConsentTerms,
    helper: _Helper,
    *,
    how: str,
    hall_id: UUID | None,
    **recorded: Any,
) -> AssistanceConsent:
    days = terms.days or act.house.settings.assistance_days
    return await AssistanceConsent.create(
        applicant_id=applicant_id,
        enterprise_id=terms.enterprise_id,
        helper_kind=helper.kind,
        helper_id=helper.staff_id,
        helper_phone=Personal(helper.phone, "phone") if helper.phone else None,
        helper_phone_index=citizens.phone_index(act.house, helper.phone) if helper.phone else None,
        hall_id=hall_id,
        scope=terms.scope,
        scope_id=terms.scope_id,
        purposes=terms.purposes.strip(),
        may_withdraw=terms.may_withdraw,
        how=how,
        granted_at=act.at,
        accepted_at=act.at if helper.staff_id else None,
        expires_at=act.at + timedelta(days=days),
        **recorded,
    )


async def _tell_relative(act: Act, made: AssistanceConsent) -> None:
    if made.helper_phone is None:
        return
    for invited in await citizens.of_proven_phone(act, made.helper_phone.reveal()):
        await notices.put_in_inbox(
            act,
            _letter(made, invited, "offered", "有人委托您帮办代办，请在小程序中确认是否接受。"),
        )


async def _tell_applicant(act: Act, row: AssistanceConsent, body: str) -> None:
    account, *_ = await citizens.identities(row.applicant_id)
    what = "ended" if row.ended_at else "recorded"
    await notices.put_in_inbox(act, _letter(row, account, what, body))


def _letter(row: AssistanceConsent, citizen_id: UUID, what: str, body: str) -> Letter:
    return Letter(
        citizen_id=citizen_id,
        key=f"{subject(row.id)}:{what}:{citizen_id}",
        subject=subject(row.id),
        title="帮办代办授权",
        body=body,
        page="pages/assistance/list",
    )


async def answer_offer(act: Act, consent_id: UUID, *, accept: bool) -> None:
    """Accept to help, or decline; for whoever has proved that the phone asked for is theirs.

    Raises:
        WhoFirst. NotFound: it is not offered to the caller. ConsentOver: it is over meanwhile.
    """
    citizen = require_citizen(act.actor)
    await citizens.person(citizen.id)
    mine = await citizens.proven_phone_indexes(act, citizen.id)
    async with act.transaction() as tx:
        row = await _locked(consent_id)
        if row.helper_id is not None or bytes(row.helper_phone_index or b"") not in mine:
            raise no_such_consent()
        if citizen.id in await citizens.identities(row.applicant_id):
            raise OwnHelper("不能为自己帮办。")
        if row.ended_at is not None or row.expires_at <= act.at:
            raise ConsentOver
        if accept:
            row.helper_id, row.accepted_at = citizen.id, act.at
            await row.save(update_fields=["helper_id", "accepted_at"])
        else:
            await _end(act, row, "declined", "")
        verb = "accepted" if accept else "declined"
        tx.audit(f"assistance.{verb}", subject(row.id), hall_id=row.hall_id)


async def revoke(act: Act, consent_id: UUID, why: str) -> None:
    """The applicant, or who manages the enterprise, takes the consent back at once.

    Raises:
        NotFound: not theirs. ConsentOver.
    """
    citizen = require_citizen(act.actor)
    async with act.transaction() as tx:
        row = await _locked(consent_id)
        if not await gave(citizen, row.applicant_id, row.enterprise_id):
            raise no_such_consent()
        await _end(act, row, "revoked", why)
        tx.audit("assistance.revoked", subject(row.id), hall_id=row.hall_id)


async def gave(citizen: Citizen, applicant_id: UUID, enterprise_id: UUID | None) -> bool:
    """Whether a consent is the citizen's to take back, and its acts theirs to see."""
    if enterprise_id:
        rows = await queries.roles_of(citizen.id)
        return enterprise_id in {row["id"] for row in rows if row["role"] in queries.MANAGING}
    return citizen.id in await citizens.identities(applicant_id)


async def revoke_at_window(act: Act, consent_id: UUID, why: str) -> None:
    """A clerk of the consent's hall takes it back on the applicant's word at the window.

    Raises:
        NotFound: another hall's, or none of a hall. ConsentOver.
    """
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        row = await _locked(consent_id)
        if row.hall_id is None or row.hall_id not in person.halls(Role.CLERK):
            raise no_such_consent()
        await _end(act, row, "revoked", why)
        tx.audit("assistance.revoked_at_window", subject(row.id), hall_id=row.hall_id)
        await _tell_applicant(
            act, row, "您的帮办代办授权已在窗口撤销。如不是您本人办理，请联系大厅。"
        )


async def give_back(act: Act, consent_id: UUID, why: str) -> None:
    """The helper, citizen or staff, does not want to act by it any more.

    Raises:
        NotFound: not theirs. ConsentOver.
    """
    async with act.transaction() as tx:
        row = await _locked(consent_id)
        if not is_helper(act.actor, row.helper_kind, row.helper_id):
            raise no_such_consent()
        await _end(act, row, "given_back", why)
        tx.audit("assistance.given_back", subject(row.id), hall_id=row.hall_id)
        await _tell_applicant(act, row, "帮办人已退回您的授权，不再为您办理。")


def is_helper(actor: object, kind: str, helper_id: UUID | None) -> bool:
    """Whether the actor is the helper that a consent names."""
    if helper_id is None or not isinstance(actor, Citizen | Staff):
        return False
    return actor.kind == kind and actor.id == helper_id


async def _locked(consent_id: UUID) -> AssistanceConsent:
    row = await AssistanceConsent.filter(id=consent_id).select_for_update().first()
    if row is None:
        raise no_such_consent()
    return row


async def _end(act: Act, row: AssistanceConsent, how: str, why: str) -> None:
    if row.ended_at is not None:
        raise ConsentOver
    row.ended_at, row.ended_as = act.at, how
    row.ended_by, row.ended_why = act.actor.key, why.strip()
    await row.save(update_fields=["ended_at", "ended_as", "ended_by", "ended_why"])

"""Helpers' consents (帮办代办): given in the mini program, recorded at the window, accepted.

A consent is for somebody, for something, and for a time (Civil Code art. 165); `endings.py` says
how it ends.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.agency.endings import (
    ConsentOver,
    end,
    letter,
    locked,
    no_such_consent,
    subject,
    tell_applicant,
)
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
from app.core.auth import Role, require_citizen, require_staff
from app.core.errors import Forbidden, NotFound, Problem
from app.core.privacy import Personal
from app.halls import accounts
from app.halls import service as halls
from app.materials import service as materials
from app.notices import service as notices


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


@dataclass(frozen=True)
class _Helper:
    kind: str
    staff_id: UUID | None
    hall_id: UUID | None
    phone: str | None


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
        await tell_applicant(
            act, made, "窗口已登记您签署的帮办代办授权。如不是您本人办理，请立即撤销。"
        )
        await _tell_relative(act, made)
    return made.id


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
            letter(made, invited, "offered", "有人委托您帮办代办，请在小程序中确认是否接受。"),
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
        row = await locked(consent_id)
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
            await end(act, row, "declined", "")
        verb = "accepted" if accept else "declined"
        tx.audit(f"assistance.{verb}", subject(row.id), hall_id=row.hall_id)

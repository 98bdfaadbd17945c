"""Enterprises: how one is believed in. A citizen registers it, a clerk confirms it by the paper.

Until then there is no enterprise, only the registration, and nothing can be filed for it.
"""

from uuid import UUID

from app.agency.models import Enterprise, EnterprisePerson, EnterpriseRegistration
from app.agency.rules import ROLE_NAMES, EnterpriseRole, normal_code
from app.agency.schemas import AnswerRegistration, RegisterEnterprise, RegistrationInClear
from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act
from app.core.auth import Role, Staff, require_citizen, require_over_hall, require_staff
from app.core.errors import Conflict, NotFound, Problem
from app.core.privacy import Personal
from app.halls import service as halls
from app.notices import service as notices
from app.notices.rules import Letter


class BadCreditCode(Problem):
    """No unified social credit code: its shape or its check character is wrong (GB 32100)."""

    status = 422
    code = "agency.bad_credit_code"
    title = "统一社会信用代码不正确，请对照营业执照检查后重填。"


class NotTheRepresentative(Problem):
    """Who registers as the legal representative has another name than the licence's."""

    status = 422
    code = "agency.not_the_representative"
    title = "您的姓名与填写的法定代表人不一致；不是法定代表人的，请以管理员身份登记。"


class RegistrationOpen(Conflict):
    """The citizen has registered this enterprise already; it waits for the clerk."""

    code = "agency.registration_open"
    title = "您已登记过这家企业，请携带营业执照到窗口核验。"


class RegistrationAnswered(Conflict):
    """A clerk was faster."""

    code = "agency.registration_answered"
    title = "这项登记已经处理过了。"


class ReasonNeeded(Problem):
    """A registration is not declined without a reason."""

    status = 422
    code = "agency.reason_needed"
    title = "不予确认的，请写明理由。"


async def register(act: Act, given: RegisterEnterprise) -> EnterpriseRegistration:
    """Say that one stands for an enterprise; a clerk of the hall confirms it or not.

    Raises:
        WhoFirst. BadCreditCode, NotTheRepresentative. NotFound: no such hall. RegistrationOpen.
    """
    citizen = require_citizen(act.actor)
    person = await citizens.person(citizen.id)
    code = normal_code(given.code)
    if code is None:
        raise BadCreditCode
    representative = Personal(given.legal_representative.strip(), "name")
    if given.role == EnterpriseRole.LEGAL_REPRESENTATIVE and representative != person.name:
        raise NotTheRepresentative
    await halls.hall(given.hall_id)
    async with act.transaction() as tx:
        # The account's row keeps two taps on the button apart.
        await db.fetch("SELECT id FROM citizens WHERE id = $1 FOR NO KEY UPDATE", citizen.id)
        if await EnterpriseRegistration.filter(
            citizen_id=citizen.id, code=code, state="pending"
        ).exists():
            raise RegistrationOpen
        made = await EnterpriseRegistration.create(
            code=code,
            name=given.name.strip(),
            legal_representative=representative,
            role=given.role,
            citizen_id=citizen.id,
            hall_id=given.hall_id,
            state="pending",
            asked_at=act.at,
        )
        tx.audit(
            "enterprise.registered",
            _subject(made),
            hall_id=given.hall_id,
            code=code,
            role=given.role,
        )
    return made


def _subject(registration: EnterpriseRegistration) -> str:
    return f"enterprise-registration:{registration.id}"


def _no_such() -> NotFound:
    return NotFound("没有找到这项企业登记。")


async def of_clerk(act: Act, registration_id: UUID) -> EnterpriseRegistration:
    """A registration of a hall where the caller is a clerk.

    Raises:
        NotFound: there is none, or it is another hall's.
    """
    row = await EnterpriseRegistration.get_or_none(id=registration_id)
    if row is None or row.hall_id not in require_staff(act.actor).halls(Role.CLERK):
        raise _no_such()
    return row


async def in_clear(act: Act, registration_id: UUID) -> RegistrationInClear:
    """A registration to be compared with the licence and the ID card; the reading is recorded.

    Raises:
        NotFound: there is none, or it is another hall's.
    """
    row = await of_clerk(act, registration_id)
    person = await citizens.person(row.citizen_id)
    before = await Enterprise.get_or_none(code=row.code)
    async with act.transaction() as tx:
        tx.audit("enterprise.registration_read", _subject(row), hall_id=row.hall_id)
    return RegistrationInClear(
        id=row.id,
        name=row.name,
        code=row.code,
        role=EnterpriseRole(row.role),
        legal_representative=row.legal_representative.reveal(),
        applicant_name=person.name.reveal(),
        applicant_id_number=person.id_number.reveal(),
        state=row.state,
        known_as=before.name if before else None,
    )


async def answer(
    act: Act, registration_id: UUID, given: AnswerRegistration
) -> EnterpriseRegistration:
    """The clerk has seen the paper licence and the ID card, and confirms the registration or not.

    Confirmed, the person has their role in the enterprise. An enterprise that is there already
    takes the name and the legal representative of the paper that was seen last.

    Raises:
        NotFound: there is none, or it is another hall's. RegistrationAnswered. ReasonNeeded.
    """
    person = require_staff(act.actor)
    if not given.confirm and not given.note.strip():
        raise ReasonNeeded
    async with act.transaction() as tx:
        row = await EnterpriseRegistration.filter(id=registration_id).select_for_update().first()
        if row is None or row.hall_id not in person.halls(Role.CLERK):
            raise _no_such()
        if row.state != "pending":
            raise RegistrationAnswered
        row.state = "confirmed" if given.confirm else "declined"
        row.answered_by, row.answered_at, row.note = person.id, act.at, given.note.strip()
        if given.confirm:
            row.enterprise_id = await _confirm(act, person, row)
        await row.save()
        tx.audit(
            f"enterprise.registration_{row.state}",
            _subject(row),
            hall_id=row.hall_id,
            enterprise=str(row.enterprise_id) if row.enterprise_id else None,
        )
        await _tell(act, row)
    return row


async def _confirm(act: Act, clerk: Staff, row: EnterpriseRegistration) -> UUID:
    sealed = act.house.keyring.seal(
        row.legal_representative.reveal().encode(), "enterprises.legal_representative"
    )
    found = await db.fetch_one(
        "INSERT INTO enterprises (id, code, name, legal_representative, hall_id, confirmed_by,"
        " confirmed_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (code) DO UPDATE SET"
        " name = EXCLUDED.name, legal_representative = EXCLUDED.legal_representative,"
        " hall_id = EXCLUDED.hall_id, confirmed_by = EXCLUDED.confirmed_by,"
        " confirmed_at = EXCLUDED.confirmed_at RETURNING id",
        db.new_id(),
        row.code,
        row.name,
        sealed,
        row.hall_id,
        clerk.id,
        act.at,
    )
    assert found, "inserted, or updated and locked"
    enterprise_id: UUID = found["id"]
    await put_in(act, enterprise_id, row.citizen_id, EnterpriseRole(row.role))
    await _end_former_representatives(act, enterprise_id, row.legal_representative)
    return enterprise_id


async def _end_former_representatives(act: Act, enterprise_id: UUID, name: Personal) -> None:
    """Whoever is not the legal representative of the paper that was seen is one no longer."""
    for person in await EnterprisePerson.filter(
        enterprise_id=enterprise_id,
        role=EnterpriseRole.LEGAL_REPRESENTATIVE,
        removed_at=None,
    ):
        if (await citizens.person(person.citizen_id)).name == name:
            continue
        person.removed_at, person.removed_by = act.at, act.actor.key
        await person.save(update_fields=["removed_at", "removed_by"])
        async with act.transaction() as tx:
            tx.audit(
                "enterprise.person_removed",
                f"enterprise:{enterprise_id}",
                person=str(person.citizen_id),
            )


async def put_in(act: Act, enterprise_id: UUID, citizen_id: UUID, role: EnterpriseRole) -> None:
    """Give a citizen this role in the enterprise, whose row is locked."""
    async with act.transaction() as tx:
        changed = await EnterprisePerson.filter(
            enterprise_id=enterprise_id, citizen_id=citizen_id, removed_at=None
        ).update(role=role)
        if not changed:
            await EnterprisePerson.create(
                enterprise_id=enterprise_id, citizen_id=citizen_id, role=role, joined_at=act.at
            )
        tx.audit(
            "enterprise.person_added",
            f"enterprise:{enterprise_id}",
            person=str(citizen_id),
            role=role,
        )


async def _tell(act: Act, row: EnterpriseRegistration) -> None:
    confirmed = row.state == "confirmed"
    role = ROLE_NAMES[EnterpriseRole(row.role)]
    said = f"已确认，您是该企业的{role}，可以为其办事。" if confirmed else f"未予确认：{row.note}"
    await notices.put_in_inbox(
        act,
        Letter(
            citizen_id=row.citizen_id,
            key=f"{_subject(row)}:{row.state}",
            subject=_subject(row),
            title="企业登记核验结果",
            body=f"您登记的“{row.name}”{said}",
            page="pages/enterprise/list",
        ),
    )


async def waiting(
    act: Act, hall_id: UUID, after: UUID | None, limit: int
) -> list[EnterpriseRegistration]:
    """The registrations that wait in a hall, oldest first, one more than `limit`.

    Raises:
        Forbidden: the actor is no clerk of this hall.
    """
    require_over_hall(act.actor, hall_id, [Role.CLERK])
    found = EnterpriseRegistration.filter(hall_id=hall_id, state="pending")
    if after:
        found = found.filter(id__gt=after)
    return await found.order_by("id").limit(limit + 1)


async def own(act: Act, after: UUID | None, limit: int) -> list[EnterpriseRegistration]:
    """The citizen's own registrations, newest first, one more than `limit`."""
    found = EnterpriseRegistration.filter(citizen_id=require_citizen(act.actor).id)
    if after:
        found = found.filter(id__lt=after)
    return await found.order_by("-id").limit(limit + 1)

"""Intake at a comprehensive window (综合窗口): a clerk files for the applicant who stands there.

Any window of a hall takes in any of its items; who works on it follows from the item's plan. The
clerk says once who stands there, from the ID card, and gets a ticket that names the applicant in
what follows: the photos that the clerk takes, and the application. A clerk cannot name anybody
else by it, and it ends by itself.
"""

import base64
import binascii
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.agency import service as agency
from app.cases.intake import service as intake
from app.cases.intake.schemas import ApplicantAtWindow, ForWhom, WindowCase
from app.cases.models import Case
from app.cases.records import no_such_case, receipt
from app.catalog import service as catalog
from app.citizens import service as citizens
from app.core.acts import Act
from app.core.auth import Role, require_staff
from app.core.errors import Conflict, NotFound
from app.core.privacy import Personal, Unsealable
from app.materials import service as materials
from app.materials.intake import Upload
from app.materials.schemas import MaterialShown, UploadShown

CONTEXT = "cases.window_ticket"
STANDS_FOR = timedelta(hours=2)
"""How long a ticket holds: longer than anybody stands at a window for one matter."""


class TicketEnded(Conflict):
    """The ticket is not this clerk's, or has ended."""

    code = "cases.ticket_ended"
    title = "申请人信息已失效，请重新登记申请人后再继续。"


class AnotherApplicant(Conflict):
    """The consent is of somebody else than the applicant at the window."""

    code = "cases.another_applicant"
    title = "授权不是这位申请人作出的，请核对后重试。"


class _Ticket(msgspec.Struct, array_like=True, frozen=True):
    """Who stands at whose window, as they said, and until when that holds."""

    citizen_id: UUID
    staff_id: UUID
    ends_at: datetime
    name: str
    phone: str
    id_number: str


async def applicant(act: Act, given: citizens.PersonIn) -> ApplicantAtWindow:
    """Say who stands at the window, from their ID card.

    Raises:
        Forbidden: not a clerk. NoConsent, BadPhone, BadIdNumber, GuardianNeeded.
    """
    clerk = require_staff(act.actor, Role.CLERK)
    person = await citizens.at_counter(act, given)
    ticket = _Ticket(
        citizen_id=person.id,
        staff_id=clerk.id,
        ends_at=act.at + STANDS_FOR,
        name=person.name.reveal(),
        phone=person.phone.reveal(),
        id_number=person.id_number.reveal(),
    )
    sealed = act.house.keyring.seal(msgspec.msgpack.encode(ticket), CONTEXT)
    return ApplicantAtWindow(
        ticket=base64.urlsafe_b64encode(sealed).decode().rstrip("="),
        ends_at=ticket.ends_at,
        name=person.name.masked(),
        phone=person.phone.masked(),
        id_number=person.id_number.masked(),
    )


async def for_whom(act: Act, ticket: str) -> ForWhom:
    """For whom else the applicant at the window may file: enterprises and children of theirs.

    An enterprise is listed where their role lets them file, a child where it is under 14 and the
    guardian's consent stands. Children are masked; the reading is recorded.

    Raises:
        TicketEnded.
    """
    async with act.transaction() as tx:
        person = present(act, ticket)
        found = ForWhom(
            enterprises=await agency.enterprises_present(person),
            children=[one for one in await citizens.children_of(act, person) if one.can_apply],
        )
        tx.audit(
            "citizen.principals_read",
            f"citizen:{person.id}",
            hall_id=require_staff(act.actor, Role.CLERK).hall_id,
            enterprises=len(found.enterprises),
            children=len(found.children),
        )
    return found


async def photo(act: Act, ticket: str, upload: Upload) -> MaterialShown:
    """Take in a photo that the clerk took at the window; it is the applicant's.

    Raises:
        TicketEnded. What `materials.service.take_in` raises.
    """
    return await materials.take_in_for(act, present(act, ticket).id, upload)


async def begin_upload(act: Act, ticket: str, size: int, filename: str) -> UploadShown:
    """Begin an upload in pieces of the clerk's; it will be the applicant's.

    Raises:
        TicketEnded. What `materials.service.begin_for` raises.
    """
    return await materials.begin_for(act, present(act, ticket).id, size, filename)


async def file(act: Act, given: WindowCase) -> tuple[Case, str]:
    """File for the applicant at the window; returns the case and the number of its receipt.

    For an enterprise where the applicant may file for it; as a helper with the applicant's
    consent, whoever the clerk then helps is named in it.

    Raises:
        NotFound: the item is not of the clerk's halls. TicketEnded, AnotherApplicant.
        All that `intake.file` raises, and what acting for others does.
    """
    clerk = require_staff(act.actor, Role.CLERK)
    offered = await catalog.published(given.item_id)
    if offered.hall_id not in clerk.halls(Role.CLERK):
        raise NotFound("没有找到这个事项，它可能已停止办理。")
    person = present(act, given.applicant)
    async with act.transaction():
        case = await intake.file(act, given, await _principal(act, given, person))
        lines = [
            f"已收到您申请“{case.item_name}”的材料，办件编号 {case.number}。",
            "这不是受理通知书。我们将在 5 个工作日内告知是否受理或者需要补正的全部内容。",
        ]
        number = await receipt(act, case, "received", "申请材料收件凭证", lines)
    return case, number


async def _principal(act: Act, given: WindowCase, person: citizens.Person) -> agency.Principal:
    on_behalf = given.on_behalf
    if on_behalf is None or on_behalf.consent_id is None:
        enterprise_id = on_behalf.enterprise_id if on_behalf else None
        child_id = on_behalf.child_id if on_behalf else None
        return await agency.principal_present(act, person, enterprise_id, child_id)
    principal = await agency.principal(act, on_behalf, item_id=given.item_id)
    if principal.citizen_id not in await citizens.identities(person.id):
        raise AnotherApplicant
    return principal


def present(act: Act, text: str) -> citizens.Person:
    """The applicant whom a ticket of this clerk's names. Raises TicketEnded."""
    clerk = require_staff(act.actor, Role.CLERK)
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        opened = act.house.keyring.open(sealed, CONTEXT)
    except (Unsealable, binascii.Error):
        raise TicketEnded from None
    ticket = msgspec.msgpack.decode(opened, type=_Ticket)
    if ticket.staff_id != clerk.id or ticket.ends_at < act.at:
        raise TicketEnded
    return citizens.Person(
        ticket.citizen_id,
        Personal(ticket.name, "name"),
        Personal(ticket.phone, "phone"),
        Personal(ticket.id_number, "id_number"),
    )


__all__ = ["AnotherApplicant", "TicketEnded", "applicant", "file", "no_such_case", "photo"]

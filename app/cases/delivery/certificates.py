"""The documents of a granted case: made out, kept for their holder, and downloaded."""

from datetime import date
from uuid import UUID

from app.cases import access, queries
from app.cases.delivery.models import CaseCertificate
from app.cases.delivery.schemas import CertificateIn, Issue
from app.cases.models import Case, CaseTask
from app.cases.records import subject
from app.core.acts import Act
from app.core.auth import require_staff
from app.core.errors import NotFound, Problem
from app.core.privacy import Personal
from app.core.wire import File
from app.documents import service as documents
from app.halls import service as halls
from app.holdings import service as holdings

FOR_GOOD = date.max
"""9999-12-31: how many systems write that a document has no last day (长期)."""


class BadCertificate(Problem):
    """A document is of no department of the case, ends before it begins, or comes twice."""

    status = 422
    code = "cases.bad_certificate"
    title = "证照信息有误，请检查发证部门、有效期和编号。"


async def make_out(act: Act, case: Case, given: Issue) -> list[CaseCertificate]:
    """Write the documents of a case, which is locked, and keep each for its holder to use again.

    Raises:
        BadCertificate. NumberTaken: there is a paper of this number already.
    """
    wanted: list[CertificateIn] = [given, *given.also]
    numbers = [one.number.strip() for one in wanted]
    if len(set(numbers)) < len(numbers):
        raise BadCertificate("同一编号不能用于两份证照。")
    places = {case.department_id} | {
        task.department_id for task in await CaseTask.filter(case_id=case.id)
    }
    names = await halls.names(case.hall_id, *places)
    made: list[CaseCertificate] = []
    async with act.transaction():
        for position, one in enumerate(wanted, 1):
            if one.department_id is not None and one.department_id not in places:
                raise BadCertificate("发证部门没有参与这个办件的审查。")
            if one.valid_until is not None and one.valid_until < act.today:
                raise BadCertificate("证照的有效期不能早于今天。")
            made.append(await _make_one(act, case, one, position, names))
    return made


async def _make_one(
    act: Act, case: Case, given: CertificateIn, position: int, names: dict[UUID, str]
) -> CaseCertificate:
    department_id = given.department_id or case.department_id
    title, number = given.title.strip(), given.number.strip()
    valid_until = None if given.valid_until == FOR_GOOD else given.valid_until
    holder, details = _holder(case)
    written = await documents.write(
        act,
        documents.Paper(
            kind=documents.Kind.CERTIFICATE,
            number=number,
            title=title,
            hall_id=case.hall_id,
            hall_name=names[case.hall_id],
            subject=subject(case),
            lines=(f"发证部门：{names[department_id]}。", f"办件编号：{case.number}。"),
            issued_at=act.at,
            holder=holder,
            valid_until=valid_until,
            item_name=case.item_name,
            details=details,
        ),
    )
    if case.child_id is None:  # the applicant's things are the guardian's, not the child's
        await holdings.keep_issued(
            act,
            case.applicant_id,
            case.enterprise_id,
            subject(case),
            holdings.Certificate(written.id, given.type.strip(), title, number, valid_until),
        )
    return await CaseCertificate.create(
        case_id=case.id,
        position=position,
        document_id=written.id,
        department_id=department_id,
        title=title,
        number=number,
        valid_until=valid_until,
        issued_at=act.at,
    )


def _holder(case: Case) -> tuple[Personal, tuple[tuple[str, str], ...]]:
    """Who holds the documents: the enterprise for which it was applied, else the applicant."""
    if case.enterprise_name and case.enterprise_code:
        code = ("统一社会信用代码", case.enterprise_code)
        return Personal(case.enterprise_name, "name"), (code,)
    return Personal(case.applicant_name.reveal(), "name"), ()


async def for_applicant(act: Act, case_id: UUID, number: str | None) -> File:
    """A document of a case as PDF, for the applicant's side: the one of this number, or the first.

    Raises:
        NotFound: not theirs to see, or the case has none, or none of this number.
    """
    return await _pdf(act, await access.readable_by(act, case_id), number, anonymous=False)


async def for_staff(act: Act, case_id: UUID, number: str | None) -> File:
    """A document of a case as PDF for staff who see the case; recorded.

    Who sees the case without its personal data gets it without the holder's name.

    Raises:
        NotFound: not theirs to see, or the case has none, or none of this number.
    """
    case = await access.visible_to_staff(act, case_id)
    handles = await queries.handles(require_staff(act.actor), case.id, case.hall_id)
    return await _pdf(act, case, number, anonymous=not handles)


async def _pdf(act: Act, case: Case, number: str | None, *, anonymous: bool) -> File:
    found = CaseCertificate.filter(case_id=case.id)
    if number is not None:
        found = found.filter(number=number)
    one = await found.order_by("position").first()
    if one is None:
        raise NotFound("这个办件没有这份证照。")
    return await documents.pdf(act, one.document_id, anonymous=anonymous)

"""A case's receipts as papers: PDF for the applicant and for staff, and the codes that verify them.

Receipts that were written before there were papers get theirs when they are first read.
"""

from collections.abc import Sequence
from uuid import UUID

from app.cases import access, queries
from app.cases.models import Case, CaseReceipt
from app.cases.records import paper_of
from app.core.acts import Act
from app.core.auth import require_staff
from app.core.errors import NotFound
from app.core.wire import File
from app.documents import service as documents


async def codes(act: Act, case: Case, numbers: Sequence[str]) -> dict[str, str]:
    """The codes of these receipts of the case, by number."""
    if not numbers:
        return {}
    found = await documents.codes(numbers)
    missing = [number for number in numbers if number not in found]
    if missing:
        async with act.transaction():
            for number in missing:
                receipt = await _receipt(case, number)
                made = await documents.ensure(act, await paper_of(case, receipt))
                found[number] = made.code
    return found


async def for_applicant(act: Act, case_id: UUID, number: str) -> File:
    """A receipt as PDF for whoever may see the case on the applicant's side; recorded.

    Raises:
        NotFound: not theirs to see, or no receipt of this case.
    """
    case = await access.readable_by(act, case_id)
    return await _pdf(act, case, number, anonymous=False)


async def for_staff(act: Act, case_id: UUID, number: str) -> File:
    """A receipt as PDF for staff who see the case; recorded.

    Who sees the case without its personal data gets it without the applicant's name.

    Raises:
        NotFound: not theirs to see, or no receipt of this case.
    """
    case = await access.visible_to_staff(act, case_id)
    handles = await queries.handles(require_staff(act.actor), case.id, case.hall_id)
    return await _pdf(act, case, number, anonymous=not handles)


async def _pdf(act: Act, case: Case, number: str, *, anonymous: bool) -> File:
    receipt = await _receipt(case, number)
    async with act.transaction():
        written = await documents.ensure(act, await paper_of(case, receipt))
    return await documents.pdf(act, written.id, anonymous=anonymous)


async def _receipt(case: Case, number: str) -> CaseReceipt:
    found = await CaseReceipt.get_or_none(case_id=case.id, number=number)
    if found is None:
        raise NotFound("没有找到这份回执。")
    return found

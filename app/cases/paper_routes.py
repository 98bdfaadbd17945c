"""HTTP of a case's receipts as PDF, for the applicant and for the desk."""

from uuid import UUID

from app.cases import papers
from app.core.api import Call, Routes
from app.core.auth import CITIZEN, Role, staff
from app.core.errors import NotFound
from app.core.wire import File

routes = Routes("receipts", "/api/v1/cases")
desk = Routes("desk-receipts", "/api/v1/desk/cases")
READERS = staff(Role.CLERK, Role.SUPERVISOR, Role.MANAGER, Role.REVIEWER)
_SUFFIX = ".pdf"


def _number(file: str) -> str:
    if not file.endswith(_SUFFIX):
        raise NotFound
    return file.removesuffix(_SUFFIX)


@routes.get("/<case_id:uuid>/receipts/<file:str>", guard=CITIZEN)
async def receipt(call: Call, case_id: UUID, file: str) -> File:
    """A receipt of a case that one may see, `<number>.pdf`, with a QR code that verifies it."""
    return await papers.for_applicant(call.act, case_id, _number(file))


@desk.get("/<case_id:uuid>/receipts/<file:str>", guard=READERS)
async def desk_receipt(call: Call, case_id: UUID, file: str) -> File:
    """A receipt of a case, `<number>.pdf`; the reading is recorded.

    Without the applicant's name for those who see the case without its personal data.
    """
    return await papers.for_staff(call.act, case_id, _number(file))

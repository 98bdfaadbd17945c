"""HTTP of cases that somebody follows for another: helpers at the desk, photos on every phone."""

from typing import Literal
from uuid import UUID

import msgspec

from app.cases import service
from app.cases.intake import corrections
from app.cases.intake.schemas import Supplement
from app.cases.list_schemas import FollowedRow
from app.cases.rules import PROGRESS, State
from app.cases.schemas import CaseShown
from app.core.api import Call, Routes
from app.core.auth import CITIZEN, STAFF
from app.core.errors import NotFound
from app.core.wire import File, Out, Page, PageQuery
from app.materials.schemas import PictureWanted

routes = Routes("assisted", "/api/v1/desk/assisted")
photos = Routes("case-photos", "/api/v1/cases")

Size = Literal["display", "thumbnail"]


class AssistedStands(Out, frozen=True):
    """Where a case stands after a helper's act."""

    id: UUID
    number: str
    state: State
    progress: str


def _size(text: str) -> Size:
    try:
        return msgspec.convert(text, Size)
    except msgspec.ValidationError:
        raise NotFound from None


@routes.get("", guard=STAFF)
async def assisted(call: Call, query: PageQuery) -> Page[FollowedRow]:
    """The cases in which the caller helps by a live consent, newest first."""
    return await service.mine(call.act, query)


@routes.get("/<case_id:uuid>", guard=STAFF)
async def read_assisted(call: Call, case_id: UUID) -> CaseShown:
    """A case in which the caller helps, as its applicant sees it; the reading is recorded."""
    return await service.for_applicant(call.act, case_id)


@routes.get("/<case_id:uuid>/materials/<material_id:uuid>/<size:str>", guard=STAFF)
async def assisted_photo(
    call: Call, query: PictureWanted, case_id: UUID, material_id: UUID, size: str
) -> File:
    """A photo of a case in which the caller helps; the reading is recorded."""
    return await service.photo_for_applicant(
        call.act, case_id, material_id, _size(size), query.page
    )


@routes.post("/<case_id:uuid>/supplement", guard=STAFF, once=True)
async def supplement_assisted(call: Call, case_id: UUID, body: Supplement) -> AssistedStands:
    """Send what a correction asked for, in the applicant's place."""
    case = await corrections.supplement(call.act, case_id, body)
    state = State(case.state)
    return AssistedStands(id=case.id, number=case.number, state=state, progress=PROGRESS[state])


@photos.get("/<case_id:uuid>/materials/<material_id:uuid>/<size:str>", guard=CITIZEN)
async def photo_of_case(
    call: Call, query: PictureWanted, case_id: UUID, material_id: UUID, size: str
) -> File:
    """A photo of a case for whoever follows it, `display` or `thumbnail`."""
    return await service.photo_for_applicant(
        call.act, case_id, material_id, _size(size), query.page
    )

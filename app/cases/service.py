"""Reading cases, each reading of personal data recorded; the acts are in their own chapters.

`intake/` takes applications in, `clock/` counts their days, `review/` decides them, `delivery/`
brings the result.
"""

from typing import Any
from uuid import UUID

import msgspec

from app.agency import service as agency
from app.agency.service import Capacity, Power
from app.cases import access, queries, views
from app.cases.facts import CaseFacts, facts
from app.cases.intake import corrections, pledges
from app.cases.list_schemas import (
    CaseRow,
    DeskQuery,
    FollowedRow,
    ProposalRow,
    TaskQuery,
    TaskRow,
)
from app.cases.models import Case
from app.cases.records import subject
from app.cases.review.proposals import SYSTEM, points_in_words
from app.cases.rules import MOVES, Move, State
from app.cases.schemas import ApplicantShown, CaseShown, DeskCase
from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.errors import Forbidden, NotFound
from app.core.lights import standing
from app.core.wire import File, Page, PageQuery, after_id, known, page
from app.halls import service as halls
from app.materials import service as materials
from app.materials.rules import Size

__all__ = [
    "CaseFacts",
    "applicant",
    "facts",
    "for_applicant",
    "for_staff",
    "mine",
    "of_hall",
    "open_proposals",
    "open_tasks",
    "photo",
    "photo_for_applicant",
]


async def mine(act: Act, query: PageQuery) -> Page[FollowedRow]:
    """The cases that the caller follows, newest first.

    Their own, those of their enterprises, and those in which they help by a live consent; of a
    staff member the last alone.
    """
    reach = await agency.reach(act)
    rows = await queries.of_applicant(reach, after_id(query), query.limit)
    shown = await views.page_of_cases(act, rows, query.limit)
    found = [
        FollowedRow(
            **msgspec.structs.asdict(item),
            capacity=Capacity(row["capacity"]),
            enterprise=row["enterprise_name"],
        )
        for item, row in zip(shown.items, rows, strict=False)
    ]
    return Page(items=found, next=shown.next)


async def of_hall(act: Act, query: DeskQuery) -> Page[CaseRow]:
    """A hall's cases for its staff, oldest first. Raises Forbidden."""
    person = require_staff(act.actor)
    if query.hall_id not in person.halls(*queries.READERS_OF_CASES):
        raise Forbidden
    rows = await queries.of_hall(
        query.hall_id, query.state, query.number, after_id(query), query.limit
    )
    named = query.hall_id in person.halls(*queries.HANDLERS_OF_CASES)
    return await views.page_of_cases(act, rows, query.limit, named=named)


async def open_tasks(act: Act, query: TaskQuery) -> Page[TaskRow]:
    """A department's open tasks for its reviewers, oldest first. Raises Forbidden."""
    person = require_staff(act.actor)
    if query.department_id not in person.departments(Role.REVIEWER):
        raise Forbidden
    rows = await queries.open_tasks(query.department_id, after_id(query), query.limit)
    calendars = await views.calendars(rows)

    def show(row: dict[str, Any]) -> TaskRow:
        since = row["paused_since"]
        stands = standing(calendars[row["hall_id"]], since or act.today, row["due"], row["days"])
        there = known(row, TaskRow)
        return TaskRow(
            **there, paused=since is not None, remaining_days=stands.remaining, light=stands.light
        )

    return page(rows, query.limit, show, lambda row: (row["id"],))


async def open_proposals(act: Act, query: PageQuery) -> Page[ProposalRow]:
    """What waits for the caller as the second person, oldest first."""
    person = require_staff(act.actor)
    rows = await queries.open_proposals(person, after_id(query), query.limit)
    people = await halls.names(*{row["proposed_by"] for row in rows})

    def show(row: dict[str, Any]) -> ProposalRow:
        points = points_in_words(msgspec.json.decode(row["points"]))
        by = people[row["proposed_by"]] if row["proposed_by"] else SYSTEM
        named = {"points": points, "proposed_by": by}
        return msgspec.convert(row | named, ProposalRow)

    return page(rows, query.limit, show, lambda row: (row["id"],))


async def for_applicant(act: Act, case_id: UUID) -> CaseShown:
    """A case as the applicant, or whoever follows it with them, sees it. Others' are recorded.

    Raises:
        NotFound: not theirs to see.
    """
    case, side = await access.seen_by(act, case_id)
    state = State(case.state)
    return CaseShown(
        **await views.parts_of(act, case, await queries.parts(case.id)),
        form=msgspec.json.decode(case.form.reveal()),
        correction=await corrections.asked(case),
        can_withdraw=(state, Move.WITHDRAW) in MOVES and Power.WITHDRAW in side.powers,
        can_supplement=(state, Move.SUPPLEMENT) in MOVES and Power.FILE in side.powers,
        capacity=side.capacity,
        applicant=case.applicant_name.masked(),
        enterprise=case.enterprise_name,
    )


async def for_staff(act: Act, case_id: UUID) -> DeskCase:
    """A case as staff see it. Raises NotFound if it is not theirs to see.

    The applicant is masked, and left out for who sees cases without handling any.
    """
    case = await access.visible_to_staff(act, case_id)
    named = await queries.handles(require_staff(act.actor), case.id, case.hall_id)
    parts = await queries.parts(case.id)
    return DeskCase(
        **await views.parts_of(act, case, parts),
        applicant_name=case.applicant_name.masked() if named else views.NOBODY,
        applicant_phone=case.applicant_phone.masked() if named else views.NOBODY,
        applicant_id_number=case.applicant_id_number.masked() if named else views.NOBODY,
        proposals=await views.proposals_of(parts),
        false_pledges=await pledges.false_ones(case) if named else [],
        enterprise=case.enterprise_name if named else None,
        for_child=named and case.child_id is not None,
    )


async def applicant(act: Act, case_id: UUID) -> ApplicantShown:
    """The applicant and the form in the clear, for those who handle the case; recorded.

    Raises:
        NotFound: not theirs to see. Forbidden: they see the case without its personal data.
    """
    case = await _handled(act, case_id)
    async with act.transaction() as tx:
        tx.audit("case.applicant_read", subject(case), hall_id=case.hall_id)
    return ApplicantShown(
        name=case.applicant_name.reveal(),
        phone=case.applicant_phone.reveal(),
        id_number=case.applicant_id_number.reveal(),
        delivery_address=case.delivery_address.reveal() if case.delivery_address else None,
        form=msgspec.json.decode(case.form.reveal()),
    )


async def photo(act: Act, case_id: UUID, material_id: UUID, size: Size, page: int = 1) -> File:
    """A marked copy of a photo of a case, for those who handle it; recorded.

    Raises:
        NotFound: not theirs to see, or not of this case. Forbidden.
    """
    case = await _handled(act, case_id)
    if not await queries.has_material(case.id, material_id):
        raise NotFound("没有找到这份材料。")
    async with act.transaction() as tx:
        tx.audit(
            "case.material_read",
            subject(case),
            hall_id=case.hall_id,
            material=str(material_id),
            size=size,
        )
    return await materials.marked_copy(act, material_id, size, await _mark(act, case), page)


async def photo_for_applicant(
    act: Act, case_id: UUID, material_id: UUID, size: Size, page: int = 1
) -> File:
    """A photo of a case, for the applicant and whoever follows it with them; others' are recorded.

    A helper who is staff gets a marked copy, as all staff do.

    Raises:
        NotFound: not theirs to see, or not of this case.
    """
    case = await access.readable_by(act, case_id)
    if not await queries.has_material(case.id, material_id):
        raise NotFound("没有找到这份材料。")
    if isinstance(act.actor, Staff):
        return await materials.marked_copy(act, material_id, size, await _mark(act, case), page)
    return await materials.content(act, material_id, size, page)


async def _mark(act: Act, case: Case) -> materials.Mark:
    """What a staff member's copy says: for what, where, when and by whom it was read."""
    person = require_staff(act.actor)
    place_id = case.hall_id
    if case.hall_id not in person.halls(*queries.HANDLERS_OF_CASES):
        for department_id in sorted(person.departments(Role.REVIEWER)):
            if await queries.took_part(case.id, [department_id]):
                place_id = department_id
                break
    names = await halls.names(place_id)
    return materials.Mark(case.item_name, names[place_id], act.today, person.number)


async def _handled(act: Act, case_id: UUID) -> Case:
    case = await access.visible_to_staff(act, case_id)
    person = act.actor
    assert isinstance(person, Staff)
    if not await queries.handles(person, case.id, case.hall_id):
        raise Forbidden("您的角色不能查看申请人的个人信息。")
    return case

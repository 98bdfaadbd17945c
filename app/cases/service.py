"""Reading cases, each reading of personal data recorded; the acts are in their own chapters.

`intake.py` takes applications in, `review.py` decides them, `delivery.py` brings the result.
"""

from typing import Any
from uuid import UUID

import msgspec

from app.cases import queries
from app.cases.models import Case
from app.cases.rules import (
    MOVES,
    PROGRESS,
    Delivery,
    Light,
    Move,
    State,
    light,
)
from app.cases.schemas import (
    ApplicantShown,
    CaseRow,
    CaseShown,
    DeadlineShown,
    DeskCase,
    DeskQuery,
    EventShown,
    MaterialShown,
    ProposalShown,
    ReceiptShown,
    ResultShown,
    TaskQuery,
    TaskRow,
    TaskShown,
)
from app.catalog import service as catalog
from app.core.acts import Act
from app.core.auth import Role, Staff, require_citizen, require_staff
from app.core.calendar import WorkingCalendar
from app.core.errors import Forbidden, NotFound
from app.core.privacy import Personal
from app.core.wire import File, Page, PageQuery, decode_cursor, page
from app.halls import service as halls
from app.materials import service as materials


async def mine(act: Act, query: PageQuery) -> Page[CaseRow]:
    """The citizen's own cases, newest first."""
    citizen = require_citizen(act.actor)
    cursor = decode_cursor(query.after, UUID)
    rows = await queries.of_applicant(citizen.id, cursor[0] if cursor else None, query.limit)
    return await _rows(act, rows, query.limit)


async def of_hall(act: Act, query: DeskQuery) -> Page[CaseRow]:
    """A hall's cases for its staff, oldest first. Raises Forbidden."""
    person = require_staff(act.actor)
    if query.hall_id not in person.halls(*queries.READERS_OF_CASES):
        raise Forbidden
    cursor = decode_cursor(query.after, UUID)
    rows = await queries.of_hall(
        query.hall_id, query.state, query.number, cursor[0] if cursor else None, query.limit
    )
    return await _rows(act, rows, query.limit)


async def open_tasks(act: Act, query: TaskQuery) -> Page[TaskRow]:
    """A department's open tasks for its reviewers, oldest first. Raises Forbidden."""
    person = require_staff(act.actor)
    if query.department_id not in person.departments(Role.REVIEWER):
        raise Forbidden
    cursor = decode_cursor(query.after, UUID)
    rows = await queries.open_tasks(query.department_id, cursor[0] if cursor else None, query.limit)
    calendars = await _calendars(rows)

    def show(row: dict[str, Any]) -> TaskRow:
        remaining = calendars[row["hall_id"]].working_days_between(act.today, row["due"])
        facts = {name: row[name] for name in TaskRow.__struct_fields__ if name in row}
        return TaskRow(**facts, remaining_days=remaining, light=light(remaining, row["days"]))

    return page(rows, query.limit, show, lambda row: (row["id"],))


async def for_applicant(act: Act, case_id: UUID) -> CaseShown:
    """A case as its applicant sees it. Raises NotFound for anybody else's."""
    citizen = require_citizen(act.actor)
    case = await Case.get_or_none(id=case_id, applicant_id=citizen.id)
    if case is None:
        raise NotFound("没有找到这个办件。")
    state = State(case.state)
    return CaseShown(
        **await _parts(act, case, await queries.parts(case.id)),
        form=msgspec.json.decode(case.form.reveal()),
        corrections=await queries.corrections(case.id) if state is State.CORRECTION else [],
        can_withdraw=(state, Move.WITHDRAW) in MOVES,
        can_supplement=(state, Move.SUPPLEMENT) in MOVES,
    )


async def for_staff(act: Act, case_id: UUID) -> DeskCase:
    """A case as staff see it, the applicant masked. Raises NotFound if not theirs to see."""
    case = await _visible(act, case_id)
    parts = await queries.parts(case.id)
    people = await halls.names(
        *(
            UUID(p[who])
            for p in parts["proposals"]
            for who in ("proposed_by", "second_id")
            if p[who]
        )
    )
    return DeskCase(
        **await _parts(act, case, parts),
        applicant_name=case.applicant_name.masked(),
        applicant_phone=case.applicant_phone.masked(),
        applicant_id_number=case.applicant_id_number.masked(),
        proposals=[_proposal(entry, people) for entry in parts["proposals"]],
    )


async def applicant(act: Act, case_id: UUID) -> ApplicantShown:
    """The applicant and the form in the clear, for those who handle the case; recorded.

    Raises:
        NotFound: not theirs to see. Forbidden: they see the case without its personal data.
    """
    case = await _handled(act, case_id)
    async with act.transaction() as tx:
        tx.audit("case.applicant_read", f"case:{case.number}", hall_id=case.hall_id)
    return ApplicantShown(
        name=case.applicant_name.reveal(),
        phone=case.applicant_phone.reveal(),
        id_number=case.applicant_id_number.reveal(),
        delivery_address=case.delivery_address.reveal() if case.delivery_address else None,
        form=msgspec.json.decode(case.form.reveal()),
    )


async def photo(act: Act, case_id: UUID, material_id: UUID, size: materials.Size) -> File:
    """A photo of a case, for those who handle it; recorded.

    Raises:
        NotFound: not theirs to see, or not of this case. Forbidden.
    """
    case = await _handled(act, case_id)
    if not await queries.has_material(case.id, material_id):
        raise NotFound("没有找到这份材料。")
    async with act.transaction() as tx:
        tx.audit(
            "case.material_read",
            f"case:{case.number}",
            hall_id=case.hall_id,
            material=str(material_id),
            size=size,
        )
    return await materials.content(act, material_id, size)


async def _visible(act: Act, case_id: UUID) -> Case:
    person = require_staff(act.actor)
    case = await Case.get_or_none(id=case_id)
    if case is None or not await queries.may_see(person, case.id, case.hall_id):
        raise NotFound("没有找到这个办件。")
    return case


async def _handled(act: Act, case_id: UUID) -> Case:
    case = await _visible(act, case_id)
    person = act.actor
    assert isinstance(person, Staff)
    if not await queries.handles(person, case.id, case.hall_id):
        raise Forbidden("您的角色不能查看申请人的个人信息。")
    return case


async def _calendars(rows: list[dict[str, Any]]) -> dict[UUID, WorkingCalendar]:
    return {hall_id: await halls.calendar(hall_id) for hall_id in {row["hall_id"] for row in rows}}


async def _rows(act: Act, rows: list[dict[str, Any]], limit: int) -> Page[CaseRow]:
    calendars = await _calendars(rows)
    keyring = act.house.keyring

    def show(row: dict[str, Any]) -> CaseRow:
        remaining, shining = _remaining(
            act,
            calendars[row["hall_id"]],
            State(row["state"]),
            row["promised_due"],
            row["promised_days"],
        )
        name = keyring.open(row["applicant_name"], "cases.applicant_name").decode()
        return CaseRow(
            id=row["id"],
            number=row["number"],
            item_name=row["item_name"],
            state=State(row["state"]),
            progress=PROGRESS[State(row["state"])],
            applicant=Personal(name, "name").masked(),
            submitted_at=row["submitted_at"],
            promised_due=row["promised_due"],
            remaining_days=remaining,
            light=shining,
        )

    return page(rows, limit, show, lambda row: (row["id"],))


def _remaining(
    act: Act, calendar: WorkingCalendar, state: State, due: Any, promised_days: int
) -> tuple[int | None, Light | None]:
    """Working days that remain of the promise, and its light, while the review goes on."""
    if state is not State.UNDER_REVIEW or due is None:
        return None, None
    remaining = calendar.working_days_between(act.today, due)
    return remaining, light(remaining, promised_days)


async def _parts(act: Act, case: Case, parts: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    state = State(case.state)
    calendar = await halls.calendar(case.hall_id)
    departments = {UUID(task["department_id"]) for task in parts["tasks"]}
    names = await halls.names(case.hall_id, *departments)
    guide = (await catalog.version(case.version_id)).guide
    lines = {line.code: line.name for line in guide.materials}
    facts = await materials.facts([UUID(entry["material_id"]) for entry in parts["materials"]])
    return {
        "id": case.id,
        "number": case.number,
        "item_id": case.item_id,
        "item_name": case.item_name,
        "bundle": case.bundle,
        "hall_id": case.hall_id,
        "hall": names[case.hall_id],
        "state": state,
        "progress": PROGRESS[state],
        "submitted_at": case.submitted_at,
        "accepted_at": case.accepted_at,
        "decided_at": case.decided_at,
        "closed_at": case.closed_at,
        "delivery": Delivery(case.delivery),
        "tracking_number": case.tracking_number,
        "deadline": _deadline(act, case, calendar),
        "result": ResultShown(**case.result) if case.result else None,
        "timeline": [_event(entry) for entry in parts["timeline"]],
        "tasks": [_task(entry, names) for entry in parts["tasks"]],
        "materials": [_material(entry, lines, facts) for entry in parts["materials"]],
        "receipts": [
            msgspec.convert(_known(r, ReceiptShown), ReceiptShown) for r in parts["receipts"]
        ],
    }


def _known(entry: dict[str, Any], shape: type[msgspec.Struct]) -> dict[str, Any]:
    return {name: entry[name] for name in shape.__struct_fields__ if name in entry}


def _event(entry: dict[str, Any]) -> EventShown:
    return msgspec.convert(_known(entry, EventShown), EventShown)


def _task(entry: dict[str, Any], names: dict[UUID, str]) -> TaskShown:
    department = names[UUID(entry["department_id"])]
    return msgspec.convert(_known(entry, TaskShown) | {"department": department}, TaskShown)


def _material(
    entry: dict[str, Any], lines: dict[str, str], facts: dict[UUID, materials.MaterialFacts]
) -> MaterialShown:
    fact = facts[UUID(entry["material_id"])]
    known = _known(entry, MaterialShown) | {
        "name": lines.get(entry["requirement"], entry["requirement"]),
        "width": fact.width,
        "height": fact.height,
    }
    return msgspec.convert(known, MaterialShown)


def _proposal(entry: dict[str, Any], people: dict[UUID, str]) -> ProposalShown:
    known = _known(entry, ProposalShown) | {
        "proposed_by": people[UUID(entry["proposed_by"])],
        "second_by": people[UUID(entry["second_id"])] if entry["second_id"] else None,
    }
    return msgspec.convert(known, ProposalShown)


def _deadline(act: Act, case: Case, calendar: WorkingCalendar) -> DeadlineShown:
    remaining, shining = _remaining(
        act, calendar, State(case.state), case.promised_due, case.promised_days
    )
    return DeadlineShown(
        promised_days=case.promised_days,
        promised_due=case.promised_due,
        legal_due=case.legal_due,
        provisional=case.due_provisional,
        remaining_days=remaining,
        light=shining,
        text=_deadline_text(case, remaining),
    )


def _deadline_text(case: Case, remaining: int | None) -> str:
    """The deadline in one sentence for the applicant."""
    if case.promised_due is None:
        return f"受理后 {case.promised_days} 个工作日内办结。"
    said = f"承诺 {case.promised_days} 个工作日，{case.promised_due:%Y年%m月%d日}前办结"
    if remaining is not None:
        said += (
            f"，已超期 {-remaining} 个工作日" if remaining < 0 else f"，还剩 {remaining} 个工作日"
        )
    return said + ("（该年度放假安排未公布，日期可能调整）。" if case.due_provisional else "。")

"""Cases as they are shown: rows, parts, and what is said of their deadlines."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from app.cases.models import Case
from app.cases.records import china_day
from app.cases.rules import (
    DELIVERY_DAYS,
    PROGRESS,
    Delivery,
    State,
)
from app.cases.schemas import (
    CaseRow,
    DeadlineShown,
    EventShown,
    MaterialShown,
    ProposalShown,
    ReceiptShown,
    ResultShown,
    TaskShown,
)
from app.catalog import service as catalog
from app.core.acts import Act
from app.core.calendar import WorkingCalendar
from app.core.clock import day_of
from app.core.lights import Light, Standing, standing
from app.core.privacy import Personal
from app.core.wire import Page, page
from app.halls import service as halls
from app.materials import service as materials
from app.materials.schemas import MaterialFacts

Parts = dict[str, list[dict[str, Any]]]
"""What `queries.parts` reads of one case."""


async def calendars(rows: list[dict[str, Any]]) -> dict[UUID, WorkingCalendar]:
    """The working days of each hall that occurs in `rows`."""
    return {hall_id: await halls.calendar(hall_id) for hall_id in {row["hall_id"] for row in rows}}


async def page_of_cases(act: Act, rows: list[dict[str, Any]], limit: int) -> Page[CaseRow]:
    """A page of cases, each with its applicant masked."""
    found = await calendars(rows)
    keyring = act.house.keyring

    def show(row: dict[str, Any]) -> CaseRow:
        state = State(row["state"])
        stands = _standing(
            act, found[row["hall_id"]], state, row["promised_due"], row["promised_days"]
        )
        name = keyring.open(row["applicant_name"], "cases.applicant_name").decode()
        return CaseRow(
            id=row["id"],
            number=row["number"],
            item_name=row["item_name"],
            state=state,
            progress=PROGRESS[state],
            applicant=Personal(name, "name").masked(),
            submitted_at=row["submitted_at"],
            promised_due=row["promised_due"],
            remaining_days=stands.remaining if stands else None,
            light=stands.light if stands else None,
        )

    return page(rows, limit, show, lambda row: (row["id"],))


def _standing(
    act: Act, calendar: WorkingCalendar, state: State, due: date | None, days: int
) -> Standing | None:
    """How the promise stands while the review goes on; None before and after."""
    if state is not State.UNDER_REVIEW or due is None:
        return None
    return standing(calendar, act.today, due, days)


async def parts_of(act: Act, case: Case, parts: Parts) -> dict[str, Any]:
    """What everybody who sees a case sees of it: the fields of `schemas.CaseParts`."""
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
    entry: dict[str, Any], lines: dict[str, str], facts: dict[UUID, MaterialFacts]
) -> MaterialShown:
    fact = facts[UUID(entry["material_id"])]
    known = _known(entry, MaterialShown) | {
        "name": lines.get(entry["requirement"], entry["requirement"]),
        "width": fact.width,
        "height": fact.height,
    }
    return msgspec.convert(known, MaterialShown)


async def proposals_of(parts: Parts) -> list[ProposalShown]:
    """The proposals of a case with the names of the people."""
    entries = parts["proposals"]
    people = await halls.names(
        *(UUID(e[who]) for e in entries for who in ("proposed_by", "second_id") if e[who])
    )
    return [_proposal(entry, people) for entry in entries]


def _proposal(entry: dict[str, Any], people: dict[UUID, str]) -> ProposalShown:
    known = _known(entry, ProposalShown) | {
        "proposed_by": people[UUID(entry["proposed_by"])],
        "second_by": people[UUID(entry["second_id"])] if entry["second_id"] else None,
    }
    return msgspec.convert(known, ProposalShown)


def _deadline(act: Act, case: Case, calendar: WorkingCalendar) -> DeadlineShown:
    stands = _standing(act, calendar, State(case.state), case.promised_due, case.promised_days)
    return DeadlineShown(
        promised_days=case.promised_days,
        promised_due=case.promised_due,
        legal_due=case.legal_due,
        provisional=case.due_provisional,
        remaining_days=stands.remaining if stands else None,
        light=stands.light if stands else None,
        text=_deadline_text(case, calendar, stands),
    )


def _deadline_text(case: Case, calendar: WorkingCalendar, stands: Standing | None) -> str:
    """What the applicant has to know of time, in one sentence."""
    if case.decided_at is not None:
        decided = f"已于{china_day(case.decided_at)}作出决定"
        if case.closed_at is not None:
            return f"{decided}，已于{china_day(case.closed_at)}送达。"
        until = calendar.add(day_of(case.decided_at), DELIVERY_DAYS).day
        return f"{decided}，将在{china_day(until)}前送达。"
    if case.closed_at is not None:
        return f"已于{china_day(case.closed_at)}结束。"
    if case.promised_due is None or stands is None:
        return f"受理后 {case.promised_days} 个工作日内办结。"
    said = f"承诺 {case.promised_days} 个工作日，{china_day(case.promised_due)}前办结，"
    if stands.remaining < 0:
        said += f"已超期 {-stands.remaining} 个工作日"
    elif stands.light is Light.RED:
        said += "已超期"
    else:
        said += f"还剩 {stands.remaining} 个工作日"
    return said + ("（该年度放假安排未公布，日期可能调整）。" if case.due_provisional else "。")

"""Cases as they are shown: rows, parts, and what is said of their deadlines."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec

from app.cases import papers
from app.cases.clock.views import deadline_of, promise_stands
from app.cases.delivery.views import delivery_of
from app.cases.intake.promise_schemas import DeferralShown, PledgeShown
from app.cases.list_schemas import CaseRow
from app.cases.models import Case
from app.cases.records import subject
from app.cases.review.proposals import SYSTEM, points_in_words
from app.cases.rules import (
    PROGRESS,
    Delivery,
    State,
)
from app.cases.schemas import (
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
from app.core.privacy import Personal
from app.core.wire import Page, known, page
from app.documents import service as documents
from app.halls import service as halls
from app.holdings import service as holdings
from app.materials import service as materials
from app.materials.schemas import MaterialFacts

Promise = TypeVar("Promise", DeferralShown, PledgeShown)
Parts = dict[str, list[dict[str, Any]]]
"""What `queries.parts` reads of one case."""


async def calendars(rows: list[dict[str, Any]]) -> dict[UUID, WorkingCalendar]:
    """The working days of each hall that occurs in `rows`."""
    return {hall_id: await halls.calendar(hall_id) for hall_id in {row["hall_id"] for row in rows}}


NOBODY = "—"
"""In the place of a name, for who sees cases without personal data."""


async def page_of_cases(
    act: Act, rows: list[dict[str, Any]], limit: int, *, named: bool = True
) -> Page[CaseRow]:
    """A page of cases, each with its applicant masked; not `named`, without any name."""
    found = await calendars(rows)
    keyring = act.house.keyring

    def name_of(row: dict[str, Any]) -> str:
        name = keyring.open(row["applicant_name"], "cases.applicant_name").decode()
        return Personal(name, "name").masked()

    def show(row: dict[str, Any]) -> CaseRow:
        state = State(row["state"])
        since = row["paused_since"]
        stands = promise_stands(
            act.today,
            found[row["hall_id"]],
            state=state,
            due=row["promised_due"],
            days=row["promised_days"],
            paused_since=since,
        )
        return CaseRow(
            id=row["id"],
            number=row["number"],
            item_name=row["item_name"],
            state=state,
            progress=PROGRESS[state],
            applicant=name_of(row) if named else NOBODY,
            submitted_at=row["submitted_at"],
            promised_due=None if since else row["promised_due"],
            paused=since is not None,
            remaining_days=stands.remaining if stands else None,
            light=stands.light if stands else None,
        )

    return page(rows, limit, show, lambda row: (row["id"],))


async def parts_of(act: Act, case: Case, parts: Parts) -> dict[str, Any]:
    """What everybody who sees a case sees of it: the fields of `schemas.CaseParts`."""
    state = State(case.state)
    calendar = await halls.calendar(case.hall_id)
    departments = {UUID(task["department_id"]) for task in parts["tasks"]}
    names = await halls.names(case.hall_id, *departments)
    lines = await _lines(case, parts)
    photos = [UUID(entry["material_id"]) for entry in parts["materials"]]
    facts = await materials.facts(photos) if photos else {}
    codes = await papers.codes(act, case, [entry["number"] for entry in parts["receipts"]])
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
        "deadline": deadline_of(act, case, calendar, parts, names),
        "result": ResultShown(**case.result) if case.result else None,
        "timeline": [_event(entry) for entry in parts["timeline"]],
        "tasks": [_task(entry, names) for entry in parts["tasks"]],
        "materials": [_material(entry, lines, facts) for entry in parts["materials"]],
        "receipts": [_receipt(act, entry, codes) for entry in parts["receipts"]],
        "delivery_progress": await delivery_of(act, case),
        "reused": await holdings.used_for(subject(case)),
        "answers": case.answers,
        "deferrals": [_promise(entry, lines, DeferralShown) for entry in parts["deferrals"]],
        "pledges": [_promise(entry, lines, PledgeShown) for entry in parts["pledges"]],
        "project_number": case.project_number,
        "deemed": case.deemed,
    }


async def _lines(case: Case, parts: Parts) -> dict[str, str]:
    """What the lines of the material list are called; read only where one of them is shown."""
    if not any(parts[name] for name in ("materials", "deferrals", "pledges")):
        return {}
    guide = (await catalog.version(case.version_id)).guide
    return {line.code: line.name for line in guide.materials}


def _event(entry: dict[str, Any]) -> EventShown:
    return msgspec.convert(known(entry, EventShown), EventShown)


def _receipt(act: Act, entry: dict[str, Any], codes: dict[str, str]) -> ReceiptShown:
    code = codes[entry["number"]]
    proof = {"code": code, "verify_at": documents.address(act.house, code)}
    return msgspec.convert(known(entry, ReceiptShown) | proof, ReceiptShown)


def _task(entry: dict[str, Any], names: dict[UUID, str]) -> TaskShown:
    department = names[UUID(entry["department_id"])]
    return msgspec.convert(known(entry, TaskShown) | {"department": department}, TaskShown)


def _material(
    entry: dict[str, Any], lines: dict[str, str], facts: dict[UUID, MaterialFacts]
) -> MaterialShown:
    fact = facts[UUID(entry["material_id"])]
    shown = known(entry, MaterialShown) | {
        "name": lines.get(entry["requirement"], entry["requirement"]),
        "width": fact.width,
        "height": fact.height,
        "format": fact.format,
        "pages": fact.pages,
        "findings": fact.findings,
    }
    return msgspec.convert(shown, MaterialShown)


def _promise(entry: dict[str, Any], lines: dict[str, str], shape: type[Promise]) -> Promise:
    name = lines.get(entry["requirement"], entry["requirement"])
    return msgspec.convert(known(entry, shape) | {"name": name}, shape)


async def proposals_of(parts: Parts) -> list[ProposalShown]:
    """The proposals of a case with the names of the people."""
    entries = parts["proposals"]
    people = await halls.names(
        *(UUID(e[who]) for e in entries for who in ("proposed_by", "second_id") if e[who])
    )
    return [_proposal(entry, people) for entry in entries]


def _proposal(entry: dict[str, Any], people: dict[UUID, str]) -> ProposalShown:
    shown = known(entry, ProposalShown) | {
        "points": points_in_words(entry["points"]),
        "proposed_by": people[UUID(entry["proposed_by"])] if entry["proposed_by"] else SYSTEM,
        "second_by": people[UUID(entry["second_id"])] if entry["second_id"] else None,
    }
    return msgspec.convert(shown, ProposalShown)

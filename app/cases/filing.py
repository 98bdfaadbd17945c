"""An application becomes a case: all its rows in one statement, because everybody waits for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.cases import pledges
from app.cases.contents import Photos
from app.cases.intake_schemas import SubmitCase
from app.cases.models import Case
from app.cases.rules import TaskState
from app.catalog.guide import Guide, Requirement
from app.catalog.schemas import Offered
from app.core import db
from app.core.acts import Act
from app.core.errors import Problem


class PledgeMissing(Problem):
    """Materials were deferred or pledged, and the pledge itself was not given."""

    status = 422
    code = "cases.pledge_missing"
    title = "容缺受理或者告知承诺，需要您先阅读并作出承诺。"


class PromiseNeedless(Problem):
    """A material was promised and supplied at once, or promised in two ways."""

    status = 422
    code = "cases.promise_needless"
    title = "同一份材料只能选择提交、使用以前的材料、容缺后补或者以承诺代替中的一种。"


@dataclass(frozen=True)
class Promised:
    """What the applicant promised: to supply later (容缺), or by a pledge (告知承诺)."""

    deferred: tuple[Requirement, ...] = ()
    pledged: tuple[Requirement, ...] = ()
    checked_by: UUID | None = None
    """The department that checks the pledges; set where there are any."""


def check_promises(given: SubmitCase, supplied: Iterable[str]) -> None:
    """Raises PledgeMissing or PromiseNeedless; whether the list allows them is checked with it."""
    if (given.deferred and not given.deferral_pledge) or (
        given.pledged and not given.pledge_agreed
    ):
        raise PledgeMissing
    ways = [*set(given.deferred), *set(given.pledged), *supplied]
    if len(set(ways)) < len(ways):
        raise PromiseNeedless


async def promised(given: SubmitCase, offered: Offered) -> Promised:
    """The promises of an application, in the order of the material list."""
    guide = offered.guide
    if not given.deferred and not given.pledged:
        return Promised()
    return Promised(
        deferred=_lines(guide, given.deferred),
        pledged=_lines(guide, given.pledged),
        checked_by=await pledges.supervisor_of(guide, offered.hall_id, offered.department_id)
        if given.pledged
        else None,
    )


def _lines(guide: Guide, codes: Sequence[str]) -> tuple[Requirement, ...]:
    return tuple(line for line in guide.materials if line.code in codes)


def planned(offered: Offered) -> list[list[Any]]:
    """Every department's part of the review, as columns: id, stage, its name, department, days,
    lead, overdue agrees, absent agrees, joint."""
    rows = [
        (
            db.new_id(),
            number,
            stage.name,
            part.department_id,
            part.days,
            part.lead,
            part.overdue_agrees,
            part.absent_agrees,
            stage.joint,
        )
        for number, stage in enumerate(offered.stages, 1)
        for part in stage.parts
    ]
    return [list(column) for column in zip(*rows, strict=True)]


_TASKS = (
    "INSERT INTO case_tasks (id, case_id, stage, stage_name, department_id, days, lead,"
    " overdue_agrees, absent_agrees, joint, state)"
    f" SELECT id, %s, stage, stage_name, department_id, days, lead, overdue, absent, joint,"
    f" '{TaskState.WAITING}' FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::uuid[], %s::int[],"
    " %s::bool[], %s::bool[], %s::bool[], %s::text[])"
    " AS t(id, stage, stage_name, department_id, days, lead, overdue, absent, joint)"
)


async def plan_again(case: Case, offered: Offered) -> None:
    """Other departments than before take part: the applicant changed the situation.

    Before acceptance alone, when every task still waits.
    """
    await db.execute("DELETE FROM case_tasks WHERE case_id = $1", case.id)
    places = ("$1", *(f"${number}" for number in range(2, 11)))
    await db.execute(_TASKS % places, case.id, *planned(offered))


async def enter(
    act: Act,
    case: Case,
    offered: Offered,
    supplied: Photos,
    promises: Promised,
    by_name: str,
    drafter_id: UUID,
) -> None:
    """Insert the case with all that belongs to it, and take away the draft that it was.

    Args:
        by_name: who files, as the timeline names them.
        drafter_id: whose draft of the same item is over. Its photos are let go by a job.
    """
    photos = [(code, found) for code, listed in supplied.items() for found in listed]
    await db.execute(
        _statement(),
        *_values(case),
        act.at,
        *planned(offered),
        [db.new_id() for _ in photos],
        [code for code, _ in photos],
        [found for _, found in photos],
        db.new_id(),
        act.actor.key,
        by_name,
        [db.new_id() for _ in promises.deferred],
        [line.code for line in promises.deferred],
        [line.defer_days for line in promises.deferred],
        [db.new_id() for _ in promises.pledged],
        [line.code for line in promises.pledged],
        [pledges.wording(line) for line in promises.pledged],
        promises.checked_by,
        drafter_id,
    )


SUBMITTED = "申请已提交，等待受理。"
"""The first entry of a case's timeline."""
_statements: list[str] = []


def _columns() -> list[str]:
    return [name for name in Case._meta.fields_db_projection if name != "id"]


def _values(case: Case) -> list[Any]:
    """The columns of a new case as the database takes them: its id first, sealed what is."""
    known = Case._meta.fields_map
    return [
        case.id,
        *(known[name].to_db_value(getattr(case, name), case) for name in _columns()),
    ]


def _statement() -> str:
    """The one statement of an application; worked out once, from the columns that a case has."""
    if not _statements:
        _statements.append(_made())
    return _statements[0]


def _made() -> str:
    columns = ["id", *_columns()]
    own = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    names = [f"${number}" for number in range(len(columns) + 1, len(columns) + 25)]
    at, tasks, photos, event = names[0], names[1:10], names[10:13], names[13:16]
    deferred, pledged, (checked_by, drafter) = names[16:19], names[19:22], names[22:]
    place = {name: f"${number}" for number, name in enumerate(columns, 1)}
    return (
        f"WITH filed AS (INSERT INTO cases ({', '.join(columns)}) VALUES ({own})),"  # noqa: S608
        f" planned AS ({_TASKS % ('$1', *tasks)}),"
        " shown AS (INSERT INTO case_materials (id, case_id, requirement, material_id, added_at)"
        f" SELECT id, $1, requirement, material_id, {at}::timestamptz FROM unnest({photos[0]}::uuid[],"
        f" {photos[1]}::text[], {photos[2]}::uuid[]) AS m(id, requirement, material_id)),"
        " told AS (INSERT INTO case_events (id, case_id, kind, at, actor, by_name, note)"
        f" VALUES ({event[0]}, $1, 'submitted', {at}, {event[1]}, {event[2]}, '{SUBMITTED}')),"
        " deferred AS (INSERT INTO case_deferrals (id, case_id, requirement, days, pledged_at,"
        f" state) SELECT id, $1, requirement, days, {at}::timestamptz, 'open' FROM unnest({deferred[0]}::uuid[],"
        f" {deferred[1]}::text[], {deferred[2]}::int[]) AS d(id, requirement, days)),"
        " pledged AS (INSERT INTO case_pledges (id, case_id, hall_id, department_id, requirement,"
        f" text, signed_at, state) SELECT id, $1, {place['hall_id']}, {checked_by}::uuid,"
        f" requirement, wording, {at}::timestamptz, 'signed' FROM unnest({pledged[0]}::uuid[], {pledged[1]}::text[],"
        f" {pledged[2]}::text[]) AS p(id, requirement, wording))"
        f" DELETE FROM case_drafts WHERE citizen_id = {drafter}"
        f" AND item_id = {place['item_id']}"
    )

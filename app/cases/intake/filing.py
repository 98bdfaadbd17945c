"""An application becomes a case: all its rows in one statement, because everybody waits for it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from app.cases.contents import Photos
from app.cases.intake import pledges
from app.cases.intake.schemas import SubmitCase
from app.cases.models import Case
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


def _planned(offered: Offered) -> dict[str, list[Any]]:
    """Every department's part of the review, as columns."""
    parts = [(n, stage, part) for n, stage in enumerate(offered.stages, 1) for part in stage.parts]
    return {
        "task_ids": [db.new_id() for _ in parts],
        "stages": [number for number, _, _ in parts],
        "stage_names": [stage.name for _, stage, _ in parts],
        "departments": [part.department_id for _, _, part in parts],
        "days": [part.days for _, _, part in parts],
        "leads": [part.lead for _, _, part in parts],
        "overdue_agrees": [part.overdue_agrees for _, _, part in parts],
        "absent_agrees": [part.absent_agrees for _, _, part in parts],
        "joints": [stage.joint for _, stage, _ in parts],
    }


_TASKS = (
    "INSERT INTO case_tasks (id, case_id, stage, stage_name, department_id, days, lead,"
    " overdue_agrees, absent_agrees, joint, state) SELECT id, :id, stage, stage_name,"
    " department_id, days, lead, overdue, absent, joint, 'waiting' FROM unnest(:task_ids::uuid[],"
    " :stages::int[], :stage_names::text[], :departments::uuid[], :days::int[], :leads::bool[],"
    " :overdue_agrees::bool[], :absent_agrees::bool[], :joints::text[]) AS t(id, stage,"
    " stage_name, department_id, days, lead, overdue, absent, joint)"
)
_PHOTOS = (
    "INSERT INTO case_materials (id, case_id, requirement, material_id, added_at)"
    " SELECT id, :id, requirement, material_id, :at::timestamptz FROM unnest(:photo_ids::uuid[],"
    " :photo_codes::text[], :photos::uuid[]) AS m(id, requirement, material_id)"
)
_EVENT = (
    "INSERT INTO case_events (id, case_id, kind, at, actor, by_name, note)"
    " VALUES (:event_id, :id, 'submitted', :at, :actor, :by_name, :note)"
)
_DEFERRED = (
    "INSERT INTO case_deferrals (id, case_id, requirement, days, pledged_at, state)"
    " SELECT id, :id, requirement, days, :at::timestamptz, 'open' FROM"
    " unnest(:deferral_ids::uuid[], :deferred::text[], :deferred_days::int[])"
    " AS d(id, requirement, days)"
)
_PLEDGED = (
    "INSERT INTO case_pledges (id, case_id, hall_id, department_id, requirement, text, signed_at,"
    " state) SELECT id, :id, :hall_id, :checked_by::uuid, requirement, wording, :at::timestamptz,"
    " 'signed' FROM unnest(:pledge_ids::uuid[], :pledged::text[], :wordings::text[])"
    " AS p(id, requirement, wording)"
)
_DRAFT = "DELETE FROM case_drafts WHERE citizen_id = :drafter_id AND item_id = :item_id"
_NAMED = re.compile(r"(?<!:):([a-z_]+)")


@cache
def _numbered(sql: str, names: tuple[str, ...]) -> str:
    """`sql` with its `:name`s as the places of `names`, as PostgreSQL wants them."""
    places = {name: f"${number}" for number, name in enumerate(names, 1)}
    return _NAMED.sub(lambda found: places[found[1]], sql)


async def _run(sql: str, values: dict[str, Any]) -> None:
    await db.execute(_numbered(sql, tuple(values)), *values.values())


async def plan_again(case: Case, offered: Offered) -> None:
    """Other departments than before take part: the applicant changed the situation.

    Before acceptance alone, when every task still waits.
    """
    await db.execute("DELETE FROM case_tasks WHERE case_id = $1", case.id)
    await _run(_TASKS, {"id": case.id, **_planned(offered)})


SUBMITTED = "申请已提交，等待受理。"
"""The first entry of a case's timeline."""


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
    row = _row(case)
    values = row | {
        "at": act.at,
        **_planned(offered),
        "photo_ids": [db.new_id() for _ in photos],
        "photo_codes": [code for code, _ in photos],
        "photos": [found for _, found in photos],
        "event_id": db.new_id(),
        "actor": act.actor.key,
        "by_name": by_name[:80],
        "note": SUBMITTED,
        "deferral_ids": [db.new_id() for _ in promises.deferred],
        "deferred": [line.code for line in promises.deferred],
        "deferred_days": [line.defer_days for line in promises.deferred],
        "pledge_ids": [db.new_id() for _ in promises.pledged],
        "pledged": [line.code for line in promises.pledged],
        "wordings": [pledges.wording(line) for line in promises.pledged],
        "checked_by": promises.checked_by,
        "drafter_id": drafter_id,
    }
    await _run(_application(tuple(row)), values)


def _row(case: Case) -> dict[str, Any]:
    """The columns of a new case as the database takes them, sealed what is."""
    fields = Case._meta.fields_map
    return {
        name: fields[name].to_db_value(getattr(case, name), case)
        for name in Case._meta.fields_db_projection
    }


@cache
def _application(columns: tuple[str, ...]) -> str:
    own = ", ".join(f":{name}" for name in columns)
    return (
        f"WITH filed AS (INSERT INTO cases ({', '.join(columns)}) VALUES ({own})),"  # noqa: S608
        f" planned AS ({_TASKS}), shown AS ({_PHOTOS}), told AS ({_EVENT}),"
        f" deferred AS ({_DEFERRED}), pledged AS ({_PLEDGED}) {_DRAFT}"
    )

"""One view of a construction project: its four stages, their cases and lights, what is next."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.cases import facts as cases
from app.cases.facts import CaseFacts
from app.cases.rules import PROGRESS, State
from app.core.acts import Act
from app.core.lights import Standing as Stands
from app.core.privacy import Personal
from app.core.wire import Page, page
from app.halls import service as halls
from app.projects import queries
from app.projects.attaching import VOID
from app.projects.meetings import listing
from app.projects.models import Project
from app.projects.rules import (
    KIND_NAMES,
    PROGRESS_NAMES,
    STAGE_NAMES,
    Kind,
    ProjectState,
    Stage,
    Standing,
    Step,
    Wanted,
    next_step,
    view_stage,
)
from app.projects.schemas import ProjectCaseShown, ProjectRow, StageShown

_GRANTED = frozenset({State.GRANTED, State.ISSUED})


def standing_of(case: CaseFacts) -> Standing:
    """What a case means for its stage."""
    if case.state in VOID:
        return Standing.VOID
    if case.state in _GRANTED or (case.state is State.CLOSED and case.decision == "granted"):
        return Standing.GRANTED
    return Standing.RUNNING if case.decided_at is None else Standing.REFUSED


async def parts_of(act: Act, project: Project) -> dict[str, Any]:
    """What everybody who sees a project sees of it: the fields of `schemas.ProjectParts`."""
    placed = await queries.placed(project.id)
    found = await cases.facts(list(placed))
    stands = await cases.standings(found.values(), act.today)
    wanted = await _wanted(project.hall_id)
    shown: dict[int | None, list[ProjectCaseShown]] = {}
    steps: dict[int | None, list[Step]] = {}
    for case_id, stage in placed.items():
        case = found[case_id]
        shown.setdefault(stage, []).append(_case(case, stands.get(case_id)))
        steps.setdefault(stage, []).append(Step(case.item_id, standing_of(case)))
    seen = [view_stage(stage, steps.get(stage, []), wanted.get(stage, [])) for stage in Stage]
    stages = [
        StageShown(
            stage=view.stage,
            name=STAGE_NAMES[view.stage],
            progress=view.progress,
            progress_name=PROGRESS_NAMES[view.progress],
            cases=shown.get(view.stage, []),
            missing=list(view.missing),
            optional=list(view.optional),
        )
        for view in seen
    ]
    names = await halls.names(project.hall_id)
    return {
        "id": project.id,
        "number": project.number,
        "name": project.name,
        "kind": Kind(project.kind),
        "kind_name": KIND_NAMES[Kind(project.kind)],
        "hall_id": project.hall_id,
        "hall": names[project.hall_id],
        "owner": owner_shown(project.owner_name, project.enterprise_id),
        "state": ProjectState(project.state),
        "created_at": project.created_at,
        "closed_at": project.closed_at,
        "closed_why": project.closed_why,
        "stages": stages,
        "unsorted": shown.get(None, []),
        "next": next_step(seen) if project.state == ProjectState.OPEN else "该项目已关闭。",
        "meetings": await listing.of_project(project.id),
    }


def owner_shown(name: Personal, enterprise_id: UUID | None) -> str:
    """Who builds: an enterprise by its name, which is public; a person masked."""
    return name.reveal() if enterprise_id is not None else name.masked()


async def _wanted(hall_id: UUID) -> Mapping[int, Sequence[Wanted]]:
    rows = await queries.stage_items(hall_id)
    found: dict[int, list[Wanted]] = {}
    for row in rows:
        wanted = Wanted(row["item_id"], row["name"], row["required"])
        found.setdefault(row["stage"], []).append(wanted)
    return found


def _case(case: CaseFacts, stands: Stands | None) -> ProjectCaseShown:
    return ProjectCaseShown(
        case_id=case.id,
        number=case.number,
        item_name=case.item_name,
        state=case.state,
        progress=PROGRESS[case.state],
        submitted_at=case.submitted_at,
        decided_at=case.decided_at,
        promised_due=case.promised_due,
        remaining_days=stands.remaining if stands else None,
        light=stands.light if stands else None,
    )


def page_of_projects(act: Act, rows: list[dict[str, Any]], limit: int) -> Page[ProjectRow]:
    """A page of projects, each with its owner masked, but enterprises."""
    keyring = act.house.keyring

    def show(row: dict[str, Any]) -> ProjectRow:
        name = Personal(keyring.open(row["owner_name"], "projects.owner_name").decode(), "name")
        return ProjectRow(
            id=row["id"],
            number=row["number"],
            name=row["name"],
            kind=Kind(row["kind"]),
            owner=owner_shown(name, row["enterprise_id"]),
            state=ProjectState(row["state"]),
            created_at=row["created_at"],
            cases=row["cases"],
        )

    return page(rows, limit, show, lambda row: (row["id"],))

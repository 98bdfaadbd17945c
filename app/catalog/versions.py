"""Versions of items: what a stored one says, and the row that a new one becomes."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.catalog.form_rules import form_problems
from app.catalog.guide import FLAGS, Content, Guide, Kind, VersionState
from app.catalog.models import Item, ItemVersion
from app.catalog.rules import content_problems, search_text
from app.catalog.schemas import Offered, Part, Stage
from app.catalog.situations import Situation, decide, require_complete
from app.core.acts import canonical
from app.core.db import new_id

DEFAULT_STAGE = "审查决定"
"""The stage of an item whose guide plans none."""
_PLAIN = (
    "name",
    "group_name",
    "case_type",
    "served_objects",
    "department_code",
    "region_code",
    "legal_days",
    "promised_days",
    "limits_given",
    "visits",
    *FLAGS,
)
"""The columns of a version that are fields of `Content` under the same name."""


def problems(content: Content, *, bundle: bool) -> list[str]:
    """Everything that keeps `content` from being published, as sentences."""
    return content_problems(content, bundle=bundle) + form_problems(content.guide.form)


def departments_named(content: Content, own: str) -> set[str]:
    """The names of all departments that an item of the department `own` involves."""
    guide = content.guide
    planned = {part.department for stage in guide.stages for part in stage.departments}
    return {own} | planned | ({guide.supervising_department} - {""})


def stages_of(content: Content, own: str, departments: Mapping[str, UUID]) -> list[Stage]:
    """The stages with their departments' ids; without a plan one stage, of the department `own`.

    Raises:
        KeyError: `departments` does not know a name of the plan.
    """
    if not content.guide.stages:
        part = Part(
            department_id=departments[own],
            department_name=own,
            days=content.promised_days,
            lead=True,
        )
        return [Stage(name=DEFAULT_STAGE, parts=[part])]
    return [
        _led(
            Stage(
                name=stage.name,
                joint=stage.joint,
                parts=[
                    Part(
                        department_id=departments[part.department],
                        department_name=part.department,
                        days=part.days,
                        overdue_agrees=part.overdue_agrees,
                        absent_agrees=part.absent_agrees,
                        lead=part.department == stage.lead,
                    )
                    for part in stage.departments
                ],
            )
        )
        for stage in content.guide.stages
    ]


def _led(stage: Stage) -> Stage:
    """The stage with somebody who leads it: where nobody does, the first."""
    if any(part.lead for part in stage.parts):
        return stage
    first, *others = stage.parts
    led = [msgspec.structs.replace(first, lead=True), *others]
    return msgspec.structs.replace(stage, parts=led)


def stages_in(stored: str) -> list[Stage]:
    """The stages as a version stores them; those of older versions name no lead."""
    return [_led(stage) for stage in msgspec.json.decode(stored, type=list[Stage])]


def situation_of(offered: Offered, answers: Mapping[str, Collection[str]]) -> Situation:
    """The applicant's situation by complete answers to the item's questions. Pure.

    Raises:
        SituationProblem: an unknown question or choice, or a question without an answer.
    """
    situation = decide(offered.guide, answers)
    require_complete(situation)
    return situation


def narrowed(offered: Offered, answers: Mapping[str, Collection[str]]) -> Offered:
    """What is offered to somebody in this situation: the form, materials and stages that apply.

    Pure; an item without questions is offered as it is.

    Raises:
        SituationProblem: as for `situation_of`.
    """
    if not offered.guide.situations and not answers:
        return offered
    return in_situation(offered, situation_of(offered, answers))


def in_situation(offered: Offered, situation: Situation) -> Offered:
    """`offered` with what the situation leaves of it."""
    stages = offered.stages
    if offered.guide.stages:
        stages = [
            _led(
                msgspec.structs.replace(
                    offered.stages[at], parts=[offered.stages[at].parts[n] for n in kept]
                )
            )
            for at, kept in situation.stages
        ]
    return msgspec.structs.replace(offered, guide=situation.guide, stages=stages)


def digest_of(content: Content, *, bundle: bool, stages: list[Stage]) -> bytes:
    """SHA-256 of all that a version says, the same for the same content."""
    return hashlib.sha256(canonical([bundle, content, stages])).digest()


def version_row(
    item: Item,
    number: int,
    content: Content,
    *,
    department: str,
    departments: Mapping[str, UUID],
    at: datetime,
    publish: bool,
) -> ItemVersion:
    """The row of a new version of `item`, not saved yet; `departments` are ids by name."""
    stages = stages_of(content, department, departments)
    return ItemVersion(
        id=new_id(),
        item_id=item.id,
        hall_id=item.hall_id,
        number=number,
        state=VersionState.PUBLISHED if publish else VersionState.DRAFT,
        kind_code=content.kind,
        department_id=departments[department],
        guide=msgspec.to_builtins(content.guide),
        stages=msgspec.to_builtins(stages),
        content_digest=digest_of(content, bundle=item.bundle, stages=stages),
        search_text=search_text(content, item.implementation_code, department),
        created_at=at,
        published_at=at if publish else None,
        **msgspec.to_builtins({name: getattr(content, name) for name in _PLAIN}),
    )


def content_of(row: Mapping[str, Any]) -> Content:
    """What a stored version says; `row` has every column of it and the guide as JSON text."""
    fields = {name: row[name] for name in _PLAIN}
    guide = msgspec.json.decode(row["guide"], type=Guide)
    return msgspec.convert(fields | {"kind": row["kind_code"], "guide": guide}, Content)


def offered(row: Mapping[str, Any], department_name: str) -> Offered:
    """A stored version as the features above see it; `row` as in `content_of`, with its item's."""
    kind = Kind(row["kind_code"])
    known = {name: row[name] for name in Offered.__struct_fields__ if name in row}
    return msgspec.convert(
        known
        | {
            "kind": kind.label,
            "department_name": department_name,
            "guide": msgspec.json.decode(row["guide"], type=Guide),
            "stages": stages_in(row["stages"]),
        },
        Offered,
    )

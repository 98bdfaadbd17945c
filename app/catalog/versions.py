"""Versions of items: what a stored one says, and the row that a new one becomes."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.catalog.forms import form_problems
from app.catalog.guide import FLAGS, Content, Guide, Kind, VersionState
from app.catalog.models import Item, ItemVersion
from app.catalog.rules import content_problems, search_text
from app.catalog.schemas import Offered, Part, Stage
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
    return {own} | {part.department for stage in content.guide.stages for part in stage.departments}


def stages_of(content: Content, own: str, departments: Mapping[str, UUID]) -> list[Stage]:
    """The stages with their departments' ids; without a plan one stage, of the department `own`.

    Raises:
        KeyError: `departments` does not know a name of the plan.
    """
    if not content.guide.stages:
        part = Part(department_id=departments[own], department_name=own, days=content.promised_days)
        return [Stage(name=DEFAULT_STAGE, parts=[part])]
    return [
        Stage(
            name=stage.name,
            parts=[
                Part(
                    department_id=departments[part.department],
                    department_name=part.department,
                    days=part.days,
                )
                for part in stage.departments
            ],
        )
        for stage in content.guide.stages
    ]


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
            "stages": msgspec.json.decode(row["stages"], type=list[Stage]),
        },
        Offered,
    )

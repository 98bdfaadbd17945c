"""What is kept of a person's construction projects, for their rights to it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.citizens.service import Share
from app.core.acts import Act
from app.projects.models import Project


async def _export(act: Act, citizen_ids: Sequence[UUID]) -> list[dict[str, Any]]:  # noqa: ARG001
    rows = await Project.filter(owner_id__in=list(citizen_ids)).order_by("id")
    return [
        {
            "number": row.number,
            "name": row.name,
            "owner": row.owner_name.reveal(),
            "site": row.site.reveal(),
            "state": row.state,
            "created_at": row.created_at,
        }
        for row in rows
    ]


async def _forget(act: Act, citizen_ids: Sequence[UUID]) -> None:
    """A project is filed with its cases and stays as long as they do."""


SHARE = Share("projects", _export, _forget)

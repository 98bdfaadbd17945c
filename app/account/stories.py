"""The history of a thing as a page shows it: who, when, what, from what to what."""

from uuid import UUID

from app.account import details
from app.core.acts import Act
from app.halls import service as halls
from app.trail import service as trail
from app.trail.schemas import TrailEntry


async def of(
    act: Act, hall_id: UUID, *subjects: str, verb: str | None = None
) -> list[dict[str, object]]:
    """The latest entries about some things of a hall, of all verbs or one, the newest first."""
    return await shown(await trail.history(act, hall_id, list(subjects), verb=verb))


async def shown(entries: list[TrailEntry]) -> list[dict[str, object]]:
    """Entries with what they say besides in words."""
    names = await _names(entries)
    return [
        {"entry": entry, "details": [details.said(one, names) for one in entry.details]}
        for entry in entries
    ]


async def _names(entries: list[TrailEntry]) -> dict[UUID, str]:
    ids = {
        found
        for entry in entries
        for detail in entry.details
        for value in (*_texts(detail.value), *_texts(detail.before))
        if (found := details.id_in(value)) is not None
    }
    return await halls.names(*ids)


def _texts(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return [value] if isinstance(value, str) else []

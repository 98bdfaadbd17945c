"""The history of a thing as a page shows it: who, when, what, from what to what."""

from uuid import UUID

from app.account import words
from app.core.acts import Act
from app.core.audit import Plain
from app.halls import service as halls
from app.trail import service as trail
from app.trail.schemas import Detail, TrailEntry


async def of(
    act: Act, hall_id: UUID, *subjects: str, verb: str | None = None
) -> list[dict[str, object]]:
    """The latest entries about some things of a hall, of all verbs or one, the newest first."""
    return await shown(await trail.history(act, hall_id, list(subjects), verb=verb))


async def shown(entries: list[TrailEntry]) -> list[dict[str, object]]:
    """Entries with what they say besides in words."""
    names = await _names(entries)
    return [
        {"entry": entry, "details": [_said(detail, names) for detail in entry.details]}
        for entry in entries
    ]


async def _names(entries: list[TrailEntry]) -> dict[UUID, str]:
    ids = {
        found
        for entry in entries
        for detail in entry.details
        for value in (*_texts(detail.value), *_texts(detail.before))
        if (found := _id(value)) is not None
    }
    return await halls.names(*ids)


def _texts(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return [value] if isinstance(value, str) else []


def _id(text: str) -> UUID | None:
    """The id in a value such as `clerk@<id>`, `staff:<id>` or `<id>`."""
    try:
        return UUID(text.rpartition("@")[2].rpartition(":")[2])
    except ValueError:
        return None


def _said(detail: Detail, names: dict[UUID, str]) -> str:
    name = words.DETAILS.get(detail.name, detail.name)
    now = words.said(_worded(detail.value, names))
    if not detail.changed:
        return f"{name}：{now}"
    return f"{name}：{words.said(_worded(detail.before, names))} → {now}"


def _worded(value: Plain, names: dict[UUID, str]) -> Plain:
    """Ids in a value as the names that they stand for."""
    if isinstance(value, list):
        return [_text(one, names) for one in value]
    return _text(value, names) if isinstance(value, str) else value


def _text(text: str, names: dict[UUID, str]) -> str:
    found = _id(text)
    if found is None or found not in names:
        return text
    role, at, _ = text.rpartition("@")
    if at:
        return f"{words.ROLES.get(role, role)}（{names[found]}）"  # type: ignore[call-overload]
    return names[found]

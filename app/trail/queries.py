"""Reading the trail, within halls or beside all of them.

Each hall is read along its own index, (hall_id, at, id), so that a page costs the same however
many halls and entries there are; what is looked for by actor, subject or request has its own.
What belongs to no hall stands at the end of the same index.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core import db

_COLUMNS = "e.id, e.at, e.actor, e.verb, e.subject, e.hall_id, e.request_id, e.data"


@dataclass(frozen=True)
class Wanted:
    """What is looked for. `after`: the place of the last entry of the page before.

    `halls` is None for what belongs to no hall.
    """

    halls: list[UUID] | None
    since: datetime
    until: datetime
    actors: list[str] | None = None
    verb: str | None = None
    subject: str | None = None
    subjects: list[str] | None = None
    request_id: str | None = None
    after: tuple[datetime, int] | None = None


async def search(wanted: Wanted, limit: int) -> list[dict[str, Any]]:
    """At most `limit` entries, the newest first."""
    found, values = statement(wanted, limit)
    return await db.fetch(
        "SELECT id, at, actor, verb, subject, hall_id, request_id, data::text AS data"  # noqa: S608
        f" FROM ({found}) f ORDER BY at DESC, id DESC",
        *values,
    )


def statement(wanted: Wanted, limit: int) -> tuple[str, list[Any]]:
    """What finds the entries, and its values."""
    values: list[Any] = [wanted.halls or [], wanted.since, wanted.until, limit]
    conditions = _conditions(wanted, values)  # texts of this file; what is looked for is in values
    if wanted.halls is None:
        # Sorted by hall_id too, which is NULL in all of them: else the index would not be used.
        found = (
            f"SELECT {_COLUMNS} FROM audit_entries e WHERE e.hall_id IS NULL"  # noqa: S608
            f" AND $1::uuid[] IS NOT NULL AND {conditions}"
            " ORDER BY e.hall_id DESC, e.at DESC, e.id DESC LIMIT $4"
        )
    elif wanted.actors is not None or wanted.subject or wanted.subjects or wanted.request_id:
        among = f"SELECT {_COLUMNS} FROM audit_entries e WHERE e.hall_id = ANY($1::uuid[])"  # noqa: S608
        found = f"{among} AND {conditions} ORDER BY e.at DESC, e.id DESC LIMIT $4"
    else:
        found = (
            "SELECT e.* FROM unnest($1::uuid[]) AS h(id) CROSS JOIN LATERAL"  # noqa: S608
            f" (SELECT {_COLUMNS} FROM audit_entries e WHERE e.hall_id = h.id AND {conditions}"
            "  ORDER BY e.at DESC, e.id DESC LIMIT $4) e"
            " ORDER BY e.at DESC, e.id DESC LIMIT $4"
        )
    return found, values


async def oldest(halls: list[UUID] | None) -> datetime | None:
    """When the first entry of these halls, or of none, was made; None if there is none."""
    where = (
        "SELECT (SELECT at FROM audit_entries WHERE hall_id IS NULL"
        " ORDER BY hall_id, at, id LIMIT 1) AS at"
        if halls is None
        else "SELECT min(e.at) AS at FROM unnest($1::uuid[]) AS h(id) CROSS JOIN LATERAL"
        " (SELECT at FROM audit_entries WHERE hall_id = h.id ORDER BY at, id LIMIT 1) e"
    )
    row = await db.fetch_one(where, *([] if halls is None else [halls]))
    return row["at"] if row else None


def _conditions(wanted: Wanted, values: list[Any]) -> str:
    """What every entry must be, and the values for it at the end of `values`."""
    found = ["e.at >= $2 AND e.at < $3"]

    def need(condition: str, *given: Any) -> None:
        numbers = range(len(values) + 1, len(values) + 1 + len(given))
        values.extend(given)
        found.append(condition.format(*(f"${number}" for number in numbers)))

    if wanted.after is not None:
        need("(e.at, e.id) < ({}::timestamptz, {}::bigint)", *wanted.after)
    if wanted.actors is not None:
        need("e.actor = ANY({}::text[])", wanted.actors)
    if wanted.verb and wanted.verb.endswith("."):
        need("starts_with(e.verb, {})", wanted.verb)
    elif wanted.verb:
        need("e.verb = {}", wanted.verb)
    if wanted.subject and wanted.subject.endswith(":"):
        need("starts_with(e.subject, {})", wanted.subject)
    elif wanted.subject:
        need("e.subject = {}", wanted.subject)
    if wanted.subjects is not None:
        need("e.subject = ANY({}::text[])", wanted.subjects)
    if wanted.request_id:
        need("e.request_id = {}", wanted.request_id)
    return " AND ".join(found)

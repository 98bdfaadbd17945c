"""Searching the trail: scoped to the halls of whoever asks; each search is itself an entry."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from app.core.acts import Act
from app.core.audit import Plain
from app.core.auth import Role, Staff, require_staff
from app.core.errors import Forbidden, InvalidQuery
from app.core.wire import Page, decode_cursor, page
from app.halls import service as halls
from app.halls import staff_search
from app.trail import queries, rules, verbs
from app.trail.queries import Wanted
from app.trail.schemas import TrailEntry, TrailQuery

READERS = (Role.ADMIN, Role.SUPERVISOR)


async def search(act: Act, query: TrailQuery) -> Page[TrailEntry]:
    """Entries of the caller's halls, the newest first. The search itself is entered.

    Raises:
        Forbidden: the caller neither administers nor supervises the hall that is asked for.
        InvalidQuery: the last day is before the first or more than a year after it, or `after` is
            no place in a list.
    """
    person = require_staff(act.actor)
    wanted = await _wanted(act, person, query)
    rows = await queries.search(wanted, query.limit + 1)
    about = query.hall_id or person.hall_id
    async with act.transaction() as tx:
        tx.audit("trail.searched", f"trail:{about}", hall_id=about, **_told(wanted, query))
    return await _page(rows, query.limit)


async def history(
    act: Act, hall_id: UUID, subjects: list[str], *, verb: str | None = None, limit: int = 20
) -> list[TrailEntry]:
    """The latest entries about some things of a hall, for those who may read its trail.

    It goes back to the first entry: what is shown beside a thing is that thing's whole story.
    """
    person = require_staff(act.actor)
    begin, now = datetime.fromtimestamp(0, UTC), act.at + timedelta(seconds=1)
    wanted = Wanted(_halls(person, hall_id), begin, now, subjects=subjects, verb=verb)
    return (await _page(await queries.search(wanted, limit), limit)).items


def _told(wanted: Wanted, query: TrailQuery) -> dict[str, Plain]:
    """What a search was for. Of a name that was typed, the keys that it stands for are told."""
    told: dict[str, Plain] = {
        "first": query.first.isoformat() if query.first else None,
        "last": query.last.isoformat() if query.last else None,
        "actors": wanted.actors,
        "sought_verb": query.verb,
        "sought_subject": query.subject,
        "sought_request": query.request_id,
    }
    return {name: value for name, value in told.items() if value is not None}


async def _wanted(act: Act, person: Staff, query: TrailQuery) -> Wanted:
    among = _halls(person, query.hall_id)
    since, until = rules.moments(query.first, query.last, act.today)
    if until <= since:
        raise InvalidQuery("结束日期不能早于开始日期。", field="to")
    if until - since > rules.LONGEST:
        raise InvalidQuery("一次最多查询一年，请缩短时间段。", field="from")
    cursor = decode_cursor(query.after, datetime, int)
    return Wanted(
        among,
        since,
        until,
        actors=await _actors(among, query.who) if query.who else None,
        verb=query.verb,
        subject=query.subject,
        request_id=query.request_id,
        after=(cursor[0], cursor[1]) if cursor else None,
    )


def _halls(person: Staff, hall_id: UUID | None) -> list[UUID]:
    mine = person.halls(*READERS)
    if hall_id is None and mine:
        return sorted(mine)
    if hall_id is None or hall_id not in mine:
        raise Forbidden
    return [hall_id]


async def _actors(among: list[UUID], who: str) -> list[str]:
    """The keys that a name, a number or a key stands for; a key stands for itself."""
    if who.partition(":")[0] in verbs.ACTORS:
        return [who]
    return [f"staff:{found}" for found in await staff_search.called(among, who)]


async def _page(rows: list[dict[str, Any]], limit: int) -> Page[TrailEntry]:
    names = await halls.names(*_ids(rows))
    return page(rows, limit, lambda row: _entry(row, names), lambda row: (row["at"], row["id"]))


def _ids(rows: list[dict[str, Any]]) -> set[UUID]:
    """The ids that stand for somebody or something with a name in a hall."""
    keys = {key for row in rows for key in (row["actor"], row["subject"])}
    return {found for key in keys if (found := _id(key)) is not None}


def _id(key: str) -> UUID | None:
    kind, _, rest = key.partition(":")
    if kind not in ("staff", "window", "hall", "department"):
        return None
    try:
        return UUID(rest)
    except ValueError:
        return None


def _entry(row: dict[str, Any], names: dict[UUID, str]) -> TrailEntry:
    return TrailEntry(
        id=row["id"],
        at=row["at"],
        actor=row["actor"],
        actor_name=_name(row["actor"], verbs.ACTORS, names),
        verb=row["verb"],
        verb_name=verbs.name_of(row["verb"]),
        subject=row["subject"],
        subject_name=_name(row["subject"], verbs.SUBJECTS, names),
        hall_id=row["hall_id"],
        request_id=row["request_id"],
        details=rules.details(msgspec.json.decode(row["data"])),
    )


def _name(key: str, kinds: dict[str, str], names: dict[UUID, str]) -> str:
    """A key in words: the name where it has one, else its kind and what tells it from others."""
    kind, _, rest = key.partition(":")
    word = kinds.get(kind, kind)
    if (found := _id(key)) is not None and found in names:
        return names[found]
    if not rest:
        return word
    if kind == "trail":
        return word
    try:
        return f"{word} …{UUID(rest).hex[-6:]}"
    except ValueError:
        return f"{word} {rest}"

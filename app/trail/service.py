"""Searching the trail: scoped to the halls of whoever asks; each search is itself an entry."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from app.core.acts import Act
from app.core.audit import Plain
from app.core.auth import Role, Staff, require_staff
from app.core.clock import day_of
from app.core.errors import Forbidden, InvalidQuery
from app.core.wire import Page, decode_cursor, encode_cursor, page
from app.halls import administration, staff_search
from app.halls import service as halls
from app.trail import queries, rules, verbs
from app.trail.queries import Wanted
from app.trail.schemas import TrailEntry, TrailQuery

READERS = (Role.ADMIN, Role.SUPERVISOR)


async def search(act: Act, query: TrailQuery) -> Page[TrailEntry]:
    """Entries of the caller's halls, or of no hall, the newest first. The search itself is entered.

    A page reads at most a year (`rules.LONGEST`); its `next` goes on in the year before.

    Raises:
        Forbidden: the caller neither administers nor supervises the hall that is asked for; or
            asks for what belongs to no hall, and does so for no hall that stands on top.
        InvalidQuery: the last day is before the first, or `after` is no place in a list.
    """
    person = require_staff(act.actor)
    wanted, rest = await _wanted(act, person, query)
    rows = await queries.search(wanted, query.limit + 1)
    about = query.hall_id or person.hall_id
    async with act.transaction() as tx:
        tx.audit("trail.searched", f"trail:{about}", hall_id=about, **_told(wanted, query))
    found = await _page(rows, query.limit)
    if found.next is None and rest is not None:
        return msgspec.structs.replace(found, next=encode_cursor(*rest))
    return found


async def begins(act: Act, query: TrailQuery) -> date | None:
    """The day in China of the first entry among which a search looks; None if there is none.

    Raises Forbidden as `search` does.
    """
    found = await queries.oldest(await _scope(require_staff(act.actor), query))
    return day_of(found) if found else None


async def reads_without_hall(person: Staff) -> bool:
    """Whether this person may search what belongs to no hall."""
    return await administration.on_top(person, *READERS)


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
        "without_hall": query.without_hall or None,
    }
    return {name: value for name, value in told.items() if value is not None}


async def _wanted(
    act: Act, person: Staff, query: TrailQuery
) -> tuple[Wanted, tuple[datetime, int] | None]:
    """What this page looks for, and the place where the next goes on if this one is not full."""
    among = await _scope(person, query)
    try:
        since, until = rules.moments(query.first, query.last, act.today)
    except OverflowError:
        raise InvalidQuery("日期不正确，请重新选择。", field="to") from None
    if until <= since:
        raise InvalidQuery("结束日期不能早于开始日期。", field="to")
    cursor = decode_cursor(query.after, datetime, int)
    after = (cursor[0], cursor[1]) if cursor else None
    try:
        begin, rest = rules.stretch(since, until, after)
    except (TypeError, OverflowError):
        raise InvalidQuery("翻页位置不正确，请从第一页重新查看。", field="after") from None
    wanted = Wanted(
        among,
        begin,
        until,
        actors=await _actors(person, among, query.who) if query.who else None,
        verb=query.verb,
        subject=query.subject,
        request_id=query.request_id,
        after=after,
    )
    return wanted, rest


async def _scope(person: Staff, query: TrailQuery) -> list[UUID] | None:
    """The halls among whose entries is searched; None for what belongs to no hall."""
    if not query.without_hall:
        return _halls(person, query.hall_id)
    if query.hall_id is not None:
        raise InvalidQuery("请在“某个中心”和“不属于任何中心”之间选一个。", field="without_hall")
    if not await reads_without_hall(person):
        raise Forbidden
    return None


def _halls(person: Staff, hall_id: UUID | None) -> list[UUID]:
    mine = person.halls(*READERS)
    if hall_id is None and mine:
        return sorted(mine)
    if hall_id is None or hall_id not in mine:
        raise Forbidden
    return [hall_id]


async def _actors(person: Staff, among: list[UUID] | None, who: str) -> list[str]:
    """The keys that a name, a number or a key stands for; a key stands for itself."""
    if who.partition(":")[0] in verbs.ACTORS:
        return [who]
    halls_of_person = sorted(person.halls(*READERS)) if among is None else among
    return [f"staff:{found}" for found in await staff_search.called(halls_of_person, who)]


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
    head, _, tail = rest.partition(":")
    try:
        told = f"{word} …{UUID(head).hex[-6:]}"
    except ValueError:
        return f"{word} {rest}"
    return f"{told} {tail}" if tail else told

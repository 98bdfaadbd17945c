"""The list of published items as one statement: filters, search, order, and where to read on.

A search ranks what it finds by a grade, the smaller the better: 0 the name itself, 1 it begins so,
2 every word is in it, 3 everyday words mean it; only where nothing has these: 4 it sounds the same,
5 and more the likeness of characters, 5 where all typed pairs are there. Among equals those used
most come first, then those added first.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.catalog import search
from app.catalog.guide import FLAGS
from app.catalog.schemas import ItemQuery
from app.core import db
from app.core.wire import decode_cursor

LIGHT = (
    "v.item_id, v.id AS version_id, v.number AS version_number, v.state, v.hall_id,"
    " i.implementation_code, i.bundle, v.name, v.group_name, v.kind_code, v.case_type,"
    " v.served_objects, v.department_id, v.department_code, v.region_code, v.legal_days,"
    " v.promised_days, v.limits_given, v.visits, v.published_at, " + ", ".join(FLAGS)
)
FIRST_ALIKE = 4
_USES = "coalesce(u.count, 0)"
_TABLES = (
    " FROM item_versions v JOIN items i ON i.id = v.item_id"
    " LEFT JOIN item_uses u ON u.item_id = v.item_id"
)
_INDEX = " JOIN item_index x ON x.version_id = v.id"


class _Statement:
    """The values and conditions of a statement that is being put together."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.conditions = ["v.state = 'published'"]

    def value(self, value: Any) -> str:
        """The placeholder of a value."""
        self.values.append(value)
        return f"${len(self.values)}"

    def where(self, condition: str, *values: Any) -> None:
        """Add a condition; each `{}` in it stands for the next value."""
        self.conditions.append(condition.format(*map(self.value, values)))


async def published(query: ItemQuery) -> tuple[list[dict[str, Any]], Sequence[str]]:
    """The published items that fit, one more than asked, and the columns that they are sorted by.

    Raises:
        InvalidQuery: `after` is no place in a list of this order.
    """
    if not query.q.strip():
        return await _ordered(query, query.order or "added")
    if query.order not in (None, "best"):
        return await _ordered(query, query.order)
    return await _best(query)


async def _ordered(query: ItemQuery, order: str) -> tuple[list[dict[str, Any]], Sequence[str]]:
    statement = _filtered(query)
    if query.q.strip():
        typed = search.read(query.q)
        direct, meant = await _words(statement, query, typed)
        statement.conditions += [f"({d} OR {m})" for d, m in zip(direct, meant, strict=True)]
    if order == "most_used":
        cursor = decode_cursor(query.after, int, UUID)
        if cursor:
            statement.where(f"(-{_USES}, v.item_id) > (-{{}}::int, {{}})", *cursor)
        return await _rows(query, statement, "0", f"{_USES} DESC, v.item_id"), ("uses", "item_id")
    cursor = decode_cursor(query.after, UUID)
    if cursor:
        statement.where("v.item_id > {}", *cursor)
    return await _rows(query, statement, "0", "v.item_id"), ("item_id",)


async def _best(query: ItemQuery) -> tuple[list[dict[str, Any]], Sequence[str]]:
    cursor = decode_cursor(query.after, int, int, UUID)
    typed = search.read(query.q)
    rows: list[dict[str, Any]] = []
    if cursor is None or cursor[0] < FIRST_ALIKE:
        statement = _filtered(query)
        direct, meant = await _words(statement, query, typed)
        statement.conditions += [f"({d} OR {m})" for d, m in zip(direct, meant, strict=True)]
        rows = await _graded(query, statement, _grade(statement, typed, direct), cursor)
    if not rows and typed.pairs and (cursor is None or cursor[0] >= FIRST_ALIKE):
        statement = _filtered(query)
        rows = await _graded(query, statement, _likeness(statement, typed), cursor)
    return rows, ("grade", "uses", "item_id")


def _filtered(query: ItemQuery) -> _Statement:
    statement = _Statement()
    if query.hall_id is not None:
        statement.where("v.hall_id = {}", query.hall_id)
    if query.department_id is not None:
        statement.where("v.department_id = {}", query.department_id)
    if query.kind is not None:
        statement.where("v.kind_code = {}", int(query.kind))
    for flag in FLAGS:
        if getattr(query, flag) is not None:
            statement.where(f"v.{flag} = {{}}", getattr(query, flag))
    if query.bundle is not None:
        statement.where("i.bundle = {}", query.bundle)
    return statement


async def _words(
    statement: _Statement, query: ItemQuery, typed: search.Typed
) -> tuple[list[str], list[str]]:
    """For each word the condition that it is there itself, and that what it means is there."""
    own = await _own_words(query.hall_id, typed.name)
    direct, meant = [], []
    for word in typed.words:
        tests = [f"strpos(x.words, {statement.value(word)}) > 0"]
        sound = search.sound_of(word)
        if sound:
            tests.append(f"strpos(x.sound, {statement.value(' ' + sound)}) > 0")
            tests.append(f"strpos(x.initials, {statement.value(sound)}) > 0")
        direct.append(f"({' OR '.join(tests)})")
        terms = [_all_in(statement, term) for term in search.meant(word, own)]
        meant.append(f"({' OR '.join(terms)})" if terms else "false")
    return direct, meant


def _all_in(statement: _Statement, term: str) -> str:
    parts = (f"strpos(x.words, {statement.value(part)}) > 0" for part in term.split())
    return f"({' AND '.join(parts)})"


async def _own_words(hall_id: UUID | None, typed: str) -> Mapping[str, tuple[str, ...]]:
    if hall_id is None:
        return {}
    rows = await db.fetch(
        "SELECT phrase, terms FROM search_synonyms WHERE hall_id = $1 AND strpos($2, phrase) > 0",
        hall_id,
        typed,
    )
    return {row["phrase"]: tuple(row["terms"]) for row in rows}


def _grade(statement: _Statement, typed: search.Typed, direct: Sequence[str]) -> str:
    cases = []
    if typed.name:
        name = statement.value(typed.name)
        begins = [f"starts_with(x.name, {name})"]
        sound = search.sound_of(typed.name)
        if sound:
            begins.append(f"starts_with(x.sound, {statement.value(' ' + sound)})")
            begins.append(f"starts_with(x.initials, {name})")
        cases += [f"WHEN x.name = {name} THEN 0", f"WHEN {' OR '.join(begins)} THEN 1"]
    cases.append(f"WHEN {' AND '.join(direct)} THEN 2")
    return f"CASE {' '.join(cases)} ELSE 3 END"


def _likeness(statement: _Statement, typed: search.Typed) -> str:
    """The grade by likeness; what is not alike enough is left out by a condition."""
    pairs = (f"(strpos(x.words, {statement.value(pair)}) > 0)::int" for pair in typed.pairs)
    alike = f"({' + '.join(pairs)})"
    sounds = (
        f"strpos(x.sound, {statement.value(' ' + typed.sound)}) > 0" if typed.sound else "false"
    )
    needed = max(1, round(len(typed.pairs) * search.ENOUGH_ALIKE))
    statement.conditions.append(f"({sounds} OR {alike} >= {needed})")
    return f"CASE WHEN {sounds} THEN 4 ELSE {5 + len(typed.pairs)} - {alike} END"


async def _graded(
    query: ItemQuery, statement: _Statement, grade: str, cursor: tuple[Any, ...] | None
) -> list[dict[str, Any]]:
    if cursor:
        place = f"({grade}, -{_USES}, v.item_id) > ({{}}::int, -{{}}::int, {{}})"
        statement.where(place, *cursor)
    return await _rows(query, statement, grade, f"grade, {_USES} DESC, v.item_id")


async def _rows(
    query: ItemQuery, statement: _Statement, grade: str, order: str
) -> list[dict[str, Any]]:
    columns = f"{LIGHT}, {grade} AS grade, {_USES} AS uses"
    tables = _TABLES + (_INDEX if query.q.strip() else "")
    where = " AND ".join(statement.conditions)
    return await db.fetch(
        f"SELECT {columns}{tables} WHERE {where} ORDER BY {order} LIMIT {query.limit + 1}",
        *statement.values,
    )

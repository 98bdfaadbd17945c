"""Submissions on top of a million cases, against the same SQL by pgbench, one case a commit.

The SQL is caught while a real submission runs, so that it is what serves, whatever it says.
"""

import asyncio
import re
import statistics
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec

from app import server
from app.catalog import service as catalog
from app.catalog.guide import Content, Guide, Kind, Requirement, StagePart, StagePlan
from app.catalog.schemas import ItemIn, Offered
from app.core import db
from app.core.acts import system_act
from app.core.inprocess import serving
from tests.bench import million, town
from tests.bench.ground import DEPARTMENT, Ground, numbered, sql_id
from tests.bench.load import Rate, pgbench, write_requests, wrk
from tests.bench.table import Figure, out

ROUNDS, SECONDS = 3, 6
OURS_POOL, ROWS_EACH = 12_000, 200
CLIENTS = (8, 16, 32)
"""Connections of pgbench that are tried; the best counts."""
_FORM = {
    "type": "object",
    "required": ["shop", "address", "area"],
    "x-order": ["shop", "address", "area", "remark"],
    "properties": {
        "shop": {"type": "string", "title": "字号", "minLength": 2, "maxLength": 40},
        "address": {"type": "string", "title": "经营地址", "maxLength": 120},
        "area": {"type": "number", "title": "面积", "minimum": 4},
        "remark": {"type": "string", "title": "备注", "maxLength": 500},
    },
}
_GIVEN = {
    "shop": "青河巷子豆花店",
    "address": "青河县东风路 18 号 2 单元 301",
    "area": 86,
    "remark": "沿街一层，后厨在北侧。",
}
_LINES = (
    Requirement(code="premises", name="经营场所照片", max_photos=2),
    Requirement(code="plan", name="平面图", max_photos=2),
)
_STAGES = (
    StagePlan(name="登记", departments=(StagePart(department="部门0", days=2),)),
    StagePlan(
        name="联合审查",
        departments=tuple(StagePart(department=f"部门{n}", days=3) for n in (1, 2, 3)),
    ),
)
_KEY = "caught"
_NUMBER = re.compile(r"\d{21}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_NEW = 64
"""Kinds of `sql_id` from here on are rows that a submission makes."""


def _content() -> Content:
    guide = Guide(form=_FORM, materials=_LINES, stages=_STAGES, members=("BENCH-A", "BENCH-B"))
    return Content(
        name="开餐馆一件事", kind=Kind.LICENCE, legal_days=20, promised_days=8, guide=guide
    )


async def _item(ground: Ground, database: str) -> Offered:
    async with server.open_house(ground.on(database)) as house:
        made = await catalog.add_item(
            system_act(house, "bench"),
            ItemIn(
                hall_id=town.HALL_ID,
                implementation_code="BENCH-SUBMITTED",
                department_id=numbered(DEPARTMENT, 0),
                bundle=True,
                content=_content(),
            ),
        )
        return await catalog.published(made.item_id)


def _photos(citizen: int) -> list[UUID]:
    return [numbered(million.PHOTO, citizen * 2 + nth) for nth in range(2)]


def _body(item: Offered, citizen: int) -> bytes:
    return msgspec.json.encode(
        {
            "item_id": item.item_id,
            "version_id": item.version_id,
            "form": _GIVEN,
            "delivery": {"way": item.guide.delivery[0]},
            "materials": [
                {"requirement": line.code, "material_ids": [photo]}
                for line, photo in zip(_LINES, _photos(citizen), strict=True)
            ],
        }
    )


def _headers(citizen: int, key: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {million.token(citizen)}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }


def _request(item: Offered, citizen: int, key: str) -> bytes:
    body = _body(item, citizen)
    lines = [f"{name}: {value}" for name, value in _headers(citizen, key).items()]
    head = "\r\n".join(
        ["POST /api/v1/cases HTTP/1.1", "Host: 127.0.0.1", *lines, f"Content-Length: {len(body)}"]
    )
    return f"{head}\r\n\r\n".encode() + body


Statement = tuple[str, tuple[Any, ...]]


async def _caught(ground: Ground, database: str, item: Offered) -> tuple[list[Statement], float]:
    """What the second of two submissions sends to the database, and when it began (s).

    Its idempotency key is `_KEY` and the item's version.
    """
    caught: list[Statement] = []
    made: Callable[..., None] = asyncpg.Connection.__init__

    def listened_to(self: asyncpg.Connection, *given: Any, **named: Any) -> None:
        made(self, *given, **named)
        self.add_query_logger(lambda query: caught.append((query.query, query.args or ())))

    db._Connection.__init__ = listened_to  # type: ignore[method-assign]
    try:
        async with (
            server.open_house(ground.on(database)) as house,
            serving(server.create_app(house.settings, house, "bench")) as url,
            httpx.AsyncClient(base_url=url) as client,
        ):
            for key in ("first", _KEY):  # the first also fills what a worker keeps
                caught.clear()
                began = time.time()
                answer = await client.post(
                    "/api/v1/cases",
                    content=_body(item, 0),
                    headers=_headers(0, f"{key}-{item.version_id}"),
                )
                assert answer.status_code == httpx.codes.CREATED, answer.text
            await asyncio.sleep(0)
    finally:
        del db._Connection.__init__
    return [one for one in caught if "case_serials" not in one[0]], began


class _Script:
    """The statements of one submission as pgbench runs them, for the citizen `:n`."""

    def __init__(self, item: Offered, began: float) -> None:
        self._began = began
        self._tokens: dict[str, str] = {
            str(million.citizen(0)): sql_id(million.CITIZEN, ":n::bigint"),
            **{
                str(photo): sql_id(million.PHOTO, f":n::bigint * 2 + {nth}")
                for nth, photo in enumerate(_photos(0))
            },
            f"{_KEY}-{item.version_id}": "('rows-' || (:n::bigint)::text)",
        }

    def of(self, statements: list[Statement]) -> str:
        """The whole script."""
        for _, values in statements:
            self._learn(values)
        lines = ["\\set i :i + 1", "\\set n :first + :client_id * :each + :i - 1"]
        return "\n".join([*lines, *(self._line(sql, values) for sql, values in statements)]) + "\n"

    def _learn(self, values: tuple[Any, ...]) -> None:
        """Note what is another one in every submission: ids just made, the case's number."""
        for value in values:
            for one in value if isinstance(value, list) else [value]:
                if self._just_made(one):
                    kind = _NEW + len(self._tokens)
                    self._tokens.setdefault(str(one), sql_id(kind, ":n::bigint"))
                elif isinstance(one, str) and (found := _NUMBER.search(one)):
                    number = "('99010020991231' || lpad((:n::bigint)::text, 6, '0') || '0')"
                    self._tokens.setdefault(found[0], number)

    def _just_made(self, value: Any) -> bool:
        """Whether it is an id, or one as text, that the submission made: they tell the time."""
        found = _UUID.fullmatch(str(value))
        return found is not None and UUID(found[0]).int >> 80 >= int(self._began * 1000)

    def _line(self, sql: str, values: tuple[Any, ...]) -> str:
        sql = " ".join(sql.split()).rstrip(";")
        if "FROM audit_chains" in sql:
            return sql.replace("$1", "(:n::bigint % 16)::smallint") + " \\gset"
        entry = "UPDATE audit_chains" in sql

        def place(match: re.Match[str]) -> str:
            number = int(match[1])
            if entry and number == 1:
                return "(:n::bigint % 16)::smallint"
            if entry and number == 3:
                return "ARRAY[:seq::bigint + 1]"
            if entry and number == 11:
                return "(:seq::bigint + 1)"
            return self._value(values[number - 1])

        return re.sub(r"\$(\d+)", place, sql) + ";"

    def _value(self, value: Any) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, list | tuple):
            return f"ARRAY[{', '.join(map(self._value, value))}]" if value else "'{}'"
        if isinstance(value, bool | int | float):
            return str(value).lower()
        if value == million.hashed(million.token(0)):
            return "sha256(('bench-token-' || (:n::bigint)::text)::bytea)"
        if isinstance(value, bytes):
            return f"'\\x{value.hex()}'"
        if isinstance(value, datetime | date):
            return _quoted(value.isoformat())
        text = str(value)
        if text in self._tokens:  # also of ids that travel as text
            return self._tokens[text]
        return f"'{text}'::uuid" if isinstance(value, UUID) else self._text(text)

    def _text(self, text: str) -> str:
        pieces = [_quoted(text)]
        for token, expression in self._tokens.items():
            pieces = [
                part
                for piece in pieces
                for part in (
                    _between(piece, token, f"({expression})::text")
                    if piece.startswith("E'")
                    else [piece]
                )
            ]
        return pieces[0] if len(pieces) == 1 else f"({' || '.join(pieces)})"


def _quoted(text: str) -> str:
    """A text in SQL; no colon in it, which pgbench would take for a variable."""
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a")
    return f"E'{escaped}'"


def _between(literal: str, token: str, expression: str) -> list[str]:
    """A quoted text in pieces, with `expression` wherever it says `token`."""
    pieces: list[str] = []
    for nth, piece in enumerate(literal[2:-1].split(token)):
        pieces += [expression] if nth else []
        pieces.append(f"E'{piece}'")
    return pieces


async def _forget_later(ground: Ground, database: str) -> None:
    found = await asyncpg.connect(ground.on(database).database_url)
    await found.execute("TRUNCATE outbox")
    await found.close()


class _Contest:
    def __init__(self, ground: Ground, database: str) -> None:
        self._ground = ground
        self._database = database
        self._next = 1
        """The next citizen who has not submitted anything; 0 was for the catching."""
        self._item = asyncio.run(_item(ground, database))
        statements, began = asyncio.run(_caught(ground, database, self._item))
        self._script = ground.folder / "submission.sql"
        self._script.write_text(_Script(self._item, began).of(statements), encoding="utf-8")
        out.print(f"  a submission is {len(statements)} statements")
        self._clients = 0

    def _cases(self) -> int:
        return int(self._ground.value(self._database, "SELECT count(*) FROM cases"))

    def _first(self, count: int) -> int:
        self._next += count
        return self._next - count

    def ours(self) -> Rate:
        """`zhangban serve` with one worker."""
        file: Path = self._ground.folder / "submissions"
        first = self._first(OURS_POOL)
        write_requests(
            file,
            (
                _request(self._item, n, f"{self._item.version_id}-{n}")
                for n in range(first, first + OURS_POOL)
            ),
        )
        # What the rows left to be done later is not this round's work.
        asyncio.run(_forget_later(self._ground, self._database))
        before = self._cases()
        with self._ground.serving(self._database) as url:
            rate = wrk(url, file, SECONDS)
        there = self._cases() - before
        assert there >= rate.done, f"{rate.done} acknowledged, {there} there"
        return rate

    def rows(self) -> Rate:
        """pgbench: the same statements, one submission a commit."""
        if not self._clients:
            tries = {clients: self._rows(clients, 50) for clients in CLIENTS}
            self._clients = max(tries, key=lambda clients: tries[clients].per_second)
        return self._rows(self._clients, ROWS_EACH)

    def _rows(self, clients: int, each: int) -> Rate:
        first = self._first(clients * each)
        before = self._cases()
        rate = pgbench(
            self._ground, self._database, self._script, clients=clients, each=each, first=first
        )
        assert self._cases() - before == rate.done
        return rate


def figures(ground: Ground, database: str) -> list[Figure]:
    """Alternating rounds; the median of the ratios counts."""
    contest = _Contest(ground, database)
    found: list[float] = []
    for number in range(ROUNDS):
        ours, rows = contest.ours(), contest.rows()
        found.append(ours.per_second / rows.per_second)
        out.print(
            f"  round {number + 1}  submissions  {ours.per_second:.0f} a second (p50"
            f" {ours.p50:.0f} ms), by rows {rows.per_second:.0f}"
        )
    return [
        Figure(
            "case_creations_vs_pgbench_rows",
            statistics.median(found),
            "whole submissions by HTTP, and the same SQL, one case a commit",
        )
    ]

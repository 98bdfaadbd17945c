"""The manager's console with ten million ratings behind it: server time, weight, first paint.

Every page of the console is measured, also new ones: pages with an id are found by following
links, as a person would. Server time is that of whole answers, asked for one after the other on
one worker; weight is all that a page loads into an empty cache, compressed, the charts' library
apart; first paint is what Chromium tells (first contentful paint), with an empty cache each time.
"""

import asyncio
import os
import re
import statistics
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape

import asyncpg
import httpx
import msgspec
from playwright.async_api import Browser, async_playwright
from rich.table import Column, Table

from app import server
from app.core import db, sessions
from app.core.clock import CHINA
from app.core.identity import COOKIE
from tests.bench.ground import HALL, ONE_HALL, STAFF, Ground, numbered, sql_id
from tests.bench.load import MissingProgramError
from tests.bench.parts import size
from tests.bench.table import Figure, out
from tests.browser import chromium, seeing
from tests.browser.pages import Seen, every_page
from tests.browser.settings import USUAL

DATABASE = "bench_console"
RATINGS = int(os.environ.get("BENCH_RATINGS", size.LARGE))
"""Fewer make a quicker try whose figures say less."""
ASKED, PAINTED = 20, 5
SERVER_MS, WEIGHT_KB, PAINT_MS = 100, 200, 1000
ROLES = ("manager", "supervisor")
FIRST = "/console"
_HREF = re.compile(r'href="(/[^"#]*)"')
_PAINT = """() => new Promise((done) => {
    new PerformanceObserver((list) => {
        const found = list.getEntriesByName("first-contentful-paint");
        if (found.length) done(found[0].startTime);
    }).observe({type: "paint", buffered: true});
})"""


BAD = 20_000
"""Bad ratings, one in a hundred of which is still under way."""
_STATE = "(ARRAY['to_verify', 'to_rule', 'appealed', 'to_rectify', 'to_answer'])[n / 5000 % 5 + 1]"
_BAD = f"""
INSERT INTO rectifications (id, rating_id, hall_id, department_id, item_name, level, tags, state,
    verdict, contact_over, declined, appealed, sent_back, attempts, clock_since, clock_waited,
    complex, entered_on, step_due, step_days, rectify_due, due_provisional, red_at, late,
    received_at, received_on, assigned_at, closed_at)
SELECT gen_random_uuid(), r.id, s.hall_id, s.department_id, s.item_name, 2, '{{213}}', x.state,
    CASE WHEN x.state IN ('closed', 'to_rectify', 'to_answer') THEN 'true' END, true, false,
    false, false, 0, r.day, 0, false, r.day,
    CASE WHEN NOT x.done THEN r.day + 7 END, CASE WHEN NOT x.done THEN 5 END, r.day + 7, false,
    CASE WHEN NOT x.done AND n > 1000 THEN r.received_at END, false, r.received_at, r.day,
    r.received_at, CASE WHEN x.done THEN r.received_at + interval '4 days' END
FROM generate_series(0, least($1::bigint, {BAD} * 50) - 1, 50) n
CROSS JOIN LATERAL (SELECT n % 5000 <> 0 AS done,
    CASE WHEN n % 5000 <> 0 THEN 'closed' ELSE {_STATE} END AS state) x
JOIN ratings r ON r.id = {sql_id(size.RATING, "n")} JOIN services s ON s.id = r.service_id
"""


@dataclass
class Measured:
    """What was measured of one page."""

    path: str
    server_ms: float
    weight_kb: float = 0.0
    paint_ms: list[float] = field(default_factory=list)


async def _fill(ground: Ground) -> None:
    await size.fill(ground, DATABASE, RATINGS)
    found = await asyncpg.connect(ground.on(DATABASE).database_url, command_timeout=None)
    await found.execute(_BAD.replace("$1::bigint", str(RATINGS)))
    await found.execute("VACUUM ANALYZE rectifications")
    await found.close()


async def token_of(ground: Ground, database: str) -> str:
    """A session of somebody who manages and supervises the hall."""
    async with server.open_house(ground.on(database)) as house:
        for role in ROLES:
            await db.execute(
                "INSERT INTO staff_roles (id, staff_id, role, hall_id) VALUES ($1, $2, $3, $4)"
                " ON CONFLICT DO NOTHING",
                db.new_id(),
                numbered(STAFF, 0),
                role,
                numbered(HALL, 0),
            )
        token, _ = await sessions.open_session(
            "staff", numbered(STAFF, 0), now=house.clock.now(), lifetime=timedelta(hours=6)
        )
    return token


def _found(client: httpx.Client) -> list[str]:
    """The address of each page of the console, those with an id as links name them.

    What is asked for a period stands there twice: as it opens, and for a whole year.
    """
    pages = [page for page in every_page() if page.template.startswith(FIRST)]
    known = {page.key: page.template for page in pages if page.stands_alone}
    seen: set[str] = set()
    while waiting := [path for path in known.values() if path not in seen]:
        for path in waiting:
            seen.add(path)
            for link in _HREF.findall(client.get(path).text):
                for page in pages:
                    if page.key not in known and page.is_at(unescape(link)):
                        known[page.key] = unescape(link)
    for page in pages:
        if page.key not in known:
            out.print(f"  no link led to {page.key}: not measured")
    return [*known.values(), *(_of_a_year(page) for page in pages if _has_period(page))]


def _has_period(page: Seen) -> bool:
    query = page.endpoint.query
    names = {field.encode_name for field in msgspec.structs.fields(query)} if query else set()
    return page.stands_alone and {"from", "to"} <= names


def _of_a_year(page: Seen) -> str:
    """The page over the longest period that somebody is likely to ask for."""
    yesterday = datetime.now(CHINA).date() - timedelta(days=1)
    return f"{page.template}?from={yesterday - timedelta(days=364)}&to={yesterday}"


def served(client: httpx.Client, path: str, asked: int = ASKED) -> float | None:
    """The median time of so many answers in ms; None for what is no page by itself."""
    times = []
    for _ in range(asked):
        began = time.perf_counter()
        answer = client.get(path)
        times.append((time.perf_counter() - began) * 1000)
    if answer.status_code != httpx.codes.OK:
        out.print(f"  {path} answers {answer.status_code}: not measured")
        return None
    return statistics.median(times) if "<html" in answer.text[:1000] else None


async def _seen(url: str, token: str, pages: list[Measured]) -> None:
    async with async_playwright() as playwright:
        browser = await chromium.launch(playwright)
        for _ in range(PAINTED):
            for page in pages:
                await _paint(browser, url, token, page)
        await browser.close()


async def _paint(browser: Browser, url: str, token: str, page: Measured) -> None:
    context = await browser.new_context(**USUAL)  # an empty cache
    await context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
    tab = await context.new_page()
    loaded = seeing.Loaded(tab)
    await tab.goto(url + page.path, wait_until="load")
    page.paint_ms.append(await tab.evaluate(_PAINT))
    page.weight_kb = max(page.weight_kb, await loaded.weight() / 1000)
    await context.close()


def _print(pages: list[Measured]) -> None:
    title = f"targets: server < {SERVER_MS} ms, weight < {WEIGHT_KB} kB, paint < {PAINT_MS} ms"
    page_column = Column("page", overflow="fold")
    table = Table(page_column, "server", "kB", "paint", title=title, title_justify="left")
    for page in sorted(pages, key=lambda one: -one.server_ms):
        paint = statistics.median(page.paint_ms)
        row = (f"{page.server_ms:.1f}", f"{page.weight_kb:.0f}", f"{paint:.0f}")
        table.add_row(page.path, *row)
    out.print(table)


def run(ground: Ground) -> list[Figure]:
    """Make the ratings (some minutes), then open every page of the console."""
    if chromium.find() is None:
        raise MissingProgramError(chromium.LEFT_OUT)
    began = time.perf_counter()
    ground.make(DATABASE, ONE_HALL)
    asyncio.run(_fill(ground))
    out.print(f"  {RATINGS} ratings made in {time.perf_counter() - began:.0f} s")
    token = asyncio.run(token_of(ground, DATABASE))
    with (
        ground.serving(DATABASE) as url,
        httpx.Client(base_url=url, cookies={COOKIE: token}, timeout=60) as client,
    ):
        measured = [(path, served(client, path)) for path in _found(client)]
        pages = [Measured(path, took) for path, took in measured if took is not None]
        asyncio.run(_seen(url, token, pages))
    _print(pages)
    return [
        Figure(
            "console_server_ms",
            max(page.server_ms for page in pages),
            f"the slowest of {len(pages)} console pages, {RATINGS} ratings behind them",
            SERVER_MS,
            at_most=True,
        ),
        Figure(
            "console_weight_kb",
            max(page.weight_kb for page in pages),
            "the heaviest console page with all it loads, the charts' library apart",
            WEIGHT_KB,
            at_most=True,
        ),
        Figure(
            "console_first_paint_ms",
            max(statistics.median(page.paint_ms) for page in pages),
            "the slowest first contentful paint of a console page, nothing cached",
            PAINT_MS,
            at_most=True,
        ),
    ]

"""The console in a dense county: server time of each view of the scores.

Every view by every dimension, trends by every step, of the county and of one item, over a day, a
month, a year and five years. The slowest median counts.
"""

import asyncio
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

import httpx
from rich.table import Table

from app.console.figures import BY_NAMES
from app.core.clock import CHINA
from app.core.identity import COOKIE
from evaluations.scores.periods import Step
from tests.bench import county
from tests.bench.ground import HALL, ITEM, Ground, numbered
from tests.bench.parts.console import served, token_of
from tests.bench.table import Figure, out

DATABASE = "bench_county"
PERIODS = {"a day": 1, "a month": 30, "a year": 365, "five years": 5 * 365}
SERVER_MS = 100
_MOST_STEPS = 400
"""A trend has no more."""
_STEP_DAYS = {Step.DAY: 1, Step.WEEK: 7, Step.MONTH: 28, Step.QUARTER: 90}
_PAGES = ("", "/tags", "/participation", "/participation/unrated", "/ratings")


def _views(days: int) -> Iterator[str]:
    """The address of each view over so many days, but for its hall and period."""
    one = {"by": "item", "key": str(numbered(ITEM, county.OWN))}
    for page in _PAGES:
        yield f"/console{page}?"
    for page in ("/ratings", "/participation/unrated"):
        yield f"/console{page}?{urlencode(one)}"
    for page in ("/scores", "/ranking", "/compare"):
        for by in BY_NAMES:
            yield f"/console{page}?by={by}"
    for step, least in _STEP_DAYS.items():
        if days / least <= _MOST_STEPS:
            yield f"/console/trend?step={step}"
            yield f"/console/trend?{urlencode(one)}&step={step}"


def _of(days: int, yesterday: date) -> str:
    first = yesterday - timedelta(days=days - 1)
    hall = numbered(HALL, 0)
    return urlencode({"hall_id": hall, "from": first.isoformat(), "to": yesterday.isoformat()})


def run(ground: Ground) -> list[Figure]:
    """Make the county (some minutes), then ask for every view."""
    began = time.perf_counter()
    ground.make(DATABASE, county.TOWN)
    asyncio.run(county.fill(ground, DATABASE))
    out.print(f"  a dense county made in {time.perf_counter() - began:.0f} s")
    token = asyncio.run(token_of(ground, DATABASE))
    yesterday = datetime.now(CHINA).date() - timedelta(days=1)
    times: dict[str, dict[str, float]] = {}
    with (
        ground.serving(DATABASE) as url,
        httpx.Client(base_url=url, cookies={COOKIE: token}, timeout=60) as client,
    ):
        for name, days in PERIODS.items():
            for view in _views(days):
                took = served(client, f"{view}&{_of(days, yesterday)}".replace("?&", "?"))
                if took is not None:
                    times.setdefault(view.rstrip("?"), {})[name] = took
    _print(times)
    return [
        Figure(
            "console_county_server_ms",
            max(took for by_period in times.values() for took in by_period.values()),
            f"the slowest of {len(times)} views of a dense county, a day to five years",
            SERVER_MS,
            at_most=True,
        )
    ]


def _print(times: dict[str, dict[str, float]]) -> None:
    table = Table("ms, by view", *PERIODS, title_justify="left")
    for view, took in times.items():
        table.add_row(view, *(f"{took[name]:.1f}" if name in took else "" for name in PERIODS))
    out.print(table)

"""The console in a dense county: server time of each view of the scores.

Every view by every dimension, trends by every step, of the county and of one item, over a day, a
month, a year and five years. The slowest median counts. Beside the time stands the processor time
of the worker and the database for one answer, which says more where other programs run.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

import httpx
from rich.table import Table

from app.console.figures import BY_NAMES
from app.core.clock import CHINA
from app.core.identity import COOKIE
from evaluations.scores.periods import Step
from tests.bench import county, processors
from tests.bench.ground import HALL, ITEM, Ground, numbered
from tests.bench.parts.console import served, token_of
from tests.bench.table import Figure, out

DATABASE = "bench_county"
PERIODS = {"a day": 1, "a month": 30, "a year": 365, "five years": 5 * 365}
SERVER_MS, ASKED = 100, 10
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


@dataclass(frozen=True)
class _Took:
    """What an answer took, in ms: by the clock, and of all processors."""

    time: float
    processor: float


def _asked(client: httpx.Client, path: str) -> _Took | None:
    before = processors.spent()
    took = served(client, path, ASKED)
    each = processors.since(before) * 1000 / ASKED
    return None if took is None else _Took(took, each)


def run(ground: Ground) -> list[Figure]:
    """Make the county (some minutes), then ask for every view."""
    began = time.perf_counter()
    ground.make(DATABASE, county.TOWN)
    asyncio.run(county.fill(ground, DATABASE))
    out.print(f"  a dense county made in {time.perf_counter() - began:.0f} s")
    token = asyncio.run(token_of(ground, DATABASE))
    yesterday = datetime.now(CHINA).date() - timedelta(days=1)
    views: dict[str, dict[str, _Took]] = {}
    with (
        ground.serving(DATABASE) as url,
        httpx.Client(base_url=url, cookies={COOKIE: token}, timeout=60) as client,
    ):
        for name, days in PERIODS.items():
            for view in _views(days):
                took = _asked(client, f"{view}&{_of(days, yesterday)}".replace("?&", "?"))
                if took is not None:
                    views.setdefault(view.rstrip("?"), {})[name] = took
    _print(views)
    all_of_them = [took for by_period in views.values() for took in by_period.values()]
    what = f"of {len(views)} views of a dense county, a day to five years"
    return [
        Figure(
            "console_county_server_ms",
            max(took.time for took in all_of_them),
            f"the slowest {what}",
            SERVER_MS,
            at_most=True,
        ),
        Figure(
            "console_county_processor_ms",
            max(took.processor for took in all_of_them),
            f"processor time of the dearest {what}",
        ),
    ]


def _print(views: dict[str, dict[str, _Took]]) -> None:
    table = Table("ms (of processors), by view", *PERIODS, title_justify="left")
    for view, took in views.items():
        cells = (
            f"{took[name].time:.1f} ({took[name].processor:.1f})" if name in took else ""
            for name in PERIODS
        )
        table.add_row(view, *cells)
    out.print(table)

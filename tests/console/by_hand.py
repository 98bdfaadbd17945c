"""Figures as a plain loop over services and ratings makes them, and as pages and files say them."""

import html
import io
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl

from app.core import db
from app.core.clock import CHINA

BY = ("hall", "department", "window", "staff", "item", "channel", "tag")


@dataclass
class Tally:
    """What is counted under one key."""

    levels: Counter[int] = field(default_factory=Counter)
    due: int = 0
    due_rated: int = 0

    @property
    def rated(self) -> int:
        return sum(self.levels.values())

    @property
    def bad(self) -> int:
        return self.levels[1] + self.levels[2]

    @property
    def good(self) -> int:
        return self.levels[4] + self.levels[5]

    @property
    def satisfaction(self) -> str:
        return share(self.rated - self.bad, self.rated)

    @property
    def good_rate(self) -> str:
        return share(self.good, self.rated)

    @property
    def participation(self) -> str:
        return share(self.due_rated, self.due)


def share(part: int, whole: int) -> str:
    """As the pages write it."""
    return f"{100 * part / whole:.1f}%" if whole else "—"


@dataclass(frozen=True)
class Raw:
    """All rows there are."""

    services: list[dict[str, Any]]
    ratings: list[dict[str, Any]]
    invalid: frozenset[Any]

    @classmethod
    async def read(cls) -> "Raw":
        services = await db.fetch("SELECT * FROM services")
        ratings = await db.fetch("SELECT * FROM ratings")
        ruled = await db.fetch("SELECT rating_id FROM rating_rulings")
        return cls(services, ratings, frozenset(row["rating_id"] for row in ruled))

    def count(self, by: str, first: date, last: date) -> dict[str, Tally]:
        """What each key counts in the days of a period; `total` is the key of everything."""
        found: dict[str, Tally] = defaultdict(Tally)
        of = {service["id"]: service for service in self.services}
        valid = [rating for rating in self.ratings if rating["id"] not in self.invalid]
        for rating in valid:
            if first <= _given_on(rating, of[rating["service_id"]]) <= last:
                for key in ["total", *_keys(by, of[rating["service_id"]], rating)]:
                    found[key].levels[rating["level"]] += 1
        rated = {rating["service_id"] for rating in valid}
        for service in self.services:
            if service["ended_at"] and first <= _day(service["ended_at"]) <= last:
                for key in ["total", *_keys(by, service, None)]:
                    found[key].due += 1
                    found[key].due_rated += service["id"] in rated
        return dict(found)


def _day(at: datetime) -> date:
    return at.astimezone(CHINA).date()


def _given_on(rating: dict[str, Any], service: dict[str, Any]) -> date:
    """By the device's clock as it was measured; not before the service, nor after it arrived."""
    told = rating["happened_at"] - timedelta(milliseconds=rating["clock_offset_ms"])
    return _day(max(service["started_at"], min(rating["received_at"], told)))


def _keys(by: str, service: dict[str, Any], rating: dict[str, Any] | None) -> list[str]:
    if by == "channel":
        return [str(rating["channel"])] if rating else []
    if by == "tag":
        return list(rating["tags"]) if rating else []
    key = service[f"{by}_id"]
    return [str(key)] if key else []


def rows_of(page: str, caption: str) -> list[dict[str, str]]:
    """The rows of the first table of a page with this caption: its cells by their labels.

    The head of a row is under the empty label.
    """
    [table] = re.findall(
        rf"<caption[^>]*>{re.escape(caption)}</caption>(.*?)</table>", page, re.DOTALL
    )[:1]
    found = []
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", table.partition("<tbody>")[2], re.DOTALL):
        cells = {"": _text(re.findall(r"<th[^>]*>(.*?)</th>", row, re.DOTALL)[0])}
        for label, cell in re.findall(r'<td[^>]*data-label="([^"]*)"[^>]*>(.*?)</td>', row, re.S):
            cells.setdefault(label, _text(cell))
        found.append(cells)
    return found


def twin_of(page: str, caption: str) -> list[list[str]]:
    """The table below a chart: the label of each point, and its values."""
    [table] = re.findall(
        rf'<caption class="unseen">{re.escape(caption)}</caption>(.*?)</table>', page, re.DOTALL
    )[:1]
    rows = re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.DOTALL)
    return [
        [_text(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", r, re.S)] for r in rows
    ]


def _text(cell: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", cell))).strip()


def number(said: str) -> int:
    return int(said.replace(",", ""))


def sheet_of(content: bytes, head: int = 4) -> list[dict[str, Any]]:
    """The rows of a file's first sheet, by the titles of its columns."""
    chosen = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    titles, *rows = list(chosen.iter_rows(min_row=head, values_only=True))
    return [dict(zip(map(str, titles), row, strict=True)) for row in rows]

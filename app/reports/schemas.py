"""Reports and exports on the wire."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.core.wire import In
from app.supervision.schemas import EntryQuery
from evaluations.scores.drill_schemas import BehindQuery

MonthText = Annotated[str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", max_length=7)]
FileName = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]


class MonthReportIn(In, frozen=True):
    """The report of a hall with all below it, for one month (`2026-03`)."""

    hall_id: UUID
    month: MonthText


class RatingsExportIn(BehindQuery, frozen=True, kw_only=True):
    """The ratings behind a figure; `after` and `limit` say nothing here."""


class EntryExportQuery(EntryQuery, frozen=True):
    """Which supervision entries; `after` and `limit` say nothing."""


class ImportQuery(In, frozen=True):
    """A catalogue file: its name tells JSON (`.json`) from a table; `dry_run` changes nothing."""

    name: FileName
    dry_run: bool = False

"""HTTP of reports, exports and imports: spreadsheets at once, the rest as long work."""

from uuid import UUID

from app.core.api import Call, Routes
from app.core.auth import Role, staff
from app.core.errors import Problem
from app.core.wire import File
from app.materials.intake import TooLarge, pieces
from app.reports import service
from app.reports.schemas import EntryExportQuery, ImportQuery, MonthReportIn, RatingsExportIn
from app.supervision.decided_schemas import DecidedQuery
from app.supervision.report_schemas import (
    DeadlineQuery,
    DefaultQuery,
    FigureComparisonQuery,
    FigureQuery,
    FigureTrendQuery,
    SupervisionPeriod,
)
from app.supervision.schemas import WarningQuery
from app.works.schemas import WorkShown
from evaluations.scores.unrated_schemas import UnratedQuery

routes = Routes("reports", "/api/v1")
READERS = staff(Role.MANAGER, Role.SUPERVISOR)
WATCHERS = staff(Role.CLERK, Role.REVIEWER, Role.SUPERVISOR, Role.MANAGER)
MOST_BYTES = 50_000_000
"""Of a catalogue file, as the importer takes it."""


class FileTooLarge(Problem):
    """The catalogue file has more bytes than are taken in."""

    status = 413
    code = "reports.file_too_large"
    title = f"文件超过 {MOST_BYTES // 1_000_000} MB，请分成几份导入。"


@routes.post("/reports/month", guard=READERS, status=202, once=True)
async def start_month(call: Call, body: MonthReportIn) -> WorkShown:
    """Have the month's report made as a PDF; the answer is the long work that makes it."""
    return await service.start_month(call.act, body)


@routes.post("/reports/ratings", guard=READERS, status=202, once=True)
async def start_ratings(call: Call, body: RatingsExportIn) -> WorkShown:
    """Have the ratings behind a figure written into a spreadsheet, as long work."""
    return await service.start_ratings(call.act, body)


@routes.post(
    "/halls/<hall_id:uuid>/catalog/import", guard=staff(Role.ADMIN), status=202, stream=True
)
async def start_import(call: Call, hall_id: UUID, query: ImportQuery) -> WorkShown:
    """Import a catalogue file, whose bytes are the body, as long work; see `dry_run`."""
    try:
        content = b"".join([piece async for piece in pieces(call.request, MOST_BYTES)])
    except TooLarge:
        raise FileTooLarge from None
    return await service.start_import(call.act, hall_id, query, content)


@routes.get("/supervision/figures.xlsx", guard=READERS)
async def download_figures(call: Call, query: FigureQuery) -> File:
    """The figures of handling time as a spreadsheet."""
    return await service.figures_file(call.act, query)


@routes.get("/supervision/figures/trend.xlsx", guard=READERS)
async def download_figures_trend(call: Call, query: FigureTrendQuery) -> File:
    """The trend of handling time as a spreadsheet."""
    return await service.figures_trend_file(call.act, query)


@routes.get("/supervision/figures/comparison.xlsx", guard=READERS)
async def download_figures_comparison(call: Call, query: FigureComparisonQuery) -> File:
    """Two periods of handling time as a spreadsheet."""
    return await service.figures_comparison_file(call.act, query)


@routes.get("/supervision/figures/cases.xlsx", guard=READERS)
async def download_decided(call: Call, query: DecidedQuery) -> File:
    """The decided cases behind a figure as a spreadsheet."""
    return await service.decided_file(call.act, query)


@routes.get("/scores/unrated.xlsx", guard=READERS)
async def download_unrated(call: Call, query: UnratedQuery) -> File:
    """The services that should have been rated and were not, as a spreadsheet."""
    return await service.unrated_file(call.act, query)


@routes.get("/supervision/deadlines.xlsx", guard=WATCHERS)
async def download_deadlines(call: Call, query: DeadlineQuery) -> File:
    """The open steps of a hall or a department as a spreadsheet."""
    return await service.deadlines_file(call.act, query)


@routes.get("/supervision/entries.xlsx", guard=WATCHERS)
async def download_entries(call: Call, query: EntryExportQuery) -> File:
    """Supervision entries as a spreadsheet."""
    return await service.entries_file(call.act, query)


@routes.get("/supervision/warnings.xlsx", guard=WATCHERS)
async def download_warnings(call: Call, query: WarningQuery) -> File:
    """Steps that will soon be overdue as a spreadsheet."""
    return await service.warnings_file(call.act, query)


@routes.get("/supervision/answers.xlsx", guard=READERS)
async def download_answers(call: Call, query: SupervisionPeriod) -> File:
    """How supervision entries were answered, by department, as a spreadsheet."""
    return await service.answers_file(call.act, query)


@routes.get("/supervision/defaults.xlsx", guard=READERS)
async def download_defaults(call: Call, query: DefaultQuery) -> File:
    """The reviews that were taken as agreed as a spreadsheet."""
    return await service.defaults_file(call.act, query)

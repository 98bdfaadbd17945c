"""Reports, exports and imports: what is made at once, and what is started as long work."""

import asyncio
from datetime import date
from pathlib import PurePath
from uuid import UUID

import msgspec

from app.core.acts import Act
from app.core.auth import Role, require_over_hall, require_staff
from app.core.errors import BadRequest, InvalidBody, InvalidQuery
from app.core.wire import File
from app.halls import service as halls
from app.pages.words import month as month_name
from app.reports import answer_sheets, behind_sheets, board_sheets, figure_sheets
from app.reports.gathering import MOST_ROWS, PIECE, TooManyRows, rows_of
from app.reports.kinds import CATALOG, MONTH, RATINGS, CatalogParams, MonthParams, RatingsParams
from app.reports.schemas import EntryExportQuery, ImportQuery, MonthReportIn, RatingsExportIn
from app.supervision import decided, handling, reports
from app.supervision import service as supervision
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
from app.works import service as works
from app.works.schemas import WorkShown
from evaluations.scores import drill, periods, unrated
from evaluations.scores.unrated_schemas import UnratedQuery

FORMATS = (".xlsx", ".csv", ".txt", ".json")
"""Of a catalogue file, as `zhangban catalog import` takes it."""


async def start_month(act: Act, wanted: MonthReportIn) -> WorkShown:
    """Have the month's report of a hall made.

    Raises:
        Forbidden: the caller neither manages nor supervises the hall.
        InvalidBody: the month has not begun.
    """
    require_over_hall(act.actor, wanted.hall_id, MONTH.roles)
    month = periods.month_of(wanted.month)
    if month.first > act.today:
        raise InvalidBody("这个月还没有开始。", field="month")
    name = (await halls.hall(wanted.hall_id)).name
    return await works.start(
        act,
        MONTH.name,
        MonthParams(hall_id=wanted.hall_id, month=wanted.month, upto=min(month.last, act.today)),
        hall_id=wanted.hall_id,
        title=f"{name} {month_name(month.first)} 月度报告",
    )


async def start_ratings(act: Act, wanted: RatingsExportIn) -> WorkShown:
    """Have the ratings behind a figure written into a spreadsheet.

    Raises:
        Forbidden, InvalidQuery: as the list of those ratings does.
    """
    require_over_hall(act.actor, wanted.hall_id, RATINGS.roles)
    first = msgspec.structs.replace(wanted, limit=1, after=None)
    found = await drill.ratings(act, first, texts=False)
    about = "" if found.key is None else f" {found.name}"
    return await works.start(
        act,
        RATINGS.name,
        RatingsParams(query=first),
        hall_id=wanted.hall_id,
        title=f"{found.hall_name}{about} 评价明细 {found.first} 至 {found.last}",
    )


async def start_import(act: Act, hall_id: UUID, query: ImportQuery, content: bytes) -> WorkShown:
    """Have a catalogue file imported into a hall, or with `dry_run` only looked through.

    Raises:
        Forbidden: the caller does not administer the hall.
        InvalidQuery: the name ends in no known way. BadRequest: the file is empty.
    """
    require_over_hall(act.actor, hall_id, [Role.ADMIN])
    name = PurePath(query.name.replace("\\", "/")).name
    if not name.lower().endswith(FORMATS):
        sentence = "请上传 .xlsx 电子表格、CSV 或 JSON 文件；其他格式请先另存为“.xlsx”。"
        raise InvalidQuery(sentence, field="name")
    if not content:
        raise BadRequest("文件是空的，请重新选择。")
    hall = (await halls.hall(hall_id)).name
    what = "试导入（不改动数据）" if query.dry_run else "导入"
    return await works.start(
        act,
        CATALOG.name,
        CatalogParams(
            hall_id=hall_id, is_json=name.lower().endswith(".json"), dry_run=query.dry_run
        ),
        hall_id=hall_id,
        title=f"{hall} 事项目录{what}：{name}",
        given=content,
        given_name=name,
    )


async def apply_import(act: Act, work_id: UUID) -> WorkShown:
    """Import the very file that a trial of the caller's has looked through.

    Raises:
        NotFound: it is not the caller's. NotKept: it was no trial, or its file is kept no more.
        Forbidden: the caller no longer administers the hall.
    """
    found = await works.given(act, work_id)
    if found.kind != CATALOG.name:
        raise works.NotKept
    params = msgspec.json.decode(found.params, type=CatalogParams)
    return await start_import(act, params.hall_id, ImportQuery(name=found.name), found.content)


async def figures_file(act: Act, query: FigureQuery) -> File:
    """Handling time of each key as a spreadsheet; raises as `handling.report`."""
    view = await handling.report(act, query)
    return await asyncio.to_thread(figure_sheets.of_report, view, act.at)


async def figures_trend_file(act: Act, query: FigureTrendQuery) -> File:
    """The trend of handling time as a spreadsheet; raises as `handling.trend`."""
    view = await handling.trend(act, query)
    return await asyncio.to_thread(figure_sheets.of_trend, view, act.at)


async def figures_comparison_file(act: Act, query: FigureComparisonQuery) -> File:
    """Two periods of handling time as a spreadsheet; raises as `handling.comparison`."""
    view = await handling.comparison(act, query)
    return await asyncio.to_thread(figure_sheets.of_comparison, view, act.at)


async def decided_file(act: Act, query: DecidedQuery) -> File:
    """All decided cases behind a figure as a spreadsheet. Raises TooManyRows; and as the list."""
    view = await decided.cases(act, msgspec.structs.replace(query, after=None, limit=1))
    rows = await rows_of(
        lambda after: decided.cases(act, msgspec.structs.replace(query, after=after, limit=PIECE))
    )
    return await asyncio.to_thread(behind_sheets.of_decided, view, rows, act.at)


async def unrated_file(act: Act, query: UnratedQuery) -> File:
    """All services that nobody rated as a spreadsheet. Raises TooManyRows; and as the list."""
    view = await unrated.services(act, msgspec.structs.replace(query, after=None, limit=1))
    if view.counted > MOST_ROWS:
        raise TooManyRows
    rows = await rows_of(
        lambda after: unrated.services(
            act, msgspec.structs.replace(query, after=after, limit=PIECE)
        )
    )
    return await asyncio.to_thread(behind_sheets.of_unrated, view, rows, act.at)


async def deadlines_file(act: Act, query: DeadlineQuery) -> File:
    """All open steps of a hall or a department as a spreadsheet.

    Raises:
        TooManyRows; and as `supervision.open_steps` does.
    """
    rows = await rows_of(
        lambda after: supervision.open_steps(
            act, msgspec.structs.replace(query, after=after, limit=PIECE)
        )
    )
    of = await _name(query.hall_id or query.department_id)
    return await asyncio.to_thread(board_sheets.of_deadlines, of, rows, act.at)


async def warnings_file(act: Act, query: WarningQuery) -> File:
    """All steps with a yellow light that the caller sees, as a spreadsheet. Raises TooManyRows."""
    rows = await rows_of(
        lambda after: supervision.warnings(
            act, msgspec.structs.replace(query, after=after, limit=PIECE)
        )
    )
    of = await _name(query.hall_id or query.department_id or require_staff(act.actor).hall_id)
    return await asyncio.to_thread(board_sheets.of_warnings, of, rows, act.at)


async def answers_file(act: Act, query: SupervisionPeriod) -> File:
    """How entries were answered as a spreadsheet; raises as `reports.answered`."""
    view = await reports.answered(act, query)
    return await asyncio.to_thread(answer_sheets.of_answers, view, act.at)


async def defaults_file(act: Act, query: DefaultQuery) -> File:
    """The reviews that were taken as agreed, by department and one by one, as a spreadsheet.

    Raises:
        TooManyRows; and as `reports.defaults` does.
    """
    period = SupervisionPeriod(hall_id=query.hall_id, first=query.first, last=query.last)
    view = await reports.defaults(act, period)
    rows = await rows_of(
        lambda after: reports.defaulted(
            act, msgspec.structs.replace(query, after=after, limit=PIECE)
        )
    )
    return await asyncio.to_thread(answer_sheets.of_defaults, view, rows, act.at)


async def entries_file(act: Act, query: EntryExportQuery) -> File:
    """All supervision entries that the caller sees of what is asked for, as a spreadsheet.

    Raises:
        TooManyRows; and as `supervision.listed` does.
    """
    rows = await rows_of(
        lambda after: supervision.listed(
            act, msgspec.structs.replace(query, after=after, limit=PIECE)
        )
    )
    person = require_staff(act.actor)
    of = await _name(query.hall_id or query.department_id or person.hall_id)
    return await asyncio.to_thread(board_sheets.of_entries, of, rows, act.at)


async def _name(key: UUID | None) -> str:
    return (await halls.names(key)).get(key, "") if key else ""


def months(today: date, count: int = 24) -> list[tuple[str, str]]:
    """The last months to choose from, `2026-03` with its name, the running one first."""
    found, at = [], today.year * 12 + today.month - 1
    for month in range(at, at - count, -1):
        year, rest = divmod(month, 12)
        running = "（未结束）" if month == at else ""
        value = f"{year:04}-{rest + 1:02}"
        found.append((value, f"{month_name(value)}{running}"))
    return found


def last_whole(months: list[tuple[str, str]]) -> str:
    """Of the months to choose from, the last one that is over: whose report is wanted most."""
    return months[1][0]

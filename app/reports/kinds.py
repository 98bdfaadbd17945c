"""The long work of this floor: the month's report, many ratings as a spreadsheet, a catalogue."""

import asyncio
import tempfile
from datetime import date
from pathlib import Path
from uuid import UUID

import msgspec

from app.catalog import service as catalog
from app.core.acts import Act
from app.core.auth import Role
from app.core.errors import Problem
from app.core.wire import File
from app.documents import service as documents
from app.reports import month, month_pdf
from app.reports.gathering import PIECE
from app.reports.rating_sheets import MOST_ROWS, RatingBook
from app.reports.schemas import RatingsExportIn
from app.works.kinds import Kind, Outcome, Running
from evaluations.scores import drill
from evaluations.scores.sheets import CONTENT_TYPE

READERS = (Role.MANAGER, Role.SUPERVISOR)


class TooManyRatings(Problem):
    """More than a spreadsheet holds."""

    status = 422
    code = "reports.too_many_ratings"
    title = f"超过 {MOST_ROWS:,} 条评价，请缩短时间段后再导出。"


class MonthParams(msgspec.Struct, frozen=True, kw_only=True):
    """Which report. `upto`, the last day that it counts, makes tomorrow's another one."""

    hall_id: UUID
    month: str
    upto: date


class RatingsParams(msgspec.Struct, frozen=True):
    """Which ratings."""

    query: RatingsExportIn


class CatalogParams(msgspec.Struct, frozen=True, kw_only=True):
    """How the given file is imported."""

    hall_id: UUID
    is_json: bool
    dry_run: bool


async def _month(act: Act, params: MonthParams, running: Running) -> Outcome:
    report = await month.gather(act, params.hall_id, params.month, running.tell)
    content = await documents.drawn(lambda: month_pdf.pdf_of(report))
    name = f"{report.hall_name}_月度报告_{params.month}.pdf"
    return Outcome(File(content, "application/pdf", name), message="报告已生成。")


async def _ratings(act: Act, params: RatingsParams, running: Running) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="zhangban-export-") as folder:
        path = Path(folder) / "ratings.xlsx"
        book: RatingBook | None = None
        after: str | None = None
        while True:
            query = msgspec.structs.replace(params.query, after=after, limit=PIECE)
            found = await drill.ratings(act, query, texts=False)
            if found.counted > MOST_ROWS:
                raise TooManyRatings
            if book is None:
                title = f"{found.hall_name} 评价明细"
                note = f"{found.first} 至 {found.last}（北京时间）；不含评价文字和个人信息"
                book = await asyncio.to_thread(RatingBook, path, title, note)
            await asyncio.to_thread(book.add, found.items)
            running.tell(book.rows, found.counted, "正在写入评价")
            after = found.next
            if after is None:
                break
        await asyncio.to_thread(book.close)
        content = await asyncio.to_thread(path.read_bytes)
    name = f"评价明细_{params.query.first}_{params.query.last}.xlsx"
    return Outcome(
        File(content, CONTENT_TYPE, name),
        {"rows": book.rows},
        f"共 {book.rows} 条评价。",
    )


async def _catalog(act: Act, params: CatalogParams, running: Running) -> Outcome:
    content = await running.given()
    running.tell(0, 0, "正在读取文件")
    with tempfile.TemporaryDirectory(prefix="zhangban-import-") as folder:
        path = Path(folder) / ("catalog.json" if params.is_json else "catalog")
        await asyncio.to_thread(path.write_bytes, content)
        result = await catalog.import_file(
            act,
            params.hall_id,
            path,
            dry_run=params.dry_run,
            progress=lambda done, total: running.tell(done, total, "正在导入事项"),
        )
    what = "试导入完成，没有改动数据" if params.dry_run else "导入完成"
    said = f"{what}：新增 {result.added} 项，更新 {result.changed} 项，未变 {result.unchanged} 项。"
    summary = msgspec.to_builtins(result)
    return Outcome(summary=summary, message=said, keep_given=params.dry_run)


MONTH = Kind("reports.month", MonthParams, READERS, _month)
RATINGS = Kind("reports.ratings", RatingsParams, READERS, _ratings)
CATALOG = Kind("catalog.import", CatalogParams, (Role.ADMIN,), _catalog)
KINDS = (MONTH, RATINGS, CATALOG)

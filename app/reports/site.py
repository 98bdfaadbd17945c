"""Pages of reports, imports and long work: started here, left, and found again."""

import asyncio
from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.api import Call
from app.core.auth import STAFF, Role, require_staff, staff
from app.core.errors import BadRequest, InvalidBody
from app.core.wire import In, PageQuery
from app.halls import service as halls
from app.materials import intake
from app.materials import service as materials
from app.pages.routes import PageRoutes, Redirect, View
from app.pages.words import month
from app.reports import service
from app.reports.kinds import CATALOG, MONTH, RATINGS
from app.reports.routes import MOST_BYTES, FileTooLarge
from app.reports.schemas import ImportQuery, MonthReportIn, MonthText, RatingsExportIn
from app.works import service as works
from app.works.rules import State

pages = PageRoutes("reports_pages", "")
READERS = staff(Role.MANAGER, Role.SUPERVISOR)
ADMIN = staff(Role.ADMIN)
TONES = {
    State.WAITING: "",
    State.RUNNING: "info",
    State.DONE: "good",
    State.FAILED: "bad",
    State.CANCELLED: "warn",
}
SHOWN = 20


class WorksQuery(In, frozen=True):
    """Which part of the list."""

    after: Annotated[str, Meta(max_length=300)] | None = None


class ReportsQuery(In, frozen=True):
    """What is chosen already."""

    hall_id: UUID | None = None
    month: MonthText | None = None


class ImportPageQuery(In, frozen=True):
    """Which hall is chosen already."""

    hall_id: UUID | None = None


@pages.page("/works", guard=STAFF)
async def works_page(call: Call, query: WorksQuery) -> View:
    """One's own long work."""
    found = await works.listed(call.act, PageQuery(after=query.after, limit=SHOWN))
    return View(
        "reports/works.html",
        title="任务",
        works=found,
        tones=TONES,
        further=query.after is not None,
    )


@pages.page("/works/parts/list", guard=STAFF)
async def works_part(call: Call) -> View:
    """The first part of the list, as it stands now."""
    found = await works.listed(call.act, PageQuery(limit=SHOWN))
    return View("reports/works_list.html", works=found, tones=TONES)


@pages.page("/works/<work_id:uuid>", guard=STAFF)
async def work_page(call: Call, work_id: UUID) -> View:
    """One work: its progress, and what came of it."""
    found = await works.shown(call.act, work_id)
    return View("reports/work.html", title=found.title, work=found, tones=TONES)


@pages.page("/works/<work_id:uuid>/part", guard=STAFF)
async def work_part(call: Call, work_id: UUID) -> View:
    """The same, as it stands now."""
    found = await works.shown(call.act, work_id)
    return View("reports/work_part.html", work=found, tones=TONES)


@pages.form("/works/<work_id:uuid>/cancel", guard=STAFF)
async def cancel(call: Call, work_id: UUID) -> Redirect:
    """Stop a work."""
    found = await works.cancel(call.act, work_id)
    said = "已取消。" if found.state is State.CANCELLED else "正在停止，请稍候。"
    return Redirect(f"/works/{work_id}", said=said)


@pages.page("/reports", guard=READERS)
async def reports_page(call: Call, query: ReportsQuery) -> View:
    """Where the month's report is ordered, and what was made lately."""
    made = await works.listed(call.act, PageQuery(limit=SHOWN), [MONTH.name, RATINGS.name])
    months = service.months(call.act.today)
    if query.month and query.month not in dict(months):
        months.append((query.month, month(query.month)))
    return View(
        "reports/reports.html",
        title="月度报告",
        halls=await _halls(call, (Role.MANAGER, Role.SUPERVISOR)),
        hall_id=query.hall_id,
        months=months,
        month=query.month or service.last_whole(months),
        works=made,
        tones=TONES,
    )


@pages.form("/reports/month", guard=READERS)
async def start_month(call: Call, body: MonthReportIn) -> Redirect:
    """Order the month's report."""
    work = await service.start_month(call.act, body)
    return Redirect(f"/works/{work.id}", said="已开始生成报告，可以离开本页，稍后在“任务”中查看。")


@pages.form("/reports/ratings", guard=READERS)
async def start_ratings(call: Call, body: RatingsExportIn) -> Redirect:
    """Order the ratings behind a figure as a spreadsheet."""
    work = await service.start_ratings(call.act, body)
    return Redirect(f"/works/{work.id}", said="已开始导出，可以离开本页，稍后在“任务”中查看。")


@pages.page("/admin/import", guard=ADMIN)
async def import_page(call: Call, query: ImportPageQuery) -> View:
    """Where a catalogue file is sent, tried out and imported."""
    return View(
        "reports/import.html",
        title="导入事项",
        halls=await _halls(call, (Role.ADMIN,)),
        hall_id=query.hall_id,
        works=await works.listed(call.act, PageQuery(limit=SHOWN), [CATALOG.name]),
        tones=TONES,
    )


@pages.form("/admin/import", guard=ADMIN, stream=True)
async def start_import(call: Call) -> Redirect:
    """Take a catalogue file in, and try it out or import it."""
    folder = materials.upload_folder(call.act.house)
    try:
        async with intake.receive(call.request, folder, MOST_BYTES, ("hall_id", "dry_run")) as sent:
            content = await asyncio.to_thread(sent.path.read_bytes)
    except intake.TooLarge:
        raise FileTooLarge from None
    except intake.EmptyFile:
        raise BadRequest("没有选择文件，或文件是空的。请重新选择。") from None
    form = _import_form(sent)
    query = ImportQuery(name=sent.filename, dry_run=form.dry_run)
    work = await service.start_import(call.act, form.hall_id, query, content)
    return Redirect(f"/works/{work.id}")


class ImportForm(In, frozen=True):
    """What is chosen beside the file."""

    hall_id: UUID
    dry_run: bool = False


def _import_form(sent: intake.Upload) -> ImportForm:
    try:
        return msgspec.convert(sent.fields, ImportForm, strict=False)
    except msgspec.ValidationError:
        raise InvalidBody("请选择要导入到的中心。", field="hall_id") from None


@pages.form("/admin/import/<work_id:uuid>", guard=ADMIN)
async def apply_import(call: Call, work_id: UUID) -> Redirect:
    """Import the file of a trial."""
    work = await service.apply_import(call.act, work_id)
    return Redirect(f"/works/{work.id}", said="已开始正式导入，可以离开本页。")


async def _halls(call: Call, roles: Iterable[Role]) -> list[tuple[UUID, str]]:
    """The caller's halls: their own first, then by name."""
    person = require_staff(call.act.actor)
    names = await halls.names(*person.halls(*roles))
    return sorted(names.items(), key=lambda found: (found[0] != person.hall_id, found[1]))

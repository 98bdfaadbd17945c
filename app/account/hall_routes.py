"""Administrators' pages about halls: departments, windows with their codes, days."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from app.account import posters, qr, scopes, stories, words
from app.account.forms import DayForm, HallQuery
from app.core.acts import Act
from app.core.api import Call
from app.core.auth import Role, staff
from app.core.wire import File
from app.halls import administration, phone_codes
from app.halls import screens as hall_screens
from app.halls import service as halls
from app.halls.schemas import DayIn, DepartmentIn, HallIn, HallShown, WindowIn, WindowShown
from app.pages.routes import PageRoutes, Redirect, View
from evaluations.ratings import links

pages = PageRoutes("admin-halls", "/admin/halls")
windows = PageRoutes("admin-windows", "/admin/windows")
ADMIN = staff(Role.ADMIN)
DAYS_BACK = timedelta(days=31)
"""How long a day of the hall's own is shown after it has passed."""


@pages.page("/", guard=ADMIN)
async def hall_page(call: Call, query: HallQuery) -> View:
    """A hall: departments, windows, days, big screens, and what was changed of it."""
    chosen = await scopes.chosen(call.act, query.hall)
    hall = chosen.hall
    departments = await administration.departments(hall.id)
    screens = await hall_screens.of_hall(call.act, hall.id)
    changed = (f"hall:{hall.id}", *(f"screen:{one.id}" for one in screens))
    return View(
        "account/halls.html",
        title="大厅与窗口",
        chosen=chosen,
        level=words.LEVELS[hall.level],
        departments=departments,
        department_names={one.id: one.name for one in departments},
        windows=await administration.windows(hall.id),
        days=await administration.days(hall.id, call.act.today - DAYS_BACK),
        level_options=list(words.LEVELS.items()),
        screens=screens,
        story=await stories.of(call.act, hall.id, *changed),
    )


@pages.form("/add", guard=ADMIN)
async def add_hall(call: Call, body: HallIn) -> Redirect:
    """Add a hall below one that the caller administers."""
    made = await halls.add_hall(call.act, body)
    return Redirect(f"/admin/halls?hall={made.id}", said="已添加。")


@pages.form("/<hall_id:uuid>/departments", guard=ADMIN)
async def add_department(call: Call, hall_id: UUID, body: DepartmentIn) -> Redirect:
    """Add a department."""
    await halls.add_department(call.act, hall_id, body)
    return Redirect(f"/admin/halls?hall={hall_id}", said="部门已添加。")


@pages.form("/<hall_id:uuid>/windows", guard=ADMIN)
async def add_window(call: Call, hall_id: UUID, body: WindowIn) -> Redirect:
    """Add a window."""
    await halls.add_window(call.act, hall_id, body)
    return Redirect(f"/admin/halls?hall={hall_id}", said="窗口已添加。")


@pages.form("/<hall_id:uuid>/days", guard=ADMIN)
async def set_day(call: Call, hall_id: UUID, body: DayForm) -> Redirect:
    """Open or close the hall on a day, against the national calendar."""
    day = DayIn(day=body.day, open=body.kind == "open", reason=body.reason)
    await halls.set_day(call.act, hall_id, day)
    return Redirect(f"/admin/halls?hall={hall_id}", said="已保存，相关办理期限会重新计算。")


@pages.page("/<hall_id:uuid>/codes", guard=ADMIN)
async def codes(call: Call, hall_id: UUID) -> View:
    """The rating codes of all windows of a hall, to be printed and put up."""
    chosen = await scopes.chosen(call.act, hall_id)
    found = await administration.windows(chosen.hall.id)
    return await _printed(call.act, chosen.hall, found)


@windows.page("/<window_id:uuid>/code", guard=ADMIN)
async def code(call: Call, window_id: UUID) -> View:
    """The rating code of one window, to be printed and put up."""
    hall_id = (await halls.window_on_duty(window_id)).hall_id
    chosen = await scopes.chosen(call.act, hall_id)
    found = await administration.windows(hall_id)
    return await _printed(call.act, chosen.hall, [w for w in found if w.id == window_id])


async def _printed(act: Act, hall: HallShown, found: list[WindowShown]) -> View:
    wanted = [
        posters.Wanted(
            id=window.id,
            title=f"{window.number} {window.name}",
            url=(await links.window_code(act, window.id)).url,
            call="扫一扫，请您评价",
            note="满意不满意，您说了算。用相机扫码评价不需要注册。",
            label=f"{window.number} {window.name}的评价二维码",
            draw=partial(phone_codes.of_window, window_id=window.id),
            address=f"/api/v1/windows/{window.id}/mini-program-code",
        )
        for window in found
    ]
    sheets, problem = await posters.made(act, wanted)
    return View(
        "account/codes.html",
        title="评价二维码",
        lead="打印后贴在窗口显眼处。群众用手机扫一扫，就能评价在这个窗口办的事。",
        hall=hall.name,
        posters=sheets,
        phone_problem=problem,
        back=f"/admin/halls?hall={hall.id}",
    )


@windows.page("/<window_id:uuid>/code.png", guard=ADMIN)
async def code_picture(call: Call, window_id: UUID) -> File:
    """The rating code of one window as a picture for a printer's shop."""
    window = await halls.window_on_duty(window_id)
    await scopes.chosen(call.act, window.hall_id)
    made = await links.window_code(call.act, window_id)
    return File(qr.png(made.url), "image/png", filename=f"评价二维码-{window.window_number}.png")

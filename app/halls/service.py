"""What can be done with halls, departments, windows and duty."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from tortoise.exceptions import IntegrityError

from app.core import db
from app.core.acts import Act, Transaction
from app.core.auth import Role, Staff, require_over_hall, require_staff
from app.core.calendar import WorkingCalendar
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.kept import Kept
from app.halls import queries
from app.halls.models import Department, Duty, Hall, HallDay, Window
from app.halls.queries import ByNumbers, OnDuty, WindowServed
from app.halls.rules import HallLevel, may_stand_below
from app.halls.schemas import DayIn, DepartmentIn, HallIn, WindowIn


class Taken(Conflict):
    """A number, a name or a code is in use already."""

    code = "halls.taken"
    title = "编号或名称已被使用，请换一个。"


class WrongPlace(Conflict):
    """A hall cannot stand below another of the same or a lower level."""

    code = "halls.wrong_place"
    title = "上级中心的层级必须高于本中心，请重新选择。"


class WindowTaken(Conflict):
    """Somebody else is on duty at the window."""

    code = "halls.window_taken"
    title = "该窗口已有人在岗，请先由其离岗。"


class AlreadyOnDuty(Conflict):
    """The person is on duty at another window."""

    code = "halls.already_on_duty"
    title = "您已在另一个窗口上岗，请先离岗。"


DAY_SET = "halls.day_set"


class DaySet(msgspec.Struct, frozen=True):
    """A hall opens or closes on a day, against the calendar before: payload of `DAY_SET`."""

    hall_id: UUID
    day: date


_halls: Kept[UUID, Hall] = Kept(500)
_calendars: Kept[UUID, WorkingCalendar] = Kept(500)
_names: Kept[UUID, str] = Kept(5_000)


async def hall(hall_id: UUID) -> Hall:
    """The hall, to be read and not changed. Raises NotFound."""

    async def read() -> Hall:
        found = await Hall.get_or_none(id=hall_id)
        if found is None:
            raise NotFound("没有找到这个政务服务中心。")
        return found

    return await _halls.of(hall_id, read)


async def department(department_id: UUID) -> Department:
    """The department. Raises NotFound."""
    found = await Department.get_or_none(id=department_id)
    if found is None:
        raise NotFound("没有找到这个部门。")
    return found


async def department_named(hall_id: UUID, name: str) -> UUID | None:
    """The department of this name in a hall; None if the hall has none of it."""
    rows = await queries.departments(hall_id)
    return next((row["id"] for row in rows if row["name"] == name), None)


async def window_on_duty(window_id: UUID) -> OnDuty:
    """The window with the person who serves there now. Raises NotFound."""
    found = await queries.on_duty(window_id)
    if found is None:
        raise NotFound("没有找到这个窗口。")
    return found


async def windows(hall_id: UUID) -> list[OnDuty]:
    """The windows of a hall by number, each with the person who serves there now."""
    return await queries.windows_on_duty(hall_id)


def window_channel(window_id: UUID) -> str:
    """The live channel of a window: a hint that who serves or who is served there has changed."""
    return f"window:{window_id}"


async def tree(hall_id: UUID) -> dict[UUID, str]:
    """The names of a hall and of all below it; empty if there is no such hall."""
    return await queries.tree(hall_id)


async def windows_served(hall_id: UUID, since: datetime, until: datetime) -> list[WindowServed]:
    """The windows of a hall and of all below it, with whether anybody was on duty in that time."""
    return await queries.windows_served(hall_id, since, until)


async def calendar(hall_id: UUID) -> WorkingCalendar:
    """The working days of a hall: the State Council's, and its own extra days.

    A day that was set in another worker is known here after a few seconds.
    """

    async def read() -> WorkingCalendar:
        return _calendar(await queries.extra_days(hall_id))

    return await _calendars.of(hall_id, read)


async def calendars() -> dict[UUID, WorkingCalendar]:
    """The working days of every hall; those of most halls are equal."""
    days: dict[UUID, list[tuple[date, bool]]] = {}
    for hall_id, day, is_open in await queries.all_extra_days():
        own = days.setdefault(hall_id, [])
        if day is not None:
            own.append((day, is_open))
    return {hall_id: _calendar(own) for hall_id, own in days.items()}


def _calendar(days: list[tuple[date, bool]]) -> WorkingCalendar:
    return WorkingCalendar(
        extra_open=frozenset(day for day, is_open in days if is_open),
        extra_closed=frozenset(day for day, is_open in days if not is_open),
    )


async def by_numbers(
    hall_id: UUID,
    *,
    window: str | None = None,
    staff: str | None = None,
    department_code: str | None = None,
) -> ByNumbers:
    """What the numbers on signs, and a department's code, stand for in a hall."""
    return await queries.by_numbers(hall_id, window, staff, department_code)


async def names(*ids: UUID | None) -> dict[UUID, str]:
    """The names of any halls, departments, windows and staff among `ids`."""
    return await _names.of_all({found for found in ids if found}, queries.names)


def forget_kept() -> None:
    """Read halls, names and working days anew: something has changed."""
    for kept in (_halls, _calendars, _names):
        kept.clear()


async def add_hall(act: Act, new: HallIn) -> Hall:
    """Add a hall. An administrator of the hall above may; the first one comes by command line."""
    parent: Hall | None = None
    if new.parent_id:
        parent = await hall(new.parent_id)
        if isinstance(act.actor, Staff):
            require_over_hall(act.actor, new.parent_id, [Role.ADMIN])
    elif isinstance(act.actor, Staff):
        raise Forbidden("最上级的中心由系统管理员在服务器上添加。")
    if not may_stand_below(new.level, HallLevel(parent.level) if parent else None):
        raise WrongPlace
    async with act.transaction() as tx:
        try:
            made = await Hall.create(
                code=new.code,
                name=new.name,
                level=new.level,
                region_code=new.region_code,
                parent_id=new.parent_id,
                address=new.address,
                phone=new.phone,
                hours=new.hours,
            )
        except IntegrityError:
            raise Taken from None
        tx.audit("hall.added", f"hall:{made.id}", hall_id=made.id, name=made.name)
    return made


async def set_day(act: Act, hall_id: UUID, new: DayIn) -> None:
    """Open or close the hall on one day, against the national calendar.

    Limits that lean on it are worked out again by whoever keeps them.
    """
    await hall(hall_id)
    require_over_hall(act.actor, hall_id, [Role.ADMIN, Role.MANAGER])
    async with act.transaction() as tx:
        before = await HallDay.filter(hall_id=hall_id, day=new.day).select_for_update().first()
        await HallDay.update_or_create(
            {"open": new.open, "reason": new.reason}, hall_id=hall_id, day=new.day
        )
        tx.audit(
            "hall.day_set",
            f"hall:{hall_id}",
            hall_id=hall_id,
            day=new.day.isoformat(),
            open=new.open,
            before_open=before.open if before else None,
            reason=new.reason,
        )
        tx.later(DAY_SET, DaySet(hall_id, new.day), key=f"hall:{hall_id}:{db.new_id()}")
        tx.after_commit(_changed)


async def _changed() -> None:
    forget_kept()


async def add_department(act: Act, hall_id: UUID, new: DepartmentIn) -> Department:
    """Add a department to a hall."""
    await hall(hall_id)
    if isinstance(act.actor, Staff):
        require_over_hall(act.actor, hall_id, [Role.ADMIN])
    async with act.transaction() as tx:
        try:
            made = await Department.create(hall_id=hall_id, name=new.name, code=new.code)
        except IntegrityError:
            raise Taken from None
        tx.audit("department.added", f"department:{made.id}", hall_id=hall_id, name=made.name)
    return made


async def ensure_departments(act: Act, hall_id: UUID, names_wanted: set[str]) -> dict[str, UUID]:
    """The departments of these names, adding those that the hall does not have yet."""
    async with act.transaction() as tx:
        rows = await queries.departments(hall_id)
        known: dict[str, UUID] = {row["name"]: row["id"] for row in rows}
        missing = sorted(names_wanted - known.keys())
        made = [Department(hall_id=hall_id, name=name) for name in missing]
        await Department.bulk_create(made)
        for department_made in made:
            known[department_made.name] = department_made.id
            tx.audit(
                "department.added",
                f"department:{department_made.id}",
                hall_id=hall_id,
                name=department_made.name,
            )
    return known


async def add_window(act: Act, hall_id: UUID, new: WindowIn) -> Window:
    """Add a window to a hall; its department, if it has one, must be of the same hall."""
    await hall(hall_id)
    if isinstance(act.actor, Staff):
        require_over_hall(act.actor, hall_id, [Role.ADMIN])
    if new.department_id and (await department(new.department_id)).hall_id != hall_id:
        raise NotFound("这个部门不属于该中心。")
    async with act.transaction() as tx:
        try:
            made = await Window.create(
                hall_id=hall_id,
                number=new.number,
                name=new.name,
                department_id=new.department_id,
            )
        except IntegrityError:
            raise Taken from None
        tx.audit("window.added", f"window:{made.id}", hall_id=hall_id, number=made.number)
    return made


async def start_duty(act: Act, window_id: UUID) -> Duty:
    """Begin to serve at a window. Repeating it while on duty there changes nothing.

    Raises:
        WindowTaken: somebody else serves there.
        AlreadyOnDuty: the caller serves at another window.
    """
    window = await window_on_duty(window_id)
    person = require_over_hall(act.actor, window.hall_id, [Role.CLERK])
    async with act.transaction() as tx:
        # One lock a person and one a window, in the order of the tables: no crosswise waiting.
        await db.fetch("SELECT id FROM staff WHERE id = $1 FOR UPDATE", person.id)
        await db.fetch("SELECT id FROM windows WHERE id = $1 FOR UPDATE", window_id)
        current = await Duty.filter(staff_id=person.id, ended_at=None).first()
        if current and current.window_id == window_id:
            return current
        if current:
            raise AlreadyOnDuty
        if await Duty.filter(window_id=window_id, ended_at=None).exists():
            raise WindowTaken
        made = await Duty.create(window_id=window_id, staff_id=person.id, started_at=act.at)
        tx.audit("duty.started", f"window:{window_id}", hall_id=window.hall_id)
        tx.after_commit(lambda: act.house.live.publish(window_channel(window_id), b""))
    return made


async def end_duty(act: Act) -> Duty | None:
    """Stop serving wherever the caller serves; None if nowhere."""
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        return await end_duty_of(act, tx, person.id, person.hall_id)


async def end_duty_of(act: Act, tx: Transaction, staff_id: UUID, hall_id: UUID) -> Duty | None:
    """Have a person of this hall serve nowhere, within the caller's transaction."""
    current = await Duty.filter(staff_id=staff_id, ended_at=None).select_for_update().first()
    if current is None:
        return None
    # A clock that was set back must not end a duty before it began.
    current.ended_at = max(act.at, current.started_at)
    await current.save(update_fields=["ended_at"])
    tx.audit("duty.ended", f"window:{current.window_id}", hall_id=hall_id)
    left = window_channel(current.window_id)
    tx.after_commit(lambda: act.house.live.publish(left, b""))
    return current

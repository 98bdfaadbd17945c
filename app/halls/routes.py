"""HTTP of halls, departments, windows, duty and staff accounts."""

from uuid import UUID

import msgspec

from app.core.api import Call, Routes
from app.core.auth import ANYONE, AT_DOOR, STAFF, Role, require_staff, staff
from app.core.limits import Limits
from app.core.wire import File, Page
from app.halls import (
    accounts,
    administration,
    own_account,
    phone_codes,
    queries,
    service,
    signing_in,
)
from app.halls.models import Duty, Hall
from app.halls.schemas import (
    DayIn,
    DepartmentIn,
    DepartmentShown,
    DutyShown,
    HallIn,
    HallShown,
    Me,
    PasswordChange,
    Reason,
    RoleIn,
    SignedIn,
    SignIn,
    StaffIn,
    StaffShown,
    WindowIn,
    WindowShown,
)

routes = Routes("halls", "/api/v1")
ADMIN = staff(Role.ADMIN)


def _hall(hall: Hall) -> HallShown:
    return msgspec.convert(hall, HallShown, from_attributes=True)


def _duty(duty: Duty) -> DutyShown:
    return msgspec.convert(duty, DutyShown, from_attributes=True)


@routes.get("/halls", guard=ANYONE)
async def list_halls(call: Call) -> Page[HallShown]:
    """Every hall, from the top of the tree down."""
    return Page(items=[msgspec.convert(row, HallShown) for row in await queries.halls()])


@routes.post("/halls", guard=ADMIN, status=201, once=True)
async def add_hall(call: Call, body: HallIn) -> HallShown:
    """Add a hall below one that the administrator administers."""
    return _hall(await service.add_hall(call.act, body))


@routes.post("/halls/<hall_id:uuid>/days", guard=staff(Role.ADMIN, Role.MANAGER))
async def set_day(call: Call, hall_id: UUID, body: DayIn) -> None:
    """Open or close the hall on one day, against the national calendar."""
    await service.set_day(call.act, hall_id, body)


@routes.get("/halls/<hall_id:uuid>/departments", guard=ANYONE)
async def list_departments(call: Call, hall_id: UUID) -> Page[DepartmentShown]:
    """The departments of a hall."""
    rows = await queries.departments(hall_id)
    return Page(items=[msgspec.convert(row, DepartmentShown) for row in rows])


@routes.post("/halls/<hall_id:uuid>/departments", guard=ADMIN, status=201, once=True)
async def add_department(call: Call, hall_id: UUID, body: DepartmentIn) -> DepartmentShown:
    """Add a department to a hall."""
    made = await service.add_department(call.act, hall_id, body)
    return msgspec.convert(made, DepartmentShown, from_attributes=True)


@routes.get("/halls/<hall_id:uuid>/windows", guard=ANYONE)
async def list_windows(call: Call, hall_id: UUID) -> Page[WindowShown]:
    """The windows of a hall and who serves there now."""
    rows = await queries.windows(hall_id)
    return Page(items=[msgspec.convert(row, WindowShown) for row in rows])


@routes.post("/halls/<hall_id:uuid>/windows", guard=ADMIN, status=201, once=True)
async def add_window(call: Call, hall_id: UUID, body: WindowIn) -> WindowShown:
    """Add a window to a hall."""
    made = await service.add_window(call.act, hall_id, body)
    return WindowShown(
        id=made.id,
        hall_id=made.hall_id,
        number=made.number,
        name=made.name,
        department_id=made.department_id,
    )


@routes.get("/halls/<hall_id:uuid>/staff", guard=ADMIN)
async def list_staff(call: Call, hall_id: UUID) -> Page[StaffShown]:
    """The staff of a hall with their roles."""
    return Page(items=await administration.staff_of_hall(call.act, hall_id))


@routes.post("/halls/<hall_id:uuid>/staff", guard=ADMIN, status=201, once=True)
async def add_staff(call: Call, hall_id: UUID, body: StaffIn) -> StaffShown:
    """Add a staff member with their roles and a first password."""
    made = await accounts.add_staff(call.act, hall_id, body)
    return StaffShown(
        id=made.id,
        hall_id=made.hall_id,
        number=made.number,
        name=made.name,
        login=made.login,
        active=made.active,
        roles=body.roles,
        first_password=made.first_password,
    )


@routes.put("/staff/<staff_id:uuid>/roles", guard=ADMIN)
async def set_roles(call: Call, staff_id: UUID, body: list[RoleIn]) -> None:
    """Replace a person's roles."""
    await accounts.set_roles(call.act, staff_id, body)


@routes.post("/staff/<staff_id:uuid>/deactivate", guard=ADMIN)
async def deactivate(call: Call, staff_id: UUID, body: Reason) -> None:
    """Close an account and end its sessions at once."""
    await accounts.deactivate(call.act, staff_id, body.reason)


@routes.post("/staff/sign-in", guard=ANYONE)
async def sign_in(call: Call, body: SignIn) -> SignedIn:
    """Sign in with login name and password."""
    await call.act.house.part(Limits).hit(signing_in.PER_ADDRESS, "staff.sign_in", call.address)
    return await signing_in.sign_in(call.act, body)


@routes.post("/staff/sign-out", guard=AT_DOOR)
async def sign_out(call: Call) -> None:
    """End this session."""
    await signing_in.sign_out(call.act)


@routes.post("/staff/password", guard=AT_DOOR)
async def change_password(call: Call, body: PasswordChange) -> None:
    """Set a new password; all sessions of the person end.

    Whoever signed in with a first password, set by somebody else, does this before anything else:
    all other routes answer with the code `staff.first_password`.
    """
    await own_account.change_password(call.act, body)


@routes.get("/staff/me", guard=STAFF)
async def me(call: Call) -> Me:
    """Who is signed in."""
    person = require_staff(call.act.actor)
    return Me(
        id=person.id,
        name=person.name,
        number=person.number,
        hall_id=person.hall_id,
        window_id=person.window_id,
        roles=await queries.roles(person.id),
    )


@routes.get("/windows/<window_id:uuid>/mini-program-code", guard=staff(*phone_codes.DESK))
async def window_phone_code(call: Call, window_id: UUID) -> File:
    """The mini-program code (小程序码) of a window, a picture to print and put up."""
    return await phone_codes.of_window(call.act, window_id)


@routes.post("/windows/<window_id:uuid>/duty", guard=staff(Role.CLERK))
async def start_duty(call: Call, window_id: UUID) -> DutyShown:
    """Begin to serve at a window."""
    return _duty(await service.start_duty(call.act, window_id))


@routes.post("/staff/me/off-duty", guard=STAFF)
async def end_duty(call: Call) -> DutyShown | None:
    """Stop serving; 204 if the caller served nowhere."""
    ended = await service.end_duty(call.act)
    return _duty(ended) if ended else None

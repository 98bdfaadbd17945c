"""Administrators' pages about staff: who there is, roles, passwords, second factors."""

from uuid import UUID

from app.account import scopes, stories, words
from app.account.forms import FirstPasswordForm, HallQuery, ReasonForm, RolesForm, StaffForm
from app.core.api import Call
from app.core.auth import Role, require_staff, staff
from app.core.errors import InvalidBody
from app.halls import accounts, administration, resets, second_factor
from app.halls import service as halls
from app.halls.schemas import RoleIn, StaffIn, StaffShown
from app.materials import intake, portraits
from app.materials import service as materials
from app.pages.routes import PageRoutes, Redirect, View

pages = PageRoutes("admin-staff", "/admin/staff")
ADMIN = staff(Role.ADMIN)
ROLE_OPTIONS = [(role.value, name) for role, name in words.ROLES.items()]
SPARE_ROWS = 2
"""Empty rows in the editor of roles; there are new ones each time it is saved."""


@pages.page("/", guard=ADMIN)
async def staff_list(call: Call, query: HallQuery) -> View:
    """The staff of a hall."""
    chosen = await scopes.chosen(call.act, query.hall)
    people = await administration.staff_of_hall(call.act, chosen.hall.id)
    return View(
        "account/staff.html",
        title="人员",
        chosen=chosen,
        people=people,
        factors=await administration.second_factors(call.act, chosen.hall.id),
        places=await _places([role for one in people for role in one.roles]),
        role_names=words.ROLES,
        role_options=ROLE_OPTIONS,
        scope_options=await scopes.options(require_staff(call.act.actor), chosen.hall.id),
    )


async def _places(roles: list[RoleIn]) -> dict[UUID, str]:
    return await halls.names(
        *(place for one in roles for place in (one.hall_id, one.department_id))
    )


@pages.form("/<hall_id:uuid>/add", guard=ADMIN)
async def add_staff(call: Call, hall_id: UUID, body: StaffForm) -> Redirect:
    """Add a staff member with a first role and a first password."""
    made = await accounts.add_staff(
        call.act,
        hall_id,
        StaffIn(
            number=body.number,
            name=body.name,
            login=body.login,
            password=body.password,
            roles=[scopes.role(body.role, body.scope)],
        ),
    )
    return Redirect(f"/admin/staff/{made.id}", said="已添加。请把登录名和初始密码当面告诉本人。")


@pages.page("/<staff_id:uuid>", guard=ADMIN)
async def person(call: Call, staff_id: UUID) -> View:
    """One staff member: photo, roles, password, second factor, what was done to the account."""
    act = call.act
    found = await administration.person(act, staff_id)
    places = {found.hall_id, *(role.hall_id for role in found.roles)}
    return View(
        "account/person.html",
        title=found.name,
        person=found,
        hall=(await halls.hall(found.hall_id)).name,
        photo=(await portraits.versions([staff_id])).get(staff_id),
        factor=await second_factor.state(staff_id),
        rows=_rows(found),
        role_options=[("", "（无）"), *ROLE_OPTIONS],
        scope_options=await scopes.options(require_staff(act.actor), *places),
        story=await stories.of(act, found.hall_id, f"staff:{staff_id}"),
    )


def _rows(found: StaffShown) -> list[tuple[str, str]]:
    given = [(role.role.value, scopes.value(role)) for role in found.roles]
    return given + [("", str(found.hall_id))] * SPARE_ROWS


@pages.form("/<staff_id:uuid>/roles", guard=ADMIN)
async def set_roles(call: Call, staff_id: UUID, body: RolesForm) -> Redirect:
    """Replace a person's roles."""
    given = []
    for row in body.roles:
        if row.role is not None and row.scope is None:
            raise InvalidBody("请为每个角色选择范围。")
        if row.role is not None and row.scope is not None:
            given.append(scopes.role(row.role, row.scope))
    await accounts.set_roles(call.act, staff_id, given)
    return Redirect(f"/admin/staff/{staff_id}", said="角色已保存，立即生效。")


@pages.form("/<staff_id:uuid>/photo", guard=ADMIN, stream=True)
async def put_photo(call: Call, staff_id: UUID) -> Redirect:
    """Set a person's photo."""
    house = call.act.house
    await portraits.may_put(call.act, staff_id)  # before anything is read
    folder, most = materials.upload_folder(house), house.settings.upload_max_bytes
    async with intake.receive(call.request, folder, most) as upload:
        await portraits.put(call.act, staff_id, upload)
    return Redirect(f"/admin/staff/{staff_id}", said="照片已保存。")


@pages.form("/<staff_id:uuid>/password", guard=ADMIN)
async def set_first_password(call: Call, staff_id: UUID, body: FirstPasswordForm) -> Redirect:
    """Give a person a new first password."""
    await resets.set_first_password(call.act, staff_id, body.password)
    return Redirect(f"/admin/staff/{staff_id}", said="初始密码已重设，此人的登录已全部结束。")


@pages.form("/<staff_id:uuid>/second-factor/reset", guard=ADMIN)
async def reset_second_factor(call: Call, staff_id: UUID, body: ReasonForm) -> Redirect:
    """Take away the second factor of a person who has lost it."""
    await resets.reset_second_factor(call.act, staff_id, body.reason)
    return Redirect(f"/admin/staff/{staff_id}", said="二次验证已重置，此人的登录已全部结束。")


@pages.form("/<staff_id:uuid>/deactivate", guard=ADMIN)
async def deactivate(call: Call, staff_id: UUID, body: ReasonForm) -> Redirect:
    """Close an account for good."""
    await accounts.deactivate(call.act, staff_id, body.reason)
    return Redirect(f"/admin/staff/{staff_id}", said="账号已停用，此人的登录已全部结束。")

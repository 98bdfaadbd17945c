"""Accounts of staff as administrators make and keep them: people, roles, closing."""

from collections.abc import Collection
from uuid import UUID

from tortoise.exceptions import IntegrityError

from app.core import sessions
from app.core.acts import Act
from app.core.auth import Role, Staff, System, require_over_hall
from app.core.errors import Conflict, Forbidden, NotFound, Problem
from app.halls import passwords, queries, second_factor, service
from app.halls.models import Department, HalfSignIn, StaffMember, StaffRole
from app.halls.schemas import RoleIn, StaffIn
from app.settings import Settings


class OwnAccount(Conflict):
    """An administrator would shut themselves out, and perhaps the whole hall with them."""

    code = "halls.own_account"
    title = "不能停用自己的账号，也不能取消或缩小自己的管理员角色，请由另一位管理员办理。"


class Closed(Conflict):
    """The account was closed, which is for good."""

    code = "halls.account_closed"
    title = "账号已停用，不能再更改。"


class WrongScope(Problem):
    """Reviewers are of a department, all others of a hall: any other role would open nothing."""

    status = 422
    code = "halls.wrong_scope"
    title = "审批人员的范围请选择所在部门；其他角色的范围请选择整个中心。"


async def staff_member(staff_id: UUID) -> StaffMember:
    """The staff member. Raises NotFound."""
    found = await StaffMember.get_or_none(id=staff_id)
    if found is None:
        raise NotFound("没有找到这位工作人员。")
    return found


async def closed_among(staff_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Those of these people whose account is closed, each with their hall."""
    rows = await StaffMember.filter(id__in=list(staff_ids), active=False).values("id", "hall_id")
    return {row["id"]: row["hall_id"] for row in rows}


async def reviews_for(staff_id: UUID, department_id: UUID) -> bool:
    """Whether this person works and is a reviewer of the department."""
    active = await StaffMember.filter(id=staff_id, active=True).exists()
    return (
        active
        and await StaffRole.filter(
            staff_id=staff_id, department_id=department_id, role=Role.REVIEWER
        ).exists()
    )


async def reviewers_of(department_id: UUID) -> list[tuple[UUID, str]]:
    """Who works as a reviewer of the department: id, and name with number, by number."""
    rows = await queries.reviewers(department_id)
    return [(row["id"], f"{row['name']}（{row['number']}）") for row in rows]


async def staff_of_session(session: sessions.LiveSession, settings: Settings) -> Staff | None:
    """The staff member of a session with all grants that hold now; None if no longer active.

    Roles that the setting `second_factor_roles` names hold only once the second factor is on.
    """
    careful = frozenset(filter(None, settings.second_factor_roles.split(",")))
    return await queries.staff_of_session(session, careful)


async def waiting_roles(person: Staff, settings: Settings) -> list[Role]:
    """The caller's roles that do not hold yet, because they need a second factor first."""
    careful = set(filter(None, settings.second_factor_roles.split(",")))
    if not careful or await second_factor.is_on(person.id):
        return []
    return sorted({role.role for role in await queries.roles(person.id)} & careful)


async def roles_of(staff_id: UUID) -> list[RoleIn]:
    """The roles that a person was given, each with its hall and department."""
    return await queries.roles(staff_id)


async def add_staff(
    act: Act, hall_id: UUID, new: StaffIn, *, own_password: bool = False
) -> StaffMember:
    """Add a staff member with their roles and a first password.

    Args:
        own_password: the password is not a first one, to be changed at the first sign-in, but
            stays: the demonstration's, which everybody knows.

    Raises:
        WeakPassword, service.Taken (number or login), Forbidden (a role over a hall that the
        administrator does not administer), WrongScope.
    """
    await service.hall(hall_id)
    if isinstance(act.actor, Staff):
        require_over_hall(act.actor, hall_id, [Role.ADMIN])
    passwords.check(new.password, new.login, field="password")
    await _require_free(hall_id, new)
    for role in new.roles:
        await _check_role(act, role)
    password_hash = await passwords.hashed(new.password)
    async with act.transaction() as tx:
        try:
            made = await StaffMember.create(
                hall_id=hall_id,
                number=new.number,
                name=new.name,
                login=new.login.lower(),
                password_hash=password_hash,
                first_password=not own_password,
                created_at=act.at,
            )
            await StaffRole.bulk_create(
                StaffRole(
                    staff_id=made.id,
                    role=role.role,
                    hall_id=role.hall_id,
                    department_id=role.department_id,
                )
                for role in new.roles
            )
        except IntegrityError:
            raise service.Taken from None
        tx.audit(
            "staff.added",
            f"staff:{made.id}",
            hall_id=hall_id,
            number=made.number,
            roles=_told(new.roles),
        )
    return made


async def _require_free(hall_id: UUID, new: StaffIn) -> None:
    """Say which of the two is in use, as far as it is before the account is made."""
    if await StaffMember.filter(hall_id=hall_id, number=new.number).exists():
        raise service.Taken("这个工号已有人使用，请核对工牌。", field="number")
    if await StaffMember.filter(login=new.login.lower()).exists():
        raise service.Taken("这个登录名已被使用，请换一个，例如在后面加上工号。", field="login")


def _told(roles: list[RoleIn]) -> list[str]:
    """Roles as the trail tells them: `clerk@<hall or department>`."""
    return [f"{role.role}@{role.department_id or role.hall_id}" for role in roles]


async def person_in_reach(act: Act, staff_id: UUID) -> StaffMember:
    """The person, if the caller administers their hall and every hall over which they have a role.

    Raises:
        NotFound, Forbidden.

    Without the second, an administrator of a town could take over an account of the county.
    Whoever works at the server's command line reaches everybody.
    """
    person = await staff_member(staff_id)
    if isinstance(act.actor, System):
        return person
    admin = require_over_hall(act.actor, person.hall_id, [Role.ADMIN])
    if not {role.hall_id for role in await queries.roles(staff_id)} <= admin.halls(Role.ADMIN):
        raise Forbidden("此人还在上级或其他中心任职，请由那里的系统管理员办理。")
    return person


async def _check_role(act: Act, role: RoleIn) -> None:
    if (role.role is Role.REVIEWER) != (role.department_id is not None):
        raise WrongScope
    await service.hall(role.hall_id)
    if isinstance(act.actor, Staff):
        require_over_hall(act.actor, role.hall_id, [Role.ADMIN])
    if role.department_id:
        found = await Department.get_or_none(id=role.department_id, hall_id=role.hall_id)
        if found is None:
            raise NotFound("这个部门不属于该中心。")


async def set_roles(act: Act, staff_id: UUID, roles: list[RoleIn]) -> None:
    """Replace a person's roles; what they may do changes with their next request.

    Raises:
        Forbidden: a role that is given, or one that the person has, is over a hall that the caller
            does not administer.
        OwnAccount: the caller would administer fewer halls than before.
        WrongScope.
    """
    person = await person_in_reach(act, staff_id)
    if not _administered(await queries.roles(staff_id)) <= _administered(roles):
        _not_oneself(act, staff_id)
    for role in roles:
        await _check_role(act, role)
    async with act.transaction() as tx:
        await StaffMember.filter(id=staff_id).select_for_update().get()
        before = await queries.roles(staff_id)
        await StaffRole.filter(staff_id=staff_id).delete()
        try:
            await StaffRole.bulk_create(
                StaffRole(
                    staff_id=staff_id,
                    role=role.role,
                    hall_id=role.hall_id,
                    department_id=role.department_id,
                )
                for role in roles
            )
        except IntegrityError:
            raise service.Taken("同一角色不能重复授予。") from None
        tx.audit(
            "staff.roles_set",
            f"staff:{staff_id}",
            hall_id=person.hall_id,
            roles=_told(roles),
            before_roles=_told(before),
        )


def _administered(roles: list[RoleIn]) -> set[UUID]:
    return {role.hall_id for role in roles if role.role is Role.ADMIN}


def _not_oneself(act: Act, staff_id: UUID) -> None:
    if isinstance(act.actor, Staff) and act.actor.id == staff_id:
        raise OwnAccount


async def deactivate(act: Act, staff_id: UUID, reason: str) -> None:
    """Close an account for good: its sessions end at once, and its duty, which frees the window.

    Raises:
        NotFound, Forbidden; OwnAccount: one's own; Closed.
    """
    person = await staff_member(staff_id)
    require_over_hall(act.actor, person.hall_id, [Role.ADMIN])
    _not_oneself(act, staff_id)
    if not person.active:
        raise Closed
    async with act.transaction() as tx:
        await StaffMember.filter(id=staff_id).update(active=False)
        await HalfSignIn.filter(staff_id=staff_id).delete()
        await sessions.revoke_all("staff", staff_id, now=act.at, why="deactivated")
        await service.end_duty_of(act, tx, staff_id, person.hall_id)
        tx.audit("staff.deactivated", f"staff:{staff_id}", hall_id=person.hall_id, reason=reason)

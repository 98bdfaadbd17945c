"""Accounts of staff: adding them, signing in and out, passwords, roles, lock-out."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from tortoise.exceptions import IntegrityError

from app.core import sessions
from app.core.acts import Act
from app.core.auth import Role, Staff, require_over_hall, require_staff
from app.core.errors import NotFound, Problem
from app.halls import queries, service
from app.halls.models import Department, StaffMember, StaffRole
from app.halls.rules import LoginState, after_wrong_password, password_problem
from app.halls.schemas import PasswordChange, RoleIn, SignedIn, SignIn, StaffIn

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""argon2id with the parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, two passes."""
_nobody_hash = _hasher.hash("nobody")
_hashing = asyncio.Semaphore(2)


class WrongPassword(Problem):
    """Login and password do not match; which of the two is wrong is not said."""

    status = 401
    code = "staff.wrong_password"
    title = "登录名或密码不正确。"


class Locked(Problem):
    """Too many wrong passwords; the right one does not help until the lock ends."""

    status = 429
    code = "staff.locked"
    title = "密码错误次数过多，账号已暂时锁定，请稍后再试。"


class WeakPassword(Problem):
    """The new password is too easy to guess; `detail` says why."""

    status = 422
    code = "staff.weak_password"
    title = "密码太简单，请换一个。"


async def _hash(password: str) -> str:
    async with _hashing:
        return await asyncio.to_thread(_hasher.hash, password)


async def _matches(password_hash: str, password: str) -> bool:
    async with _hashing:
        try:
            return await asyncio.to_thread(_hasher.verify, password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


async def staff_member(staff_id: UUID) -> StaffMember:
    """The staff member. Raises NotFound."""
    found = await StaffMember.get_or_none(id=staff_id)
    if found is None:
        raise NotFound("没有找到这位工作人员。")
    return found


async def reviews_for(staff_id: UUID, department_id: UUID) -> bool:
    """Whether this person works and is a reviewer of the department."""
    active = await StaffMember.filter(id=staff_id, active=True).exists()
    return (
        active
        and await StaffRole.filter(
            staff_id=staff_id, department_id=department_id, role=Role.REVIEWER
        ).exists()
    )


async def staff_of_session(session: sessions.LiveSession) -> Staff | None:
    """The staff member of a session with all grants that hold now; None if no longer active."""
    return await queries.staff_of_session(session)


async def add_staff(act: Act, hall_id: UUID, new: StaffIn) -> StaffMember:
    """Add a staff member with their roles and a first password.

    Raises:
        WeakPassword, service.Taken (number or login), Forbidden (a role over a hall that the
        administrator does not administer).
    """
    await service.hall(hall_id)
    if isinstance(act.actor, Staff):
        require_over_hall(act.actor, hall_id, [Role.ADMIN])
    _check_password(new.password, new.login)
    for role in new.roles:
        await _check_role(act, role)
    password_hash = await _hash(new.password)
    async with act.transaction() as tx:
        try:
            made = await StaffMember.create(
                hall_id=hall_id,
                number=new.number,
                name=new.name,
                login=new.login.lower(),
                password_hash=password_hash,
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
            roles=[f"{role.role}@{role.department_id or role.hall_id}" for role in new.roles],
        )
    return made


async def _check_role(act: Act, role: RoleIn) -> None:
    await service.hall(role.hall_id)
    if isinstance(act.actor, Staff):
        require_over_hall(act.actor, role.hall_id, [Role.ADMIN])
    if role.department_id:
        found = await Department.get_or_none(id=role.department_id, hall_id=role.hall_id)
        if found is None:
            raise NotFound("这个部门不属于该中心。")


async def set_roles(act: Act, staff_id: UUID, roles: list[RoleIn]) -> None:
    """Replace a person's roles; what they may do changes with their next request."""
    person = await staff_member(staff_id)
    require_over_hall(act.actor, person.hall_id, [Role.ADMIN])
    for role in roles:
        await _check_role(act, role)
    async with act.transaction() as tx:
        await StaffMember.filter(id=staff_id).select_for_update().get()
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
            roles=[f"{role.role}@{role.department_id or role.hall_id}" for role in roles],
        )


async def deactivate(act: Act, staff_id: UUID, reason: str) -> None:
    """Close an account for good and end all its sessions at once."""
    person = await staff_member(staff_id)
    require_over_hall(act.actor, person.hall_id, [Role.ADMIN])
    async with act.transaction() as tx:
        await StaffMember.filter(id=staff_id).update(active=False)
        await sessions.revoke_all("staff", staff_id, now=act.at, why="deactivated")
        tx.audit("staff.deactivated", f"staff:{staff_id}", hall_id=person.hall_id, reason=reason)


async def sign_in(act: Act, given: SignIn) -> SignedIn:
    """Open a session for the right password.

    Raises:
        WrongPassword: wrong, or no such account, or a closed one: the same answer for all.
        Locked: too many wrong ones lately; the wrong one is counted though the answer is an error.
    """
    settings = act.house.settings
    login = given.login.lower()
    found = await StaffMember.get_or_none(login=login)
    right = await _matches(found.password_hash if found else _nobody_hash, given.password)
    if found is None or not found.active:
        raise WrongPassword
    async with act.transaction() as tx:
        person = await StaffMember.filter(id=found.id).select_for_update().get()
        state = LoginState(person.failed_attempts, person.locked_until)
        locked = state.is_locked(act.at)
        if right and not locked:
            await _note_attempts(person, LoginState(0, None))
            token, expires_at = await sessions.open_session(
                "staff",
                person.id,
                now=act.at,
                lifetime=timedelta(hours=settings.staff_session_hours),
            )
            tx.audit("staff.signed_in", f"staff:{person.id}", hall_id=person.hall_id)
            return SignedIn(token=token, expires_at=expires_at)
        if not locked:
            state = after_wrong_password(
                state,
                act.at,
                attempts=settings.login_attempts,
                lock=timedelta(minutes=settings.login_lock_minutes),
            )
            await _note_attempts(person, state)
            tx.audit("staff.wrong_password", f"staff:{person.id}", hall_id=person.hall_id)
    if state.is_locked(act.at):
        raise _locked(state.locked_until, act.at)
    raise WrongPassword


def _locked(until: datetime | None, now: datetime) -> Locked:
    problem = Locked()
    seconds = int((until - now).total_seconds()) + 1 if until else 60
    problem.headers["Retry-After"] = str(seconds)
    return problem


async def _note_attempts(person: StaffMember, state: LoginState) -> None:
    person.failed_attempts = state.failed_attempts
    person.locked_until = state.locked_until
    await person.save(update_fields=["failed_attempts", "locked_until"])


async def sign_out(act: Act) -> None:
    """End the session of this request."""
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        await sessions.revoke(person.session_id, now=act.at, why="signed out")
        tx.audit("staff.signed_out", f"staff:{person.id}", hall_id=person.hall_id)


async def change_password(act: Act, change: PasswordChange) -> None:
    """Set a new password and end the person's sessions, this one too.

    Raises:
        WrongPassword: the old one is wrong.
        WeakPassword: the new one is too easy to guess.
    """
    person = require_staff(act.actor)
    member = await staff_member(person.id)
    if not await _matches(member.password_hash, change.old):
        raise WrongPassword("原密码不正确。")
    _check_password(change.new, member.login)
    password_hash = await _hash(change.new)
    async with act.transaction() as tx:
        await StaffMember.filter(id=person.id).update(password_hash=password_hash)
        await sessions.revoke_all("staff", person.id, now=act.at, why="password changed")
        tx.audit("staff.password_changed", f"staff:{person.id}", hall_id=person.hall_id)


def _check_password(password: str, login: str) -> None:
    problem = password_problem(password, login)
    if problem:
        raise WeakPassword(problem)

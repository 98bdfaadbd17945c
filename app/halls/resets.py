"""What an administrator does for whoever has forgotten their password or lost their phone."""

from uuid import UUID

from app.core import sessions
from app.core.acts import Act
from app.core.auth import Staff
from app.core.errors import Conflict, NotFound
from app.halls import accounts, passwords, second_factor
from app.halls.models import HalfSignIn, StaffMember


class OwnSecrets(Conflict):
    """One's own password and second factor are changed by whoever proves to have the old ones."""

    code = "halls.own_secrets"
    title = "自己的密码和二次验证，请在“账号”页面修改，那里需要原密码或验证码。"


async def set_first_password(act: Act, staff_id: UUID, password: str) -> None:
    """Give a person a new first password, for whoever has forgotten theirs, and end the lock.

    All their sessions end; they choose another password when they sign in with it.

    Raises:
        NotFound; Forbidden (see `accounts.set_roles`); WeakPassword; OwnSecrets; accounts.Closed.
    """
    person = await _another(act, staff_id)
    passwords.check(password, person.login, field="password")
    password_hash = await passwords.hashed(password)
    async with act.transaction() as tx:
        await StaffMember.filter(id=staff_id).update(
            password_hash=password_hash,
            first_password=True,
            failed_attempts=0,
            locked_until=None,
        )
        await HalfSignIn.filter(staff_id=staff_id).delete()
        await sessions.revoke_all("staff", staff_id, now=act.at, why="password reset")
        tx.audit("staff.password_reset", f"staff:{staff_id}", hall_id=person.hall_id)


async def reset_second_factor(act: Act, staff_id: UUID, reason: str) -> None:
    """Take away the second factor of a person who has lost it with all recovery codes.

    All their sessions end.

    Raises:
        NotFound; Forbidden (see `accounts.set_roles`); SecondFactorOff; OwnSecrets;
        accounts.Closed.
    """
    person = await _another(act, staff_id)
    async with act.transaction() as tx:
        if not await second_factor.take_away(staff_id):
            raise second_factor.SecondFactorOff("此人没有开启二次验证。")
        await sessions.revoke_all("staff", staff_id, now=act.at, why="second factor reset")
        tx.audit(
            "staff.second_factor_reset",
            f"staff:{staff_id}",
            hall_id=person.hall_id,
            reason=reason,
        )


async def let_in_again(act: Act, login: str, password: str) -> None:
    """Give the account of a login a first password, and take its second factor away.

    For the server's command line: the last administrator of a hall has nobody else to ask.

    Raises:
        NotFound; WeakPassword; accounts.Closed.
    """
    person = await StaffMember.get_or_none(login=login.lower())
    if person is None:
        raise NotFound("没有这个登录名。")
    async with act.transaction():
        await set_first_password(act, person.id, password)
        if await second_factor.is_on(person.id):
            await reset_second_factor(act, person.id, "在服务器命令行重置")


async def _another(act: Act, staff_id: UUID) -> StaffMember:
    """The person, if it is another's account, in use, that the caller may take over.

    Whoever sits down at an administrator's open page must not make the account theirs.
    """
    person = await accounts.person_in_reach(act, staff_id)
    if isinstance(act.actor, Staff) and act.actor.id == staff_id:
        raise OwnSecrets
    if not person.active:
        raise accounts.Closed
    return person

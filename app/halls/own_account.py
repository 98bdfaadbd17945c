"""What somebody does with their own account: password, second factor, sessions."""

from uuid import UUID

from app.core import sessions
from app.core.acts import Act
from app.core.auth import require_staff
from app.core.errors import NotFound
from app.core.sessions import SessionFacts
from app.halls import passwords, second_factor, signing_in
from app.halls.models import HalfSignIn, StaffMember
from app.halls.schemas import PasswordChange, Proof, RecoveryCodes


async def change_password(act: Act, change: PasswordChange) -> None:
    """Set a new password and end the person's sessions, this one too.

    Raises:
        WrongPassword: the old one is wrong.
        WeakPassword: the new one is too easy to guess.
    """
    person = require_staff(act.actor)
    member = await StaffMember.get(id=person.id)
    if not await passwords.matches(member.password_hash, change.old):
        raise signing_in.WrongPassword("原密码不正确。")
    passwords.check(change.new, member.login)
    password_hash = await passwords.hashed(change.new)
    async with act.transaction() as tx:
        await StaffMember.filter(id=person.id).update(password_hash=password_hash)
        await HalfSignIn.filter(staff_id=person.id).delete()
        await sessions.revoke_all("staff", person.id, now=act.at, why="password changed")
        tx.audit("staff.password_changed", person.key, hall_id=person.hall_id)


async def switch_off_second_factor(act: Act, proof: Proof) -> None:
    """Take the second factor away, with password and code.

    Raises:
        SecondFactorOff; WrongPassword, WrongSignInCode, Locked (see `signing_in.prove`).
    """
    person = require_staff(act.actor)
    if not await second_factor.is_on(person.id):
        raise second_factor.SecondFactorOff
    await signing_in.prove(act, proof.password, proof.code)
    async with act.transaction() as tx:
        await second_factor.take_away(person.id)
        tx.audit("staff.second_factor_off", person.key, hall_id=person.hall_id)


async def renew_recovery_codes(act: Act, proof: Proof) -> RecoveryCodes:
    """Ten new recovery codes in the place of all old ones, with password and code.

    Raises as `switch_off_second_factor` does.
    """
    person = require_staff(act.actor)
    if not await second_factor.is_on(person.id):
        raise second_factor.SecondFactorOff
    await signing_in.prove(act, proof.password, proof.code)
    return await second_factor.renew_recovery_codes(act)


async def my_sessions(act: Act) -> list[SessionFacts]:
    """Where the caller is signed in now, what was seen last on top."""
    return await sessions.of_subject("staff", require_staff(act.actor).id, act.at)


async def end_session(act: Act, session_id: UUID) -> None:
    """End one of the caller's own sessions. Raises NotFound for any other."""
    person = require_staff(act.actor)
    if session_id not in {found.id for found in await my_sessions(act)}:
        raise NotFound("没有找到这个登录，它可能已经结束。")
    async with act.transaction() as tx:
        await sessions.revoke(session_id, now=act.at, why="ended by its owner")
        tx.audit("staff.session_ended", person.key, hall_id=person.hall_id)


async def end_other_sessions(act: Act) -> int:
    """End all of the caller's sessions but this one; returns how many there were."""
    person = require_staff(act.actor)
    others = [found.id for found in await my_sessions(act) if found.id != person.session_id]
    async with act.transaction() as tx:
        for session_id in others:
            await sessions.revoke(session_id, now=act.at, why="ended by its owner")
        tx.audit(
            "staff.other_sessions_ended", person.key, hall_id=person.hall_id, ended=len(others)
        )
    return len(others)

"""What somebody does with their own account: password, second factor, sessions."""

from uuid import UUID

from app.core import sessions
from app.core.acts import Act, Transaction
from app.core.auth import require_staff
from app.core.errors import NotFound
from app.core.sessions import SessionFacts
from app.halls import passwords, second_factor, signing_in
from app.halls.models import HalfSignIn, StaffMember
from app.halls.schemas import PasswordChange, Proof, RecoveryCodes, SignedIn

OLD_IS_WRONG = "原密码不正确。"


async def change_password(act: Act, change: PasswordChange) -> None:
    """Set a new password and end the person's sessions, this one too.

    Raises:
        WrongPassword, Locked: the old one is wrong; it counts as it does at sign-in.
        WeakPassword: the new one is too easy to guess, or it is the old one.
    """
    proven, password_hash = await _checked(act, change)
    async with act.transaction() as tx:
        await _put(act, tx, proven, password_hash)


async def choose_password(act: Act, change: PasswordChange, device: str | None = None) -> SignedIn:
    """Put a password of one's own in the place of a first one, and go on in a new session.

    Whoever does so has signed in a moment ago, with a code where the account has a second factor.

    Args:
        device: what the person will recognise the session by.

    Raises as `change_password` does.
    """
    proven, password_hash = await _checked(act, change)
    async with act.transaction() as tx:
        await _put(act, tx, proven, password_hash)
        return await signing_in.open_for(act, tx, proven.id, device)


async def _checked(act: Act, change: PasswordChange) -> tuple[StaffMember, str]:
    """The account whose old password was right, and the new one as it is kept."""
    proven = await signing_in.prove_password(act, change.old, OLD_IS_WRONG)
    if change.new == change.old:
        raise passwords.WeakPassword("新密码不能与原密码相同。", field="new")
    passwords.check(change.new, proven.login, field="new")
    return proven, await passwords.hashed(change.new)


async def _put(act: Act, tx: Transaction, proven: StaffMember, password_hash: str) -> None:
    # An administrator may have reset it while the new one was hashed: theirs then stands.
    changed = await StaffMember.filter(id=proven.id, password_hash=proven.password_hash).update(
        password_hash=password_hash, first_password=False
    )
    if not changed:
        raise signing_in.WrongPassword(OLD_IS_WRONG)
    await HalfSignIn.filter(staff_id=proven.id).delete()
    await sessions.revoke_all("staff", proven.id, now=act.at, why="password changed")
    tx.audit("staff.password_changed", f"staff:{proven.id}", hall_id=proven.hall_id)


async def switch_on_second_factor(act: Act, proof: Proof) -> RecoveryCodes:
    """Switch the second factor on, with the password and a first code; the recovery codes, once.

    The password is asked for although the person is signed in: whoever finds the page open could
    otherwise put a phone of their own between the account and its owner.

    Raises:
        WrongPassword, Locked: see `signing_in.prove_password`.
        NotBegun, SecondFactorOn, WrongCode: see `second_factor.confirm`.
    """
    await second_factor.require_begun(act)
    await signing_in.prove_password(act, proof.password)
    return await second_factor.confirm(act, proof.code)


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

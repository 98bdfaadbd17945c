"""Signing in and out: password, second factor, lock-out.

A right password alone leaves the count of wrong ones as it is where a second factor is on: else
whoever knows the password could guess codes without end.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.core import sessions
from app.core.acts import Act, Transaction
from app.core.auth import require_staff
from app.core.errors import Problem
from app.halls import passwords, second_factor, unknown_logins
from app.halls.models import HalfSignIn, StaffMember
from app.halls.rules import LoginState, after_wrong_password
from app.halls.schemas import SignedIn, SignIn

HALF_LIFETIME = timedelta(minutes=5)
"""For how long a right password waits for its code."""
PER_ADDRESS = "300/minute"
"""Tries from one address: a whole hall signs in behind one, in the minutes before it opens. What
stops guessing is the lock of each account."""
LONGEST_DEVICE = 60
Check = Callable[[Transaction], Awaitable[bool]]


class WrongPassword(Problem):
    """Login and password do not match; which of the two is wrong is not said."""

    status = 401
    code = "staff.wrong_password"
    title = "登录名或密码不正确。"


class WrongSignInCode(Problem):
    """The password was right and the second factor's code was not."""

    status = 401
    code = "staff.wrong_sign_in_code"
    title = "验证码不正确或已用过，请等下一个验证码再试。"


class Locked(Problem):
    """Too many wrong passwords or codes; the right one does not help until the lock ends."""

    status = 429
    code = "staff.locked"
    title = "密码或验证码错误次数过多，账号已暂时锁定，请稍后再试。"


class SecondFactorNeeded(Problem):
    """The password is right; send it again with `code`, from the authenticator."""

    status = 401
    code = "staff.second_factor_needed"
    title = "请再输入验证器上的六位验证码，或一个恢复码。"


class HalfEnded(Problem):
    """The password was given too long ago, or its sign-in is done: begin again."""

    status = 401
    code = "staff.half_ended"
    title = "登录已超时，请重新输入登录名和密码。"


@dataclass(frozen=True)
class HalfSignedIn:
    """What a right password is worth while its code is awaited: the way to the second step."""

    token: str
    expires_at: datetime


async def sign_in(act: Act, given: SignIn, device: str | None = None) -> SignedIn:
    """Open a session for the right password, with the right code where a second factor is on.

    Args:
        device: what the person will recognise the session by.

    Raises:
        WrongPassword: wrong, or no such account, or a closed one: the same answer for all.
        WrongSignInCode: the password is right, the code is not.
        SecondFactorNeeded: the password is right and no code came.
        Locked: too many wrong ones lately; the wrong one is counted though the answer is an error.
    """
    done = await _with_password(act, given, device, half=False)
    assert isinstance(done, SignedIn)
    return done


async def first_step(act: Act, given: SignIn, device: str | None = None) -> SignedIn | HalfSignedIn:
    """As `sign_in`; where a code is needed and none came, a half-open sign-in of five minutes."""
    return await _with_password(act, given, device, half=True)


async def _with_password(
    act: Act, given: SignIn, device: str | None, *, half: bool
) -> SignedIn | HalfSignedIn:
    async with unknown_logins.no_sooner():
        return await _checked(act, given, device, half=half)


async def _checked(
    act: Act, given: SignIn, device: str | None, *, half: bool
) -> SignedIn | HalfSignedIn:
    found = await StaffMember.get_or_none(login=given.login.lower())
    kept = found.password_hash if found else passwords.NOBODYS_HASH
    right = await passwords.matches(kept, given.password)
    if found is None or not found.active:
        seconds = await unknown_logins.seconds_locked(act, given.login)
        raise WrongPassword if seconds is None else _locked_for(seconds)
    needs_code = False
    async with act.transaction() as tx:
        person = await StaffMember.filter(id=found.id).select_for_update().get()
        if right and given.code is None and not _state(person).is_locked(act.at):
            needs_code = await second_factor.is_on(person.id)
        if needs_code and half:
            return await _half(act, tx, person)

        async def check(tx: Transaction) -> bool:
            if given.code is None or not await second_factor.is_on(person.id):
                return True
            return await second_factor.use(act, tx, person.id, given.code)

        problem = None if needs_code else await _try(act, tx, person, right=right, check=check)
        if problem is None and not needs_code:
            return await _open(act, tx, person, device)
    raise problem or SecondFactorNeeded


async def _half(act: Act, tx: Transaction, person: StaffMember) -> HalfSignedIn:
    token = secrets.token_urlsafe(sessions.TOKEN_BYTES)
    expires_at = act.at + HALF_LIFETIME
    await HalfSignIn.create(token_hash=_hash(token), staff_id=person.id, expires_at=expires_at)
    tx.audit("staff.password_right", f"staff:{person.id}", hall_id=person.hall_id)
    return HalfSignedIn(token, expires_at)


async def second_step(act: Act, token: str, code: str, device: str | None = None) -> SignedIn:
    """Open the session that a half-open sign-in was for.

    Raises:
        HalfEnded: there is no such sign-in (any more).
        WrongSignInCode, Locked: it counts as a wrong password; the lock ends the sign-in.
    """
    begun = await HalfSignIn.get_or_none(token_hash=_hash(token), expires_at__gt=act.at)
    if begun is None:
        raise HalfEnded
    async with act.transaction() as tx:
        person = await StaffMember.filter(id=begun.staff_id).select_for_update().get()
        if not await HalfSignIn.filter(id=begun.id).exists() or not person.active:
            raise HalfEnded

        async def check(tx: Transaction) -> bool:
            return await second_factor.use(act, tx, person.id, code)

        problem = await _try(act, tx, person, right=True, check=check)
        if problem is None or isinstance(problem, Locked):
            await HalfSignIn.filter(id=begun.id).delete()
        if problem is None:
            return await _open(act, tx, person, device)
    raise problem


async def prove_password(act: Act, password: str, wrong: str = "密码不正确。") -> StaffMember:
    """Let the caller show by the password alone that it is them; returns their account.

    Args:
        wrong: what is said of a wrong one.

    Raises:
        WrongPassword, Locked: a wrong one counts as it does at sign-in, so that nobody guesses the
            password at a page that was left open.
    """
    caller = require_staff(act.actor)
    found = await StaffMember.get(id=caller.id)
    right = await passwords.matches(found.password_hash, password)
    async with act.transaction() as tx:
        person = await StaffMember.filter(id=caller.id).select_for_update().get()
        problem = await _try(act, tx, person, right=right, check=_nothing_more)
    if isinstance(problem, WrongPassword):
        raise WrongPassword(wrong)
    if problem is not None:
        raise problem
    return person


async def _nothing_more(_: Transaction) -> bool:
    return True


async def prove(act: Act, password: str, code: str) -> None:
    """Let the caller show once more that it is them, by password and code, before a grave act.

    Raises:
        WrongPassword, WrongSignInCode, Locked: a wrong one counts as it does at sign-in.
    """
    caller = require_staff(act.actor)
    found = await StaffMember.get(id=caller.id)
    right = await passwords.matches(found.password_hash, password)
    async with act.transaction() as tx:
        person = await StaffMember.filter(id=caller.id).select_for_update().get()

        async def check(tx: Transaction) -> bool:
            return await second_factor.use(act, tx, person.id, code)

        problem = await _try(act, tx, person, right=right, check=check)
    if problem is not None:
        raise problem


async def _try(
    act: Act, tx: Transaction, person: StaffMember, *, right: bool, check: Check
) -> Problem | None:
    """One try at a locked row: counted if wrong. Returns what to raise once that stands."""
    state = _state(person)
    if state.is_locked(act.at):
        return _locked(state.locked_until, act.at)
    passed = right and await check(tx)
    if passed:
        await _note(person, LoginState(0, None))
        return None
    settings = act.house.settings
    state = after_wrong_password(
        state,
        act.at,
        attempts=settings.login_attempts,
        lock=timedelta(minutes=settings.login_lock_minutes),
    )
    await _note(person, state)
    verb = "staff.wrong_code" if right else "staff.wrong_password"
    tx.audit(verb, f"staff:{person.id}", hall_id=person.hall_id)
    if state.is_locked(act.at):
        return _locked(state.locked_until, act.at)
    return WrongSignInCode() if right else WrongPassword()


def _state(person: StaffMember) -> LoginState:
    return LoginState(person.failed_attempts, person.locked_until)


def _locked(until: datetime | None, now: datetime) -> Locked:
    return _locked_for(int((until - now).total_seconds()) + 1 if until else 60)


def _locked_for(seconds: int) -> Locked:
    problem = Locked()
    problem.headers["Retry-After"] = str(seconds)
    return problem


async def _note(person: StaffMember, state: LoginState) -> None:
    person.failed_attempts = state.failed_attempts
    person.locked_until = state.locked_until
    await person.save(update_fields=["failed_attempts", "locked_until"])


async def _open(act: Act, tx: Transaction, person: StaffMember, device: str | None) -> SignedIn:
    token, expires_at = await sessions.open_session(
        "staff",
        person.id,
        now=act.at,
        lifetime=timedelta(hours=act.house.settings.staff_session_hours),
        device=device[:LONGEST_DEVICE] if device else None,
    )
    tx.audit("staff.signed_in", f"staff:{person.id}", hall_id=person.hall_id)
    return SignedIn(token=token, expires_at=expires_at, first_password=person.first_password)


async def open_for(act: Act, tx: Transaction, staff_id: UUID, device: str | None) -> SignedIn:
    """A new session, within the caller's transaction, for somebody who has just proved who it is.

    Whoever calls it has checked the password, and the code where one is needed.
    """
    return await _open(act, tx, await StaffMember.get(id=staff_id), device)


async def sign_out(act: Act) -> None:
    """End the session of this request."""
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        await sessions.revoke(person.session_id, now=act.at, why="signed out")
        tx.audit("staff.signed_out", f"staff:{person.id}", hall_id=person.hall_id)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

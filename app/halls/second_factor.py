"""The second factor of staff: set up, confirmed, used at sign-in, recovered, switched off."""

from datetime import datetime, timedelta
from uuid import UUID

from app.core import db
from app.core.acts import Act, Transaction
from app.core.auth import Staff, require_staff
from app.core.errors import Conflict, Problem
from app.halls import code_rules as rules
from app.halls import service
from app.halls.models import HalfSignIn, RecoveryCode, SecondFactor
from app.halls.schemas import RecoveryCodes, SecondFactorBegun, SecondFactorState

CONTEXT = "second_factors.secret"
RECOVERY = "recovery_codes.code"
UNCONFIRMED = timedelta(days=1)
"""For how long a set-up waits for its first code."""


class WrongCode(Problem):
    """The code is not the one of this moment, or it was used already."""

    status = 422
    code = "staff.wrong_code"
    title = "验证码不正确或已用过，请等下一个验证码再试。"


class SecondFactorOn(Conflict):
    """The account has a second factor already: it is switched off before another is set up."""

    code = "staff.second_factor_on"
    title = "二次验证已经开启。"


class SecondFactorOff(Conflict):
    """The account has no second factor."""

    code = "staff.second_factor_off"
    title = "二次验证没有开启。"


class NotBegun(Conflict):
    """There is nothing to confirm: no set-up was begun."""

    code = "staff.second_factor_not_begun"
    title = "请先开始设置，用验证器扫描二维码。"


async def is_on(staff_id: UUID) -> bool:
    """Whether this account's sign-in needs a code."""
    return await SecondFactor.filter(staff_id=staff_id, confirmed_at__isnull=False).exists()


async def state(staff_id: UUID) -> SecondFactorState:
    """Whether it is on, since when, and how many recovery codes are left."""
    found = await SecondFactor.get_or_none(staff_id=staff_id)
    left = await RecoveryCode.filter(staff_id=staff_id, used_at=None).count()
    since = found.confirmed_at if found else None
    return SecondFactorState(on=since is not None, since=since, recovery_codes_left=left)


async def with_second_factor(staff_ids: list[UUID]) -> set[UUID]:
    """Those of these people whose second factor is on."""
    found = await SecondFactor.filter(staff_id__in=staff_ids, confirmed_at__isnull=False)
    return {row.staff_id for row in found}


async def begin(act: Act) -> SecondFactorBegun:
    """A new secret for the caller's authenticator; it counts once confirmed.

    Beginning again gives another secret. Raises SecondFactorOn.
    """
    person = require_staff(act.actor)
    secret = rules.new_secret()
    async with act.transaction() as tx:
        made = await db.fetch(
            "INSERT INTO second_factors (staff_id, secret, begun_at) VALUES ($1, $2, $3)"
            " ON CONFLICT (staff_id) DO UPDATE SET secret = excluded.secret,"
            " begun_at = excluded.begun_at, last_step = 0"
            " WHERE second_factors.confirmed_at IS NULL RETURNING staff_id",
            person.id,
            act.house.keyring.seal(secret.encode(), CONTEXT),
            act.at,
        )
        if not made:
            raise SecondFactorOn
        tx.audit("staff.second_factor_begun", person.key, hall_id=person.hall_id)
    return await _begun(person, secret)


async def begun(act: Act) -> SecondFactorBegun | None:
    """What the caller began and has not confirmed yet; once confirmed, it is shown no more."""
    person = require_staff(act.actor)
    found = await SecondFactor.get_or_none(staff_id=person.id, confirmed_at=None)
    return await _begun(person, _secret(act, found)) if found else None


async def _begun(person: Staff, secret: str) -> SecondFactorBegun:
    hall = await service.hall(person.hall_id)
    address = rules.address(secret, person.number, f"掌办·{hall.name}")
    return SecondFactorBegun(secret=secret, address=address)


async def require_begun(act: Act) -> None:
    """Make sure that the caller has something to confirm. Raises NotBegun, SecondFactorOn."""
    found = await SecondFactor.get_or_none(staff_id=require_staff(act.actor).id)
    _must_wait(found)


def _must_wait(found: SecondFactor | None) -> SecondFactor:
    """A set-up that waits for its first code."""
    if found is None:
        raise NotBegun
    if found.confirmed_at is not None:
        raise SecondFactorOn
    return found


async def confirm(act: Act, code: str) -> RecoveryCodes:
    """Switch it on with a first code of the authenticator; returns the recovery codes, once.

    The caller has just given their password again.

    Raises:
        NotBegun, SecondFactorOn.
        WrongCode: the authenticator does not have the secret, or its clock is wrong.
    """
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        found = _must_wait(
            await SecondFactor.filter(staff_id=person.id).select_for_update().first()
        )
        step = rules.matching_step(_secret(act, found), code, act.at, found.last_step)
        if step is None:
            raise WrongCode
        found.confirmed_at, found.last_step = act.at, step
        await found.save(update_fields=["confirmed_at", "last_step"])
        codes = await _new_recovery_codes(act, person.id)
        tx.audit("staff.second_factor_on", person.key, hall_id=person.hall_id)
    return RecoveryCodes(codes=codes)


async def _new_recovery_codes(act: Act, staff_id: UUID) -> list[str]:
    codes = [rules.new_recovery_code() for _ in range(rules.RECOVERY_CODES)]
    await RecoveryCode.filter(staff_id=staff_id).delete()
    await RecoveryCode.bulk_create(
        RecoveryCode(staff_id=staff_id, code_hash=_digest(act, code)) for code in codes
    )
    return codes


def _digest(act: Act, code: str) -> bytes:
    return act.house.keyring.index(rules.normal(code), RECOVERY)


def _secret(act: Act, found: SecondFactor) -> str:
    return act.house.keyring.open(bytes(found.secret), CONTEXT).decode()


async def use(act: Act, tx: Transaction, staff_id: UUID, code: str) -> bool:
    """Whether this code opens the account, within the caller's transaction; it is then used up.

    Six digits are an authenticator's code; anything else is looked for among the recovery codes.
    """
    found = (
        await SecondFactor.filter(staff_id=staff_id, confirmed_at__isnull=False)
        .select_for_update()
        .first()
    )
    if found is None:
        return False
    if not rules.is_code(code):
        return await _use_recovery_code(act, tx, staff_id, code)
    step = rules.matching_step(_secret(act, found), code, act.at, found.last_step)
    if step is None:
        return False
    found.last_step = step
    await found.save(update_fields=["last_step"])
    return True


async def _use_recovery_code(act: Act, tx: Transaction, staff_id: UUID, code: str) -> bool:
    used = await db.execute(
        "UPDATE recovery_codes SET used_at = $3"
        " WHERE staff_id = $1 AND code_hash = ANY($2::bytea[]) AND used_at IS NULL",
        staff_id,
        act.house.keyring.indexes(rules.normal(code), RECOVERY),
        act.at,
    )
    if used:
        tx.audit("staff.recovery_code_used", f"staff:{staff_id}", hall_id=await _hall_of(staff_id))
    return bool(used)


async def _hall_of(staff_id: UUID) -> UUID:
    row = await db.fetch_one("SELECT hall_id FROM staff WHERE id = $1", staff_id)
    assert row
    hall_id: UUID = row["hall_id"]
    return hall_id


async def renew_recovery_codes(act: Act) -> RecoveryCodes:
    """Ten new recovery codes in the place of all old ones; the caller has just proved themself.

    Raises SecondFactorOff.
    """
    person = await _with_factor(act)
    async with act.transaction() as tx:
        codes = await _new_recovery_codes(act, person.id)
        tx.audit("staff.recovery_codes_renewed", person.key, hall_id=person.hall_id)
    return RecoveryCodes(codes=codes)


async def _with_factor(act: Act) -> Staff:
    person = require_staff(act.actor)
    if not await is_on(person.id):
        raise SecondFactorOff
    return person


async def take_away(staff_id: UUID) -> bool:
    """Delete a person's second factor within the caller's transaction; False if there is none."""
    await HalfSignIn.filter(staff_id=staff_id).delete()
    deleted = await SecondFactor.filter(staff_id=staff_id).delete()
    return bool(deleted)


async def forget_old(now: datetime) -> None:
    """Delete sign-ins that were begun and never ended, and set-ups that nobody confirmed in time.

    What was begun is worth nothing; it holds a secret all the same.
    """
    await db.execute("DELETE FROM half_sign_ins WHERE expires_at < $1", now)
    await db.execute(
        "DELETE FROM second_factors WHERE confirmed_at IS NULL AND begun_at < $1",
        now - UNCONFIRMED,
    )

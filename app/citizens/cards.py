"""The identity of a mini program's account, set by a clerk who has seen the ID card.

The citizen makes a one-time code in the mini program and reads it to the clerk: so the clerk gets
at the account of whoever stands there and of nobody else. It is the way for those whom the
authority does not know, and the only one to change what was confirmed.
"""

import secrets
from datetime import timedelta

from app.citizens.identities import adopt_by_phone, has_adopted
from app.citizens.models import Citizen, IdentityCheck
from app.citizens.persons import (
    ID_NUMBER,
    GuardianNeeded,
    NoConsent,
    checked_id_number,
    level,
)
from app.citizens.profile import IdNumberFixed
from app.citizens.rules import (
    ADULT_CONSENT_AGE,
    CLAIM_ALPHABET,
    CLAIM_LETTERS,
    age_on,
    birth_date,
    normal_claim_code,
)
from app.citizens.schemas import CardSeen, CardTaken, WindowCodeShown
from app.core import db
from app.core.acts import Act
from app.core.auth import Role, require_citizen, require_staff
from app.core.errors import NotFound, Problem
from app.core.privacy import Personal

CODE = "citizens.window_code"
CODE_LIVES = timedelta(minutes=10)
"""As long as somebody stands at a window and waits."""


class CardNotSeen(Problem):
    """Without the card before them a clerk confirms nobody."""

    status = 422
    code = "citizens.card_not_seen"
    title = "请核对本人和身份证原件后再确认。"


async def make_code(act: Act, *, consent: bool) -> WindowCodeShown:
    """A new code for the clerk, which takes the place of the one before.

    Raises:
        NoConsent: to keeping what the card says.
    """
    citizen = require_citizen(act.actor)
    if not consent:
        raise NoConsent
    code = "".join(secrets.choice(CLAIM_ALPHABET) for _ in range(CLAIM_LETTERS))
    expires_at = act.at + CODE_LIVES
    async with act.transaction() as tx:
        await db.execute(
            "INSERT INTO citizen_window_codes (id, citizen_id, code, made_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (citizen_id) DO UPDATE SET"
            " code = EXCLUDED.code, made_at = EXCLUDED.made_at,"
            " expires_at = EXCLUDED.expires_at, used_at = NULL",
            db.new_id(),
            citizen.id,
            act.house.keyring.index(code, CODE),
            act.at,
            expires_at,
        )
        tx.audit("citizen.window_code_made", f"citizen:{citizen.id}")
    return WindowCodeShown(code=f"{code[:4]}-{code[4:]}", expires_at=expires_at)


async def take(act: Act, given: CardSeen) -> CardTaken:
    """Set the identity of the account behind the code to what the ID card says; it is verified.

    Raises:
        Forbidden: the actor is no clerk. CardNotSeen. BadIdNumber, GuardianNeeded.
        NotFound: no such code, or it is used or too old.
        IdNumberFixed: things of another ID number were linked to the account.
    """
    clerk = require_staff(act.actor, Role.CLERK)
    if not given.card_seen:
        raise CardNotSeen
    number = checked_id_number(given.id_number)
    if age_on(birth_date(number), act.today) < ADULT_CONSENT_AGE:
        raise GuardianNeeded
    async with act.transaction() as tx:
        row = await _of_code(act, given.code)
        changed = await _set(act, row, Personal(given.name.strip(), "name"), number)
        row.verified_at, row.verified_by, row.mismatched_at = act.at, clerk.key, None
        await row.save()
        await IdentityCheck.filter(citizen_id=row.id, child_id=None, state="waiting").update(
            state="dropped", answered_at=act.at
        )
        verb = "citizen.identity_changed_at_window" if changed else "citizen.verified_at_window"
        tx.audit(verb, f"citizen:{row.id}", hall_id=clerk.hall_id)
        await adopt_by_phone(act, row)
    return CardTaken(
        name=row.name.masked() if row.name else "",
        id_number=row.id_number.masked() if row.id_number else "",
        level=level(row),
        changed=changed,
    )


async def _of_code(act: Act, code: str) -> Citizen:
    """The account of a code, which is used by this. Both rows are locked."""
    used = await db.fetch(
        "UPDATE citizen_window_codes SET used_at = $2 WHERE code = ANY($1::bytea[])"
        " AND used_at IS NULL AND expires_at > $2 RETURNING citizen_id",
        act.house.keyring.indexes(normal_claim_code(code), CODE),
        act.at,
    )
    row = None
    if used:
        row = await Citizen.filter(id=used[0]["citizen_id"]).select_for_update().first()
    if row is None or row.deleted_at is not None:
        raise NotFound("没有找到这个核验码，请让群众在小程序中重新获取。")
    return row


async def _set(act: Act, row: Citizen, name: Personal, number: str) -> bool:
    """Whether the card says something else than the account did before."""
    before = bytes(row.id_number_index) if row.id_number_index else None
    same = before in act.house.keyring.indexes(number, ID_NUMBER)
    if before is not None and not same and await has_adopted(row.id):
        raise IdNumberFixed("该账号已领取了另一身份证号在窗口办理的办件，不能更改身份证号。")
    changed = row.name is not None and (row.name != name or not same)
    row.name, row.id_number = name, Personal(number, "id_number")
    row.id_number_index = act.house.keyring.index(number, ID_NUMBER)
    row.consented_at = act.at
    row.erase_asked_at = None
    return changed

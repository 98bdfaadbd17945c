"""People who apply at the counter: an account without a phone behind it, and the code to claim it.

A farmer without the mini program has an account all the same, so that their cases, materials and
documents are somebody's. Whoever later uses the mini program makes it theirs in `identities.py`.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.citizens.models import Citizen
from app.citizens.persons import (
    ID_NUMBER,
    PHONE,
    Person,
    Said,
    checked,
    checked_id_number,
    checked_phone,
)
from app.citizens.rules import CLAIM_ALPHABET, CLAIM_LETTERS
from app.citizens.schemas import PersonIn
from app.core import db
from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.errors import NotFound
from app.core.privacy import Personal

CLAIM = "citizens.claim"
"""The context of the codes by which a counter account is claimed."""


@dataclass(frozen=True)
class NewClaim:
    """A code in the clear: shown this once, on the paper that the applicant takes home."""

    code: str
    expires_at: datetime


async def at_counter(act: Act, given: PersonIn) -> Person:
    """Who stands at the counter, as their ID card says, with the account that is theirs.

    An account of the mini program is taken as theirs only where its ID number is the same and its
    phone number, the same too, was proved to be its owner's: anybody can claim to have an ID
    number and a phone. Otherwise it is the counter account of this ID number and phone, made now
    if there is none. Joins the act's transaction.

    Raises:
        Forbidden: the actor is no clerk.
        NoConsent, BadPhone, BadIdNumber, GuardianNeeded.
    """
    clerk, said = require_staff(act.actor, Role.CLERK), checked(act, given)
    async with act.transaction() as tx:
        found = await _proven(act, said) or await _made_before(act, said)
        if found is None:
            found = await _make(act, clerk, said)
            tx.audit("citizen.made_at_counter", f"citizen:{found}", hall_id=clerk.hall_id)
        else:
            tx.audit("citizen.found_at_counter", f"citizen:{found}", hall_id=clerk.hall_id)
            if await _card_seen(act, clerk, found, said):
                tx.audit("citizen.verified_at_window", f"citizen:{found}", hall_id=clerk.hall_id)
    return Person(found, said.name, said.phone, said.id_number)


async def _proven(act: Act, said: Said) -> UUID | None:
    row = await db.fetch_one(
        "SELECT id FROM citizens WHERE id_number_index = ANY($1::bytea[])"
        " AND phone_index = ANY($2::bytea[]) AND phone_proven_at IS NOT NULL"
        " ORDER BY phone_proven_at DESC, id LIMIT 1",
        *_looked_for(act, said),
    )
    return row["id"] if row else None


async def _made_before(act: Act, said: Said) -> UUID | None:
    row = await db.fetch_one(
        "SELECT id FROM citizens WHERE id_number_index = ANY($1::bytea[])"
        " AND phone_index = ANY($2::bytea[]) AND openid IS NULL ORDER BY id LIMIT 1",
        *_looked_for(act, said),
    )
    return row["id"] if row else None


async def _card_seen(act: Act, clerk: Staff, citizen_id: UUID, said: Said) -> bool:
    """Note that a clerk has seen the ID card of whoever this is; whether that is new.

    At the counter a name is as the card says. In the mini program another name stays what its
    owner said, unconfirmed, until they have it put right (`cards.py`).
    """
    row = await Citizen.filter(id=citizen_id).select_for_update().get()
    if row.openid is None and row.name != said.name:
        row.name, row.verified_at = said.name, None
    if row.name != said.name or row.verified_at is not None:
        return False
    row.verified_at, row.verified_by, row.mismatched_at = act.at, clerk.key, None
    await row.save(update_fields=["name", "verified_at", "verified_by", "mismatched_at"])
    return True


def _looked_for(act: Act, said: Said) -> tuple[list[bytes], list[bytes]]:
    keyring = act.house.keyring
    return (
        keyring.indexes(said.id_number.reveal(), ID_NUMBER),
        keyring.indexes(said.phone.reveal(), PHONE),
    )


async def _make(act: Act, clerk: Staff, said: Said) -> UUID:
    """The counter account; that of another clerk who was faster by a moment."""
    keyring = act.house.keyring

    def seal(value: Personal, context: str) -> bytes:
        return keyring.seal(value.reveal().encode(), context)

    rows = await db.fetch(
        "INSERT INTO citizens (id, name, phone, phone_index, id_number, id_number_index,"
        " consented_at, created_at, seen_at, made_by, verified_at, verified_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7, $8, $7, $9)"
        " ON CONFLICT (id_number_index, phone_index) WHERE openid IS NULL"
        " DO UPDATE SET seen_at = EXCLUDED.seen_at RETURNING id",
        db.new_id(),
        seal(said.name, "citizens.name"),
        seal(said.phone, "citizens.phone"),
        keyring.index(said.phone.reveal(), PHONE),
        seal(said.id_number, "citizens.id_number"),
        keyring.index(said.id_number.reveal(), ID_NUMBER),
        act.at,
        clerk.id,
        clerk.key,
    )
    found: UUID = rows[0]["id"]
    return found


async def claim_code(act: Act, citizen_id: UUID) -> NewClaim | None:
    """A new one-time code for a counter account, which ends the one before.

    None where there is nothing to claim: the account is one of the mini program, or claimed.
    Joins the act's transaction.

    Raises:
        Forbidden: the actor is no clerk.
    """
    clerk = require_staff(act.actor, Role.CLERK)
    async with act.transaction() as tx:
        found = await db.fetch_one(
            "SELECT id FROM citizens WHERE id = $1 AND openid IS NULL AND adopted_by IS NULL"
            " FOR UPDATE",
            citizen_id,
        )
        if found is None:
            return None
        await db.execute(
            "UPDATE citizen_claims SET ended_at = $2, ended_how = 'replaced'"
            " WHERE citizen_id = $1 AND ended_at IS NULL",
            citizen_id,
            act.at,
        )
        code = "".join(secrets.choice(CLAIM_ALPHABET) for _ in range(CLAIM_LETTERS))
        expires_at = act.at + timedelta(days=act.house.settings.claim_code_days)
        await db.execute(
            "INSERT INTO citizen_claims (id, citizen_id, code, made_by, made_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            db.new_id(),
            citizen_id,
            act.house.keyring.index(code, CLAIM),
            clerk.id,
            act.at,
            expires_at,
        )
        tx.audit("citizen.claim_code_made", f"citizen:{citizen_id}", hall_id=clerk.hall_id)
    return NewClaim(code, expires_at)


async def claim_code_again(act: Act, id_number: str, phone: str) -> NewClaim:
    """A new code for somebody who comes back with their ID card and has lost the old one.

    Raises:
        Forbidden: the actor is no clerk.
        BadPhone, BadIdNumber. NotFound: nothing of theirs is left to claim.
    """
    require_staff(act.actor, Role.CLERK)
    keyring = act.house.keyring
    async with act.transaction():
        row = await db.fetch_one(
            "SELECT id FROM citizens WHERE id_number_index = ANY($1::bytea[])"
            " AND phone_index = ANY($2::bytea[]) AND openid IS NULL AND adopted_by IS NULL"
            " ORDER BY id LIMIT 1",
            keyring.indexes(checked_id_number(id_number), ID_NUMBER),
            keyring.indexes(checked_phone(phone), PHONE),
        )
        made = await claim_code(act, row["id"]) if row else None
    if made is None:
        raise NotFound("没有找到这位群众在窗口办理、尚未领取的办件。")
    return made

"""One person, several accounts: what was done at the counter becomes theirs in the mini program.

A counter account is linked to the account of the mini program (`citizens.adopted_by`) once the
person has proved who they are: by the phone number that the platform vouches for, or by the code
that they got at the counter; the ID number must be the same in both cases. No row is merged, and
nobody gets anything by merely knowing an ID number. `identities` resolves the link, here alone.
"""

import hmac
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.citizens.counter import CLAIM
from app.citizens.models import Citizen
from app.citizens.persons import ID_NUMBER, PHONE, consenting
from app.citizens.rules import normal_claim_code
from app.core import db
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.errors import Problem


class ClaimWrong(Problem):
    """The code is wrong, used, spent or too old, or the ID number is another: not told apart."""

    status = 422
    code = "citizens.claim_wrong"
    title = "领取码不正确或已失效，或者身份证号与窗口登记的不一致。请核对后重试，或到窗口重新领取。"


async def identities(citizen_id: UUID) -> tuple[UUID, ...]:
    """All accounts of the person behind this one, that of the mini program first."""
    return (await identities_of(citizen_id))[citizen_id]


async def identities_of(*citizen_ids: UUID) -> dict[UUID, tuple[UUID, ...]]:
    """`identities` of several people at once."""
    rows = await db.fetch(
        "SELECT asked.id, array_agg(same.id ORDER BY same.adopted_by IS NOT NULL, same.id) AS all"
        " FROM citizens asked JOIN citizens same ON same.id = coalesce(asked.adopted_by, asked.id)"
        " OR same.adopted_by = coalesce(asked.adopted_by, asked.id)"
        " WHERE asked.id = ANY($1::uuid[]) GROUP BY asked.id",
        list(citizen_ids),
    )
    found = {row["id"]: tuple(row["all"]) for row in rows}
    return {asked: found.get(asked, (asked,)) for asked in citizen_ids}


async def adopt_by_phone(act: Act, row: Citizen) -> None:
    """Link the counter accounts of the same ID number and proven phone. The row is locked."""
    if row.phone_proven_at is None or row.phone is None or row.id_number is None:
        return
    keyring = act.house.keyring
    found = await db.fetch(
        "SELECT id FROM citizens WHERE id_number_index = ANY($1::bytea[])"
        " AND phone_index = ANY($2::bytea[]) AND openid IS NULL AND adopted_by IS NULL"
        " ORDER BY id FOR UPDATE",
        keyring.indexes(row.id_number.reveal(), ID_NUMBER),
        keyring.indexes(row.phone.reveal(), PHONE),
    )
    for counter in found:
        await _adopt(act, row.id, counter["id"], "proven")


async def claim(act: Act, code: str) -> int:
    """Make the counter account of one's own ID number one's own, by the code from the counter.

    A wrong code counts against every open code of this ID number; after `claim_attempts` of them
    a code is spent, and the counter gives out another. The count stands though the answer is an
    error.

    Returns:
        How many counter accounts were linked: 1.

    Raises:
        WhoFirst: the citizen has not said who they are.
        ClaimWrong: also where somebody else was faster.
    """
    citizen = require_citizen(act.actor)
    normal = normal_claim_code(code)
    async with act.transaction():
        row = await Citizen.filter(id=citizen.id).select_for_update().get()
        id_number = consenting(row).id_number.reveal()
        opened = await db.fetch(
            "SELECT k.id, k.citizen_id, k.code FROM citizens c"
            " JOIN citizen_claims k ON k.citizen_id = c.id"
            " WHERE c.id_number_index = ANY($1::bytea[]) AND c.openid IS NULL"
            " AND c.adopted_by IS NULL AND k.ended_at IS NULL AND k.expires_at > $2"
            " ORDER BY c.id FOR UPDATE OF c, k",
            act.house.keyring.indexes(id_number, ID_NUMBER),
            act.at,
        )
        right = _of_code(act, normal, opened)
        if right is None:
            await _count_wrong(act, [entry["id"] for entry in opened])
        else:
            await _adopt(act, citizen.id, right, "used")
    if right is None:
        raise ClaimWrong
    return 1


def _of_code(act: Act, code: str, opened: Sequence[dict[str, Any]]) -> UUID | None:
    wanted = act.house.keyring.indexes(code, CLAIM)
    for entry in opened:
        if any(hmac.compare_digest(bytes(entry["code"]), one) for one in wanted):
            found: UUID = entry["citizen_id"]
            return found
    return None


async def _count_wrong(act: Act, claim_ids: Sequence[UUID]) -> None:
    async with act.transaction() as tx:
        rows = await db.fetch(
            "UPDATE citizen_claims SET wrong = wrong + 1,"
            " ended_at = CASE WHEN wrong + 1 >= $2 THEN $3::timestamptz END,"
            " ended_how = CASE WHEN wrong + 1 >= $2 THEN 'spent' END"
            " WHERE id = ANY($1::uuid[]) RETURNING citizen_id, ended_how",
            list(claim_ids),
            act.house.settings.claim_attempts,
            act.at,
        )
        for row in rows:
            spent = row["ended_how"] is not None
            tx.audit("citizen.claim_code_wrong", f"citizen:{row['citizen_id']}", spent=spent)


async def _adopt(act: Act, citizen_id: UUID, counter_id: UUID, how: str) -> None:
    async with act.transaction() as tx:
        await db.execute(
            "UPDATE citizens SET adopted_by = $2, adopted_at = $3 WHERE id = $1",
            counter_id,
            citizen_id,
            act.at,
        )
        await db.execute(
            "UPDATE citizen_claims SET ended_at = $2, ended_how = $3"
            " WHERE citizen_id = $1 AND ended_at IS NULL",
            counter_id,
            act.at,
            how,
        )
        tx.audit(
            "citizen.counter_account_adopted",
            f"citizen:{counter_id}",
            by=str(citizen_id),
            how="phone" if how == "proven" else "code",
        )


async def has_adopted(citizen_id: UUID) -> bool:
    """Whether a counter account was linked to this account of the mini program."""
    return await Citizen.filter(adopted_by=citizen_id).exists()

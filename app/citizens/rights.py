"""A person's rights to what is kept of them (Personal Information Protection Law, art. 44 to 47).

They get a copy of all of it, withdraw the consent to keeping it, or delete the account. What a
case needs is not theirs alone to delete: the hall files it and must keep it, until its retention
is over (art. 47). Until an open case of theirs ends, their name and numbers stay here too, sealed
and for that case alone: they cannot be looked up by them any more, nor apply.
"""

from typing import Any
from uuid import UUID

import msgspec

from app.citizens import children
from app.citizens.identities import has_adopted, identities
from app.citizens.logins import KIND, prove_present
from app.citizens.models import Citizen, CitizenChild, CitizenClaim, IdentityCheck
from app.citizens.persons import level
from app.citizens.schemas import Exported, Forgotten
from app.citizens.shares import Filed, Shares
from app.core import db, sessions
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.wire import File

BATCH = 100
IDENTITY = (
    "UPDATE citizens SET name = NULL, phone = NULL, id_number = NULL, verified_at = NULL,"
    " verified_by = NULL, mismatched_at = NULL WHERE id = ANY($1::uuid[])"
    " AND erase_asked_at IS NOT NULL"
)


async def export(act: Act, code: str) -> File:
    """Everything that is kept about the caller, in the clear, as a file of JSON. Recorded.

    Raises:
        AnothersCode, WeChatError: the fresh login code does not show that it is them.
    """
    citizen = require_citizen(act.actor)
    await prove_present(act, code)
    ids = await identities(citizen.id)
    kept = {part.name: await part.export(act, ids) for part in act.house.part(Shares).parts}
    found = Exported(exported_at=act.at, account=await _account(act, ids), kept=kept)
    async with act.transaction() as tx:
        tx.audit("citizen.exported", f"citizen:{citizen.id}")
    return File(msgspec.json.encode(found), "application/json", filename="我的个人信息.json")


async def _account(act: Act, ids: tuple[UUID, ...]) -> dict[str, Any]:
    rows = await Citizen.filter(id__in=ids).order_by("id")
    checks = await IdentityCheck.filter(citizen_id__in=ids).order_by("id")
    claims = await CitizenClaim.filter(citizen_id__in=ids).order_by("id")
    signed_in = await sessions.of_subject(KIND, ids[0], act.at)
    return {
        "accounts": [_row(row) for row in rows],
        "children": [_child(row) for row in await children.of_guardian(ids)],
        "identity_checks": [
            {"state": c.state, "by": c.verifier, "asked_at": c.asked_at, "at": c.answered_at}
            for c in checks
        ],
        "claim_codes": [
            {"made_at": c.made_at, "expires_at": c.expires_at, "ended": c.ended_how} for c in claims
        ],
        "sessions": [
            {"device": s.device, "created_at": s.created_at, "seen_at": s.seen_at}
            for s in signed_in
        ],
    }


def _row(row: Citizen) -> dict[str, Any]:
    return {
        "id": row.id,
        "openid": row.openid,
        "name": row.name.reveal() if row.name else None,
        "phone": row.phone.reveal() if row.phone else None,
        "phone_proven_at": row.phone_proven_at,
        "id_number": row.id_number.reveal() if row.id_number else None,
        "level": level(row),
        "verified_at": row.verified_at,
        "verified_by": row.verified_by,
        "consented_at": row.consented_at,
        "created_at": row.created_at,
        "seen_at": row.seen_at,
        "made_at_counter": row.made_by is not None,
    }


def _child(row: CitizenChild) -> dict[str, Any]:
    return {
        "name": row.name.reveal() if row.name else None,
        "id_number": row.id_number.reveal() if row.id_number else None,
        "relation": row.relation,
        "consent_version": row.consent_version,
        "consented_at": row.consented_at,
    }


async def withdraw_consent(act: Act) -> Forgotten:
    """Take the consent to keeping one's data back (PIPL, art. 15); the account stays, empty."""
    citizen = require_citizen(act.actor)
    async with act.transaction() as tx:
        told = await _forget(act, citizen.id, deleted=False)
        tx.audit("citizen.consent_withdrawn", f"citizen:{citizen.id}", cases=told.filed_cases)
    return told


async def delete_account(act: Act, code: str) -> Forgotten:
    """Delete the account: every session ends, and the next login makes another, empty account.

    Raises:
        AnothersCode, WeChatError: the fresh login code does not show that it is them.
    """
    citizen = require_citizen(act.actor)
    await prove_present(act, code)
    async with act.transaction() as tx:
        told = await _forget(act, citizen.id, deleted=True)
        await db.execute(
            "UPDATE citizens SET openid = NULL, unionid = NULL, session_key = NULL,"
            " id_number_index = NULL, deleted_at = $2 WHERE id = $1",
            citizen.id,
            act.at,
        )
        await sessions.revoke_all(KIND, citizen.id, now=act.at, why="account deleted")
        tx.audit("citizen.deleted", f"citizen:{citizen.id}", cases=told.filed_cases)
    return told


async def _forget(act: Act, citizen_id: UUID, *, deleted: bool) -> Forgotten:
    """Delete of a person what no case needs, in the act's transaction."""
    ids = await identities(citizen_id)
    await db.fetch(
        "SELECT id FROM citizens WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", list(ids)
    )
    shares = act.house.part(Shares)
    for part in shares.parts:
        await part.forget(act, ids)
    for child in await children.of_guardian(ids):
        await children.forget(act, child)
    filed = await shares.of_citizens(ids)
    await _stop_using(act, ids, fixed=not deleted and await _is_fixed(citizen_id, filed))
    if not filed.open:
        await db.execute(IDENTITY, list(ids))
    return Forgotten(
        open_cases=filed.open,
        filed_cases=filed.all,
        erased=not filed.open,
        notes=_notes(filed, deleted=deleted),
    )


async def _is_fixed(citizen_id: UUID, filed: Filed) -> bool:
    """Whether the account must not become another person's afterwards (`rules.change_rule`)."""
    return filed.all > 0 or await has_adopted(citizen_id)


async def _stop_using(act: Act, ids: tuple[UUID, ...], *, fixed: bool) -> None:
    """From now on nobody finds these people by their numbers, and they cannot apply.

    With `fixed`, the keyed digest of the ID number stays with the mini program's account, so that
    it can be taken up by the same person alone.
    """
    await db.execute(
        "UPDATE citizens SET consented_at = NULL, erase_asked_at = $2, phone_proven_at = NULL,"
        " phone_index = NULL, id_number_index = CASE WHEN $3 AND openid IS NOT NULL"
        " THEN id_number_index END WHERE id = ANY($1::uuid[])",
        list(ids),
        act.at,
        fixed,
    )
    await db.execute(
        "UPDATE identity_checks SET state = 'dropped', answered_at = $2"
        " WHERE citizen_id = ANY($1::uuid[]) AND state = 'waiting'",
        list(ids),
        act.at,
    )
    await db.execute(
        "DELETE FROM citizen_window_codes WHERE citizen_id = ANY($1::uuid[])", list(ids)
    )


def _notes(filed: Filed, *, deleted: bool) -> list[str]:
    notes = []
    if filed.open:
        notes.append(
            f"您还有 {filed.open} 个正在办理的办件，"
            "办理所需的信息在办结前继续加密保存，办结后删除。"
        )
    if filed.all:
        notes.append("已提交的办件按照档案保存期限保存，到期删除。")
    if filed.all and deleted:
        notes.append("注销后不能再在小程序中查看这些办件，可以携带身份证到窗口查询。")
    return notes


async def erase_waiting(act: Act) -> None:
    """Delete what was kept of people for their open cases, where these have ended meanwhile."""
    after: UUID | None = None
    while True:
        rows = await db.fetch(
            "SELECT id FROM citizens WHERE erase_asked_at IS NOT NULL AND name IS NOT NULL"
            " AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2",
            after,
            BATCH,
        )
        for row in rows:
            await _erase(act, row["id"])
        if len(rows) < BATCH:
            return
        after = rows[-1]["id"]


async def _erase(act: Act, citizen_id: UUID) -> None:
    ids = await identities(citizen_id)
    async with act.transaction() as tx:
        await db.fetch(
            "SELECT id FROM citizens WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", list(ids)
        )
        filed = await act.house.part(Shares).of_citizens(ids)
        if not filed.open and await db.execute(IDENTITY, list(ids)):
            tx.audit("citizen.erased", f"citizen:{citizen_id}")

"""What can be done with a citizen's account: log in, say who one is, log out.

`persons.py` checks what people say of themselves, `counter.py` makes accounts for those who apply
at the counter, `identities.py` links them to the mini program's; what is public of them is here.
"""

from datetime import timedelta
from uuid import UUID

from app.citizens.counter import NewClaim, at_counter, claim_code, claim_code_again
from app.citizens.identities import (
    ClaimWrong,
    adopt_by_phone,
    claim,
    has_adopted,
    identities,
    identities_of,
    prove_phone,
)
from app.citizens.models import Citizen
from app.citizens.persons import (
    ID_NUMBER,
    PHONE,
    BadIdNumber,
    BadPhone,
    GuardianNeeded,
    NoConsent,
    Person,
    WhoFirst,
    checked,
    checked_phone,
    person,
    phone_index,
    phone_index_under_all_keys,
)
from app.citizens.schemas import LoggedIn, PersonIn, PersonShown
from app.core import db, sessions
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.errors import Conflict
from wechat.client import WeChat
from wechat.login import WeChatIdentity, exchange

__all__ = [
    "BadIdNumber",
    "BadPhone",
    "ClaimWrong",
    "GuardianNeeded",
    "IdNumberFixed",
    "NewClaim",
    "NoConsent",
    "Person",
    "PersonIn",
    "WhoFirst",
    "account_of_code",
    "at_counter",
    "checked_phone",
    "claim",
    "claim_code",
    "claim_code_again",
    "identities",
    "identities_of",
    "log_in",
    "log_out",
    "masked_names",
    "me",
    "of_proven_phone",
    "openid",
    "person",
    "phone_index",
    "phone_index_under_all_keys",
    "phone_indexes",
    "prove_phone",
    "proven_phone_indexes",
    "say_who",
]

SESSION_KEY = "citizens.session_key"


class IdNumberFixed(Conflict):
    """Things from the counter hang on this ID number: another one would take them along."""

    code = "citizens.id_number_fixed"
    title = "您已领取了窗口办理的办件，身份证号不能再更改。如有错误，请到窗口办理。"


async def log_in(act: Act, code: str) -> LoggedIn:
    """Turn a `wx.login` code into a session, making the account at the first time.

    Raises:
        WeChatError: the code is invalid or used, or the platform does not answer.
    """
    identity = await exchange(act.house.part(WeChat), act.house.redis, code)
    async with act.transaction() as tx:
        citizen_id = await _enter(act, identity)
        token, expires_at = await sessions.open_session(
            "citizen",
            citizen_id,
            now=act.at,
            lifetime=timedelta(days=act.house.settings.citizen_session_days),
        )
        tx.audit("citizen.logged_in", f"citizen:{citizen_id}")
    return LoggedIn(token=token, expires_at=expires_at, citizen_id=citizen_id)


async def account_of_code(act: Act, code: str) -> UUID:
    """The account behind a `wx.login` code, made at the first time; opens no session.

    Raises:
        WeChatError: the code is invalid or used, or the platform does not answer.
    """
    identity = await exchange(act.house.part(WeChat), act.house.redis, code)
    async with act.transaction():
        return await _enter(act, identity)


async def phone_indexes(*citizen_ids: UUID) -> list[bytes]:
    """The stand-ins of the phone numbers that these accounts gave."""
    rows = await db.fetch(
        "SELECT phone_index FROM citizens WHERE id = ANY($1::uuid[]) AND phone_index IS NOT NULL",
        list(citizen_ids),
    )
    return [bytes(row["phone_index"]) for row in rows]


async def _enter(act: Act, identity: WeChatIdentity) -> UUID:
    sealed = act.house.keyring.seal(identity.session_key.encode(), SESSION_KEY)
    rows = await db.fetch(
        "INSERT INTO citizens (id, openid, unionid, session_key, created_at, seen_at)"
        " VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (openid) DO UPDATE SET"
        " session_key = EXCLUDED.session_key, seen_at = EXCLUDED.seen_at,"
        " unionid = coalesce(EXCLUDED.unionid, citizens.unionid) RETURNING id",
        db.new_id(),
        identity.openid,
        identity.unionid,
        sealed,
        act.at,
    )
    found: UUID = rows[0]["id"]
    return found


async def log_out(act: Act) -> None:
    """End the session of this request."""
    citizen = require_citizen(act.actor)
    async with act.transaction() as tx:
        await sessions.revoke(citizen.session_id, now=act.at, why="logged out")
        tx.audit("citizen.logged_out", f"citizen:{citizen.id}")


async def say_who(act: Act, given: PersonIn) -> PersonShown:
    """Keep who the citizen is, sealed, after checking it.

    Another phone number than before is one that nobody has proved yet.

    Raises:
        NoConsent, BadPhone, BadIdNumber, GuardianNeeded.
        IdNumberFixed: things from the counter were linked to the ID number given before.
    """
    citizen = require_citizen(act.actor)
    said = checked(act, given)
    phone, id_number = said.phone.reveal(), said.id_number.reveal()
    keyring = act.house.keyring
    async with act.transaction() as tx:
        row = await Citizen.filter(id=citizen.id).select_for_update().get()
        if row.id_number not in (None, said.id_number) and await has_adopted(citizen.id):
            raise IdNumberFixed
        if row.phone != said.phone:
            row.phone_proven_at = None
        row.name = said.name
        row.phone = said.phone
        row.phone_index = keyring.index(phone, PHONE)
        row.id_number = said.id_number
        row.id_number_index = keyring.index(id_number, ID_NUMBER)
        row.consented_at = act.at
        await row.save()
        tx.audit("citizen.said_who", f"citizen:{citizen.id}")
        await adopt_by_phone(act, row)
    return _shown(row)


async def me(act: Act) -> PersonShown:
    """The caller's own account, masked."""
    return _shown(await Citizen.get(id=require_citizen(act.actor).id))


async def openid(citizen_id: UUID) -> str | None:
    """The openid to which messages to this citizen go; None if there is no phone to send to.

    A counter account's messages go to the account of the mini program that it was linked to.
    """
    row = await db.fetch_one(
        "SELECT coalesce(c.openid, linked.openid) AS openid FROM citizens c"
        " LEFT JOIN citizens linked ON linked.id = c.adopted_by WHERE c.id = $1",
        citizen_id,
    )
    return row["openid"] if row else None


async def masked_names(*citizen_ids: UUID) -> dict[UUID, str]:
    """The masked names of those of these citizens who have said who they are."""
    rows = await Citizen.filter(id__in=list(citizen_ids))
    return {row.id: row.name.masked() for row in rows if row.name}


async def of_proven_phone(act: Act, phone: str) -> list[UUID]:
    """The accounts whose owners proved that this phone number is theirs. Raises BadPhone."""
    rows = await db.fetch(
        "SELECT id FROM citizens WHERE phone_index = ANY($1::bytea[])"
        " AND phone_proven_at IS NOT NULL ORDER BY id",
        phone_index_under_all_keys(act.house, phone),
    )
    return [row["id"] for row in rows]


async def proven_phone_indexes(act: Act, citizen_id: UUID) -> list[bytes]:
    """The stand-ins of the phone number that this citizen has proved, under every key; or none."""
    row = await Citizen.get_or_none(id=citizen_id)
    if row is None or row.phone is None or row.phone_proven_at is None:
        return []
    return phone_index_under_all_keys(act.house, row.phone.reveal())


def _shown(row: Citizen) -> PersonShown:
    return PersonShown(
        id=row.id,
        name=row.name.masked() if row.name else None,
        phone=row.phone.masked() if row.phone else None,
        id_number=row.id_number.masked() if row.id_number else None,
        complete=bool(row.name and row.phone and row.id_number),
        phone_proven=row.phone_proven_at is not None,
    )

"""Citizens' accounts, as other features use them.

`logins.py` signs people in, `profile.py` keeps who they say they are, `persons.py` checks that,
`checking.py` asks the authority (`realname.py`), `phones.py` proves the phone, `cards.py` sets an
identity at the window; `counter.py` makes accounts for those who apply at the counter and
`identities.py` links them; `children.py` keeps the children of guardians, `rights.py` hands out
and deletes what is kept. What is public of them is here.
"""

from uuid import UUID

from app.citizens.checking import AttemptsSpent, IdentityMismatch
from app.citizens.children import (
    Child,
    GuardianNotAdult,
    NotAChild,
    child_of,
    children_of,
)
from app.citizens.counter import NewClaim, at_counter, claim_code, claim_code_again
from app.citizens.identities import ClaimWrong, claim, identities, identities_of
from app.citizens.logins import account_of_code, log_in, log_out
from app.citizens.models import Citizen
from app.citizens.persons import (
    ID_NUMBER,
    PHONE,
    BadIdNumber,
    BadPhone,
    GuardianNeeded,
    LevelNeeded,
    NoConsent,
    Person,
    WhoFirst,
    checked_phone,
    may_apply,
    person,
    phone_index,
    phone_index_under_all_keys,
)
from app.citizens.profile import IdentityFixed, IdNumberFixed, me, say_who
from app.citizens.realname import RealNames
from app.citizens.schemas import PersonIn
from app.citizens.shares import Filed, Share, Shares
from app.core import db
from app.core.acts import Act

__all__ = [
    "ID_NUMBER",
    "PHONE",
    "AttemptsSpent",
    "BadIdNumber",
    "BadPhone",
    "Child",
    "ClaimWrong",
    "Filed",
    "GuardianNeeded",
    "GuardianNotAdult",
    "IdNumberFixed",
    "IdentityFixed",
    "IdentityMismatch",
    "LevelNeeded",
    "NewClaim",
    "NoConsent",
    "NotAChild",
    "Person",
    "PersonIn",
    "RealNames",
    "Share",
    "Shares",
    "WhoFirst",
    "account_of_code",
    "at_counter",
    "checked_phone",
    "child_of",
    "children_of",
    "claim",
    "claim_code",
    "claim_code_again",
    "identities",
    "identities_of",
    "log_in",
    "log_out",
    "masked_names",
    "may_apply",
    "me",
    "of_openid",
    "of_proven_phone",
    "openid",
    "person",
    "phone_index",
    "phone_index_under_all_keys",
    "phone_indexes",
    "proven_phone_indexes",
    "say_who",
]


async def phone_indexes(*citizen_ids: UUID) -> list[bytes]:
    """The stand-ins of the phone numbers that these accounts gave."""
    rows = await db.fetch(
        "SELECT phone_index FROM citizens WHERE id = ANY($1::uuid[]) AND phone_index IS NOT NULL",
        list(citizen_ids),
    )
    return [bytes(row["phone_index"]) for row in rows]


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


async def of_openid(openid: str) -> UUID | None:
    """The account of the mini program's user with this openid, if there is one."""
    row = await db.fetch_one("SELECT id FROM citizens WHERE openid = $1", openid)
    return row["id"] if row else None


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

"""What can be done with a citizen's account: log in, say who one is, log out."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.citizens.models import Citizen
from app.citizens.rules import (
    ADULT_CONSENT_AGE,
    age_on,
    birth_date,
    normal_id_number,
    normal_phone,
)
from app.citizens.schemas import LoggedIn, PersonIn, PersonShown
from app.core import db, sessions
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.errors import Problem
from app.core.house import House
from app.core.privacy import Personal
from wechat.client import WeChat
from wechat.login import WeChatIdentity, exchange

SESSION_KEY = "citizens.session_key"
PHONE = "citizens.phone"
"""The context of the look-up index of phone numbers."""


class NoConsent(Problem):
    """The separate consent to keeping sensitive data was not given (PIPL art. 29)."""

    status = 422
    code = "citizens.no_consent"
    title = "需要您单独同意后，才能保存身份证号和手机号。"


class BadPhone(Problem):
    """Not a mainland mobile number."""

    status = 422
    code = "citizens.bad_phone"
    title = "手机号码不正确，请填写 11 位手机号。"


class BadIdNumber(Problem):
    """The ID number's checksum or date is wrong."""

    status = 422
    code = "citizens.bad_id_number"
    title = "身份证号不正确，请对照证件检查后重填。"


class GuardianNeeded(Problem):
    """The person is under 14 (PIPL art. 31)."""

    status = 422
    code = "citizens.guardian_needed"
    title = "未满 14 周岁的，请由父母或其他监护人使用其本人账号办理。"


class WhoFirst(Problem):
    """The act needs to know who the citizen is."""

    status = 409
    code = "citizens.who_first"
    title = "请先填写姓名、手机号和身份证号。"


@dataclass(frozen=True)
class Person:
    """A citizen who has said who they are; each part masks itself where it is shown."""

    id: UUID
    name: Personal
    phone: Personal
    id_number: Personal


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


def checked_phone(phone: str) -> str:
    """A mainland mobile number as its 11 digits. Raises BadPhone."""
    normal = normal_phone(phone)
    if normal is None:
        raise BadPhone
    return normal


def phone_index(house: House, phone: str) -> bytes:
    """The stand-in by which a phone number is looked up. Raises BadPhone."""
    return house.keyring.index(checked_phone(phone), PHONE)


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

    Raises:
        NoConsent, BadPhone, BadIdNumber, GuardianNeeded.
    """
    citizen = require_citizen(act.actor)
    if not given.consent:
        raise NoConsent
    phone, id_number = normal_phone(given.phone), normal_id_number(given.id_number)
    if phone is None:
        raise BadPhone
    if id_number is None:
        raise BadIdNumber
    if age_on(birth_date(id_number), act.today) < ADULT_CONSENT_AGE:
        raise GuardianNeeded
    keyring = act.house.keyring
    async with act.transaction() as tx:
        row = await Citizen.filter(id=citizen.id).select_for_update().get()
        row.name = Personal(given.name.strip(), "name")
        row.phone = Personal(phone, "phone")
        row.phone_index = keyring.index(phone, PHONE)
        row.id_number = Personal(id_number, "id_number")
        row.id_number_index = keyring.index(id_number, "citizens.id_number")
        row.consented_at = act.at
        await row.save()
        tx.audit("citizen.said_who", f"citizen:{citizen.id}")
    return _shown(row)


async def me(act: Act) -> PersonShown:
    """The caller's own account, masked."""
    return _shown(await Citizen.get(id=require_citizen(act.actor).id))


async def person(citizen_id: UUID) -> Person:
    """A citizen who has said who they are. Raises WhoFirst if not."""
    row = await Citizen.get_or_none(id=citizen_id)
    if row is None or row.name is None or row.phone is None or row.id_number is None:
        raise WhoFirst
    return Person(row.id, row.name, row.phone, row.id_number)


async def openid(citizen_id: UUID) -> str | None:
    """The openid to which messages to this citizen go; None if the account is gone."""
    row = await db.fetch_one("SELECT openid FROM citizens WHERE id = $1", citizen_id)
    return str(row["openid"]) if row else None


def _shown(row: Citizen) -> PersonShown:
    return PersonShown(
        id=row.id,
        name=row.name.masked() if row.name else None,
        phone=row.phone.masked() if row.phone else None,
        id_number=row.id_number.masked() if row.id_number else None,
        complete=bool(row.name and row.phone and row.id_number),
    )

"""Who a citizen says they are, checked: the same for the mini program and for the counter."""

from dataclasses import dataclass
from uuid import UUID

from app.citizens.checking import IdentityMismatch, is_waiting
from app.citizens.models import Citizen
from app.citizens.rules import (
    ADULT_CONSENT_AGE,
    Level,
    age_on,
    birth_date,
    level_of,
    normal_id_number,
    normal_phone,
    reaches,
)
from app.citizens.schemas import PersonIn
from app.core.acts import Act
from app.core.errors import Conflict, Problem
from app.core.house import House
from app.core.privacy import Personal

PHONE = "citizens.phone"
"""The context of the look-up index of phone numbers."""
ID_NUMBER = "citizens.id_number"
"""The context of the look-up index of ID numbers."""


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


class LevelNeeded(Conflict):
    """The hall takes applications only from whoever is known better; `level` says how."""

    code = "citizens.level_needed"
    title = "办理前需要进一步确认您的身份。"


_ASKED_FOR = {
    Level.STATED: "请先填写姓名、手机号和身份证号。",
    Level.PHONE_PROVEN: "请先通过微信验证您的手机号，再办理。",
    Level.VERIFIED: "请先完成实名核验；核验不成功的，请携带身份证到窗口核验。",
}


@dataclass(frozen=True)
class Person:
    """A citizen who has said who they are; each part masks itself where it is shown."""

    id: UUID
    name: Personal
    phone: Personal
    id_number: Personal


@dataclass(frozen=True)
class Said:
    """What somebody said of themselves, in its normal form."""

    name: Personal
    phone: Personal
    id_number: Personal


def checked(act: Act, given: PersonIn) -> Said:
    """What was said, once it is acceptable.

    Raises:
        NoConsent, BadPhone, BadIdNumber, GuardianNeeded.
    """
    if not given.consent:
        raise NoConsent
    phone, id_number = checked_phone(given.phone), checked_id_number(given.id_number)
    if age_on(birth_date(id_number), act.today) < ADULT_CONSENT_AGE:
        raise GuardianNeeded
    return Said(
        name=Personal(given.name.strip(), "name"),
        phone=Personal(phone, "phone"),
        id_number=Personal(id_number, "id_number"),
    )


def checked_phone(phone: str) -> str:
    """A mainland mobile number as its 11 digits. Raises BadPhone."""
    normal = normal_phone(phone)
    if normal is None:
        raise BadPhone
    return normal


def checked_id_number(id_number: str) -> str:
    """A resident's ID number in its normal form. Raises BadIdNumber."""
    normal = normal_id_number(id_number)
    if normal is None:
        raise BadIdNumber
    return normal


def phone_index(house: House, phone: str) -> bytes:
    """The stand-in by which a phone number is looked up. Raises BadPhone."""
    return house.keyring.index(checked_phone(phone), PHONE)


def phone_index_under_all_keys(house: House, phone: str) -> list[bytes]:
    """`phone_index` under every key in force: what is looked for while keys rotate."""
    return house.keyring.indexes(checked_phone(phone), PHONE)


async def person(citizen_id: UUID) -> Person:
    """A citizen who has said who they are. Raises WhoFirst if not."""
    return known(await Citizen.get_or_none(id=citizen_id))


def known(row: Citizen | None) -> Person:
    """The person of a row. Raises WhoFirst if they have not said who they are."""
    if row is None or row.name is None or row.phone is None or row.id_number is None:
        raise WhoFirst
    return Person(row.id, row.name, row.phone, row.id_number)


def consenting(row: Citizen | None) -> Person:
    """The person of a row who lets their data be used. Raises WhoFirst if they do not (any more).

    Those who withdrew their consent may still be known, for as long as a case of theirs is open.
    """
    found = known(row)
    if row is None or row.consented_at is None:
        raise WhoFirst
    return found


def level(row: Citizen) -> Level | None:
    """How much is known of who this is."""
    said = row.name is not None and row.id_number is not None and row.consented_at is not None
    return level_of(
        known=said and row.mismatched_at is None,
        phone_proven=row.phone_proven_at is not None,
        verified=row.verified_at is not None,
    )


async def may_apply(act: Act, citizen_id: UUID) -> Person:
    """A citizen who is known well enough to apply for themselves or others, from their phone.

    Which level that takes is the setting `filing_level`. An identity that waits for an authority
    which is down is taken for verified meanwhile.

    Raises:
        WhoFirst. IdentityMismatch: name and ID number turned out not to belong together.
        LevelNeeded.
    """
    row = await Citizen.get_or_none(id=citizen_id)
    found = consenting(row)
    assert row is not None
    if row.mismatched_at is not None:
        raise IdentityMismatch
    wanted = act.house.settings.filing_level
    if wanted == "none" or reaches(level(row), Level(wanted)):
        return found
    if wanted == Level.VERIFIED and await is_waiting(citizen_id):
        return found
    raise LevelNeeded(_ASKED_FOR[Level(wanted)], level=wanted)

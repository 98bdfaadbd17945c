"""What makes a name, a phone number and an ID number acceptable, and what follows from them.

ID numbers follow GB 11643 (a checksum over 17 digits), phone numbers the national numbering plan.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import phonenumbers
from stdnum import exceptions
from stdnum.cn import ric

ADULT_CONSENT_AGE = 14
"""Below this age a guardian must consent (Personal Information Protection Law, art. 31)."""
ADULT_AGE = 18
"""From this age a person can be a guardian (Civil Code, art. 17 and 18)."""
_ID_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]")
CLAIM_LETTERS = 8
CLAIM_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What a claim code is made of: nothing that is read as something else on paper. Eight of them
are one in 8 * 10^11, of which a few may be tried."""


def normal_claim_code(text: str) -> str:
    """A claim code as it was given out, however it was typed: capitals, no blanks or hyphens."""
    return "".join(text.split()).replace("-", "").upper()


def normal_phone(text: str) -> str | None:
    """A mainland mobile number as its 11 digits; None if it is none."""
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        return None
    digits = str(number.national_number)
    mobile = phonenumbers.PhoneNumberType.MOBILE
    if number.country_code != 86 or phonenumbers.number_type(number) != mobile:
        return None
    return digits


def normal_id_number(text: str) -> str | None:
    """A resident's ID number, 18 characters with a capital X; None if its checksum is wrong.

    The region is not looked at: it is the one of the first registration, which may be years after
    the birth, and regions have changed since (`stdnum` would refuse real people for both).
    """
    compact = "".join(text.split()).upper()
    if not _ID_NUMBER.fullmatch(compact) or compact[17] != ric.calc_check_digit(compact):
        return None
    try:
        birth_date(compact)
    except exceptions.ValidationError:
        return None
    return compact


def birth_date(id_number: str) -> date:
    """The day of birth that an ID number states."""
    found = ric.get_birth_date(id_number)
    assert isinstance(found, date)
    return found


def age_on(born: date, day: date) -> int:
    """Completed years of age on `day`."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class Level(StrEnum):
    """How much is known of who somebody is, the lowest first."""

    STATED = "stated"  # said by themselves, and possible
    PHONE_PROVEN = "phone_proven"  # the platform vouches for the phone number
    VERIFIED = "verified"  # name and ID number confirmed, by the authority or a clerk with the card


_ORDER = (None, *Level)


def level_of(*, known: bool, phone_proven: bool, verified: bool) -> Level | None:
    """The highest level that holds; None of somebody who has not said who they are."""
    if not known:
        return None
    if verified:
        return Level.VERIFIED
    return Level.PHONE_PROVEN if phone_proven else Level.STATED


def reaches(level: Level | None, wanted: Level) -> bool:
    """Whether `level` is `wanted` or a higher one."""
    return _ORDER.index(level) >= _ORDER.index(wanted)


@dataclass(frozen=True)
class Change:
    """What somebody wants to say differently of themselves than before.

    `adopted`: things from the counter were linked to the ID number. `filed`: an application was
    made under what was said before.
    """

    name: bool
    number: bool
    verified: bool
    adopted: bool
    filed: bool


class ChangeRule(StrEnum):
    """Whether somebody may change, by themselves, what they said."""

    FREE = "free"
    IF_CONFIRMED = "if_confirmed"  # if the authority says that name and number belong together
    NUMBER_FIXED = "number_fixed"
    AT_WINDOW = "at_window"  # a clerk sees the ID card


def change_rule(change: Change) -> ChangeRule:
    """Who may change a name and ID number.

    What was confirmed changes only before a clerk with the card. What was merely said may be
    corrected, until it was applied under: from then on the person stays the same, and only a
    misspelt name can still be put right, where the authority confirms it for the same number.
    """
    if not change.name and not change.number:
        return ChangeRule.FREE
    if change.number and change.adopted:
        return ChangeRule.NUMBER_FIXED
    if change.verified or (change.number and change.filed):
        return ChangeRule.AT_WINDOW
    return ChangeRule.IF_CONFIRMED if change.filed else ChangeRule.FREE


class Relation(StrEnum):
    """What a guardian is to a child (Civil Code, art. 27)."""

    PARENT = "parent"  # 父母
    GRANDPARENT = "grandparent"  # 祖父母、外祖父母
    SIBLING = "sibling"  # 兄、姐
    OTHER = "other"  # 经居（村）委会或者民政部门同意的其他监护人


class Unfit(StrEnum):
    """Why somebody cannot be entered as, or act for, a child."""

    NOT_ADULT = "not_adult"  # the guardian is under 18
    NOT_A_CHILD = "not_a_child"  # 14 or older: consents by themselves


def guardianship(guardian_born: date, child_born: date, day: date) -> Unfit | None:
    """Whether this guardian can consent for this child on `day`; None if so.

    A child is under 14 (Personal Information Protection Law, art. 31), a guardian of age.
    """
    if age_on(guardian_born, day) < ADULT_AGE:
        return Unfit.NOT_ADULT
    return Unfit.NOT_A_CHILD if age_on(child_born, day) >= ADULT_CONSENT_AGE else None


ASK_AGAIN = (timedelta(minutes=1), timedelta(hours=1))
"""The shortest and the longest pause before an authority that was silent is asked again."""
ASK_FOR = timedelta(days=7)
"""For how long; after that the identity stays as it was said."""


def ask_again_at(asked_at: datetime, now: datetime) -> datetime | None:
    """When to ask an authority again that has been silent since `asked_at`; None: no more."""
    waited = now - asked_at
    if waited >= ASK_FOR:
        return None
    return now + min(max(waited, ASK_AGAIN[0]), ASK_AGAIN[1])


_KINDS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "鸿蒙设备"),
    ("OpenHarmony", "鸿蒙设备"),
    ("Android", "安卓手机"),
    ("Windows", "Windows 电脑"),
    ("Macintosh", "Mac 电脑"),
)
DEVICE_LETTERS = 60


def device_hint(model: str | None, user_agent: str) -> str | None:
    """What somebody recognises their phone by: the model it says, or the kind that it looks like.

    Nothing more is kept of a phone than this (Personal Information Protection Law, art. 6).
    """
    said = "".join(letter for letter in model or "" if letter.isprintable()).strip()
    if said:
        return said[:DEVICE_LETTERS]
    return next((kind for mark, kind in _KINDS if mark in user_agent), None)

"""What makes a name, a phone number and an ID number acceptable, and what a claim code looks like.

ID numbers follow GB 11643 (a checksum over 17 digits), phone numbers the national numbering plan.
"""

import re
from datetime import date

import phonenumbers
from stdnum import exceptions
from stdnum.cn import ric

ADULT_CONSENT_AGE = 14
"""Below this age a guardian must consent (Personal Information Protection Law, art. 31)."""
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

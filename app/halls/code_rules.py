"""The second factor: codes of an authenticator (TOTP, RFC 6238) and recovery codes."""

import base64
import hmac
import re
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyotp import TOTP

SECRET_BYTES = 20
STEP_SECONDS = 30
"""How long a code holds (RFC 6238, section 5.2: the recommended default)."""
STEPS_BESIDE = 1
"""Steps before and after the present one that are taken too: clocks differ, and typing takes time.

RFC 6238, section 5.2, allows for one step of delay; a phone's clock may as well run ahead.
"""
RECOVERY_CODES = 10
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Characters that are not taken for one another on paper: no 0 O 1 I L."""
_GROUP, _GROUPS = 5, 2
_DIGITS = re.compile(r"[0-9]{6}")


def new_secret() -> str:
    """A new secret to share with an authenticator: 160 bits in base32 (RFC 4226, section 4)."""
    raw = secrets.token_bytes(SECRET_BYTES)
    return base64.b32encode(raw).decode()


def _totp(secret: str) -> "TOTP":
    from pyotp import TOTP  # noqa: PLC0415 - most workers never see a second factor

    return TOTP(secret)


def address(secret: str, login: str, issuer: str) -> str:
    """What an authenticator scans: an `otpauth://` address that names the hall and the account."""
    return _totp(secret).provisioning_uri(name=login, issuer_name=issuer)


def step_of(at: datetime) -> int:
    """The number of the time-step at this moment."""
    return int(at.timestamp()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """The six digits of one time-step."""
    return _totp(secret).generate_otp(step)


def is_code(typed: str) -> bool:
    """Whether this looks like an authenticator's code, six digits, and not like a recovery code."""
    return _DIGITS.fullmatch(normal(typed)) is not None


def matching_step(secret: str, typed: str, at: datetime, last_step: int) -> int | None:
    """The time-step whose code this is; None if it is of none that may be used now.

    A step at or before `last_step` has been used: its code is not taken again (RFC 6238, 5.2).
    """
    given, now = normal(typed), step_of(at)
    found = None
    for step in range(now - STEPS_BESIDE, now + STEPS_BESIDE + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), given.encode()) and step > last_step:
            found = step
    return found


def new_recovery_code() -> str:
    """A recovery code of about 49 bits, in two groups: `7KQ4M-XW29D`."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def normal(typed: str) -> str:
    """A code as it was typed, in the one form that is compared: capitals, no hyphen, no blank."""
    return re.sub(r"[\s-]", "", typed).upper()

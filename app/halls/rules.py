"""Who works where, and when an account is locked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LEAST_PASSWORD = 10
"""Characters of a password, at least; length counts, not kinds of characters (NIST SP 800-63B)."""


class HallLevel(StrEnum):
    """The four levels of the tree (市、县、乡镇、村)."""

    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"


_ORDER = list(HallLevel)


def may_stand_below(level: HallLevel, parent: HallLevel | None) -> bool:
    """Whether a hall of `level` may stand below one of `parent` (None: at the top)."""
    return parent is None or _ORDER.index(level) > _ORDER.index(parent)


@dataclass(frozen=True)
class LoginState:
    """What is known of an account's wrong passwords."""

    failed_attempts: int
    locked_until: datetime | None

    def is_locked(self, now: datetime) -> bool:
        """Whether sign-in is refused at `now`, even with the right password."""
        return self.locked_until is not None and now < self.locked_until


def after_wrong_password(
    state: LoginState, now: datetime, *, attempts: int, lock: timedelta
) -> LoginState:
    """The state after one more wrong password; at the `attempts`-th the account is locked."""
    expired = state.locked_until is not None and not state.is_locked(now)
    failed = (0 if expired else state.failed_attempts) + 1
    if failed >= attempts:
        return LoginState(failed, now + lock)
    return LoginState(failed, None)


def password_problem(password: str, login: str) -> str | None:
    """Why `password` is too weak for the account `login`, as a sentence; None if it is not."""
    if len(password) < LEAST_PASSWORD:
        return f"密码至少 {LEAST_PASSWORD} 个字符。"
    if len(set(password)) < 4:
        return "密码中不同的字符太少。"
    if login.lower() in password.lower():
        return "密码中不能含有登录名。"
    return None

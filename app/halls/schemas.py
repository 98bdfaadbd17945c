"""Halls on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.core.auth import Role
from app.core.wire import In, Line, Name, Out
from app.halls.rules import HallLevel

Number = Annotated[str, Meta(min_length=1, max_length=16, pattern=r"^[0-9A-Za-z-]+$")]
"""The number of a window or a staff member, as it stands on the sign."""
Login = Annotated[str, Meta(min_length=2, max_length=40, pattern=r"^[0-9A-Za-z._-]+$")]
Password = Annotated[str, Meta(min_length=1, max_length=128, extra={"as_typed": True})]


class HallIn(In, frozen=True):
    """A new hall; `parent_id` is the hall that it stands below."""

    code: Annotated[str, Meta(min_length=2, max_length=32, pattern=r"^[0-9A-Za-z-]+$")]
    name: Name
    level: HallLevel
    region_code: Annotated[str, Meta(pattern=r"^\d{6}$", min_length=6, max_length=6)]
    parent_id: UUID | None = None
    address: Annotated[str, Meta(max_length=200)] = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    hours: Annotated[str, Meta(max_length=200)] = ""


class HallShown(Out, frozen=True):
    """A hall as everybody may see it."""

    id: UUID
    code: str
    name: str
    level: HallLevel
    region_code: str
    parent_id: UUID | None
    address: str
    phone: str
    hours: str


class DayIn(In, frozen=True):
    """A day on which the hall is open or closed against the national calendar."""

    day: date
    open: bool
    reason: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]


class DayShown(Out, frozen=True):
    """A day on which the hall is open or closed against the national calendar."""

    day: date
    open: bool
    reason: str


class DepartmentIn(In, frozen=True):
    """A new department of a hall; `code` is its unified social credit code, if known."""

    name: Name
    code: Annotated[str, Meta(min_length=1, max_length=32)] | None = None


class DepartmentShown(Out, frozen=True):
    """A department as everybody may see it."""

    id: UUID
    hall_id: UUID
    name: str


class WindowIn(In, frozen=True):
    """A new window; without a department it is a comprehensive one (综合窗口)."""

    number: Number
    name: Name
    department_id: UUID | None = None


class WindowShown(Out, frozen=True):
    """A window and who serves there now."""

    id: UUID
    hall_id: UUID
    number: str
    name: str
    department_id: UUID | None
    staff_id: UUID | None = None
    staff_name: str | None = None
    staff_number: str | None = None


class RoleIn(In, frozen=True):
    """A role over a hall with all below it, or for one of its departments."""

    role: Role
    hall_id: UUID
    department_id: UUID | None = None


class StaffIn(In, frozen=True):
    """A new staff member. The password is a first one, told to the person."""

    number: Number
    name: Name
    login: Login
    password: Password
    roles: Annotated[list[RoleIn], Meta(min_length=1, max_length=20)]


class StaffShown(Out, frozen=True):
    """A staff member as administrators see them."""

    id: UUID
    hall_id: UUID
    number: str
    name: str
    login: str
    active: bool
    roles: list[RoleIn]
    first_password: Annotated[
        bool, Meta(description="Has not chosen a password of their own yet.")
    ] = False


Code = Annotated[str, Meta(min_length=6, max_length=20, pattern=r"^[0-9A-Za-z -]+$")]
"""Six digits of an authenticator, or a recovery code, as typed."""


class SignIn(In, frozen=True):
    """Login name and password; where a second factor is on, its code too."""

    login: Login
    password: Password
    code: Code | None = None


class SignedIn(Out, frozen=True):
    """A session: send `Authorization: Bearer <token>` until `expires_at`.

    With a first password, set by somebody else, it opens nothing but `POST /staff/password`.
    """

    token: str
    expires_at: datetime
    first_password: bool = False


class Me(Out, frozen=True):
    """Who is signed in, with their roles and the window where they serve."""

    id: UUID
    name: str
    number: str
    hall_id: UUID
    roles: list[RoleIn]
    window_id: UUID | None


class PasswordChange(In, frozen=True):
    """The old password and the new one."""

    old: Password
    new: Password


class SecondFactorState(Out, frozen=True):
    """Whether an account's sign-in needs a code, and how many recovery codes are unused."""

    on: bool
    since: datetime | None
    recovery_codes_left: int


class SecondFactorBegun(Out, frozen=True):
    """What an authenticator takes: `secret` typed in, or `address` (`otpauth://`) as a QR code."""

    secret: str
    address: str


class RecoveryCodes(Out, frozen=True):
    """Codes that each open the account once, without the authenticator. Shown this once."""

    codes: list[str]


class Proof(In, frozen=True):
    """Password and code, given once more before a grave act."""

    password: Password
    code: Code


class NewPassword(In, frozen=True):
    """A new first password, told to the person."""

    password: Password


class SessionHere(Out, frozen=True):
    """One place where an account is signed in; `seen_at` is exact to the hour."""

    id: UUID
    device: str | None
    created_at: datetime
    seen_at: datetime | None
    expires_at: datetime
    this: Annotated[bool, Meta(description="The session that asks.")]


class DutyShown(Out, frozen=True):
    """A turn of duty at a window."""

    id: UUID
    window_id: UUID
    staff_id: UUID
    started_at: datetime
    ended_at: datetime | None


class Reason(In, frozen=True):
    """Why something is done."""

    reason: Line


class ScreenIn(In, frozen=True):
    """A new big screen (大屏); no other one in use in its hall has this name."""

    name: Name


class ScreenShown(Out, frozen=True):
    """A big screen as administrators see it; `last_seen_at` is exact to the minute."""

    id: UUID
    hall_id: UUID
    name: str
    made_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None


class ScreenMade(Out, frozen=True):
    """A new big screen with the address that it opens. The address is shown this once."""

    screen: ScreenShown
    address: str

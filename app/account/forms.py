"""What the forms of these pages send."""

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta, field

from app.core.auth import Role
from app.core.wire import In, Line, Name
from app.halls.schemas import Login, Number, Password

Scope = Annotated[str, Meta(max_length=80, pattern=r"^[0-9a-f-]{36}(/[0-9a-f-]{36})?$")]
"""A hall, or a hall and one of its departments: `<hall>` or `<hall>/<department>`."""
UUID_PATTERN = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
NO_HALL = "none"
"""What belongs to no hall."""
Next = Annotated[str, Meta(max_length=2000)]


class SignInQuery(In, frozen=True):
    """Where to go after signing in."""

    next: Next = ""


class SignInForm(In, frozen=True):
    """Login name and password as they were typed: whatever it is, the answer is the same."""

    login: Annotated[str, Meta(max_length=40)] = ""
    password: Annotated[str, Meta(max_length=128, extra={"as_typed": True})] = ""
    next: Next = ""


class CodeForm(In, frozen=True):
    """The second step of signing in."""

    code: Annotated[str, Meta(max_length=20)] = ""
    next: Next = ""


class PasswordForm(In, frozen=True):
    """The old password, the new one, and the new one again; `next` as when signing in."""

    old: Password
    new: Password
    again: Password
    next: Next = ""


class DutyForm(In, frozen=True):
    """At which window to begin to serve."""

    window_id: UUID


class HallQuery(In, frozen=True):
    """Which hall a page is about; without it, the caller's own or the first they administer."""

    hall: UUID | None = None


class RoleRow(In, frozen=True):
    """One role in the editor; a row without a role is left out."""

    role: Role | None = None
    scope: Scope | None = None


class StaffForm(In, frozen=True):
    """A new staff member with a first role."""

    number: Number
    name: Name
    login: Login
    password: Password
    role: Role
    scope: Scope


class RolesForm(In, frozen=True):
    """All roles of a person."""

    roles: Annotated[list[RoleRow], Meta(max_length=40)] = field(default_factory=list)


class FirstPasswordForm(In, frozen=True):
    """A new first password, told to the person."""

    password: Password


class ReasonForm(In, frozen=True):
    """Why something is done."""

    reason: Line


class DayForm(In, frozen=True):
    """A day on which the hall departs from the national calendar; `kind` is `open` or `closed`."""

    day: date
    kind: Annotated[str, Meta(pattern="^(open|closed)$")]
    reason: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]


class DeviceForm(In, frozen=True):
    """A new evaluator; without a window it is a tablet of the hall."""

    name: Name
    window_id: UUID | None = None
    model: Annotated[str, Meta(max_length=60)] = ""


class ClientForm(In, frozen=True):
    """Another system of the hall."""

    name: Name


class RatingSettingsForm(In, frozen=True):
    """A hall's rating settings; a box that is not ticked is not sent."""

    invite_after_days: Annotated[int, Meta(ge=1, le=4)]
    check_percent: Annotated[int, Meta(ge=1, le=100)]
    rate_acceptance: bool = False
    rate_issue: bool = False
    uses_points: bool = False


class AuditQuery(In, frozen=True):
    """The search form of the trail; `first` and `last` are `from` and `to` of the API.

    `hall`: one hall, all of the caller's (empty), or none of them (`NO_HALL`).
    """

    hall: Annotated[str, Meta(pattern=rf"^({UUID_PATTERN}|{NO_HALL})?$")] = ""
    first: date | None = None
    last: date | None = None
    who: Annotated[str, Meta(max_length=64)] = ""
    verb: Annotated[str, Meta(max_length=64)] = ""
    subject: Annotated[str, Meta(max_length=80)] = ""
    request: Annotated[str, Meta(max_length=64)] = ""
    after: Annotated[str, Meta(max_length=300)] | None = None

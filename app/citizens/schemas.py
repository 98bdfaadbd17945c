"""Citizens on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.core.wire import In, Out


class WeChatLogin(In, frozen=True):
    """The code that `wx.login` gave."""

    code: Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[0-9A-Za-z_-]+$")]


class LoggedIn(Out, frozen=True):
    """A session: send `Authorization: Bearer <token>` until `expires_at`."""

    token: str
    expires_at: datetime
    citizen_id: UUID


class PersonIn(In, frozen=True):
    """Who the citizen is. `consent` is the separate consent to keep the ID number and phone."""

    name: Annotated[str, Meta(min_length=2, max_length=40, pattern=r"^[\u3400-\u9fff·A-Za-z .]+$")]
    phone: Annotated[str, Meta(min_length=11, max_length=20)]
    id_number: Annotated[str, Meta(min_length=18, max_length=20)]
    consent: bool


class PersonShown(Out, frozen=True):
    """A citizen's own account, masked; None where nothing was given yet."""

    id: UUID
    name: str | None
    phone: str | None
    id_number: str | None
    complete: bool
    phone_proven: bool


class ProvePhone(In, frozen=True):
    """The code that the phone-number button gave (not the login code)."""

    code: Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[0-9A-Za-z_-]+$")]


class ClaimIn(In, frozen=True):
    """The code that the counter gave out."""

    code: Annotated[str, Meta(min_length=6, max_length=20, pattern=r"^[0-9A-Za-z -]+$")]


class Claimed(Out, frozen=True):
    """How many counter accounts have become the caller's by this."""

    linked: int


class ClaimCodeIn(In, frozen=True):
    """Whose ID card the clerk has before them, and the phone number given at the counter."""

    id_number: Annotated[str, Meta(min_length=18, max_length=20)]
    phone: Annotated[str, Meta(min_length=11, max_length=20)]


class ClaimCodeShown(Out, frozen=True):
    """A code by which things of the counter are claimed in the mini program; shown this once."""

    code: str
    expires_at: datetime

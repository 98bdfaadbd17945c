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

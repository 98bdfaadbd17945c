"""Checks on the wire, and in the outbox."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.wire import In, Out, PageQuery
from app.moderation.rules import Kind

TOPIC = "moderation.check"
"""Topic: something is to be checked. Payload `CheckContent`, key the subject."""


class CheckContent(msgspec.Struct, frozen=True):
    """The outbox's entry for one check; `citizen_id` is who wrote or sent it, if that is known.

    It says all that the check's row needs: the statement that takes ratings in writes only this.
    """

    subject: str
    kind: Kind
    citizen_id: UUID | None = None
    hall_id: UUID | None = None


class HeldQuery(PageQuery, frozen=True):
    """What waits for a person, in the halls over which the caller stands."""


class HeldShown(Out, frozen=True):
    """Something that is not shown to others until somebody decides.

    Attributes:
        text: what was written; None for a picture, or where it was deleted meanwhile.
        said: why it is held, in words.
        label: what the platform took it for, in words; None where it did not judge.
    """

    id: UUID
    kind: Kind
    about: str
    subject: str
    text: str | None
    said: str
    label: str | None
    created_at: datetime
    judged_at: datetime | None


class ContentDecision(In, frozen=True):
    """Why it is shown, or is not."""

    reason: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]


class ContentDecided(Out, frozen=True):
    """What was decided, and when."""

    id: UUID
    state: Literal["released", "kept_out"]
    decided_at: datetime

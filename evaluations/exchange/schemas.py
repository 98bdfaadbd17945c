"""The exchange as managers and administrators see it. No personal data is in it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.core.wire import In, Out, PageQuery
from evaluations.exchange.rules import Kind, State

Code = Annotated[str, Meta(max_length=16, description="The province's code, such as `2002`.")]


class HallQuery(In, frozen=True):
    """Of which hall."""

    hall_id: UUID


class PushQuery(PageQuery, frozen=True, kw_only=True):
    """Which pushes of a hall to list."""

    hall_id: UUID
    kind: Kind | None = None
    state: State | None = None


class ResendRejected(In, frozen=True):
    """Send what was rejected once more: all of a hall, or what was rejected with one code."""

    hall_id: UUID
    code: Code | None = None


class PushShown(Out, frozen=True):
    """One record or rating on its way to the province.

    `due_at` is when it is sent next; without one it waits for its service's end, or for the
    acceptance of its record.
    """

    id: UUID
    kind: Kind
    project_no: str
    service_number: int
    item_name: str
    state: State
    code: str | None
    reason: str | None
    attempts: int
    created_at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    answered_at: datetime | None


class StateCount(Out, frozen=True):
    """How many of a kind stand in a state; since when the oldest is queued, if not accepted."""

    kind: Kind
    state: State
    count: int
    oldest: datetime | None


class ReasonCount(Out, frozen=True):
    """Why so many of a kind were rejected or got no answer."""

    kind: Kind
    state: State
    code: str | None
    reason: str
    count: int


class Summary(Out, frozen=True):
    """How a hall's exchange stands. `on`: there is a province to send to."""

    on: bool
    counts: list[StateCount]
    reasons: list[ReasonCount]


class Resent(Out, frozen=True):
    """How many are sent once more; `more` says that as many again may be left."""

    count: int
    more: bool

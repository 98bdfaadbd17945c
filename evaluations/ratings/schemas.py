"""Visits, prompts and ratings on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.wire import In, Out
from evaluations.ratings.rules import LEVEL_NAMES, LONGEST_COMMENT, Kind
from evaluations.ratings.tags import NATIONAL

Level = Annotated[int, Meta(ge=1, le=5, description="5 best, 1 worst; never preselected.")]
TagCode = Annotated[str, Meta(pattern=r"^[0-9]{3}$", max_length=3)]
Tags = Annotated[list[TagCode], Meta(max_length=8)]
Comment = Annotated[str, Meta(max_length=LONGEST_COMMENT)]
CaseNumber = Annotated[str, Meta(min_length=4, max_length=40, pattern=r"^[0-9A-Za-z-]+$")]


class VisitIn(In, frozen=True):
    """A visit that begins now, at the window where the clerk serves.

    What it is about: an item, a case, or a few words; `citizen_id` is who may rate it later in
    the mini program. With the number of a decided case, its item and applicant are taken over.
    """

    item_id: UUID | None = None
    case_number: CaseNumber | None = None
    about: Annotated[str, Meta(max_length=60)] = ""
    citizen_id: UUID | None = None


class VisitShown(Out, frozen=True):
    """A visit as the clerk sees it: that it was rated, never what was said."""

    id: UUID
    window_id: UUID
    item_name: str
    case_number: str | None
    started_at: datetime
    ended_at: datetime | None
    rateable_until: datetime | None
    rated: bool


class TagShown(Out, frozen=True):
    """A tag that can be given with a level."""

    code: str
    text: str


class LevelShown(Out, frozen=True):
    """One of the five faces, with the tags that belong to it."""

    level: int
    name: str
    tags: list[TagShown]


class Server(Out, frozen=True):
    """Who serves, as the device shows it."""

    name: str
    number: str


class Prompt(Out, frozen=True, tag_field="type", tag="prompt"):
    """What a window's evaluator shows: who serves, and the five faces, until `expires_at`."""

    service_id: UUID
    staff: Server
    item_name: str
    expires_at: datetime
    seconds: int
    levels: list[LevelShown]


class Withdrawn(Out, frozen=True, tag_field="type", tag="withdrawn"):
    """The prompt is over: rated, ended or expired. The device goes back to its first page."""

    service_id: UUID


class Pong(Out, frozen=True, tag_field="type", tag="pong"):
    """The answer to a ping, with the server's time in milliseconds since 1970."""

    server_time: int


class Ack(In, frozen=True, tag_field="type", tag="ack"):
    """The device shows this prompt."""

    service_id: UUID


class Ping(In, frozen=True, tag_field="type", tag="ping"):
    """The device is alive; `version` is that of its program."""

    version: Annotated[str, Meta(max_length=40)] | None = None


FromDevice = Ack | Ping


class DeviceRating(In, frozen=True):
    """A tap on an evaluator. `event_id` is the tap's own; sending it again changes nothing.

    `happened_at` is by the clock with which the device signs; `raw_level` the vendor's number.
    """

    event_id: UUID
    service_id: UUID
    level: Level
    happened_at: Annotated[datetime, Meta(tz=True)]
    tags: Tags = msgspec.field(default_factory=list)
    comment: Comment = ""
    raw_level: Annotated[int, Meta(ge=-128, le=127)] | None = None


class CitizenRating(In, frozen=True):
    """A citizen's rating of a case or visit of their own: name one of the two."""

    level: Level
    service_id: UUID | None = None
    case_number: CaseNumber | None = None
    tags: Tags = msgspec.field(default_factory=list)
    comment: Comment = ""


class RatingShown(Out, frozen=True):
    """A rating as whoever gave it sees it."""

    id: UUID
    service_id: UUID
    level: int
    tags: list[TagShown]
    comment: str
    received_at: datetime


class MyService(Out, frozen=True):
    """Something that the citizen can rate or has rated.

    `can_rate`: not rated yet, and still in time.
    """

    id: UUID
    kind: Kind
    case_number: str | None
    item_name: str
    hall_name: str
    started_at: datetime
    ended_at: datetime | None
    rateable_until: datetime | None
    can_rate: bool
    rating: RatingShown | None = None


class LevelsShown(Out, frozen=True):
    """The five levels and their tags; `version` is that of the tags."""

    version: str
    levels: list[LevelShown]


def tags_shown(codes: list[str]) -> list[TagShown]:
    """Tags by their codes, as they are shown."""
    return [TagShown(code=code, text=NATIONAL.text(code)) for code in codes]


LEVELS = [
    LevelShown(level=level, name=name, tags=tags_shown(list(NATIONAL.of(level))))
    for level, name in LEVEL_NAMES.items()
]
"""The five faces from the best to the worst, as every channel shows them."""

"""Visits, prompts and ratings on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.wire import In, Out
from evaluations.ratings.rules import LEVEL_NAMES, LONGEST_COMMENT, Kind
from evaluations.ratings.tags import NATIONAL

MOST_IN_A_BATCH = 200
Level = Annotated[int, Meta(ge=1, le=5, description="5 best, 1 worst; never preselected.")]
TagCode = Annotated[str, Meta(pattern=r"^[0-9]{3}$", max_length=3)]
Tags = Annotated[list[TagCode], Meta(max_length=8)]
Comment = Annotated[str, Meta(max_length=LONGEST_COMMENT)]
Phone = Annotated[str, Meta(min_length=11, max_length=20, pattern=r"^[0-9+ -]+$")]
CaseNumber = Annotated[str, Meta(min_length=4, max_length=40, pattern=r"^[0-9A-Za-z-]+$")]


class VisitIn(In, frozen=True):
    """A visit that begins now, at the window where the clerk serves.

    What it is about: an item, a case, or a few words; `citizen_id` is who may rate it later in
    the mini program, `phone` where an invitation goes by SMS if no rating comes. With the number of
    a decided case, its item and applicant are taken over.
    """

    item_id: UUID | None = None
    case_number: CaseNumber | None = None
    about: Annotated[str, Meta(max_length=60)] = ""
    citizen_id: UUID | None = None
    phone: Phone | None = None


class VisitShown(Out, frozen=True):
    """A visit as the clerk sees it: that it was rated, never what was said.

    `prompted_at`: when a device at the window said that it shows the five faces.
    """

    id: UUID
    window_id: UUID
    item_name: str
    case_number: str | None
    started_at: datetime
    ended_at: datetime | None
    rateable_until: datetime | None
    rated: bool
    prompted_at: datetime | None = None


class CodeOut(Out, frozen=True):
    """A code to be shown as a QR code: its text and its address; null: it does not end."""

    code: str
    url: str
    expires_at: datetime | None


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
    """The device is alive; `version` is that of its program, `queue_length` what waits in it.

    `refused_count`: ratings that the server refused for good and that the device keeps aside.
    """

    version: Annotated[str, Meta(max_length=40)] | None = None
    queue_length: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    refused_count: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None


class DeviceRating(In, frozen=True):
    """A tap on an evaluator. `event_id` is the tap's own; sending it again changes nothing.

    `happened_at` is by the clock with which the device signs. A device whose model has its own
    numbering sends `raw_level`, the vendor's number, and may leave out `level`; the others send
    `level`. A vendor's number for "timed out" or "not rated" is kept as such and is no rating.
    """

    event_id: UUID
    service_id: UUID
    happened_at: Annotated[datetime, Meta(tz=True)]
    level: Level | None = None
    tags: Tags = msgspec.field(default_factory=list)
    comment: Comment = ""
    raw_level: Annotated[int, Meta(ge=-128, le=127)] | None = None


class NotRated(Out, frozen=True):
    """The device reported that nobody rated: kept as that, and counted nowhere as a rating."""

    event_id: UUID
    not_rated: Literal["timed_out", "not_rated"]


class DeviceBatch(In, frozen=True):
    """What queued up in a device that was offline: up to 200 ratings, in any order.

    Each is a `DeviceRating`, is decoded by itself and answered by itself.
    """

    ratings: Annotated[list[Any], Meta(min_length=1, max_length=MOST_IN_A_BATCH)]


class BatchAnswer(Out, frozen=True):
    """What became of one rating of a batch; `status` is what it would have got alone.

    201 kept, 200 kept before or not a rating; else `code` and `title` of the problem. Of a 503 and
    a 429 the device keeps the rating and sends it again; any other is settled.
    """

    status: int
    event_id: UUID | None = None
    rating: "RatingShown | None" = None
    not_rated: Literal["timed_out", "not_rated"] | None = None
    code: str | None = None
    title: str | None = None
    detail: str | None = None


class BatchAnswers(Out, frozen=True):
    """An answer for each rating of the batch, in its order."""

    items: list[BatchAnswer]


class CitizenRating(In, frozen=True):
    """A citizen's rating of a case or visit of their own: name one of the two.

    `channel`: where the citizen is signed in.
    """

    level: Level
    channel: Literal["mini_program", "pc", "mobile"] = "mini_program"
    service_id: UUID | None = None
    case_number: CaseNumber | None = None
    tags: Tags = msgspec.field(default_factory=list)
    comment: Comment = ""


class Supplement(In, frozen=True):
    """追评: what the rater adds; it never changes the level."""

    comment: Comment


class RatingShown(Out, frozen=True):
    """A rating as whoever gave it sees it; `supplement` is what they added later."""

    id: UUID
    service_id: UUID
    level: int
    tags: list[TagShown]
    comment: str
    received_at: datetime
    supplement: str | None = None


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


class HallRulesIn(In, frozen=True):
    """How a hall has itself rated: nodes, points, invitations, second looks (see `HallRules`)."""

    rate_acceptance: bool
    rate_issue: bool
    uses_points: bool
    invite_after_days: Annotated[int, Meta(ge=1, le=4)]
    check_percent: Annotated[int, Meta(ge=1, le=100)]


class HallRulesShown(Out, frozen=True):
    """How a hall has itself rated."""

    rate_acceptance: bool
    rate_issue: bool
    uses_points: bool
    invite_after_days: int
    check_percent: int


class BindAccount(In, frozen=True):
    """The `wx.login` code of a staff member's own phone; `phone` is its number, if they like."""

    code: Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[0-9A-Za-z_-]+$")]
    phone: Phone | None = None


class Bound(Out, frozen=True):
    """That the account is linked; nothing of the account itself."""

    bound_at: datetime
    with_phone: bool


def tags_shown(codes: list[str]) -> list[TagShown]:
    """Tags by their codes, as they are shown."""
    return [TagShown(code=code, text=NATIONAL.text(code)) for code in codes]


LEVELS = [
    LevelShown(level=level, name=name, tags=tags_shown(list(NATIONAL.of(level))))
    for level, name in LEVEL_NAMES.items()
]
"""The five faces from the best to the worst, as every channel shows them."""

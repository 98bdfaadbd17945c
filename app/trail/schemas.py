"""The trail on the wire. It holds no personal data; what was done to whom is told by numbers."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.wire import Out, PageQuery

Verb = Annotated[
    str,
    Meta(
        max_length=64, pattern=r"^[a-z_]+\.([a-z_]+)?$", description="`case.accepted`, or `case.`."
    ),
]
Subject = Annotated[str, Meta(max_length=80, pattern=r"^[a-z_]+(:[^\s%]*)?$")]
Who = Annotated[
    str,
    Meta(
        max_length=64,
        pattern=r"\S",
        description="Name or number of one of the staff, or a key such as `system:cases.lights`.",
    ),
]


class TrailQuery(PageQuery, kw_only=True, frozen=True):
    """Which entries, the newest first. Days are days in China; without them, the last 30.

    `hall_id`: one hall; without it all halls whose trail the caller may read. A verb that ends
    with a dot stands for all that begin so.

    A page reads one year at most: it may hold few entries, or none, and have a `next` all the same,
    which goes on in the year before.
    """

    hall_id: UUID | None = None
    without_hall: Annotated[
        bool,
        Meta(
            description="Only what belongs to no hall: citizens' accounts, and what the system does"
            " by itself. For those who administer or supervise a hall that stands below no other."
        ),
    ] = False
    first: date | None = msgspec.field(name="from", default=None)
    last: date | None = msgspec.field(name="to", default=None)
    who: Who | None = None
    verb: Verb | None = None
    subject: Subject | None = None
    request_id: Annotated[str, Meta(max_length=64, pattern=r"^[0-9A-Za-z_-]+$")] | None = None


class Detail(Out, frozen=True):
    """One thing that an entry says besides; `before` is what it was until then, if told."""

    name: str
    value: str | int | bool | list[str] | None
    before: str | int | bool | list[str] | None = None
    changed: Annotated[bool, Meta(description="The entry tells what it was before.")] = False


class TrailEntry(Out, frozen=True):
    """Who did what to which thing, when, and in which request."""

    id: int
    at: datetime
    actor: str
    actor_name: str
    verb: str
    verb_name: str
    subject: str
    subject_name: str
    hall_id: UUID | None
    request_id: str | None
    details: list[Detail]

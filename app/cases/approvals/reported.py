"""What other systems report: each report once, and when they say that it happened."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from app.core import db
from app.core.acts import Act, canonical
from app.core.auth import Actor, Client
from app.core.errors import Forbidden, Problem

OLDEST = timedelta(days=366)
"""A report is of a case that is under way; older than a year, its system's clock is wrong."""
AHEAD = timedelta(days=1)
"""By how much another system's clock may run ahead."""


class ImplausibleTime(Problem):
    """The time of a report is far from now: the other system's clock is wrong."""

    status = 422
    code = "reports.implausible_time"
    title = "上报的时间不合理，请检查系统时钟和时区。"


def require_client(actor: Actor) -> Client:
    """The other system behind `actor`. Raises Forbidden for anybody else."""
    if not isinstance(actor, Client):
        raise Forbidden
    return actor


def happened_at(said: datetime, now: datetime) -> datetime:
    """The moment that a report gives, never later than now.

    Raises:
        ImplausibleTime: it is over a year ago, or more than a day ahead.
    """
    if not now - OLDEST <= said <= now + AHEAD:
        raise ImplausibleTime
    return min(said.astimezone(UTC), now)


def digest_of(report: msgspec.Struct) -> bytes:
    """What tells whether a report that comes again says the same."""
    return hashlib.sha256(canonical(report)).digest()


async def one_at_a_time(act: Act, client_id: UUID, key: str) -> None:
    """Let no two requests of one system with the same key pass at once, until the commit."""
    async with act.transaction():
        await db.fetch(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"client:{client_id}:{key}"
        )

"""What messages of one way have in common: quotas that hold all of them, and the quiet hours."""

import asyncio
import random
from collections.abc import Coroutine
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

from app.core import db
from app.core.acts import Act
from app.core.outbox import NotYet
from app.notices.delivery_rules import Quiet

Way = Literal["wechat", "sms"]
SPREAD_SECONDS = 10
"""Over which messages that were held together are spread when they go on."""


def chance() -> float:
    """0 to 1, so that what failed together is not tried together."""
    return random.random()  # noqa: S311 - chance, not secrecy


@lru_cache(maxsize=8)
def quiet_hours(text: str) -> Quiet | None:
    """The quiet hours of the setting."""
    return Quiet.parse(text)


def release(act: Act, moment: datetime, deadline: datetime | None) -> datetime:
    """From when a message that is due at `moment` may go out, by the hall's quiet hours."""
    quiet = quiet_hours(act.house.settings.quiet_hours)
    return quiet.release(moment, deadline) if quiet else moment


async def wait_if_held(act: Act, way: Way, deadline: datetime | None) -> None:
    """Go on if a message may be sent on this way now.

    Raises:
        NotYet: the quiet hours, or a quota, have it wait.
    """
    now = act.house.clock.now()
    released = release(act, now, deadline)
    if released > now:
        raise NotYet(released)
    line = await db.fetch_one("SELECT held_until FROM message_lines WHERE way = $1", way)
    if line and line["held_until"] and line["held_until"] > now:
        raise NotYet(line["held_until"] + timedelta(seconds=SPREAD_SECONDS * chance()))


async def strike(way: Way, now: datetime) -> int:
    """Count a quota's refusal, in the open transaction; returns how many came in a row.

    Those of messages that were under way together count as one.
    """
    rows = await db.fetch(
        "INSERT INTO message_lines AS l (way, strikes) VALUES ($1, 1) ON CONFLICT (way) DO UPDATE"
        " SET strikes = CASE WHEN l.held_until > $2 THEN greatest(l.strikes, 1)"
        " ELSE l.strikes + 1 END RETURNING strikes",
        way,
        now,
    )
    return int(rows[0]["strikes"])


async def hold(way: Way, until: datetime) -> None:
    """Let nothing out on this way before `until`."""
    await db.execute(
        "INSERT INTO message_lines AS l (way, held_until) VALUES ($1, $2) ON CONFLICT (way)"
        " DO UPDATE SET held_until = greatest(l.held_until, $2)",
        way,
        until,
    )


async def went_well(way: Way) -> None:
    """A message was taken: the refusals before it were no day's quota."""
    await db.execute("UPDATE message_lines SET strikes = 0 WHERE way = $1 AND strikes > 0", way)


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Do `work` to its end even if this worker is told to stop meanwhile, and stop then.

    A message that is being sent is not left without its outcome for every new version of the
    program; the time limits of the calls bound how long that takes.
    """
    task = asyncio.create_task(work)
    told: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as stop:
            told = stop
    if told is not None:
        task.cancelled() or task.exception()
        raise told
    task.result()

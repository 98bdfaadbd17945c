"""Lights in the story: they turn, and what follows from a red one follows at once."""

import msgspec

from app.cases.clock import lights
from app.cases.schemas import LightTurned
from app.core import db
from app.demo.players import Players
from app.supervision import jobs
from app.supervision.opening import receive_light


async def watch(players: Players) -> None:
    """Turn every light that is due now, warn of yellow ones, open entries, note what is done.

    The messages stay in the outbox as well: what was received once changes nothing when the server
    hands it out again.
    """
    await lights.turn_lights(players.by_itself())
    rows = await db.fetch(
        "SELECT key, payload::text AS payload FROM outbox WHERE topic = $1 AND state = 'waiting'"
        " ORDER BY id",
        lights.TOPIC,
    )
    for row in rows:
        turned = msgspec.json.decode(row["payload"], type=LightTurned)
        await receive_light(players.by_itself(), turned, row["key"])
    await jobs.watch_steps(players.by_itself())

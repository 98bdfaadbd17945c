"""What there is to look at in the story: by its number, and whose it is."""

from dataclasses import dataclass
from uuid import UUID

from app.core import db
from app.demo.invented import BAKER, COOK, DIRECTOR, FARMER, GRANDMOTHER, NOODLES, SNACKS


@dataclass(frozen=True)
class Sight:
    """Something that has happened: what, under which number, and who can show it."""

    what: str
    number: str
    who: str


_CASES = "SELECT number FROM cases WHERE hall_id = $1 AND "
_SIGHTS = (
    ("restaurant (一件事), finished", COOK.name, _CASES + "bundle AND state = 'closed'"),
    ("factory, second stage", DIRECTOR.name, "SELECT number FROM projects WHERE hall_id = $1"),
    (
        "red light, answer owed (督办)",
        "reviewer",
        "SELECT number FROM supervision_entries WHERE hall_id = $1 AND state = 'open'",
    ),
    (
        "yellow light, due soon",
        SNACKS.name,
        "SELECT case_number AS number FROM supervision_warnings"
        " WHERE hall_id = $1 AND over_at IS NULL AND step = 'case'",
    ),
    ("correction asked (补正)", NOODLES.name, _CASES + "state = 'correction'"),
    ("clock stands still (踏勘)", BAKER.name, _CASES + "paused_since IS NOT NULL"),
    ("filed by a helper (帮办)", GRANDMOTHER.name, _CASES + "consent_id IS NOT NULL"),
    ("filed at the window", FARMER.name, _CASES + "filed_by = 'window'"),
)


async def sights(hall_id: UUID) -> list[Sight]:
    """What there is; what has gone on since, or was never played, is left out."""
    found = []
    for what, who, query in _SIGHTS:
        row = await db.fetch_one(f"{query} ORDER BY id LIMIT 1", hall_id)
        if row:
            found.append(Sight(what, row["number"], who))
    return found

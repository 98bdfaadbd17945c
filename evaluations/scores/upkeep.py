"""Keeping the score table right: counting everything again, and mending what differs."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from app.core import db
from app.core.acts import Act
from evaluations.ratings.counting import Dimension
from evaluations.ratings.recount import RECOUNT
from evaluations.scores import sums
from evaluations.scores.sums import SumDifference

RECOUNT_SECONDS = 1800.0
"""How long a recount may take; of 10 million ratings it takes about a minute."""
MOST_TOLD = 10_000
MOST_ROUNDS = 5
ROOM = "SET LOCAL work_mem = '128MB'"
"""So that each dimension's hash table fits: else the database sorts all ratings once for each."""
DIFFERENCES = (
    f"WITH counted AS ({RECOUNT}) "  # noqa: S608 - a constant
    "SELECT hall_id, dimension, day, key, measure, coalesce(k.n, 0) AS kept,"
    " coalesce(c.n, 0) AS counted FROM score_days k"
    " FULL JOIN counted c USING (hall_id, dimension, day, key, measure)"
    " WHERE coalesce(k.n, 0) <> coalesce(c.n, 0)"
)
"""Where the score table and a full recount differ, both as of one moment; it locks nothing."""
_MEND = (
    # In the order of the score table's own keys and under its lock: nobody else writes now.
    "DELETE FROM score_days k USING score_errors e WHERE (k.hall_id, k.dimension, k.day, k.key,"
    " k.measure) = (e.hall_id, e.dimension, e.day, e.key, e.measure) AND k.n + e.missing <= 0",
    "UPDATE score_days k SET n = k.n + e.missing FROM score_errors e"
    " WHERE (k.hall_id, k.dimension, k.day, k.key, k.measure)"
    " = (e.hall_id, e.dimension, e.day, e.key, e.measure) AND e.missing < 0",
    "INSERT INTO score_days (hall_id, dimension, day, key, measure, n)"
    " SELECT hall_id, dimension, day, key, measure, missing FROM score_errors WHERE missing > 0"
    " ORDER BY hall_id, dimension, day, key, measure"
    " ON CONFLICT (hall_id, dimension, day, key, measure)"
    " DO UPDATE SET n = score_days.n + excluded.n",
)


@dataclass(frozen=True)
class Difference:
    """A place where the score table does not hold what the ratings say."""

    hall_id: UUID
    dimension: Dimension
    day: date
    key: str
    measure: int
    kept: int
    counted: int


async def verify(most: int = MOST_TOLD) -> list[Difference | SumDifference]:
    """Count everything again from services and ratings; empty when the score table holds.

    Both are read at one moment, while ratings go on coming in; the sums are then compared
    with the table, at another. At most `most` differences of each are told, in the order of their
    keys.
    """
    async with in_transaction("default"):
        await db.execute(ROOM)
        rows = await db.patiently(
            f"{DIFFERENCES} ORDER BY hall_id, dimension, day, key, measure LIMIT $1",
            most,
            seconds=RECOUNT_SECONDS,
        )
    return [*map(_difference, rows), *await sums.verify(most)]


def _difference(row: dict[str, Any]) -> Difference:
    return Difference(**row | {"dimension": Dimension(row["dimension"])})


async def rebuild(act: Act) -> int:
    """Make the score table what the ratings say; returns how many figures were put right.

    Ratings go on being taken in. What is wrong is found at one moment, without a lock; every
    commit since then raised the ratings and the table alike, so what was missing then is missing
    now. It is added under a lock on the table, for which ratings wait, but only while the wrong
    figures are written. Then everything is counted again, until nothing differs, and months whose
    sums are not those of their days are summed up anew.

    Raises:
        RuntimeError: something else writes wrong figures as fast as they are mended.
    """
    mended = 0
    for _ in range(MOST_ROUNDS):
        wrong = await _mend(act)
        if not wrong:
            mended += await sums.mend(act)
            await sums.fold_in(act)
            return mended
        mended += wrong
    raise RuntimeError(f"the score table still differs after {MOST_ROUNDS} rounds of mending")


async def _mend(act: Act) -> int:
    async with act.transaction() as tx:
        await db.execute(ROOM)
        await db.patiently(
            "CREATE TEMPORARY TABLE score_errors ON COMMIT DROP AS"  # noqa: S608 - a constant
            " SELECT hall_id, dimension, day, key, measure, counted - kept AS missing"
            f" FROM ({DIFFERENCES}) d",
            seconds=RECOUNT_SECONDS,
        )
        found = await db.fetch_one("SELECT count(*) AS wrong FROM score_errors")
        wrong: int = found["wrong"] if found else 0
        if wrong:
            await db.execute("LOCK TABLE score_days IN SHARE ROW EXCLUSIVE MODE")
            for statement in _MEND:
                await db.patiently(statement, seconds=RECOUNT_SECONDS)
            tx.audit("scores.rebuilt", "scores:all", differences=wrong)
    return wrong

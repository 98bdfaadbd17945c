"""Scores of a period, and what keeps the score table right: recounting and rebuilding it."""

from datetime import timedelta
from uuid import UUID

from app.core import db
from app.core.acts import Act
from app.core.auth import Role, require_over_hall
from app.core.errors import InvalidQuery
from app.halls import service as halls
from evaluations.ratings.counting import Dimension
from evaluations.ratings.rules import CHANNEL_NAMES, Channel
from evaluations.ratings.tags import NATIONAL
from evaluations.scores import queries
from evaluations.scores.queries import Difference
from evaluations.scores.rules import Counts, rank
from evaluations.scores.schemas import ScoreQuery, Scores, shown

LONGEST_PERIOD = timedelta(days=5 * 366)
_BY = {
    "hall": Dimension.HALL,
    "department": Dimension.DEPARTMENT,
    "window": Dimension.WINDOW,
    "staff": Dimension.STAFF,
    "item": Dimension.ITEM,
    "channel": Dimension.CHANNEL,
    "tag": Dimension.TAG,
}


async def scores(act: Act, query: ScoreQuery) -> Scores:
    """The scores of a hall with all below it, for one of its managers or supervisors.

    Raises:
        Forbidden: the caller manages another hall, or none.
        InvalidQuery: the period ends before it begins, or is longer than five years.
    """
    require_over_hall(act.actor, query.hall_id, [Role.MANAGER, Role.SUPERVISOR])
    if query.last < query.first:
        raise InvalidQuery("结束日期不能早于开始日期。", field="to")
    if query.last - query.first > LONGEST_PERIOD:
        raise InvalidQuery("查询的时间段最长为五年。", field="to")
    dimension = _BY[query.by]
    found = await queries.period(
        query.hall_id, {dimension, Dimension.HALL}, query.first, query.last
    )
    keys = [key for wanted, key in found if wanted is dimension]
    names = await _names(dimension, keys)
    small = act.house.settings.small_sample
    rows = [(key, found[dimension, key]) for key in keys]
    ranks = rank([counts for _, counts in rows], small)
    listed = [
        shown(key, names.get(key, key), counts, small, place)
        for (key, counts), place in zip(rows, ranks, strict=True)
    ]
    listed.sort(key=lambda row: (row.rank is None, row.rank or 0, -row.rated, row.name))
    total = sum(
        (counts for (wanted, _), counts in found.items() if wanted is Dimension.HALL), Counts()
    )
    hall_name = (await halls.hall(query.hall_id)).name
    return Scores(
        hall_id=query.hall_id,
        hall_name=hall_name,
        by=query.by,
        first=query.first,
        last=query.last,
        small_sample_below=small,
        total=shown("total", "合计", total, small, None),
        rows=listed,
    )


async def _names(dimension: Dimension, keys: list[str]) -> dict[str, str]:
    if dimension is Dimension.CHANNEL:
        return {key: CHANNEL_NAMES[Channel(int(key))] for key in keys}
    if dimension is Dimension.TAG:
        return {key: NATIONAL.text(key) for key in keys}
    ids = [UUID(key) for key in keys]
    if dimension is Dimension.ITEM:
        return await queries.item_names(ids)
    return {str(found): name for found, name in (await halls.names(*ids)).items()}


async def verify() -> list[Difference]:
    """Count everything again from services and ratings; empty when the score table holds."""
    return await queries.differences()


async def rebuild(act: Act) -> list[Difference]:
    """Make the score table what the ratings say, and return what was wrong in it.

    Ratings wait for as long as this runs.
    """
    async with act.transaction() as tx:
        # Whoever counts must raise this table in the same commit: holding it alone holds them all.
        await db.execute("LOCK TABLE score_days IN SHARE ROW EXCLUSIVE MODE")
        wrong = await queries.differences()
        if wrong:
            await db.execute("DELETE FROM score_days")
            await db.execute(
                "INSERT INTO score_days (hall_id, dimension, day, key, measure, n)"
                + queries.RECOUNT
            )
        tx.audit("scores.rebuilt", "scores:all", differences=len(wrong))
    return wrong

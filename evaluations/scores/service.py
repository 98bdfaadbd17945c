"""Scores of a period, seen in every way that a manager asks for."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from app.core.acts import Act
from app.core.ratios import Ratio
from app.halls import service as halls
from evaluations.ratings import hall_rules
from evaluations.ratings.counting import Dimension
from evaluations.ratings.rules import LEVEL_NAMES
from evaluations.ratings.tags import NATIONAL
from evaluations.scores import periods, queries, rules
from evaluations.scores.asked import TOTAL, TOTAL_NAME, added, checked, divided
from evaluations.scores.names import names_of
from evaluations.scores.rules import Counts
from evaluations.scores.schemas import (
    By,
    Figures,
    LevelTags,
    PeriodQuery,
    Ranked,
    Ranking,
    RankingQuery,
    Rate,
    Score,
    ScoreQuery,
    Scores,
    Series,
    TagCount,
    TagDistribution,
    Trend,
    TrendQuery,
    bucket,
    figures,
)
from evaluations.scores.sums import SumDifference
from evaluations.scores.upkeep import Difference, rebuild, verify

__all__ = [
    "Difference",
    "SumDifference",
    "ranking",
    "rebuild",
    "scores",
    "tags",
    "trend",
    "verify",
]

BY: dict[By, Dimension] = {
    "hall": Dimension.HALL,
    "department": Dimension.DEPARTMENT,
    "window": Dimension.WINDOW,
    "staff": Dimension.STAFF,
    "item": Dimension.ITEM,
    "channel": Dimension.CHANNEL,
    "tag": Dimension.TAG,
}
"""The dimension of the score table that each view is of."""
_SHARES: dict[str, Callable[[Counts], Ratio]] = {
    "satisfaction": rules.satisfaction,
    "good_rate": rules.good_rate,
}
Found = Mapping[tuple[Dimension, str], Counts]


async def said_of(act: Act, query: PeriodQuery) -> dict[str, Any]:
    """What every view says of itself, see `schemas.View`."""
    return {
        "hall_id": query.hall_id,
        "hall_name": (await halls.hall(query.hall_id)).name,
        "first": query.first,
        "last": query.last,
        "small_sample_below": act.house.settings.small_sample,
    }


def total_of(found: Found) -> Counts:
    """The counts of a hall with all below it: each of its halls once."""
    of_halls = (counts for (dimension, _), counts in found.items() if dimension is Dimension.HALL)
    return sum(of_halls, Counts())


async def scores(act: Act, query: ScoreQuery) -> Scores:
    """The scores of a hall with all below it, for one of its managers or supervisors.

    Raises as `checked` does.
    """
    period, dimension = checked(act, query), BY[query.by]
    said, shown = await said_of(act, query), await shower(act, query.hall_id)
    wanted = {dimension, Dimension.HALL}
    found = await queries.period(query.hall_id, wanted, period.first, period.last)
    rows = {key: counts for (of, key), counts in found.items() if of is dimension}
    names = await names_of(dimension, list(rows))
    places = rules.rank(list(rows.values()), act.house.settings.small_sample)
    listed = [
        _score(shown(counts), key, names.get(key, key), place)
        for (key, counts), place in zip(rows.items(), places, strict=True)
    ]
    listed.sort(key=_by_rank)
    total = _score(shown(total_of(found)), TOTAL, TOTAL_NAME, None)
    return Scores(**said, by=query.by, total=total, rows=listed)


async def shower(act: Act, hall_id: UUID) -> Callable[[Counts], Figures]:
    """How counts of this hall are shown: with points where it counts in points."""
    small = act.house.settings.small_sample
    points = (await hall_rules.of(hall_id)).uses_points
    return lambda counts: figures(counts, small, points=points)


def _plain(shown: Figures) -> dict[str, Any]:
    return {name: getattr(shown, name) for name in Figures.__struct_fields__}


def _score(shown: Figures, key: str, name: str, rank: int | None) -> Score:
    return Score(**_plain(shown), key=key, name=name, rank=rank)


def _by_rank(row: Score) -> tuple[bool, int, int, str]:
    return row.rank is None, row.rank or 0, -row.rated, row.name


async def ranking(act: Act, query: RankingQuery) -> Ranking:
    """Who stands where by the Wilson lower bound of a share; raises as `checked` does."""
    period, dimension, of = checked(act, query), BY[query.by], _SHARES[query.of]
    small = act.house.settings.small_sample
    said, shown = await said_of(act, query), await shower(act, query.hall_id)
    found = await queries.period(query.hall_id, {dimension}, period.first, period.last)
    names = await names_of(dimension, [key for _, key in found])
    rows = []
    places = rules.rank(list(found.values()), small, of)
    for ((_, key), counts), place in zip(found.items(), places, strict=True):
        interval = rules.wilson(of(counts))
        rows.append(
            Ranked(
                **_plain(shown(counts)),
                key=key,
                name=names.get(key, key),
                rank=place,
                share=Rate.of(of(counts)),
                lower=interval.lower if interval else None,
                upper=interval.upper if interval else None,
            )
        )
    rows.sort(key=_by_rank)
    return Ranking(
        **said,
        by=query.by,
        of=query.of,
        rows=[row for row in rows if row.rank is not None],
        left_out=[row for row in rows if row.rank is None],
    )


async def trend(act: Act, query: TrendQuery) -> Trend:
    """How the hall, or some keys of one dimension, went by day, week, month or quarter.

    Raises:
        InvalidQuery: as `checked` and `divided`.
    """
    period, dimension = checked(act, query), BY[query.by]
    buckets = divided(period, query.step, query.key)
    said, shown = await said_of(act, query), await shower(act, query.hall_id)
    if query.key:
        keys = list(dict.fromkeys(query.key))
        found = await queries.divided(query.hall_id, dimension, keys, buckets)
        # Only names of what the hall has counted: a foreign id in the query tells nothing.
        names = await names_of(dimension, list(found))
    else:
        keys, names = [TOTAL], {TOTAL: TOTAL_NAME}
        of_halls = await queries.divided(query.hall_id, Dimension.HALL, None, buckets)
        found = {TOTAL: added(of_halls.values())}
    return Trend(
        **said,
        by=query.by,
        step=query.step,
        buckets=[bucket(one, whole=periods.is_whole(one, query.step)) for one in buckets],
        series=[
            Series(
                key=key,
                name=names.get(key, key),
                points=[
                    shown(counts) if (counts := found.get(key, {}).get(place)) else None
                    for place in range(len(buckets))
                ],
            )
            for key in keys
        ],
    )


async def tags(act: Act, query: PeriodQuery) -> TagDistribution:
    """How often each tag was given, of the ratings of its level; raises as `checked` does."""
    period = checked(act, query)
    said = await said_of(act, query)
    wanted = {Dimension.TAG, Dimension.HALL}
    found = await queries.period(query.hall_id, wanted, period.first, period.last)
    total = total_of(found)
    levels = []
    for level, name in LEVEL_NAMES.items():
        ratings = total.levels[level - 1]
        given = {
            key: counts.levels[level - 1]
            for (of, key), counts in found.items()
            if of is Dimension.TAG and counts.levels[level - 1]
        }
        # A tag that nobody chose is told too; one of an older version only if it was chosen.
        codes = sorted(
            NATIONAL.of(level).keys() | given, key=lambda code: (-given.get(code, 0), code)
        )
        listed = [
            TagCount(
                code=code,
                text=NATIONAL.text(code),
                share=Rate.of(Ratio(given.get(code, 0), ratings)),
            )
            for code in codes
        ]
        levels.append(LevelTags(level=level, name=name, ratings=ratings, tags=listed))
    return TagDistribution(**said, levels=levels)

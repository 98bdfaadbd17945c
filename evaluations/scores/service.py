"""Scores of a period, seen in every way that a manager asks for."""

from collections.abc import Callable, Mapping
from functools import partial
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
from evaluations.scores.orders import ordered
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
    Share,
    TagCount,
    TagDistribution,
    Trend,
    TrendQuery,
    bucket,
    figures,
)
from evaluations.scores.sums import SumDifference
from evaluations.scores.tables import RankingTable, Rows, ScoreTable, Standing
from evaluations.scores.upkeep import Difference, rebuild, verify

__all__ = [
    "Difference",
    "SumDifference",
    "ranking",
    "ranking_table",
    "rebuild",
    "score_table",
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
_SHARES: dict[Share, Callable[[Counts], Ratio]] = {
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
    """As `score_table`, with every row."""
    return (await score_table(act, query)).whole()


async def score_table(act: Act, query: ScoreQuery) -> ScoreTable:
    """The scores of a hall with all below it, for one of its managers or supervisors.

    In the order that an `OrderedScoreQuery` asks for. Raises as `checked` does.
    """
    period, dimension = checked(act, query), BY[query.by]
    said, shown = await said_of(act, query), await shower(act, query.hall_id)
    wanted = {dimension, Dimension.HALL}
    found = await queries.period(query.hall_id, wanted, period.first, period.last)
    row_of = partial(_score, shown)
    return ScoreTable(
        **said,
        by=query.by,
        total=row_of(Standing(TOTAL, TOTAL_NAME, total_of(found), None)),
        rows=Rows(ordered(await _standing(act, dimension, found), query), row_of),
    )


async def shower(act: Act, hall_id: UUID) -> Callable[[Counts], Figures]:
    """How counts of this hall are shown: with points where it counts in points."""
    small = act.house.settings.small_sample
    points = (await hall_rules.of(hall_id)).uses_points
    return lambda counts: figures(counts, small, points=points)


async def _standing(
    act: Act, dimension: Dimension, found: Found, share: Share = "satisfaction"
) -> list[Standing]:
    """How the keys of a dimension stand by a share, in their order."""
    counted = {key: counts for (of, key), counts in found.items() if of is dimension}
    small = act.house.settings.small_sample
    names = await names_of(dimension, list(counted))
    places = rules.rank(list(counted.values()), small, _SHARES[share])
    lines = [
        Standing(key, names.get(key, key), counts, place)
        for (key, counts), place in zip(counted.items(), places, strict=True)
    ]
    return sorted(lines, key=lambda line: line.order)


def _plain(shown: Figures) -> dict[str, Any]:
    return {name: getattr(shown, name) for name in Figures.__struct_fields__}


def _score(shown: Callable[[Counts], Figures], line: Standing) -> Score:
    return Score(**_plain(shown(line.counts)), key=line.key, name=line.name, rank=line.rank)


async def ranking(act: Act, query: RankingQuery) -> Ranking:
    """As `ranking_table`, with every row."""
    return (await ranking_table(act, query)).whole()


async def ranking_table(act: Act, query: RankingQuery) -> RankingTable:
    """Who stands where by the Wilson lower bound of a share; raises as `checked` does."""
    period, dimension = checked(act, query), BY[query.by]
    said, shown = await said_of(act, query), await shower(act, query.hall_id)
    found = await queries.period(query.hall_id, {dimension}, period.first, period.last)
    lines = await _standing(act, dimension, found, query.of)
    row_of = partial(_ranked, shown, _SHARES[query.of])
    return RankingTable(
        **said,
        by=query.by,
        of=query.of,
        rows=Rows([line for line in lines if line.rank is not None], row_of),
        left_out=Rows([line for line in lines if line.rank is None], row_of),
    )


def _ranked(
    shown: Callable[[Counts], Figures], of: Callable[[Counts], Ratio], line: Standing
) -> Ranked:
    share = of(line.counts)
    interval = rules.wilson(share)
    return Ranked(
        **_plain(shown(line.counts)),
        key=line.key,
        name=line.name,
        rank=line.rank,
        share=Rate.of(share),
        lower=interval.lower if interval else None,
        upper=interval.upper if interval else None,
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

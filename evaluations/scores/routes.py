"""HTTP of the scores: every view as JSON and as a spreadsheet, and publication."""

import asyncio
from uuid import UUID

from app.core.api import Call, Routes
from app.core.auth import ANYONE, Role, staff
from app.core.wire import File, Page
from evaluations.scores import (
    asked,
    comparing,
    drill,
    missing,
    publication,
    published,
    published_sheet,
    service,
    spreadsheet,
    unrated,
)
from evaluations.scores.drill_schemas import Behind, BehindQuery, RatingWhole
from evaluations.scores.orders import OrderedScoreQuery
from evaluations.scores.publication_schemas import (
    AnswerIn,
    PublicationIn,
    PublicationQuery,
    PublicationRow,
    PublicationShown,
    PublishedList,
    PublishedMonth,
    Verification,
)
from evaluations.scores.schemas import (
    Comparison,
    ComparisonQuery,
    Missing,
    PeriodQuery,
    Ranking,
    RankingQuery,
    Scores,
    TagDistribution,
    Trend,
    TrendQuery,
)
from evaluations.scores.unrated_schemas import Unrated, UnratedQuery

routes = Routes("scores", "/api/v1")
public = Routes("published", "/api/v1/published")
READERS = staff(*asked.READERS)


@routes.get("/scores", guard=READERS)
async def read_scores(call: Call, query: OrderedScoreQuery) -> Scores:
    """Satisfaction, participation and counts of a hall by one dimension, over a period."""
    return await service.scores(call.act, query)


@routes.get("/scores.xlsx", guard=READERS)
async def download_scores(call: Call, query: OrderedScoreQuery) -> File:
    """The scores as a spreadsheet, with every formula written out."""
    view = await service.scores(call.act, query)
    return await asyncio.to_thread(spreadsheet.of_scores, view, call.act.at)


@routes.get("/scores/ranking", guard=READERS)
async def read_ranking(call: Call, query: RankingQuery) -> Ranking:
    """Who stands where, by the lower bound of the 95 % interval of a share."""
    return await service.ranking(call.act, query)


@routes.get("/scores/ranking.xlsx", guard=READERS)
async def download_ranking(call: Call, query: RankingQuery) -> File:
    """The ranking as a spreadsheet."""
    view = await service.ranking(call.act, query)
    return await asyncio.to_thread(spreadsheet.of_ranking, view, call.act.at)


@routes.get("/scores/trend", guard=READERS)
async def read_trend(call: Call, query: TrendQuery) -> Trend:
    """How a hall, or keys of one dimension, went by day, week, month or quarter."""
    return await service.trend(call.act, query)


@routes.get("/scores/trend.xlsx", guard=READERS)
async def download_trend(call: Call, query: TrendQuery) -> File:
    """The trend as a spreadsheet."""
    view = await service.trend(call.act, query)
    return await asyncio.to_thread(spreadsheet.of_trend, view, call.act.at)


@routes.get("/scores/comparison", guard=READERS)
async def read_comparison(call: Call, query: ComparisonQuery) -> Comparison:
    """Two periods side by side; without an earlier one it is that before it, of equal length."""
    return await comparing.comparison(call.act, query)


@routes.get("/scores/comparison.xlsx", guard=READERS)
async def download_comparison(call: Call, query: ComparisonQuery) -> File:
    """The comparison as a spreadsheet."""
    view = await comparing.comparison(call.act, query)
    return await asyncio.to_thread(spreadsheet.of_comparison, view, call.act.at)


@routes.get("/scores/tags", guard=READERS)
async def read_tags(call: Call, query: PeriodQuery) -> TagDistribution:
    """How often each tag was given, of the ratings of its level."""
    return await service.tags(call.act, query)


@routes.get("/scores/tags.xlsx", guard=READERS)
async def download_tags(call: Call, query: PeriodQuery) -> File:
    """The tags as a spreadsheet."""
    view = await service.tags(call.act, query)
    return await asyncio.to_thread(spreadsheet.of_tags, view, call.act.at)


@routes.get("/scores/missing", guard=READERS)
async def read_missing(call: Call, query: PeriodQuery) -> Missing:
    """The windows and devices from which nothing came."""
    return await missing.missing(call.act, query)


@routes.get("/scores/unrated", guard=READERS)
async def list_unrated(call: Call, query: UnratedQuery) -> Unrated:
    """The services that should have been rated and were not, the last ended first."""
    return await unrated.services(call.act, query)


@routes.get("/scores/missing.xlsx", guard=READERS)
async def download_missing(call: Call, query: PeriodQuery) -> File:
    """The windows and devices from which nothing came, as a spreadsheet."""
    view = await missing.missing(call.act, query)
    return await asyncio.to_thread(spreadsheet.of_missing, view, call.act.at)


@routes.get("/scores/ratings", guard=READERS)
async def read_behind(call: Call, query: BehindQuery) -> Behind:
    """The ratings behind a figure, the newest first."""
    return await drill.ratings(call.act, query)


@routes.get("/scores/ratings/<rating_id:uuid>", guard=READERS)
async def read_rating(call: Call, rating_id: UUID) -> RatingWhole:
    """One rating, where it was given, and what followed."""
    return await drill.rating(call.act, rating_id)


@routes.post("/scores/publications", guard=staff(Role.MANAGER), status=201, once=True)
async def propose(call: Call, body: PublicationIn) -> PublicationShown:
    """Freeze a month's figures and propose them for publication."""
    return await publication.propose(call.act, body)


@routes.get("/scores/publications", guard=READERS)
async def list_proposals(call: Call, query: PublicationQuery) -> Page[PublicationRow]:
    """What a hall proposed for publication, newest first."""
    return await publication.proposals(call.act, query)


@routes.get("/scores/publications/<proposal_id:uuid>", guard=READERS)
async def read_proposal(call: Call, proposal_id: UUID) -> PublicationShown:
    """A proposal with the figures as they would be published."""
    return await publication.for_readers(call.act, proposal_id)


@routes.post(
    "/scores/publications/<proposal_id:uuid>/answer", guard=staff(Role.SUPERVISOR), once=True
)
async def answer_proposal(call: Call, proposal_id: UUID, body: AnswerIn) -> PublicationShown:
    """Publish what another person proposed, or decline it with a reason."""
    return await publication.answer(call.act, proposal_id, body)


@public.get("/<hall_id:uuid>", guard=ANYONE)
async def list_published(call: Call, hall_id: UUID) -> PublishedList:
    """What a hall has published."""
    return await published.published_list(hall_id)


@public.get("/<hall_id:uuid>/<month:str>", guard=ANYONE)
async def read_published(call: Call, hall_id: UUID, month: str) -> PublishedMonth:
    """A published month (`2026-01`), with the digest that proves it."""
    return await published.published_month(hall_id, month)


@public.get("/<hall_id:uuid>/<month:str>/scores.xlsx", guard=ANYONE)
async def download_published(call: Call, hall_id: UUID, month: str) -> File:
    """A published month as a spreadsheet."""
    found = await published.published_month(hall_id, month)
    return await asyncio.to_thread(published_sheet.of_month, found)


@public.get("/<hall_id:uuid>/<month:str>/verification", guard=ANYONE)
async def verify_published(call: Call, hall_id: UUID, month: str) -> Verification:
    """Whether a published month is still what was published."""
    return await published.verification(call.act.house, hall_id, month)

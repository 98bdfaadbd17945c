"""HTTP of the scores."""

import asyncio

from app.core.api import Call, Routes
from app.core.auth import Role, staff
from app.core.wire import File
from evaluations.scores import service, spreadsheet
from evaluations.scores.schemas import ScoreQuery, Scores

routes = Routes("scores", "/api/v1")
READERS = staff(Role.MANAGER, Role.SUPERVISOR)


@routes.get("/scores", guard=READERS)
async def read_scores(call: Call, query: ScoreQuery) -> Scores:
    """Satisfaction, participation and counts of a hall by one dimension, over a period."""
    return await service.scores(call.act, query)


@routes.get("/scores.xlsx", guard=READERS)
async def download_scores(call: Call, query: ScoreQuery) -> File:
    """The same scores as a spreadsheet, with every formula written out."""
    found = await service.scores(call.act, query)
    content = await asyncio.to_thread(spreadsheet.workbook, found, call.act.at)
    return File(content, spreadsheet.CONTENT_TYPE, spreadsheet.filename(found))

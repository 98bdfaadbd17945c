"""HTTP of papers: the verification, for everybody, as data. `app.public` has it as a page."""

from app.core.api import Call, Routes
from app.core.auth import ANYONE
from app.documents import service
from app.documents.schemas import Verified

routes = Routes("documents", "")


@routes.get("/api/v1/verify/<code:str>", guard=ANYONE)
async def verify(call: Call, code: str) -> Verified:
    """Whether a paper is genuine and holds, by the code printed on it."""
    return await service.verify_for_anybody(call.act, code, call.address)

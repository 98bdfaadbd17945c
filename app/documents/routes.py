"""HTTP of papers: the verification, for everybody, as data and as a page for a phone."""

from typing import Annotated

from msgspec import Meta

from app.core.api import Call, Routes
from app.core.auth import ANYONE
from app.core.errors import NotFound
from app.core.limits import Limits
from app.core.wire import File, In
from app.documents import page, service
from app.documents.schemas import Verified

routes = Routes("documents", "")


class CodeQuery(In, frozen=True):
    """The code that somebody typed off a paper."""

    code: Annotated[str, Meta(max_length=100)] = ""


async def _verify(call: Call, code: str) -> Verified:
    await call.act.house.part(Limits).hit(
        "60/minute", "documents.verify", call.request.remote_addr or call.request.ip
    )
    return await service.verify(call.act, code)


@routes.get("/api/v1/verify/<code:str>", guard=ANYONE)
async def verify(call: Call, code: str) -> Verified:
    """Whether a paper is genuine and holds, by the code printed on it."""
    return await _verify(call, code)


@routes.get("/v/<code:str>", guard=ANYONE)
async def verify_page(call: Call, code: str) -> File:
    """The same as a page: what a phone opens that scans a paper's QR code."""
    try:
        return page.of(await _verify(call, code))
    except NotFound as unknown:
        return page.unknown(str(unknown))


@routes.get("/v", guard=ANYONE)
async def ask_for_code(call: Call, query: CodeQuery) -> File:
    """The page on which a code is typed; with one, the verification."""
    if not query.code.strip():
        return page.empty()
    return await verify_page(call, query.code)

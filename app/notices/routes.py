"""HTTP of the applicant's inbox."""

from datetime import datetime
from uuid import UUID

import msgspec

from app.core.api import Call, Routes
from app.core.auth import CITIZEN, require_citizen
from app.core.wire import Page, PageQuery, decode_cursor, page
from app.notices import queries, service
from app.notices.schemas import NoticeShown, TemplateShown, UnreadCount

routes = Routes("notices", "/api/v1/notices")


@routes.get("", guard=CITIZEN)
async def inbox(call: Call, query: PageQuery) -> Page[NoticeShown]:
    """The caller's messages, newest first."""
    citizen = require_citizen(call.act.actor)
    place = decode_cursor(query.after, datetime, UUID)
    after = (place[0], place[1]) if place else None
    rows = await queries.inbox(citizen.id, after=after, limit=query.limit)
    return page(
        rows,
        query.limit,
        lambda row: msgspec.convert(row, NoticeShown),
        lambda row: (row["created_at"], row["id"]),
    )


@routes.get("/unread-count", guard=CITIZEN)
async def unread_count(call: Call) -> UnreadCount:
    """How many of the caller's messages are unread."""
    citizen = require_citizen(call.act.actor)
    return UnreadCount(unread=await queries.unread(citizen.id))


@routes.get("/templates", guard=CITIZEN)
async def templates(call: Call) -> Page[TemplateShown]:
    """Which messages to ask a subscription for, and on which page."""
    return Page(items=service.templates_to_ask(call.act.house.settings))


@routes.post("/<notice_id:uuid>/read", guard=CITIZEN)
async def mark_read(call: Call, notice_id: UUID) -> None:
    """Note that a message was read."""
    await service.mark_read(call.act, notice_id)

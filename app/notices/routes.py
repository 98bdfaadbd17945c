"""HTTP of the applicant's inbox and subscriptions."""

from datetime import datetime
from uuid import UUID

import msgspec

from app.citizens import service as citizens
from app.core.api import Call, Routes
from app.core.auth import CITIZEN, require_citizen
from app.core.wire import Page, PageQuery, decode_cursor, page
from app.notices import queries, service, subscriptions
from app.notices.schemas import (
    AskQuery,
    NoticeShown,
    SubscriptionReport,
    SubscriptionShown,
    TemplateToAsk,
    UnreadCount,
)

routes = Routes("notices", "/api/v1/notices")


@routes.get("", guard=CITIZEN)
async def inbox(call: Call, query: PageQuery) -> Page[NoticeShown]:
    """The caller's messages, newest first."""
    citizen = require_citizen(call.act.actor)
    place = decode_cursor(query.after, datetime, UUID)
    after = (place[0], place[1]) if place else None
    accounts = await citizens.identities(citizen.id)
    rows = await queries.inbox(accounts, after=after, limit=query.limit)
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
    return UnreadCount(unread=await queries.unread(await citizens.identities(citizen.id)))


@routes.get("/templates", guard=CITIZEN)
async def templates(call: Call, query: AskQuery) -> Page[TemplateToAsk]:
    """Which messages to ask a subscription for at a moment, and which need no asking."""
    return Page(items=await subscriptions.to_ask(call.act, query.at))


@routes.get("/subscriptions", guard=CITIZEN)
async def standings(call: Call) -> Page[SubscriptionShown]:
    """How the caller's subscriptions stand by the ledger."""
    citizen = require_citizen(call.act.actor)
    return Page(items=await subscriptions.standings(call.act, citizen.id))


@routes.post("/subscriptions", guard=CITIZEN, once=True)
async def report(call: Call, body: SubscriptionReport) -> Page[SubscriptionShown]:
    """Report what the caller answered when asked; answers how the subscriptions stand now."""
    return Page(items=await subscriptions.report(call.act, body.results))


@routes.post("/<notice_id:uuid>/read", guard=CITIZEN)
async def mark_read(call: Call, notice_id: UUID) -> None:
    """Note that a message was read."""
    await service.mark_read(call.act, notice_id)

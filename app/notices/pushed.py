"""What the platform pushes about subscriptions: what users chose, and which messages arrived.

A push about a message names the user and the template, not the message. It is taken for the oldest
message of that user and template that was sent and has had none; only where there is no such, and
exactly one whose try had no answer, does it say that this one arrived. So a message is never taken
for arrived because of another's push.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.citizens import service as citizens
from app.core import db, outbox
from app.core.acts import Act
from app.core.outbox import NotYet
from app.notices import sending, subscriptions
from app.notices.delivery_rules import Next, State
from app.notices.ledger_rules import Event
from app.notices.service import TOPIC as WECHAT
from app.notices.templates import kind_of
from app.pushes.schemas import SUBSCRIPTIONS, SubscriptionEvent, SubscriptionEvents

TOPIC = SUBSCRIPTIONS
LATEST = timedelta(days=2)
"""How late a push about a message may come."""
LOOK_AGAIN = timedelta(seconds=15)

_EVENTS = {
    ("popup", "accept"): Event.ACCEPT,
    ("popup", "reject"): Event.REJECT,
    ("popup", "ban"): Event.BAN,
    ("change", "accept"): Event.TURNED_ON,
    ("change", "reject"): Event.TURNED_OFF,
    ("change", "ban"): Event.BAN,
}


async def handle(act: Act, payload: SubscriptionEvents, key: str) -> None:
    """Enter a push into the ledger; safe to repeat with the same key.

    Raises:
        NotYet: it is about a message that is being sent at this moment.
    """
    citizen_id = await citizens.of_openid(payload.openid)
    if citizen_id is None:
        return
    for place, entry in enumerate(payload.entries):
        if kind_of(act.house.settings, entry.template_id) is None:
            continue
        name = f"push:{key}:{place}"[:200]
        if entry.scene == "sent":
            await _arrived(act, citizen_id, entry, f"msg:{entry.msg_id}" if entry.msg_id else name)
        elif event := _EVENTS.get((entry.scene, entry.status)):
            await subscriptions.note(
                act, citizen_id, entry.template_id, event, key=name, source="push"
            )


async def _arrived(act: Act, citizen_id: UUID, entry: SubscriptionEvent, key: str) -> None:
    async with act.transaction():
        rows = await _unconfirmed(act, citizen_id, entry.template_id)
        subscription_id = await subscriptions.locked(act, citizen_id, entry.template_id)
        now = act.house.clock.now()
        if not await subscriptions.enter(
            subscription_id, "arrived", key=key[:200], source="push", at=now
        ):
            return
        if any(row["wechat_state"] == State.SENDING for row in rows):
            raise NotYet(now + LOOK_AGAIN)
        sent = [row for row in rows if row["wechat_state"] == State.SENT]
        if entry.error not in (None, 0, "0", ""):
            if len(rows) == 1:
                await _did_not_arrive(act, rows[0], entry.error)
        elif sent or len(rows) == 1:
            await _confirm(act, (sent or rows)[0], entry, key)


async def _unconfirmed(act: Act, citizen_id: UUID, template_id: str) -> list[dict[str, Any]]:
    """Messages of this user and template that may be the one of a push, oldest first, locked."""
    return await db.fetch(
        "SELECT id, citizen_id, kind, key, subject, hall_id, page, data::text AS data, deadline,"
        " wechat_state FROM notices WHERE citizen_id = ANY($1::uuid[]) AND wechat_template = $2"
        " AND wechat_msg_id IS NULL AND wechat_at >= $3"
        " AND wechat_state IN ('sent', 'sending', 'unsure', 'doubtful')"
        " ORDER BY wechat_at, id FOR UPDATE",
        list(await citizens.identities(citizen_id)),
        template_id,
        act.house.clock.now() - LATEST,
    )


async def _confirm(act: Act, row: dict[str, Any], entry: SubscriptionEvent, key: str) -> None:
    await db.execute(
        "UPDATE notices SET wechat_state = 'sent', wechat_error = NULL, wechat_msg_id = $2"
        " WHERE id = $1",
        row["id"],
        (entry.msg_id or key)[-64:],
    )
    if row["wechat_state"] != State.SENT:
        sending.outcomes.labels(row["kind"], State.SENT.value).inc()
        await sending.note(act, row, entry.template_id, Event.SENT)
        await outbox.drop(WECHAT, row["key"], now=act.house.clock.now())


async def _did_not_arrive(act: Act, row: dict[str, Any], error: object) -> None:
    reason = f"微信平台回执：没有送达（{error}）。"
    was = State(row["wechat_state"])
    await sending.record(act, row, was, Next(State.UNREACHABLE), reason)
    await outbox.drop(WECHAT, row["key"], now=act.house.clock.now())

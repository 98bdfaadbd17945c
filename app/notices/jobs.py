"""Sending a message through WeChat, from the outbox.

A message is claimed in its row before it is sent, so that two workers never send it at once, and
its outcome is recorded after. A worker that ends between the two leaves it `sending`; after
`CLAIM` it is sent again. So in that one case, and where the platform gave no answer in time, an
applicant may get a message twice. The other choice, not to send it again, could lose the notice of
a correction's deadline, and that costs the applicant the application; a second copy costs nothing,
and most subscriptions allow one message only, so that the platform then refuses the copy.
"""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prometheus_client import Counter

from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act
from app.core.outbox import GiveUp, Handler, NotYet
from app.notices.rules import Kind, WeChatState
from app.notices.schemas import SendNotice
from app.notices.service import TOPIC, template_of
from wechat import messages
from wechat.client import WeChat
from wechat.errors import NotSubscribed, WeChatError

CLAIM = timedelta(minutes=5)
"""Longer than any send takes; a `sending` that is older was left by a worker that ended."""

outcomes = Counter("zhangban_notices_total", "WeChat messages by outcome.", ["kind", "outcome"])


async def send(act: Act, payload: SendNotice, key: str) -> None:  # noqa: ARG001 - the row has it
    """Send one message, unless that is settled already.

    Raises:
        NotYet: another worker is at it.
        WeChatError: it failed and trying again may help.
        GiveUp: the message is gone.
    """
    row = await _claim(payload.notice_id, act.at)
    if row is None:
        return
    kind = Kind(row["kind"])
    template_id = template_of(act.house.settings, kind)
    openid = await citizens.openid(row["citizen_id"])
    if template_id is None:
        await _record(act, row, WeChatState.NO_TEMPLATE)
    elif openid is None:
        await _record(act, row, WeChatState.REFUSED, "申请人的账号已注销。")
    else:
        await _send(act, row, kind, openid, template_id)


async def _send(act: Act, row: dict[str, Any], kind: Kind, openid: str, template_id: str) -> None:
    try:
        await messages.send(
            act.house.part(WeChat),
            openid,
            template_id,
            messages.compose(kind, json.loads(row["data"])),
            page=row["page"],
            state=act.house.settings.wechat_state,
        )
    except NotSubscribed:
        await _record(act, row, WeChatState.NOT_SUBSCRIBED)
    except WeChatError as error:
        state = WeChatState.FAILED if error.retryable else WeChatState.REFUSED
        await _record(act, row, state, _reason(error))
        if error.retryable:
            raise
    else:
        await _record(act, row, WeChatState.SENT)


async def _claim(notice_id: UUID, now: datetime) -> dict[str, Any] | None:
    """The message, now `sending` and ours; None if it is settled."""
    row = await db.fetch_one(
        "UPDATE notices SET wechat_state = 'sending', wechat_at = $2 WHERE id = $1"
        " AND (wechat_state IN ('waiting', 'failed')"
        "  OR (wechat_state = 'sending' AND wechat_at <= $3))"
        " RETURNING id, citizen_id, kind, page, data::text AS data",
        notice_id,
        now,
        now - CLAIM,
    )
    if row is not None:
        return row
    found = await db.fetch_one(
        "SELECT wechat_state, wechat_at FROM notices WHERE id = $1", notice_id
    )
    if found is None:
        raise GiveUp("the message is gone")
    if found["wechat_state"] == WeChatState.SENDING:
        raise NotYet(found["wechat_at"] + CLAIM)
    return None


async def _record(
    act: Act, row: dict[str, Any], state: WeChatState, error: str | None = None
) -> None:
    await db.execute(
        "UPDATE notices SET wechat_state = $2, wechat_error = $3, wechat_at = $4"
        " WHERE id = $1 AND wechat_state = 'sending'",
        row["id"],
        state.value,
        error,
        act.house.clock.now(),
    )
    outcomes.labels(row["kind"], state.value).inc()


def _reason(error: WeChatError) -> str:
    number = f"（{error.errcode}）" if error.errcode is not None else ""
    return f"{error}{number}"[:200]


HANDLERS: list[Handler] = [Handler(TOPIC, SendNotice, send)]

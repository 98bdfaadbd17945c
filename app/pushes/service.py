"""Taking in what the platform pushes: verified, once, and put into the outbox before the answer.

The platform waits five seconds for `success`, sends again what it does not get it for, and now and
then sends twice what it has. So nothing is done here but one short transaction.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from prometheus_client import Counter

from app.core import db
from app.core.acts import Act, Transaction
from app.core.errors import NotFound, Problem
from app.core.limits import Limits
from app.pushes.schemas import (
    MEDIA_CHECKED,
    SUBSCRIPTIONS,
    MediaVerdict,
    SubscriptionEvent,
    SubscriptionEvents,
)
from app.settings import Settings
from wechat import events
from wechat.push import Event, PushKeys, PushRefused, read, verify_echo

log = structlog.get_logger(__name__)
KEPT = timedelta(hours=24)
"""How long a push is known. One that is older than five minutes is refused by its time anyway."""
SUCCESS = "success"
"""The answer that the platform wants."""

received = Counter(
    "zhangban_wechat_pushes_total",
    "Pushes of the platform; outcome: taken, repeated, ignored, or why it was refused.",
    ["event", "outcome"],
)


class Forged(Problem):
    """The sender has not shown that it is the platform. Nothing is said of what was wrong."""

    status = 403
    code = "pushes.refused"
    title = "推送未通过验证。"


class Unreadable(Problem):
    """It comes from the platform and cannot be read."""

    status = 400
    code = "pushes.unreadable"
    title = "推送内容无法读取。"


class PushDoor:
    """What the house knows of the platform's pushes; `keys` None: it takes none."""

    def __init__(self, keys: PushKeys | None) -> None:
        self.keys = keys

    @classmethod
    def from_settings(cls, settings: Settings) -> "PushDoor":
        """The door that these settings open.

        Raises:
            ValueError: the keys do not fit, or there is a key without a token.
        """
        if not settings.wechat_push_token and not settings.wechat_push_aes_key:
            return cls(None)
        try:
            keys = PushKeys(
                settings.wechat_push_token, settings.wechat_push_aes_key, settings.wechat_appid
            )
        except ValueError as error:
            raise ValueError(f"ZHANGBAN_WECHAT_PUSH_…: {error}") from None
        return cls(keys)


async def echo(act: Act, query: Mapping[str, Any], address: str) -> str:
    """What to answer when the platform's console checks the address.

    Args:
        address: where the request comes from, for the limit.

    Raises:
        NotFound: the house takes no pushes. TooMany. Forged.
    """
    keys = await _admitted(act, address)
    try:
        return verify_echo(keys.token, query, now=act.at.timestamp())
    except PushRefused as refusal:
        raise _refused("echo", refusal) from None


async def receive(
    act: Act, query: Mapping[str, Any], body: bytes, content_type: str, address: str
) -> None:
    """Take in a push; when this returns, it is in the outbox, and the answer is `SUCCESS`.

    The same push again changes nothing. An event that nobody here uses is counted and let be.

    Raises:
        NotFound: the house takes no pushes. TooMany. Forged. Unreadable.
    """
    keys = await _admitted(act, address)
    try:
        event = read(keys, query, body, content_type, now=act.at.timestamp())
    except PushRefused as refusal:
        raise _refused("any", refusal) from None
    try:
        payload = _payload(act, event)
    except PushRefused as refusal:
        raise _refused(event.event, refusal) from None
    if payload is None:
        received.labels(_label(event), "ignored").inc()
        return
    async with act.transaction() as tx:
        new = await _first(act, event.key)
        if new:
            _hand_on(tx, payload, event.key)
    received.labels(_label(event), "taken" if new else "repeated").inc()


async def forget_old(act: Act) -> int:
    """Forget pushes that cannot come again; returns how many."""
    return await db.execute("DELETE FROM wechat_pushes WHERE received_at < $1", act.at - KEPT)


async def _admitted(act: Act, address: str) -> PushKeys:
    keys = act.house.part(PushDoor).keys
    if keys is None:
        raise NotFound
    limit = f"{act.house.settings.wechat_pushes_per_minute}/minute"
    await act.house.part(Limits).hit(limit, "wechat.push", address)
    return keys


async def _first(act: Act, key: str) -> bool:
    """Whether this push is new. Of two at once one waits here for the other's commit."""
    return bool(
        await db.fetch(
            "INSERT INTO wechat_pushes (key, received_at) VALUES ($1, $2)"
            " ON CONFLICT (key) DO NOTHING RETURNING key",
            key,
            act.at,
        )
    )


def _payload(act: Act, event: Event) -> MediaVerdict | SubscriptionEvents | None:
    """What the outbox is to hold; None for an event that nobody here uses.

    Raises:
        PushRefused: the event does not have what it should.
    """
    if event.event == events.MEDIA_CHECK:
        found = events.media_checked(event)
        return MediaVerdict(found.trace_id, found.errcode, found.suggest, found.label, act.at)
    entries = [
        SubscriptionEvent(one.template_id, one.scene, one.status, one.msg_id, one.error)
        for one in events.subscription_entries(event)
    ]
    return SubscriptionEvents(event.openid, entries) if entries and event.openid else None


def _hand_on(tx: Transaction, payload: MediaVerdict | SubscriptionEvents, key: str) -> None:
    if isinstance(payload, MediaVerdict):
        tx.later(MEDIA_CHECKED, payload, key=key)
    else:
        tx.later(SUBSCRIPTIONS, payload, key=key)


_KNOWN = (events.MEDIA_CHECK, events.POPUP, events.CHANGE, events.SENT)


def _label(event: Event) -> str:
    return event.event if event.event in _KNOWN else "other"


def _refused(event: str, refusal: PushRefused) -> Problem:
    name = event if event in (*_KNOWN, "echo", "any") else "other"
    received.labels(name, refusal.reason).inc()
    log.warning("pushes.refused", reason=refusal.reason, forged=refusal.forged)
    return Forged() if refusal.forged else Unreadable()

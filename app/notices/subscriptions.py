"""The ledger of subscriptions: what phones report, what the platform pushes, what sending shows.

Every change is an entry with a key, so that nothing counts twice. One popup reaches the house on
two ways, by the phone's report and by the platform's push, in either order; the two are paired.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from prometheus_client import Counter

from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.errors import Problem
from app.notices import queries
from app.notices.ledger_rules import (
    MOMENTS,
    MOST_ASKED,
    NOTHING,
    SAME_POPUP,
    Event,
    Standing,
    Word,
    after,
    needed,
    should_ask,
)
from app.notices.rules import TITLES, AskAt, Kind
from app.notices.schemas import PopupResult, SubscriptionShown, TemplateToAsk
from app.notices.templates import kind_of, template_of

Source = Literal["phone", "push", "house"]

changes = Counter(
    "zhangban_subscriptions_total", "Changes of the ledger of subscriptions.", ["event", "source"]
)


class UnknownTemplate(Problem):
    """The phone reports a template that is none of the hall's."""

    status = 422
    code = "notices.unknown_template"
    title = "没有这个消息模板，请重新打开小程序后再试。"


_EVENTS = {
    PopupResult.ACCEPT: Event.ACCEPT,
    PopupResult.WITH_AUDIO: Event.ACCEPT,
    PopupResult.WITH_ALERT: Event.ACCEPT,
    PopupResult.REJECT: Event.REJECT,
    PopupResult.BAN: Event.BAN,
}
"""`filter` (two templates of the same title) changes nothing."""


async def report(act: Act, results: dict[str, PopupResult]) -> list[SubscriptionShown]:
    """Note what `wx.requestSubscribeMessage` gave; answers how the caller's templates stand.

    Raises:
        UnknownTemplate: one is none of the hall's; nothing was noted.
    """
    citizen = require_citizen(act.actor)
    for template_id in results:
        if kind_of(act.house.settings, template_id) is None:
            raise UnknownTemplate
    async with act.transaction():
        for template_id, result in sorted(results.items()):
            if result in _EVENTS:
                key = f"phone:{db.new_id()}"
                await note(act, citizen.id, template_id, _EVENTS[result], key=key, source="phone")
    return await standings(act, citizen.id)


async def standings(act: Act, citizen_id: UUID) -> list[SubscriptionShown]:
    """How each of the hall's templates stands with this citizen."""
    known = await _standings(citizen_id)
    shown = []
    for kind in Kind:
        template_id = template_of(act.house.settings, kind)
        if template_id is not None:
            standing = known.get(template_id, NOTHING)
            shown.append(
                SubscriptionShown(
                    kind=kind,
                    template_id=template_id,
                    word=standing.word if template_id in known else None,
                    remaining=standing.remaining,
                    long_term=standing.remaining is None,
                )
            )
    return shown


async def to_ask(act: Act, at: AskAt) -> list[TemplateToAsk]:
    """The templates of a moment, what matters most first; at most three are to be asked for.

    What is long-term, or has enough left for the cases under way, needs no asking.
    """
    citizen = require_citizen(act.actor)
    known = await _standings(citizen.id)
    to_get, to_rate = await queries.open_cases(await citizens.identities(citizen.id))
    found: list[TemplateToAsk] = []
    for kind in MOMENTS[at]:
        template_id = template_of(act.house.settings, kind)
        if template_id is None:
            continue
        standing = known.get(template_id, NOTHING)
        wanted = needed(kind, at, to_rate if kind is Kind.RATE else to_get)
        asked = sum(template.ask for template in found)
        found.append(
            TemplateToAsk(
                kind=kind,
                title=TITLES[kind],
                template_id=template_id,
                ask=should_ask(standing, wanted) and asked < MOST_ASKED,
                turned_off=standing.word is Word.REJECTED and template_id in known,
                remaining=standing.remaining,
                wanted=wanted,
            )
        )
    return found


async def _standings(citizen_id: UUID) -> dict[str, Standing]:
    rows = await db.fetch(
        "SELECT template_id, word, remaining FROM subscriptions WHERE citizen_id = $1", citizen_id
    )
    return {row["template_id"]: Standing(Word(row["word"]), row["remaining"]) for row in rows}


async def note(
    act: Act, citizen_id: UUID, template_id: str, event: Event, *, key: str, source: Source
) -> None:
    """Enter an event, once for each `key`, in the act's transaction."""
    at = act.house.clock.now()
    async with act.transaction():
        row = await _locked(citizen_id, template_id, at)
        if event is Event.ACCEPT and source != "house" and await _pair(row, key, source, at):
            return
        standing = Standing(Word(row["word"]), row["remaining"])
        then = after(standing, event, long_term=is_long_term(act, template_id))
        if await enter(row["id"], event.value, key=key, source=source, at=at, left=then.remaining):
            await db.execute(
                "UPDATE subscriptions SET word = $2, remaining = $3, updated_at = $4 WHERE id = $1",
                row["id"],
                then.word,
                then.remaining,
                at,
            )


async def enter(
    subscription_id: UUID,
    event: str,
    *,
    key: str,
    source: Source,
    at: datetime,
    left: int | None = None,
) -> bool:
    """Write an entry; False if one of this key is there already."""
    made = await db.fetch(
        "INSERT INTO subscription_entries (id, subscription_id, key, at, event, source, remaining)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (subscription_id, key) DO NOTHING"
        " RETURNING id",
        db.new_id(),
        subscription_id,
        key,
        at,
        event,
        source,
        left,
    )
    if made:
        changes.labels(event, source).inc()
    return bool(made)


async def locked(act: Act, citizen_id: UUID, template_id: str) -> UUID:
    """The subscription of a citizen to a template, locked in the act's transaction."""
    row = await _locked(citizen_id, template_id, act.house.clock.now())
    found: UUID = row["id"]
    return found


async def _locked(citizen_id: UUID, template_id: str, at: datetime) -> dict[str, Any]:
    await db.execute(
        "INSERT INTO subscriptions (id, citizen_id, template_id, word, remaining, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (citizen_id, template_id) DO NOTHING",
        db.new_id(),
        citizen_id,
        template_id,
        NOTHING.word,
        NOTHING.remaining,
        at,
    )
    row = await db.fetch_one(
        "SELECT id, word, remaining FROM subscriptions"
        " WHERE citizen_id = $1 AND template_id = $2 FOR UPDATE",
        citizen_id,
        template_id,
    )
    assert row is not None
    return row


async def _pair(row: dict[str, Any], key: str, source: Source, at: datetime) -> bool:
    """Whether the other way has told of this popup already; the two entries are then one."""
    other = "push" if source == "phone" else "phone"
    if await db.fetch_one(
        "SELECT 1 FROM subscription_entries WHERE subscription_id = $1 AND key = $2", row["id"], key
    ):
        return True
    paired = await db.fetch(
        "UPDATE subscription_entries SET paired = true WHERE id = (SELECT id FROM"
        " subscription_entries WHERE subscription_id = $1 AND event = 'accept' AND source = $2"
        " AND NOT paired AND at >= $3 ORDER BY at LIMIT 1) RETURNING id",
        row["id"],
        other,
        at - SAME_POPUP,
    )
    if not paired:
        return False
    await enter(row["id"], "accept", key=key, source=source, at=at, left=row["remaining"])
    await db.execute(
        "UPDATE subscription_entries SET paired = true WHERE subscription_id = $1 AND key = $2",
        row["id"],
        key,
    )
    return True


def is_long_term(act: Act, template_id: str) -> bool:
    """Whether the hall has set this template to be a long-term one."""
    kind = kind_of(act.house.settings, template_id)
    return kind is not None and kind.value in act.house.settings.wechat_long_term.split(",")

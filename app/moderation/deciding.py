"""What waits for a person: a hall's supervisor looks, and shows it or keeps it out."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from prometheus_client import Counter

from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.errors import Conflict, NotFound
from app.core.wire import File, Page, after_id, page
from app.moderation import queries
from app.moderation.rules import WHY_NAMES, Kind, State, Why, open_states
from app.moderation.schemas import ContentDecided, HeldQuery, HeldShown
from app.moderation.sources import Sources
from wechat.moderation import LABELS, OTHER

decisions = Counter(
    "zhangban_content_decisions_total", "What people decided about held content.", ["kind", "state"]
)


class DecidedAlready(Conflict):
    """Somebody has decided otherwise, or there is nothing to decide."""

    code = "moderation.decided"
    title = "这条内容已经处理，或不需要人工审核。"


async def held(act: Act, query: HeldQuery) -> Page[HeldShown]:
    """What waits for the caller's decision, the oldest first. Reading it leaves a trace."""
    person = require_staff(act.actor)
    rows = await queries.open_ones(
        person.halls(Role.SUPERVISOR), _open(act), after_id(query), query.limit
    )
    sources = act.house.part(Sources)
    shown = rows[: query.limit]
    texts = await sources.texts([row["subject"] for row in shown])
    if shown:
        async with act.transaction() as tx:
            tx.audit(
                "moderation.read", f"staff:{person.id}", hall_id=person.hall_id, count=len(shown)
            )

    def show(row: dict[str, Any]) -> HeldShown:
        label = row["label"]
        return HeldShown(
            id=row["id"],
            kind=Kind(row["kind"]),
            about=sources.of(row["subject"])[0].title,
            subject=row["subject"],
            text=texts.get(row["subject"]),
            said=WHY_NAMES[Why(row["why"])],
            label=LABELS.get(label, LABELS[OTHER]) if label is not None else None,
            created_at=row["created_at"],
            judged_at=row["judged_at"],
        )

    return page(rows, query.limit, show, lambda row: (row["id"],))


async def picture(act: Act, check_id: UUID) -> File:
    """A held picture, for the supervisor who decides. Reading it leaves a trace.

    Raises:
        NotFound: no such check, another hall's, decided, or not of a picture.
    """
    person = require_staff(act.actor)
    row = await queries.in_halls(check_id, person.halls(Role.SUPERVISOR))
    if row is None or row["kind"] != Kind.IMAGE or row["state"] not in _open(act):
        raise _no_such()
    source, thing_id = act.house.part(Sources).of(row["subject"])
    assert source.picture is not None, f"{source.prefix} has no pictures"
    found = await source.picture(act, thing_id)
    async with act.transaction() as tx:
        tx.audit("moderation.picture_read", row["subject"], hall_id=row["hall_id"])
    return found


async def release(act: Act, check_id: UUID, reason: str) -> ContentDecided:
    """Show what was held; the same decision again changes nothing.

    Raises:
        NotFound: no such check, or another hall's. DecidedAlready.
    """
    return await _decide(act, check_id, State.RELEASED, reason)


async def keep_out(act: Act, check_id: UUID, reason: str) -> ContentDecided:
    """Never show it to others; it stays stored, and its author still sees it. As `release`."""
    return await _decide(act, check_id, State.KEPT_OUT, reason)


async def _decide(act: Act, check_id: UUID, state: State, reason: str) -> ContentDecided:
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        row = await _of(person, check_id)
        if row["state"] == state:
            return _decided(row["id"], state, row["decided_at"])
        if row["state"] not in _open(act):
            raise DecidedAlready
        await queries.decide(row["id"], state, by=person.id, reason=reason.strip(), at=act.at)
        # The reason may name somebody; it stands with the check alone.
        tx.audit(f"moderation.{state}", row["subject"], hall_id=row["hall_id"])
    decisions.labels(row["kind"], state).inc()
    return _decided(row["id"], state, act.at)


async def _of(person: Staff, check_id: UUID) -> dict[str, Any]:
    row = await queries.in_halls(check_id, person.halls(Role.SUPERVISOR), lock=True)
    if row is None:
        raise _no_such()
    return row


def _no_such() -> NotFound:
    return NotFound("没有找到待审核的内容。")


def _open(act: Act) -> tuple[State, ...]:
    return open_states(hold_unchecked=act.house.settings.moderation_hold_unchecked)


def _decided(check_id: UUID, state: State, at: datetime) -> ContentDecided:
    said: Literal["released", "kept_out"] = "released" if state is State.RELEASED else "kept_out"
    return ContentDecided(id=check_id, state=said, decided_at=at)

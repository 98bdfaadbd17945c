"""Having things checked: the hall's words at once, the platform from the outbox, afterwards.

Nobody waits for it, and nothing is lost by it: while the platform is down a check is tried again
with growing pauses for a day, and is then `unchecked`.
"""

from typing import Any
from uuid import UUID

from prometheus_client import Counter

from app.citizens import service as citizens
from app.core.acts import Act
from app.core.errors import NotFound
from app.core.outbox import Handler, NotYet, back_off
from app.moderation import queries
from app.moderation.rules import (
    MEET,
    Kind,
    State,
    Why,
    after_verdict,
    given_up,
    look_again,
    try_again,
)
from app.moderation.schemas import TOPIC, CheckContent
from app.moderation.sources import Sources
from app.moderation.words import Words
from app.pushes.schemas import MEDIA_CHECKED, MediaVerdict
from wechat.client import WeChat
from wechat.errors import ContentDoesNotFit, InvalidUser, UserNotActive, WeChatError
from wechat.moderation import Scene, check_image, check_text

outcomes = Counter(
    "zhangban_content_checks_total", "What became of checked texts and pictures.", ["kind", "state"]
)
verdicts = Counter(
    "zhangban_media_verdicts_total", "Verdicts that the platform pushed.", ["outcome"]
)
_REASONS: dict[type[WeChatError], Why] = {
    UserNotActive: Why.NOT_ACTIVE,
    InvalidUser: Why.NO_ACCOUNT,
    ContentDoesNotFit: Why.UNFIT,
}
"""Refusals that asking again does not change."""


async def submit_text(
    act: Act, subject: str, author: UUID | None, text: str, *, hall_id: UUID | None
) -> None:
    """Have a text checked, in the act's transaction; an empty one needs no check.

    Args:
        subject: what it is, "<prefix>:<id>", of which the house has a `Source`.
        author: the citizen who wrote it; None: nobody that the platform knows.
        hall_id: the hall whose supervisor looks at it if it is held.
    """
    if text.strip():
        check = CheckContent(subject, Kind.TEXT, author, hall_id)
        async with act.transaction() as tx:
            if await _enter(act, check, text) is State.WAITING:
                tx.later(TOPIC, check, key=subject)


async def submit_image(
    act: Act, subject: str, author: UUID, *, hall_id: UUID | None = None
) -> None:
    """Have a picture checked, as `submit_text`; without a hall until `place` names one.

    Nothing is done where the hall does not have pictures checked.
    """
    if act.house.settings.moderation_images:
        check = CheckContent(subject, Kind.IMAGE, author, hall_id)
        async with act.transaction() as tx:
            if await _enter(act, check) is State.WAITING:
                tx.later(TOPIC, check, key=subject)


async def _enter(act: Act, check: CheckContent, text: str = "") -> State | None:
    """Enter a check in the state in which it begins; None if it was entered before."""
    state, why = _first_state(act, check, text)
    async with act.transaction() as tx:
        if not await queries.enter(
            check.subject,
            check.kind,
            citizen_id=check.citizen_id,
            hall_id=check.hall_id,
            state=state,
            why=why,
            at=act.at,
        ):
            return None
        if state is State.HELD:
            tx.audit("moderation.held", check.subject, hall_id=check.hall_id, why=str(why))
    outcomes.labels(check.kind, state).inc()
    return state


def _first_state(act: Act, check: CheckContent, text: str) -> tuple[State, Why | None]:
    if act.house.part(Words).hit(text):
        return State.HELD, Why.WORDS
    if check.citizen_id is None:
        return State.UNCHECKED, Why.NO_ACCOUNT
    if not act.house.settings.wechat_appid:
        return State.UNCHECKED, Why.OFF
    return State.WAITING, None


async def check(act: Act, payload: CheckContent, key: str) -> None:  # noqa: ARG001 - a handler's
    """Ask the platform about a text or a picture that waits; safe to repeat.

    Raises:
        NotYet: the platform does not answer; it is asked again later.
    """
    row = await queries.of_subject(payload.subject)
    if row is None:
        text = await act.house.part(Sources).text(payload.subject) or ""
        await _enter(act, payload, text)
        row = await queries.of_subject(payload.subject)
    if row is None or row["state"] != State.WAITING:
        return
    openid = await citizens.openid(row["citizen_id"]) if row["citizen_id"] else None
    if given_up(row["created_at"], act.at):
        await _settle(act, row, State.UNCHECKED, Why.NO_ANSWER)
    elif openid is None:
        await _settle(act, row, State.UNCHECKED, Why.NO_ACCOUNT)
    elif row["kind"] == Kind.TEXT:
        await _check_text(act, row, openid)
    else:
        await _check_image(act, row, openid, payload)


async def _check_text(act: Act, row: dict[str, Any], openid: str) -> None:
    text = await act.house.part(Sources).text(row["subject"])
    if text is None:
        return await _settle(act, row, State.UNCHECKED, Why.GONE)
    try:
        verdict = await check_text(act.house.part(WeChat), openid, Scene.COMMENT, text)
    except WeChatError as error:
        return await _not_answered(act, row, error)
    return await _settle(
        act,
        row,
        after_verdict(verdict.suggest),
        Why.PLATFORM,
        label=verdict.label,
        trace_id=verdict.trace_id or None,
    )


async def _check_image(act: Act, row: dict[str, Any], openid: str, payload: CheckContent) -> None:
    if row["trace_id"] and act.at < look_again(row["asked_at"], row["tries"], row["created_at"]):
        return None  # its verdict is under way
    url = await _link(act, row["subject"])
    if url is None:
        return await _settle(act, row, State.UNCHECKED, Why.GONE)
    try:
        trace_id = await check_image(act.house.part(WeChat), openid, Scene.COMMENT, url)
    except UserNotActive:
        if row["trace_id"] is None:
            return await _settle(act, row, State.UNCHECKED, Why.NOT_ACTIVE)
        # The first question may still be answered; until then nobody can ask another.
        raise NotYet(try_again(act.at, 16, row["created_at"])) from None
    except WeChatError as error:
        return await _not_answered(act, row, error)
    async with act.transaction() as tx:
        now = act.house.clock.now()
        tries = await queries.asked(row["id"], trace_id, now)
        if tries is not None:
            again_at = look_again(now, tries, row["created_at"])
            tx.later(TOPIC, payload, key=f"{row['subject']}:{tries}", due_at=again_at)
    return None


async def _link(act: Act, subject: str) -> str | None:
    source, thing_id = act.house.part(Sources).of(subject)
    assert source.link is not None, f"{source.prefix} has no pictures"
    try:
        return await source.link(act, thing_id)
    except NotFound:
        return None


async def _not_answered(act: Act, row: dict[str, Any], error: WeChatError) -> None:
    """Settle what asking again cannot change; else ask again.

    Raises:
        NotYet: that.
    """
    for kind, why in _REASONS.items():
        if isinstance(error, kind):
            return await _settle(act, row, State.UNCHECKED, why)
    tries = await queries.tried(row["id"])
    raise NotYet(try_again(act.house.clock.now(), tries, row["created_at"])) from None


async def judged(act: Act, payload: MediaVerdict, key: str) -> None:
    """Keep a picture's verdict that was pushed; safe to repeat.

    Raises:
        NotYet: it came before the answer that names it was kept.
    """
    row = await queries.of_trace(payload.trace_id)
    if row is None:
        if act.at < payload.received_at + MEET:
            raise NotYet(act.at + back_off(4))
        verdicts.labels("unknown").inc()
        return
    if payload.suggest is not None:
        state = after_verdict(payload.suggest)
        verdicts.labels(payload.suggest).inc()
        await _settle(act, row, state, Why.PLATFORM, label=payload.label)
        return
    verdicts.labels("not_judged").inc()
    async with act.transaction() as tx:
        if await queries.not_judged(row["id"]):
            check = CheckContent(row["subject"], Kind.IMAGE, row["citizen_id"], row["hall_id"])
            due_at = try_again(act.at, row["tries"] + 5, row["created_at"])
            tx.later(TOPIC, check, key=f"{row['subject']}:{key}"[:160], due_at=due_at)


async def _settle(
    act: Act,
    row: dict[str, Any],
    state: State,
    why: Why,
    *,
    label: int | None = None,
    trace_id: str | None = None,
) -> None:
    async with act.transaction() as tx:
        now = act.house.clock.now()
        if not await queries.settle(row["id"], state, why, label=label, trace_id=trace_id, at=now):
            return
        if state is State.HELD:
            tx.audit(
                "moderation.held",
                row["subject"],
                hall_id=row["hall_id"],
                why=str(why),
                label=label,
            )
    outcomes.labels(row["kind"], state).inc()


HANDLERS = (
    Handler(TOPIC, CheckContent, check),
    Handler(MEDIA_CHECKED, MediaVerdict, judged),
)

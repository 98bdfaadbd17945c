"""Sending a message through WeChat, from the outbox: at most once.

A message is claimed in its row before it is sent, so that two workers never send it at once, and
its outcome is recorded after. Where a try had no answer, or its worker ended before the outcome
was recorded, nobody here can say whether the message arrived: the platform takes no key by which
it would drop a repeat. Then the platform's push (`subscribe_msg_sent_event`) is waited for, and
without one the message becomes a dead letter, for a person to decide. So nothing arrives twice;
and nothing is lost: the inbox has it, and the dead letters are looked after.
"""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter

from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act
from app.core.outbox import GiveUp, NotYet
from app.notices import lines, queries, subscriptions, texts
from app.notices.delivery_rules import (
    FALLS_BACK,
    LETTERS,
    MAY_TRY,
    SETTLED,
    Failure,
    Next,
    State,
    after_failure,
    after_silence,
)
from app.notices.ledger_rules import Event
from app.notices.rules import Kind, in_neutral_words
from app.notices.schemas import SendNotice
from app.notices.templates import template_of
from wechat import errors, messages
from wechat.client import WeChat
from wechat.errors import WeChatError

NO_ACCOUNT = "申请人没有可以接收消息的微信账号。"
INTERRUPTED = "发送途中服务中断，正在核实是否送达。"
NO_WORD = "发送后没有收到平台的答复，不能确定是否送达。"

log = structlog.get_logger(__name__)
outcomes = Counter("zhangban_notices_total", "WeChat messages by outcome.", ["kind", "outcome"])

_FAILURES: dict[type[WeChatError], Failure] = {
    errors.NotSubscribed: Failure.NOT_SUBSCRIBED,
    errors.Banned: Failure.BANNED,
    errors.InvalidUser: Failure.UNREACHABLE,
    errors.SensitiveWord: Failure.SENSITIVE,
    errors.SeveralAtOnce: Failure.SEVERAL,
    errors.TooOften: Failure.TOO_OFTEN,
    errors.QuotaUsedUp: Failure.QUOTA,
    errors.NoAnswer: Failure.NO_ANSWER,
    errors.AnswerNotTrusted: Failure.NO_ANSWER,
    errors.PlatformDown: Failure.DOWN,
    errors.BadCredentials: Failure.DOWN,
}
"""Every other refusal needs somebody: the same message is refused again."""


def failure_of(error: WeChatError) -> Failure:
    """What an error of the platform means for the message."""
    found = (_FAILURES[kind] for kind in type(error).__mro__ if kind in _FAILURES)
    return next(found, Failure.DOWN if error.retryable else Failure.REFUSED)


def claim_holds(act: Act) -> timedelta:
    """Longer than any try takes: one that is older was left by a worker that ended."""
    return timedelta(seconds=6 * act.house.settings.wechat_timeout + 12)


async def send(act: Act, payload: SendNotice, key: str) -> None:  # noqa: ARG001 - the row has it
    """Send one message, unless that is settled already.

    Raises:
        NotYet: it waits, or is tried again then. GiveUp: it is a dead letter.
    """
    row = await queries.to_send(payload.notice_id)
    if row is None:
        raise GiveUp("the message is gone")
    state = State(row["wechat_state"])
    if state in SETTLED:
        return
    if state is State.DOUBTFUL:
        raise GiveUp(row["wechat_error"] or NO_WORD)
    if state in (State.SENDING, State.UNSURE):
        await _after_silence(act, row, state)
        return
    kind = Kind(row["kind"])
    template_id = template_of(act.house.settings, kind)
    openid = await citizens.openid(row["citizen_id"])
    if template_id is None:
        await record(act, row, state, Next(State.NO_TEMPLATE), None)
    elif openid is None:
        await record(act, row, state, Next(State.UNREACHABLE), NO_ACCOUNT)
    else:
        await lines.wait_if_held(act, "wechat", row["deadline"])
        if not await _claim(row["id"], template_id, act.house.clock.now()):
            raise NotYet(act.house.clock.now() + timedelta(seconds=1))
        await lines.to_the_end(_try(act, row, openid, template_id))


async def _claim(notice_id: UUID, template_id: str, now: datetime) -> bool:
    """Take the message for this worker; False if another has it."""
    changed = await db.execute(
        "UPDATE notices SET wechat_state = 'sending', wechat_at = $2, wechat_template = $3,"
        " wechat_tries = wechat_tries + 1,"
        " wechat_failures = CASE WHEN wechat_state = 'dead' THEN 0 ELSE wechat_failures END"
        " WHERE id = $1 AND wechat_state = ANY($4::text[])",
        notice_id,
        now,
        template_id,
        list(MAY_TRY),
    )
    return changed > 0


async def _try(act: Act, row: dict[str, Any], openid: str, template_id: str) -> None:
    values = json.loads(row["data"])
    try:
        await messages.send(
            act.house.part(WeChat),
            openid,
            template_id,
            messages.compose(row["kind"], in_neutral_words(values) if row["neutral"] else values),
            page=row["page"],
            state=act.house.settings.wechat_state,
        )
    except WeChatError as error:
        await _failed(act, row, template_id, failure_of(error), _reason(error))
    except Exception as error:
        # Whatever it was, it may have come after the message was taken.
        log.exception("notices.failed", notice=str(row["id"]))
        reason = f"系统内部错误（{type(error).__name__}）。"
        await _failed(act, row, template_id, Failure.NO_ANSWER, reason)
    else:
        await _sent(act, row, template_id)


async def _sent(act: Act, row: dict[str, Any], template_id: str) -> None:
    async with act.transaction():
        await record(act, row, State.SENDING, Next(State.SENT), None)
        await lines.went_well("wechat")
        await note(act, row, template_id, Event.SENT)


async def note(act: Act, row: dict[str, Any], template_id: str, event: Event) -> None:
    """Enter in the ledger what sending a message showed, once for each message and event."""
    owner = (await citizens.identities(row["citizen_id"]))[0]
    key = f"notice:{row['id']}:{event}"
    await subscriptions.note(act, owner, template_id, event, key=key, source="house")


async def _failed(
    act: Act, row: dict[str, Any], template_id: str, failure: Failure, reason: str
) -> None:
    now, settings = act.house.clock.now(), act.house.settings
    async with act.transaction():
        strikes = await lines.strike("wechat", now) if failure is Failure.QUOTA else 1
        then = after_failure(
            failure,
            failures=0 if row["wechat_state"] == State.DEAD else row["wechat_failures"],
            since=row["created_at"],
            now=now,
            chance=lines.chance(),
            word=timedelta(seconds=settings.wechat_word_seconds),
            neutral=row["neutral"],
            strikes=strikes,
        )
        if then.hold and then.again_at:
            await lines.hold("wechat", then.again_at)
        state = await record(act, row, State.SENDING, then, reason)
        if failure is Failure.NOT_SUBSCRIBED:
            await note(act, row, template_id, Event.USED_UP)
        elif failure is Failure.BANNED:
            await note(act, row, template_id, Event.BAN)
    _go_on(act, row, then, state, reason)


async def _after_silence(act: Act, row: dict[str, Any], state: State) -> None:
    """A try without an outcome: wait for word, then decide."""
    now, settings = act.house.clock.now(), act.house.settings
    if state is State.SENDING and now < row["wechat_at"] + claim_holds(act):
        raise NotYet(row["wechat_at"] + claim_holds(act))
    word = timedelta(seconds=settings.wechat_word_seconds)
    then = after_silence(now, row["wechat_at"], word, trust=settings.wechat_trust_pushes)
    reason = {State.UNSURE: INTERRUPTED, State.DOUBTFUL: NO_WORD}.get(
        then.state, row["wechat_error"]
    )
    if then.state != state:
        await record(act, row, state, then, reason)
    _go_on(act, row, then, then.state, reason)


async def record(
    act: Act, row: dict[str, Any], was: State, then: Next, reason: str | None
) -> State:
    """Write the outcome, unless another was there before; a text may take over.

    Returns:
        The state that was written.
    """
    state = then.state
    takes_over = state in FALLS_BACK and await texts.stands_in(act, row)
    if takes_over and state is State.DEAD:
        state = State.GIVEN_UP
    async with act.transaction() as tx:
        changed = await db.execute(
            "UPDATE notices SET wechat_state = $3, wechat_error = $4,"
            " wechat_at = coalesce(wechat_at, $5), neutral = neutral OR $6,"
            " wechat_failures = wechat_failures + $7::int WHERE id = $1 AND wechat_state = $2",
            row["id"],
            was,
            state,
            reason[:200] if reason else None,
            act.house.clock.now(),
            then.neutral,
            int(then.counted),
        )
        if changed and takes_over:
            await texts.stand_in(act, tx, row)
    if changed:
        outcomes.labels(row["kind"], state.value).inc()
    return state


def _go_on(act: Act, row: dict[str, Any], then: Next, state: State, reason: str | None) -> None:
    if state in LETTERS:
        raise GiveUp(reason or "")
    if then.again_at is not None:
        waits = then.state is State.UNSURE
        raise NotYet(then.again_at if waits else lines.release(act, then.again_at, row["deadline"]))


def _reason(error: WeChatError) -> str:
    number = f"（{error.errcode}）" if error.errcode is not None else ""
    return f"{error}{number}"

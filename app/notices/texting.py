"""Sending a text message, from the outbox: at most once.

The same care as with WeChat: claimed before, recorded after. A text whose try had no answer, or
whose worker ended, is looked for in the provider's own records, by its key, before anything is
sent again.
"""

from datetime import timedelta

import structlog
from prometheus_client import Counter

from app.core import db
from app.core.acts import Act
from app.core.outbox import GiveUp, NotYet
from app.core.privacy import Personal
from app.notices import lines, text_rules
from app.notices.delivery_rules import (
    LETTERS,
    MAY_TRY,
    SETTLED,
    Failure,
    Next,
    State,
    after_failure,
)
from app.notices.models import SentText
from app.notices.sms import Message, Sms, SmsError
from app.notices.text_rules import Text
from app.notices.texts import SendText, phone_of
from wechat.client import WeChat
from wechat.errors import WeChatError
from wechat.links import url_link

RECORDS_LAG = timedelta(minutes=2)
"""How long the provider's records may be behind; own assumption, long rather than short."""
NO_PHONE = "申请人没有留下手机号。"
INTERRUPTED = "发送途中服务中断，短信没有发出。"


log = structlog.get_logger(__name__)
outcomes = Counter("zhangban_texts_total", "Text messages by outcome.", ["template", "outcome"])
counted = Counter("zhangban_text_segments_total", "Segments of texts that were sent.", ["template"])


async def send(act: Act, payload: SendText, key: str) -> None:
    """Send one text, unless that is settled already.

    Raises:
        NotYet: it waits, or is tried again then. GiveUp: it is a dead letter.
    """
    row = await SentText.get_or_none(id=payload.text_id)
    if row is None:
        raise GiveUp("the text is gone")
    state = State(row.state)
    if state in SETTLED:
        return
    phone = row.phone or (await phone_of(row.citizen_id) if row.citizen_id else None)
    if phone is None:
        await _record(act, row, state, Next(State.UNREACHABLE), NO_PHONE)
    elif state in (State.SENDING, State.UNSURE):
        await _look_for(act, row, state, phone, key)
    elif state is State.DOUBTFUL:
        raise GiveUp(row.error or "")
    else:
        await lines.wait_if_held(act, "sms", row.deadline)
        message = await _message(act, row)
        if await _claim(act, row, message):
            await lines.to_the_end(_try(act, row, phone, message, key))
        else:
            raise NotYet(act.house.clock.now() + timedelta(seconds=1))


async def _message(act: Act, row: SentText) -> Message:
    kind = Text(row.template)
    params = dict(row.params)
    params.setdefault("link", await _link(act, row.page))
    words = text_rules.filled(kind, params)
    return Message(row.template, params, text_rules.signed(act.house.settings.sms_sign_name, words))


async def _link(act: Act, page: str | None) -> str:
    """A link that opens the page in the mini program; without one the text says where to look."""
    if not page or not act.house.settings.wechat_appid:
        return text_rules.OPEN_INSTEAD
    path, _, query = page.partition("?")
    state = act.house.settings.wechat_state
    try:
        return await url_link(act.house.part(WeChat), act.house.redis, path, query, state=state)
    except WeChatError as error:
        log.warning("notices.no_link", error=type(error).__name__)
        return text_rules.OPEN_INSTEAD


def _without_link(message: Message) -> str:
    """The words as the staff may see them: who has the link of an invitation can rate."""
    return message.words.replace(message.params["link"], text_rules.HIDDEN_LINK)


async def _claim(act: Act, row: SentText, message: Message) -> bool:
    """Take the text for this worker; False if another has it."""
    changed = await db.execute(
        "UPDATE texts SET state = 'sending', tried_at = $2, tries = tries + 1, words = $3,"
        " segments = $4, failures = CASE WHEN state = 'dead' THEN 0 ELSE failures END"
        " WHERE id = $1 AND state = ANY($5::text[])",
        row.id,
        act.house.clock.now(),
        _without_link(message)[:500],
        text_rules.segments(message.words),
        list(MAY_TRY),
    )
    return changed > 0


async def _try(act: Act, row: SentText, phone: Personal, message: Message, key: str) -> None:
    provider, now = act.house.part(Sms).provider, act.house.clock.now()
    try:
        provider_id = await provider.send(phone, message, key=key, now=now)
    except SmsError as error:
        await _failed(act, row, error)
    except Exception as error:
        # Whatever it was, it may have come after the text was taken.
        log.exception("notices.text_failed", text=str(row.id))
        reason = f"系统内部错误（{type(error).__name__}）。"
        await _failed(act, row, SmsError(Failure.NO_ANSWER, reason))
    else:
        await _sent(act, row, State.SENDING, provider_id)


async def _sent(act: Act, row: SentText, was: State, provider_id: str | None) -> None:
    async with act.transaction() as tx:
        await _record(act, row, was, Next(State.SENT), None, provider_id=provider_id)
        await lines.went_well("sms")
        # The number was read in the clear, by the system and for this.
        tx.audit("text.sent", row.subject, hall_id=row.hall_id, template=row.template)
    found = await db.fetch_one("SELECT segments FROM texts WHERE id = $1", row.id)
    counted.labels(row.template).inc(found["segments"] if found else 0)


async def _failed(act: Act, row: SentText, error: SmsError) -> None:
    now = act.house.clock.now()
    async with act.transaction():
        strikes = await lines.strike("sms", now) if error.failure is Failure.QUOTA else 1
        then = after_failure(
            error.failure,
            failures=row.failures if row.state != State.DEAD else 0,
            since=row.created_at,
            now=now,
            chance=lines.chance(),
            word=RECORDS_LAG,
            strikes=strikes,
            until=error.until,
        )
        if then.hold and then.again_at:
            await lines.hold("sms", then.again_at)
        await _record(act, row, State.SENDING, then, error.reason)
    _go_on(act, row, then, error.reason)


async def _look_for(act: Act, row: SentText, state: State, phone: Personal, key: str) -> None:
    """Ask the provider whether it took the text; only if it did not, it may be sent again."""
    now, tried_at = act.house.clock.now(), row.tried_at or row.created_at
    under_way = timedelta(seconds=3 * act.house.settings.sms_timeout)
    look_at = tried_at + RECORDS_LAG + (under_way if state is State.SENDING else timedelta())
    if now < look_at:
        raise NotYet(look_at)
    try:
        has = await act.house.part(Sms).provider.has(phone, key=key, since=tried_at, now=now)
    except SmsError as error:
        if now < row.created_at + timedelta(days=1):
            raise NotYet(now + RECORDS_LAG) from None
        reason = f"不能确定短信是否已发出。{error.reason}"
        await _record(act, row, state, Next(State.DOUBTFUL), reason)
        raise GiveUp(reason) from None
    if has:
        await _sent(act, row, state, None)
        return
    # It was certainly not taken, as if the provider had been down.
    then = after_failure(
        Failure.DOWN,
        failures=row.failures,
        since=row.created_at,
        now=now,
        chance=lines.chance(),
        word=RECORDS_LAG,
    )
    await _record(act, row, state, then, row.error or INTERRUPTED)
    _go_on(act, row, then, row.error or INTERRUPTED)


async def _record(
    act: Act,
    row: SentText,
    was: State,
    then: Next,
    reason: str | None,
    *,
    provider_id: str | None = None,
) -> None:
    """Write the outcome, unless another worker was there before."""
    changed = await db.execute(
        "UPDATE texts SET state = $3::text, error = $4, failures = failures + $5::int,"
        " provider_id = coalesce($6, provider_id),"
        " tried_at = coalesce(tried_at, $8),"
        " phone = CASE WHEN $3::text = ANY($7::text[]) THEN NULL ELSE phone END,"
        " params = CASE WHEN $3::text = ANY($7::text[]) THEN params - 'link' ELSE params END"
        " WHERE id = $1 AND state = $2",
        row.id,
        was,
        then.state,
        reason[:200] if reason else None,
        int(then.counted),
        provider_id[:64] if provider_id else None,
        [State.SENT, State.UNREACHABLE, State.DISCARDED],
        act.house.clock.now(),
    )
    if changed:
        outcomes.labels(row.template, then.state.value).inc()


def _go_on(act: Act, row: SentText, then: Next, reason: str) -> None:
    if then.state in LETTERS:
        raise GiveUp(reason)
    if then.again_at is not None:
        raise NotYet(
            then.again_at
            if then.state is State.UNSURE
            else lines.release(act, then.again_at, row.deadline)
        )

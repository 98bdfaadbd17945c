"""Text messages: instead of what WeChat cannot bring, and to people who have no account.

The same care as with WeChat: claimed before, recorded after. A text whose try had no answer, or
whose worker ended, is looked for in the provider's own records before anything is sent again.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog
from prometheus_client import Counter

from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act, Transaction
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
from app.notices.rules import Kind
from app.notices.sms import Message, Sms, SmsError
from app.notices.text_rules import Text
from wechat.client import WeChat
from wechat.errors import WeChatError
from wechat.links import url_link

TOPIC = "notices.sms"
RECORDS_LAG = timedelta(minutes=2)
"""How long the provider's records may be behind; own assumption, long rather than short."""
NO_PHONE = "申请人没有留下手机号。"
INTERRUPTED = "发送途中服务中断，短信没有发出。"

log = structlog.get_logger(__name__)
outcomes = Counter("zhangban_texts_total", "Text messages by outcome.", ["template", "outcome"])
counted = Counter("zhangban_text_segments_total", "Segments of texts that were sent.", ["template"])


class SendText(msgspec.Struct, frozen=True):
    """The outbox's entry for one text."""

    text_id: UUID


@dataclass(frozen=True)
class Texting:
    """A text to a bare number. `key` as for messages; `params` are the template's variables."""

    phone: Personal
    text: Text
    params: dict[str, str]
    key: str
    subject: str
    hall_id: UUID | None = None


async def text(act: Act, wanted: Texting) -> bool:
    """Have a text sent after the commit, once for each `key`; whether it is new."""
    sealed = act.house.keyring.seal(wanted.phone.reveal().encode(), "texts.phone")
    async with act.transaction() as tx:
        return await _put(
            act,
            tx,
            phone=sealed,
            template=wanted.text,
            params=wanted.params,
            key=wanted.key,
            subject=wanted.subject,
            hall_id=wanted.hall_id,
        )


async def stands_in(act: Act, row: dict[str, Any]) -> bool:
    """Whether a text is to stand in for a message that WeChat cannot bring."""
    if row["kind"] not in act.house.settings.sms_kinds.split(","):
        return False
    return await _phone_of(row["citizen_id"]) is not None


async def stand_in(act: Act, tx: Transaction, row: dict[str, Any]) -> None:
    """Have a text stand in for a message, in the open transaction."""
    values = json.loads(row["data"])
    await _put(
        act,
        tx,
        notice_id=row["id"],
        citizen_id=row["citizen_id"],
        template=text_rules.text_of(Kind(row["kind"])),
        params=text_rules.params(values["thing2"], values["character_string1"]),
        page=row["page"],
        key=row["key"],
        subject=row["subject"],
        hall_id=row["hall_id"],
        deadline=row["deadline"],
    )


async def _put(act: Act, tx: Transaction, **row: Any) -> bool:
    now = act.house.clock.now()
    values = {
        **row,
        "id": db.new_id(),
        "params": msgspec.json.encode(row["params"]).decode(),
        "created_at": now,
    }
    names = ", ".join(values)
    places = ", ".join(
        f"${n}::jsonb" if name == "params" else f"${n}" for n, name in enumerate(values, 1)
    )
    made = await db.fetch(
        f"INSERT INTO texts ({names}) VALUES ({places})"  # noqa: S608 - names of our own
        " ON CONFLICT (key) DO NOTHING RETURNING id",
        *values.values(),
    )
    if made:
        due_at = lines.release(act, now, row.get("deadline"))
        tx.later(TOPIC, SendText(made[0]["id"]), key=row["key"], due_at=due_at)
    return bool(made)


async def _phone_of(citizen_id: UUID) -> Personal | None:
    try:
        return (await citizens.person(citizen_id)).phone
    except citizens.WhoFirst:
        return None


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
    phone = row.phone or (await _phone_of(row.citizen_id) if row.citizen_id else None)
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


async def _claim(act: Act, row: SentText, message: Message) -> bool:
    """Take the text for this worker; False if another has it."""
    changed = await db.execute(
        "UPDATE texts SET state = 'sending', tried_at = $2, tries = tries + 1, words = $3,"
        " segments = $4, failures = CASE WHEN state = 'dead' THEN 0 ELSE failures END"
        " WHERE id = $1 AND state = ANY($5::text[])",
        row.id,
        act.house.clock.now(),
        message.words[:500],
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
        " phone = CASE WHEN $3::text = ANY($7::text[]) THEN NULL ELSE phone END"
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

"""Dead letters: messages that could not be brought, or of which nobody knows; a person decides.

What arrived is never sent again: only a letter in one of `LETTERS` is taken up, once, under a lock
of its row; one that may have arrived only where the person says that it may come twice.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core import db, outbox
from app.core.acts import Act
from app.core.auth import Role, require_staff
from app.core.errors import Conflict, NotFound
from app.core.wire import Page, decode_cursor, page
from app.notices import queries, texts
from app.notices.delivery_rules import LETTERS, WORDS, State
from app.notices.schemas import DeadLetter, Discard, LetterNow, LetterQuery, Replay
from app.notices.service import TOPIC

KEEPERS = (Role.SUPERVISOR, Role.ADMIN)
"""Who, over a hall, decides about its dead letters."""


class NotDead(Conflict):
    """The message is no dead letter: it arrived, is on its way, or was discarded."""

    code = "notices.not_dead"
    title = "这条消息已送达、正在发送或已处理，不能再次操作。"


class MayRepeat(Conflict):
    """The message may have arrived; whoever sends it again has to say that it may come twice."""

    code = "notices.may_repeat"
    title = "不能确定这条消息是否已送达。再次发送可能使申请人收到两次，请确认后再发送。"


@dataclass(frozen=True)
class _Way:
    table: str
    prefix: str
    topic: str
    ends_phone: bool


_WAYS = (
    _Way("notices", "wechat_", TOPIC, ends_phone=False),
    _Way("texts", "", texts.TOPIC, ends_phone=True),
)


async def listed(act: Act, query: LetterQuery) -> Page[DeadLetter]:
    """The dead letters of the halls over which the caller stands, oldest first."""
    halls = require_staff(act.actor).halls(*KEEPERS)
    place = decode_cursor(query.after, datetime, UUID)
    after = (place[0], place[1]) if place else None
    rows = await queries.letters(halls, after=after, limit=query.limit)
    return page(rows, query.limit, _shown, lambda row: (row["created_at"], row["id"]))


def _shown(row: dict[str, Any]) -> DeadLetter:
    state = State(row["state"])
    return DeadLetter(
        id=row["id"],
        way=row["way"],
        kind=row["kind"],
        title=row["title"],
        subject=row["subject"],
        doubtful=state is State.DOUBTFUL,
        said=WORDS[state],
        reason=row["error"],
        tries=row["tries"],
        tried_at=row["tried_at"],
        created_at=row["created_at"],
    )


async def replay(act: Act, letter_id: UUID, given: Replay) -> LetterNow:
    """Have a dead letter sent again, now or at the end of the quiet hours.

    Raises:
        NotFound: no such letter in the caller's halls. NotDead. MayRepeat.
    """
    async with act.transaction() as tx:
        way, row = await _locked(act, letter_id)
        if row["state"] == State.DOUBTFUL and not given.may_repeat:
            raise MayRepeat
        tried_at = f"{way.prefix}at" if way.prefix else "tried_at"
        await db.execute(
            f"UPDATE {way.table} SET {way.prefix}state = 'waiting', {way.prefix}error = NULL,"  # noqa: S608 - names of our own
            f" {tried_at} = NULL, {way.prefix}failures = 0 WHERE id = $1",
            letter_id,
        )
        if not await outbox.again(way.topic, row["key"], now=act.at):
            raise NotDead
        tx.after_commit(lambda: outbox.wake(act.house.live))
        tx.audit(
            "notice.replayed",
            row["subject"],
            hall_id=row["hall_id"],
            letter=str(letter_id),
            doubtful=row["state"] == State.DOUBTFUL,
        )
    return _now(letter_id, State.WAITING)


async def discard(act: Act, letter_id: UUID, given: Discard) -> LetterNow:
    """Have a dead letter not sent any more; the inbox keeps it.

    Raises:
        NotFound: no such letter in the caller's halls. NotDead.
    """
    async with act.transaction() as tx:
        way, row = await _locked(act, letter_id)
        ends = ", phone = NULL, params = params - 'link'" if way.ends_phone else ""
        await db.execute(
            f"UPDATE {way.table} SET {way.prefix}state = 'discarded',"  # noqa: S608 - names of our own
            f" {way.prefix}error = $2{ends} WHERE id = $1",
            letter_id,
            given.reason.strip(),
        )
        await outbox.drop(way.topic, row["key"], now=act.at)
        tx.audit("notice.discarded", row["subject"], hall_id=row["hall_id"], letter=str(letter_id))
    return _now(letter_id, State.DISCARDED)


def _now(letter_id: UUID, state: State) -> LetterNow:
    return LetterNow(id=letter_id, state=state, said=WORDS[state])


async def _locked(act: Act, letter_id: UUID) -> tuple[_Way, dict[str, Any]]:
    halls = require_staff(act.actor).halls(*KEEPERS)
    for way in _WAYS:
        row = await db.fetch_one(
            f"SELECT {way.prefix}state AS state, key, subject, hall_id FROM {way.table}"  # noqa: S608 - names of our own
            " WHERE id = $1 AND hall_id = ANY($2::uuid[]) FOR UPDATE",
            letter_id,
            list(halls),
        )
        if row is not None:
            if row["state"] not in LETTERS:
                raise NotDead
            return way, row
    raise NotFound("没有找到这条消息。")

"""What can be done with messages: tell an applicant something, read it, see what became of it.

`subscriptions.py` keeps the ledger, `sending.py` and `texts.py` bring messages to the phones,
`letters.py` holds what did not arrive; what is public of them is here.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import msgspec

from app.citizens import service as citizens
from app.core import db, outbox
from app.core.acts import Act
from app.core.auth import Role, require_citizen, require_staff
from app.core.errors import NotFound
from app.notices import lines, queries, texts
from app.notices.delivery_rules import WORDS, State
from app.notices.rules import INBOX_ONLY, Kind, Letter, Telling, in_words
from app.notices.schemas import MessageTrace, SendNotice, WayShown
from app.notices.templates import template_of
from app.notices.text_rules import Text
from app.notices.texts import Texting, text

__all__ = [
    "TOPIC",
    "Kind",
    "Letter",
    "Telling",
    "Text",
    "Texting",
    "mark_read",
    "of_subject",
    "put_in_inbox",
    "seen_by_staff",
    "tell",
    "template_of",
    "text",
]

TOPIC = "notices.wechat"
READERS = (Role.CLERK, Role.SUPERVISOR, Role.MANAGER, Role.ADMIN)
"""Who, over a hall, sees what became of its messages."""


async def tell(act: Act, told: Telling) -> bool:
    """Put a message into the applicant's inbox, and have it sent through WeChat after the commit.

    In the quiet hours the phone waits until the morning; the inbox has it at once. Joins the act's
    transaction. A repeat of the same `key` has no second effect.

    Returns:
        Whether the message is new.
    """
    words = in_words(told)
    async with act.transaction() as tx:
        made = await db.fetch(
            "INSERT INTO notices (id, citizen_id, kind, key, subject, title, body, page, data,"
            " created_at, hall_id, deadline)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12)"
            " ON CONFLICT (key) DO NOTHING RETURNING id",
            db.new_id(),
            told.citizen_id,
            told.kind.value,
            told.key,
            told.subject,
            words.title,
            words.body,
            words.page,
            msgspec.json.encode(words.values).decode(),
            act.at,
            told.hall_id,
            told.deadline,
        )
        if made:
            due_at = lines.release(act, act.at, told.deadline)
            tx.later(TOPIC, SendNotice(made[0]["id"]), key=told.key, due_at=due_at)
    return bool(made)


async def put_in_inbox(act: Act, letter: Letter) -> bool:
    """Put a letter into the citizen's inbox, in the act's transaction; WeChat is not asked.

    A repeat of the same `key` has no second effect.

    Returns:
        Whether the letter is new.
    """
    async with act.transaction():
        made = await db.fetch(
            "INSERT INTO notices (id, citizen_id, kind, key, subject, title, body, page, data,"
            " created_at, wechat_state, wechat_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '{}', $9, 'no_template', $9)"
            " ON CONFLICT (key) DO NOTHING RETURNING id",
            db.new_id(),
            letter.citizen_id,
            INBOX_ONLY,
            letter.key,
            letter.subject,
            letter.title,
            letter.body,
            letter.page,
            act.at,
        )
    return bool(made)


async def mark_read(act: Act, notice_id: UUID) -> None:
    """Note that the applicant has read the message; the first time counts.

    Raises:
        NotFound: there is no such message, or it is another's.
    """
    citizen = require_citizen(act.actor)
    async with act.transaction():
        found = await db.execute(
            "UPDATE notices SET read_at = coalesce(read_at, $3)"
            " WHERE id = $1 AND citizen_id = ANY($2::uuid[])",
            notice_id,
            list(await citizens.identities(citizen.id)),
            act.at,
        )
        if not found:
            raise NotFound("没有找到这条消息。")


async def seen_by_staff(act: Act, subject: str) -> list[MessageTrace]:
    """Every message about `subject` of the halls whose messages the caller may see, oldest first.

    Raises:
        Forbidden: the caller is no staff.
    """
    return await of_subject(subject, require_staff(act.actor).halls(*READERS))


async def of_subject(subject: str, halls: Collection[UUID] | None = None) -> list[MessageTrace]:
    """Every message about `subject` ("case:<number>"), oldest first, for the staff of that case.

    The caller has checked that whoever asks may see the case, or names the halls.
    """
    rows = await queries.of_subject(subject, halls)
    next_at = await outbox.due(TOPIC, [row["key"] for row in rows if row["key"]])
    texts_at = await outbox.due(texts.TOPIC, [row["text_key"] for row in rows if row["text_key"]])
    return [_trace(row, next_at, texts_at) for row in rows]


def _trace(row: dict[str, Any], next_at: dict[str, Any], texts_at: dict[str, Any]) -> MessageTrace:
    sms = wechat = None
    if row["text_key"]:
        sms = _way(row, "text", texts_at.get(row["text_key"]), row["segments"])
    if row["key"] and row["kind"] != INBOX_ONLY:
        wechat = _way(row, "wechat", next_at.get(row["key"]))
    return MessageTrace(
        id=row["id"],
        kind=row["kind"] or row["template"],
        title=row["title"] or "短信",
        body=row["body"] or row["words"] or "",
        created_at=row["created_at"] or row["text_created_at"],
        read_at=row["read_at"],
        neutral=bool(row["neutral"]),
        wechat=wechat,
        sms=sms,
    )


def _way(row: dict[str, Any], prefix: str, next_at: Any, segments: int | None = None) -> WayShown:
    state = State(row[f"{prefix}_state"])
    return WayShown(
        state=state,
        said=WORDS[state],
        reason=row[f"{prefix}_error"],
        tries=row[f"{prefix}_tries"],
        tried_at=row[f"{prefix}_at"],
        next_at=next_at,
        segments=segments,
    )

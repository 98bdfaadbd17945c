"""What can be done with messages: tell an applicant something, read it, see what became of it."""

from uuid import UUID

import msgspec

from app.core import db
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.errors import NotFound
from app.notices import queries
from app.notices.rules import ASK_AT, INBOX_ONLY, TITLES, Kind, Letter, Telling, in_words
from app.notices.schemas import NoticeTrace, SendNotice, TemplateShown
from app.settings import Settings
from wechat import client, templates

__all__ = [
    "TOPIC",
    "Kind",
    "Telling",
    "mark_read",
    "of_subject",
    "put_in_inbox",
    "tell",
    "template_of",
    "templates_to_ask",
]

TOPIC = "notices.wechat"


async def tell(act: Act, told: Telling) -> bool:
    """Put a message into the applicant's inbox, and have it sent through WeChat after the commit.

    Joins the act's transaction. A repeat of the same `key` has no second effect.

    Returns:
        Whether the message is new.
    """
    words = in_words(told)
    async with act.transaction() as tx:
        made = await db.fetch(
            "INSERT INTO notices (id, citizen_id, kind, key, subject, title, body, page, data,"
            " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10)"
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
        )
        if made:
            tx.later(TOPIC, SendNotice(made[0]["id"]), key=told.key)
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
            "UPDATE notices SET read_at = coalesce(read_at, $3) WHERE id = $1 AND citizen_id = $2",
            notice_id,
            citizen.id,
            act.at,
        )
        if not found:
            raise NotFound("没有找到这条消息。")


async def of_subject(subject: str) -> list[NoticeTrace]:
    """Every message about `subject` ("case:<number>"), oldest first, for the staff of that case.

    The caller has checked that whoever asks may see the case.
    """
    return [msgspec.convert(row, NoticeTrace) for row in await queries.of_subject(subject)]


def template_of(settings: Settings, kind: Kind) -> str | None:
    """The template with which messages of `kind` are sent; None where the hall has set none.

    The sandbox has templates of its own, which need no setting.
    """
    if not settings.wechat_appid:
        return None
    at_platform = settings.wechat_base_url.rstrip("/") == client.OFFICIAL
    if at_platform and not settings.wechat_templates.get(kind):
        return None
    return templates.template_id(settings, kind)


def templates_to_ask(settings: Settings) -> list[TemplateShown]:
    """The templates that the mini program asks a subscription for, and where."""
    return [
        TemplateShown(kind=kind, title=TITLES[kind], template_id=template_id, ask_at=ask_at)
        for kind, ask_at in ASK_AT.items()
        if (template_id := template_of(settings, kind))
    ]

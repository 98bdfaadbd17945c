"""What needs somebody: texts and pictures that are held, and messages that did not arrive."""

from uuid import UUID

from app.console.site import SUPERVISOR, pages
from app.core.api import Call
from app.core.auth import staff
from app.core.wire import PageQuery
from app.moderation import service as moderation
from app.moderation.rules import Kind
from app.moderation.schemas import ContentDecision, HeldQuery
from app.notices import letters
from app.notices.schemas import Discard, LetterQuery, Replay
from app.pages.addresses import address
from app.pages.routes import Redirect, View

KEEPERS = staff(*letters.KEEPERS)
A_LIST = 20
WAYS = {"wechat": "微信", "sms": "短信"}


class KeepingQuery(PageQuery, frozen=True):
    """The place from which the list goes on."""


@pages.page("/held", guard=SUPERVISOR)
async def held_page(call: Call, query: KeepingQuery) -> View:
    """What is not shown to others until somebody decides; reading it is recorded.

    A picture is shown by the API's address when somebody asks for it, which is recorded too.
    """
    found = await moderation.held(call.act, HeldQuery(after=query.after, limit=A_LIST))
    return View(
        "console/held.html",
        title="待核内容",
        rows=found.items,
        image=Kind.IMAGE,
        first=query.after is None,
        more=address("/console/held", after=found.next) if found.next else None,
    )


@pages.form("/held/<check_id:uuid>/release", guard=SUPERVISOR)
async def release_held(call: Call, check_id: UUID, body: ContentDecision) -> Redirect:
    """Show what was held."""
    await moderation.release(call.act, check_id, body.reason)
    return Redirect("/console/held", said="已放行，其他人可以看到。")


@pages.form("/held/<check_id:uuid>/keep-out", guard=SUPERVISOR)
async def keep_out_held(call: Call, check_id: UUID, body: ContentDecision) -> Redirect:
    """Never show it to others; it stays stored."""
    await moderation.keep_out(call.act, check_id, body.reason)
    return Redirect("/console/held", said="已屏蔽，原内容仍然保留。")


@pages.page("/letters", guard=KEEPERS)
async def letters_page(call: Call, query: KeepingQuery) -> View:
    """Messages that did not arrive, or may not have."""
    found = await letters.listed(call.act, LetterQuery(after=query.after, limit=A_LIST))
    return View(
        "console/letters.html",
        title="未送达通知",
        rows=found.items,
        ways=WAYS,
        first=query.after is None,
        more=address("/console/letters", after=found.next) if found.next else None,
    )


@pages.form("/letters/<letter_id:uuid>/replay", guard=KEEPERS)
async def replay_letter(call: Call, letter_id: UUID, body: Replay) -> Redirect:
    """Have a message sent again."""
    await letters.replay(call.act, letter_id, body)
    return Redirect("/console/letters", said="已安排重新发送。")


@pages.form("/letters/<letter_id:uuid>/discard", guard=KEEPERS)
async def discard_letter(call: Call, letter_id: UUID, body: Discard) -> Redirect:
    """Have a message not sent any more."""
    await letters.discard(call.act, letter_id, body)
    return Redirect("/console/letters", said="已记录，不再发送。")

"""HTTP of the desk: what became of the messages, and the dead letters."""

from uuid import UUID

from app.core.api import Call, Routes
from app.core.auth import staff
from app.core.wire import Page
from app.notices import letters, service
from app.notices.schemas import (
    AboutQuery,
    DeadLetter,
    Discard,
    LetterNow,
    LetterQuery,
    MessageTrace,
    Replay,
)

desk = Routes("notices-desk", "/api/v1/desk/notices")
KEEPER = staff(*letters.KEEPERS)


@desk.get("", guard=staff(*service.READERS))
async def about(call: Call, query: AboutQuery) -> Page[MessageTrace]:
    """Every message about a case or visit: its way through WeChat and by SMS."""
    return Page(items=await service.seen_by_staff(call.act, query.subject))


@desk.get("/letters", guard=KEEPER)
async def dead_letters(call: Call, query: LetterQuery) -> Page[DeadLetter]:
    """The messages that did not arrive, or may not have, oldest first."""
    return await letters.listed(call.act, query)


@desk.post("/letters/<letter_id:uuid>/replay", guard=KEEPER, once=True)
async def replay(call: Call, letter_id: UUID, body: Replay) -> LetterNow:
    """Have a dead letter sent again."""
    return await letters.replay(call.act, letter_id, body)


@desk.post("/letters/<letter_id:uuid>/discard", guard=KEEPER, once=True)
async def discard(call: Call, letter_id: UUID, body: Discard) -> LetterNow:
    """Have a dead letter not sent any more, with the reason."""
    return await letters.discard(call.act, letter_id, body)

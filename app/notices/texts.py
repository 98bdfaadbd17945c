"""Text messages: instead of what WeChat cannot bring, and to people who have no account.

Planned here, in the transaction of what they tell of; `texting.py` sends them.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act, Transaction
from app.core.privacy import Personal
from app.notices import lines, text_rules
from app.notices.rules import Kind
from app.notices.text_rules import Text

TOPIC = "notices.sms"


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
    return await phone_of(row["citizen_id"]) is not None


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


async def phone_of(citizen_id: UUID) -> Personal | None:
    """The number that the citizen gave; None if they gave none."""
    try:
        return (await citizens.person(citizen_id)).phone
    except citizens.WhoFirst:
        return None

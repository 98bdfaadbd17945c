"""Asking once for a rating that has not come: some days after a service, by WeChat or SMS.

The invitation is planned when the service begins or is decided, as an outbox entry due later, and
everything is looked at again when it is due: whoever has rated meanwhile is left alone.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from prometheus_client import Counter

from app.core import db
from app.core.acts import Act
from app.core.clock import CHINA, day_of
from app.core.outbox import GiveUp, Handler, NotYet
from app.core.privacy import Personal
from app.halls import service as halls
from app.notices import service as notices
from app.notices.rules import Kind, Telling
from evaluations.ratings import bindings, codes, hall_rules, queries
from evaluations.ratings.models import RatingInvitation
from evaluations.ratings.rules import Via

TOPIC = "ratings.invite"
OPEN_STILL = timedelta(hours=6)
"""A visit that is open when its invitation is due is looked at again after this."""

outcomes = Counter("zhangban_rating_invitations_total", "Invitations by outcome.", ["outcome"])


class Invite(msgspec.Struct, frozen=True):
    """The service whose rating is to be asked for."""

    service_id: UUID


async def plan(
    act: Act, service_id: UUID, hall_id: UUID, after: datetime, phone: Personal | None = None
) -> None:
    """Plan the one invitation for a service, in the act's transaction.

    Args:
        after: when the service was done, or began; the hall's days are counted from then.
        phone: to invite by SMS; without one the service's citizen is told through WeChat.
    """
    rules = await hall_rules.of(hall_id)
    due_at = after + timedelta(days=rules.invite_after_days)
    async with act.transaction() as tx:
        await RatingInvitation.create(service_id=service_id, phone=phone, due_at=due_at)
        tx.later(TOPIC, Invite(service_id), key=f"service:{service_id}", due_at=due_at)


async def invite(act: Act, payload: Invite, key: str) -> None:
    """Ask for the rating, unless it has come, cannot come any more, or would be the server's own.

    Raises:
        NotYet: the visit is still open. GiveUp: the invitation is gone.
    """
    row = await queries.to_invite(payload.service_id)
    if row is None:
        raise GiveUp("no such invitation")
    if row["outcome"] != "waiting":
        return
    if row["rated"]:
        await _settle(act, row, "rated")
    elif row["rateable_until"] is None:
        raise NotYet(act.at + OPEN_STILL)
    elif act.at >= row["rateable_until"]:
        await _settle(act, row, "too_late")
    else:
        await _ask(act, row, key)


async def _ask(act: Act, row: dict[str, Any], key: str) -> None:
    invitation = await RatingInvitation.get(id=row["invitation_id"])
    if await bindings.is_own(act.house, row["staff_id"], row["citizen_id"], invitation.phone):
        await _settle(act, row, "own")
    else:
        # The message and the note that it was sent stand or fall together.
        async with act.transaction():
            if invitation.phone is not None:
                await _text(act, row, invitation.phone, key)
                await _settle(act, row, "sms")
            else:
                await notices.tell(act, _telling(row))
                await _settle(act, row, "wechat")


async def _text(act: Act, row: dict[str, Any], phone: Personal, key: str) -> None:
    code = codes.service_code(act.house.keyring, row["id"], Via.SMS, row["rateable_until"])
    hall = (await halls.hall(row["hall_id"])).name
    address = f"{act.house.settings.public_url}/q/{code}"
    wanted = notices.Texting(
        phone=phone,
        text=notices.Text.INVITATION,
        params={"hall": hall, "link": address, "until": _last(row)},
        key=f"{key}:invited",
        subject=row["subject"],
        hall_id=row["hall_id"],
    )
    await notices.text(act, wanted)


def _last(row: dict[str, Any]) -> str:
    last = (row["rateable_until"] - timedelta(seconds=1)).astimezone(CHINA)
    return f"{last:%m月%d日}"


def _telling(row: dict[str, Any]) -> Telling:
    number = row["project_no"] or f"V{day_of(row['started_at']):%Y%m%d}{row['id'].hex[-8:]}"
    return Telling(
        citizen_id=row["citizen_id"],
        kind=Kind.RATE,
        key=f"service:{row['id']}:invited",
        subject=row["subject"],
        case_number=number,
        item_name=row["item_name"] or "窗口服务",
        status="请您评价",
        at=day_of(row["rateable_until"] - timedelta(seconds=1)),
        remark="您的评价帮助我们改进服务",
        page=f"pages/rate/service?id={row['id']}",
        hall_id=row["hall_id"],
    )


async def _settle(act: Act, row: dict[str, Any], outcome: str) -> None:
    settled = await db.execute(
        "UPDATE rating_invitations SET outcome = $2, settled_at = $3, phone = NULL"
        " WHERE id = $1 AND outcome = 'waiting'",
        row["invitation_id"],
        outcome,
        act.house.clock.now(),
    )
    if settled:
        outcomes.labels(outcome).inc()


HANDLERS: list[Handler] = [Handler(TOPIC, Invite, invite)]

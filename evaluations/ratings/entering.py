"""Ratings by phone, on paper, from the suggestion box: entered by a clerk, sampled by another.

A random share of each day's entries, at least one, is drawn when the day is over, so that nobody
knows at the desk which. A supervisor who did not enter it compares it with the card; an entry that
says something else is ruled mistaken there and then.
"""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, time
from typing import Any, Literal
from uuid import UUID

from prometheus_client import Counter

from app.core import db
from app.core.acts import Act
from app.core.auth import Role, Staff, require_over_hall, require_staff
from app.core.clock import CHINA
from app.core.errors import Conflict, Forbidden, InvalidBody, NotFound
from app.halls import service as halls
from evaluations.ratings import hall_rules, queries
from evaluations.ratings.hub_schemas import (
    CardCheck,
    CardChecked,
    CardToCheck,
    EnteredRating,
)
from evaluations.ratings.intake import Entry, Kept
from evaluations.ratings.refusals import NoSuchService, Unfit
from evaluations.ratings.rules import Channel, Via, cards_to_check
from evaluations.ratings.rulings import Verdict, rule_invalid
from evaluations.ratings.schemas import RatingShown, tags_shown
from evaluations.ratings.tags import NATIONAL
from evaluations.ratings.taking import check, said_the_same, take

Source = Literal["phone", "paper", "box"]
_CHANNELS: dict[Source, Channel] = {
    "phone": Channel.PHONE,
    "paper": Channel.PAPER,
    "box": Channel.SUGGESTION_BOX,
}
_SOURCES = {channel: source for source, channel in _CHANNELS.items()}
_chance = random.SystemRandom()

checks = Counter("zhangban_card_checks_total", "Entered cards compared.", ["agrees"])


class CheckedAlready(Conflict):
    """Somebody has compared this card, and found otherwise."""

    code = "cards.checked"
    title = "这张评价表已经核对过了。"


class OwnEntry(Forbidden):
    """Whoever entered a card does not check it."""

    code = "cards.own_entry"
    title = "本人录入的评价须由其他人核对。"


async def enter(act: Act, given: EnteredRating) -> tuple[RatingShown, bool]:
    """Enter a rating from a call or a card. The second value: whether it is new.

    Raises:
        NoSuchService: none of the clerk's halls. OwnService: the clerk served it themselves.
        Unfit: it breaks a rule, or the day is to come. AlreadyRated, TooLate.
    """
    person = require_staff(act.actor)
    if (given.service_id is None) == (given.case_number is None):
        raise InvalidBody("请指明要评价的一次服务或一个办件。", field="service_id")
    check(given.level, given.tags, given.comment)
    if given.given_on > act.today:
        raise Unfit("评价日期不能晚于今天。", field="given_on")
    row = await _served(person, given)
    entry = Entry(
        service_id=row["id"],
        level=given.level,
        tags=tuple(given.tags),
        tags_version=NATIONAL.version,
        comment=given.comment.strip(),
        channel=_CHANNELS[given.source],
        # A card has a day and no hour: noon, which the statement puts after the service's start.
        happened_at=datetime.combine(given.given_on, time(12), CHINA).astimezone(UTC),
        received_at=act.at,
        via=Via.ENTERED,
        entered_by=person.id,
        card_number=given.card_number,
    )
    rating, new = await take(act, entry, _same_card)
    if new:
        async with act.transaction() as tx:
            tx.audit(
                "rating.entered",
                f"rating:{rating.id}",
                hall_id=row["hall_id"],
                card=given.card_number,
                source=given.source,
            )
    return rating, new


async def _served(person: Staff, given: EnteredRating) -> dict[str, Any]:
    hall_ids = person.halls(Role.CLERK)
    service_id = given.service_id
    if given.case_number is not None:
        service_id = await queries.case_in(list(hall_ids), given.case_number)
    row = await queries.service(service_id) if service_id else None
    if row is None or row["hall_id"] not in hall_ids:
        raise NoSuchService
    return row


def _same_card(first: Kept, entry: Entry) -> bool:
    return first.card_number == entry.card_number and said_the_same(first, entry)


async def draw(act: Act) -> int:
    """Draw, for each hall and day before today, the entries to be compared; returns how many."""
    drawn = 0
    async with act.transaction():
        await db.fetch("SELECT pg_advisory_xact_lock(hashtextextended('ratings.draw', 0))")
        for (hall_id, day), entries in (await _not_drawn(act.today)).items():
            percent = (await hall_rules.of(hall_id)).check_percent
            chosen = set(_chance.sample(range(len(entries)), cards_to_check(len(entries), percent)))
            for n, (rating_id, entered_by) in enumerate(entries):
                await db.execute(
                    "INSERT INTO entry_checks (id, rating_id, hall_id, day, entered_by, drawn,"
                    " drawn_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
                    " ON CONFLICT (rating_id) DO NOTHING",
                    db.new_id(),
                    rating_id,
                    hall_id,
                    day,
                    entered_by,
                    n in chosen,
                    act.at,
                )
            drawn += len(chosen)
    return drawn


async def _not_drawn(today: date) -> dict[tuple[UUID, date], list[tuple[UUID, UUID]]]:
    rows = await db.fetch(
        "SELECT r.id, r.entered_by, s.hall_id,"
        " (r.received_at AT TIME ZONE 'Asia/Shanghai')::date AS day"
        " FROM ratings r JOIN services s ON s.id = r.service_id"
        " WHERE r.entered_by IS NOT NULL AND r.received_at < $1"
        " AND NOT EXISTS (SELECT FROM entry_checks c WHERE c.rating_id = r.id) ORDER BY r.id",
        datetime.combine(today, time(), CHINA),
    )
    found: dict[tuple[UUID, date], list[tuple[UUID, UUID]]] = defaultdict(list)
    for row in rows:
        found[row["hall_id"], row["day"]].append((row["id"], row["entered_by"]))
    return found


async def to_check(act: Act, hall_id: UUID) -> list[CardToCheck]:
    """The drawn entries of a hall that wait for a second look, the oldest first, at most 100."""
    require_over_hall(act.actor, hall_id, [Role.SUPERVISOR])
    rows = await db.fetch(
        "SELECT c.rating_id, c.day, c.entered_by, r.card_number, r.channel, r.level, r.tags,"
        " r.comment FROM entry_checks c JOIN ratings r ON r.id = c.rating_id"
        " WHERE c.hall_id = $1 AND c.drawn AND c.checked_at IS NULL ORDER BY c.id LIMIT 100",
        hall_id,
    )
    names = await halls.names(*{row["entered_by"] for row in rows})
    return [
        CardToCheck(
            rating_id=row["rating_id"],
            day=row["day"],
            card_number=row["card_number"],
            source=_SOURCES[Channel(row["channel"])],
            entered_by=names[row["entered_by"]],
            level=row["level"],
            tags=tags_shown(row["tags"]),
            comment=row["comment"],
        )
        for row in rows
    ]


async def compare(act: Act, rating_id: UUID, given: CardCheck) -> CardChecked:
    """Say whether a drawn entry says what its card says; the same answer again changes nothing.

    An entry that does not is ruled mistaken, and falls out of the scores.

    Raises:
        NotFound: not drawn, or another hall's. OwnEntry. CheckedAlready: with another answer.
        Unfit: different, without a note of what is.
    """
    person = require_staff(act.actor)
    if not given.agrees and not given.note.strip():
        raise Unfit("请写明录入内容与评价表的不同之处。", field="note")
    async with act.transaction() as tx:
        row = await db.fetch_one(
            "SELECT * FROM entry_checks WHERE rating_id = $1 AND drawn FOR UPDATE", rating_id
        )
        if row is None or row["hall_id"] not in person.halls(Role.SUPERVISOR):
            raise NotFound("没有找到要核对的评价表。")
        if row["entered_by"] == person.id:
            raise OwnEntry
        if row["checked_at"] is not None:
            if row["agrees"] != given.agrees:
                raise CheckedAlready
            return CardChecked(
                rating_id=rating_id, agrees=row["agrees"], checked_at=row["checked_at"]
            )
        await db.execute(
            "UPDATE entry_checks SET checked_by = $2, checked_at = $3, agrees = $4, note = $5"
            " WHERE id = $1",
            row["id"],
            person.id,
            act.at,
            given.agrees,
            given.note.strip(),
        )
        tx.audit(
            "rating.card_compared",
            f"rating:{rating_id}",
            hall_id=row["hall_id"],
            agrees=given.agrees,
        )
        if not given.agrees:
            why = f"录入内容与评价表不一致：{given.note.strip()}"
            await rule_invalid(act, rating_id, Verdict.MISTAKEN, why)
    checks.labels("yes" if given.agrees else "no").inc()
    return CardChecked(rating_id=rating_id, agrees=given.agrees, checked_at=act.at)

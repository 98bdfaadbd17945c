"""Improvement topics: 差评一件事，改好一类事.

A tag that recurs in a department's bad ratings opens a topic by itself. Each topic gathers the
ratings behind it, has an owner and measures, and is closed with what has come of them.
"""

from datetime import date, timedelta
from uuid import UUID

from app.core import db
from app.core.acts import Act, Transaction
from app.core.auth import Role, Staff, require_staff
from app.core.errors import Conflict, InvalidBody, NotFound
from app.halls import accounts
from evaluations.rectification.models import ImprovementTopic, Rectification
from evaluations.rectification.rules import INVALID
from evaluations.rectification.schemas import TopicMeasuresIn

WINDOW = timedelta(days=30)
"""Within so many calendar days a tag must come back to be a topic."""

_RECURRING = (
    "SELECT r.id FROM rectifications r WHERE r.department_id = $1 AND $2 = ANY(r.tags)"
    " AND r.received_on > $3 AND r.received_on <= $4"
    " AND (r.verdict IS NULL OR r.verdict <> ALL($5::text[]))"
    " AND NOT EXISTS (SELECT FROM improvement_topic_ratings l"
    "  JOIN improvement_topics t ON t.id = l.topic_id"
    "  WHERE l.rectification_id = r.id AND t.department_id = $1 AND t.tag = $2)"
    " ORDER BY r.id"
)
"""Bad ratings that speak of one thing and stand behind no topic yet, closed ones included."""


class TopicClosed(Conflict):
    """The topic is closed; what recurs afterwards opens another."""

    code = "topics.closed"
    title = "这个改进专题已经办结。"


class MeasuresFirst(Conflict):
    """A topic is closed only after somebody has said what is done about it."""

    code = "topics.measures_first"
    title = "请先填写改进措施，再办结。"


async def gather(act: Act, tx: Transaction, found: Rectification) -> None:
    """Put a rectification behind its department's topics; open those that its tags now make."""
    if found.department_id is None or not found.tags:
        return
    # Two that come in at once must see each other, or neither opens the topic.
    await db.fetch(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"topics:{found.department_id}"
    )
    for tag in sorted(found.tags):
        await _gather(act, tx, found, found.department_id, tag)


async def _gather(
    act: Act, tx: Transaction, found: Rectification, department_id: UUID, tag: str
) -> None:
    # Locked, so that none joins a topic in the moment in which somebody closes it.
    topic = (
        await ImprovementTopic.filter(department_id=department_id, tag=tag, closed_at=None)
        .select_for_update()
        .first()
    )
    if topic:
        await _link(act, topic, [found.id])
        return
    rows = await db.fetch(
        _RECURRING,
        department_id,
        tag,
        found.received_on - WINDOW,
        found.received_on,
        sorted(INVALID),
    )
    if len(rows) < act.house.settings.improvement_topic_ratings:
        return
    topic = await ImprovementTopic.create(
        hall_id=found.hall_id, department_id=department_id, tag=tag, opened_at=act.at
    )
    await _link(act, topic, [row["id"] for row in rows])
    tx.audit("topic.opened", _subject(topic), hall_id=topic.hall_id, tag=tag, ratings=len(rows))


async def _link(act: Act, topic: ImprovementTopic, rectifications: list[UUID]) -> None:
    await db.execute(
        "INSERT INTO improvement_topic_ratings (topic_id, rectification_id, added_at)"
        " SELECT $1, r, $3 FROM unnest($2::uuid[]) AS r ON CONFLICT DO NOTHING",
        topic.id,
        rectifications,
        act.at,
    )


async def drop(found: Rectification) -> None:
    """Take a rectification from the open topics of its department: it speaks of them no more."""
    await db.execute(
        "DELETE FROM improvement_topic_ratings l USING improvement_topics t"
        " WHERE l.topic_id = t.id AND t.closed_at IS NULL AND l.rectification_id = $1",
        found.id,
    )


def _subject(topic: ImprovementTopic) -> str:
    return f"topic:{topic.id}"


def no_such_topic() -> NotFound:
    """What everybody gets who asks for one that is not there or not theirs."""
    return NotFound("没有找到这个改进专题。")


async def _locked(topic_id: UUID) -> ImprovementTopic:
    topic = await ImprovementTopic.filter(id=topic_id).select_for_update().first()
    if topic is None:
        raise no_such_topic()
    return topic


async def _open_of(person: Staff, topic_id: UUID) -> ImprovementTopic:
    """An open topic of the person's department or halls, locked."""
    topic = await _locked(topic_id)
    reviews = topic.department_id in person.departments(Role.REVIEWER)
    if not reviews and topic.hall_id not in person.halls(Role.SUPERVISOR):
        raise no_such_topic()
    if topic.closed_at is not None:
        raise TopicClosed
    return topic


async def set_owner(act: Act, topic_id: UUID, staff_id: UUID) -> None:
    """Make a reviewer of the department responsible for the topic.

    Raises:
        NotFound: not the caller's topic, or no such reviewer. TopicClosed.
    """
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        topic = await _open_of(person, topic_id)
        if not await accounts.reviews_for(staff_id, topic.department_id):
            raise NotFound("这位工作人员不是该部门的审批人员。")
        topic.owner_id = staff_id
        await topic.save(update_fields=["owner_id"])
        tx.audit("topic.owner_set", _subject(topic), hall_id=topic.hall_id, owner=str(staff_id))


async def set_measures(act: Act, topic_id: UUID, given: TopicMeasuresIn) -> None:
    """Say what the department does about it, and until when; it may be said anew.

    Raises:
        NotFound, TopicClosed. InvalidBody: the day is over already.
    """
    person = require_staff(act.actor)
    if given.until < act.today:
        raise InvalidBody("完成日期不能早于今天。", field="until")
    async with act.transaction() as tx:
        topic = await _open_of(person, topic_id)
        topic.measures = given.measures.strip()
        topic.measures_until = given.until
        await topic.save(update_fields=["measures", "measures_until"])
        until = date.isoformat(given.until)
        tx.audit("topic.measures_set", _subject(topic), hall_id=topic.hall_id, until=until)


async def close(act: Act, topic_id: UUID, text: str) -> None:
    """Close a topic with what has come of its measures.

    Raises:
        NotFound, TopicClosed. MeasuresFirst: nobody has said yet what is done.
    """
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        topic = await _open_of(person, topic_id)
        if topic.measures is None:
            raise MeasuresFirst
        topic.closing_note = text.strip()
        topic.closed_at = act.at
        topic.closed_by = person.id
        await topic.save(update_fields=["closing_note", "closed_at", "closed_by"])
        tx.audit("topic.closed", _subject(topic), hall_id=topic.hall_id)

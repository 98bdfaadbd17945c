"""Publishing a month's scores: a manager proposes, another person confirms, everybody reads."""

from datetime import date
from typing import Any
from uuid import UUID

from app.core import db
from app.core.acts import Act
from app.core.auth import Role, require_over_hall
from app.core.errors import Conflict, Forbidden, InvalidBody, NotFound, Problem
from app.core.wire import Page, after_id, page
from app.halls import service as halls
from evaluations.ratings.counting import Dimension
from evaluations.scores import documents, queries
from evaluations.scores.asked import READERS
from evaluations.scores.documents import Document, Frozen, Previous, Row
from evaluations.scores.missing import moments
from evaluations.scores.names import names_of
from evaluations.scores.periods import Period, month_of, month_text
from evaluations.scores.publication_schemas import (
    AnswerIn,
    PublicationIn,
    PublicationQuery,
    PublicationRow,
    PublicationShown,
)
from evaluations.scores.service import total_of

WAITING, PUBLISHED, DECLINED = "waiting", "published", "declined"
_TABLES = (Dimension.DEPARTMENT, Dimension.WINDOW, Dimension.ITEM)


class MonthNotOver(Problem):
    """A month is published when all of it has passed."""

    status = 422
    code = "scores.month_not_over"
    title = "这个月还没有结束，月份结束后才能公布。"


class AlreadyPublished(Conflict):
    """What is published is never published again, nor changed."""

    code = "scores.already_published"
    title = "这个月的结果已经公布，公布后不能更改。"


class AlreadyProposed(Conflict):
    """A proposal for the month waits for a second person."""

    code = "scores.already_proposed"
    title = "这个月的公布申请正在等待确认。"


class AlreadyAnswered(Conflict):
    """The proposal was published or declined already."""

    code = "scores.already_answered"
    title = "这份公布申请已经处理过了。"


class SamePerson(Forbidden):
    """Whoever proposes does not confirm."""

    code = "scores.same_person"
    title = "公布申请须由另一人确认。"


def month_asked(text: str) -> Period:
    """The days of the month that a caller wrote. Raises NotFound."""
    try:
        return month_of(text)
    except ValueError:
        raise NotFound("没有这个月份。") from None


async def propose(act: Act, new: PublicationIn) -> PublicationShown:
    """Freeze a month's figures as they stand and propose them for publication.

    Raises:
        MonthNotOver, AlreadyPublished, AlreadyProposed; Forbidden: for managers of the hall.
    """
    person = require_over_hall(act.actor, new.hall_id, [Role.MANAGER])
    month = await _month_to_publish(act, new)
    figures = await _counted(act, new.hall_id, month)
    proposal_id = db.new_id()
    async with act.transaction() as tx:
        made = await db.fetch(
            "INSERT INTO score_proposals (id, hall_id, month, figures, state, proposed_by,"
            " proposed_at) VALUES ($1, $2, $3, $4, 'waiting', $5, $6)"
            " ON CONFLICT (hall_id, month) WHERE state = 'waiting' DO NOTHING RETURNING id",
            proposal_id,
            new.hall_id,
            month.first,
            documents.text_of(figures),
            person.id,
            act.at,
        )
        if not made:
            raise AlreadyProposed
        tx.audit("scores.proposed", _subject(new.hall_id, month.first), hall_id=new.hall_id)
    return await for_readers(act, proposal_id)


async def preview(act: Act, asked: PublicationIn) -> Frozen:
    """A month's figures as a proposal made now would freeze them; nothing is kept.

    Raises:
        MonthNotOver, AlreadyPublished; Forbidden: for managers of the hall.
    """
    require_over_hall(act.actor, asked.hall_id, [Role.MANAGER])
    return await _counted(act, asked.hall_id, await _month_to_publish(act, asked))


async def _month_to_publish(act: Act, new: PublicationIn) -> Period:
    month = month_asked(new.month)
    if month.last >= act.today:
        raise MonthNotOver
    if await queries.published(new.hall_id, month.first):
        raise AlreadyPublished
    return month


def _subject(hall_id: UUID, month: date) -> str:
    return f"published-scores:{hall_id}:{month_text(month)}"


async def _counted(act: Act, hall_id: UUID, month: Period) -> Frozen:
    small = act.house.settings.small_sample
    wanted = {Dimension.HALL, *_TABLES}
    found = await queries.period(hall_id, wanted, month.first, month.last)
    total = total_of(found)
    too_few = total.ratings < small
    windows = await halls.windows_served(hall_id, *moments(month))
    below = {str(w.id): w.hall_name for w in windows if w.hall_id != hall_id}
    tables = {}
    for dimension in _TABLES:
        keys = [key for of, key in found if of is dimension]
        names = await names_of(dimension, keys)
        rows = [
            Row(key, names.get(key, key), below.get(key, ""), found[dimension, key]) for key in keys
        ]
        tables[dimension] = documents.table(rows, small, all_withheld=too_few)
    return Frozen(
        format=documents.FORMAT,
        hall_id=hall_id,
        hall_name=(await halls.hall(hall_id)).name,
        month=month_text(month.first),
        counted_at=act.at,
        small_sample_below=small,
        formulas=documents.FORMULAS,
        total=None if too_few else documents.figures_of(total),
        departments=tables[Dimension.DEPARTMENT],
        windows=tables[Dimension.WINDOW],
        items=tables[Dimension.ITEM],
    )


async def answer(act: Act, proposal_id: UUID, given: AnswerIn) -> PublicationShown:
    """Publish a proposal, or decline it with a reason: by a supervisor who did not propose it.

    Raises:
        AlreadyAnswered, AlreadyPublished, SamePerson, NotFound; InvalidBody: no reason was given.
    """
    async with act.transaction() as tx:
        await queries.hold_proposal(proposal_id)
        row = await _reached(act, proposal_id, [Role.SUPERVISOR])
        person = require_over_hall(act.actor, row["hall_id"], [Role.SUPERVISOR])
        if row["state"] != WAITING:
            raise AlreadyAnswered
        if person.id == row["proposed_by"]:
            raise SamePerson
        if not given.agree and not given.reason.strip():
            raise InvalidBody("请写明不同意公布的理由。", field="reason")
        if given.agree:
            await _publish(act, row)
        await db.execute(
            "UPDATE score_proposals SET state = $2, answered_by = $3, answered_at = $4,"
            " reason = $5 WHERE id = $1",
            proposal_id,
            PUBLISHED if given.agree else DECLINED,
            person.id,
            act.at,
            given.reason.strip(),
        )
        verb = "scores.published" if given.agree else "scores.declined"
        tx.audit(verb, _subject(row["hall_id"], row["month"]), hall_id=row["hall_id"])
    return await for_readers(act, proposal_id)


async def _publish(act: Act, row: dict[str, Any]) -> None:
    hall_id, frozen = row["hall_id"], documents.frozen_of(row["figures"])
    # A hall's publications are chained one after the other, also when two are confirmed at once.
    await db.fetch("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", hall_id.hex)
    end = await queries.end_of_chain(hall_id)
    previous = Previous(month=month_text(end["month"]), digest=end["digest"].hex()) if end else None
    document = Document(
        **{name: getattr(frozen, name) for name in Frozen.__struct_fields__},
        seq=end["seq"] + 1 if end else 1,
        previous=previous,
        published_at=act.at,
    )
    kept = documents.seal(document, act.house.keyring)
    made = await db.fetch(
        "INSERT INTO published_scores (id, proposal_id, hall_id, month, seq, content, previous,"
        " digest, key_id, mac, published_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " ON CONFLICT (hall_id, month) DO NOTHING RETURNING id",
        db.new_id(),
        row["id"],
        hall_id,
        row["month"],
        kept.seq,
        kept.content,
        kept.previous,
        kept.digest,
        kept.key_id,
        kept.mac,
        act.at,
    )
    if not made:
        raise AlreadyPublished


async def _reached(act: Act, proposal_id: UUID, roles: list[Role]) -> dict[str, Any]:
    row = await queries.proposal(proposal_id)
    if row is None:
        raise NotFound("没有找到这份公布申请。")
    require_over_hall(act.actor, row["hall_id"], roles)
    return row


async def for_readers(act: Act, proposal_id: UUID) -> PublicationShown:
    """A proposal with its figures, for managers and supervisors of the hall. Raises NotFound."""
    row = await _reached(act, proposal_id, list(READERS))
    names = await halls.names(row["proposed_by"], row["answered_by"])
    return PublicationShown(**_row(row, names), figures=documents.frozen_of(row["figures"]))


async def proposals(act: Act, query: PublicationQuery) -> Page[PublicationRow]:
    """What a hall proposed for publication, the newest first."""
    require_over_hall(act.actor, query.hall_id, READERS)
    rows = await queries.proposals(query.hall_id, after_id(query), query.limit)
    people = {row[name] for row in rows for name in ("proposed_by", "answered_by")}
    names = await halls.names(*people)
    return page(
        rows, query.limit, lambda row: PublicationRow(**_row(row, names)), lambda row: (row["id"],)
    )


def _row(row: dict[str, Any], names: dict[UUID, str]) -> dict[str, Any]:
    answered_by = row["answered_by"]
    plain = ("id", "hall_id", "state", "proposed_at", "answered_at", "reason")
    return {name: row[name] for name in plain} | {
        "month": month_text(row["month"]),
        "proposed_by": names.get(row["proposed_by"], ""),
        "answered_by": names.get(answered_by, "") if answered_by else None,
    }

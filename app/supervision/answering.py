"""The answer to an entry, its verdict, and what happens by itself when nothing comes."""

from uuid import UUID

from prometheus_client import Counter

from app.core.acts import Act
from app.core.auth import Staff
from app.core.errors import InvalidBody
from app.supervision.models import SupervisionEntry, SupervisionEvent
from app.supervision.records import (
    OwnAnswer,
    ask_answer,
    done,
    locked,
    locked_by_responsible,
    locked_by_supervisor,
    move,
    standing_of,
)
from app.supervision.rules import Event, Move, is_escalated, may_judge
from app.supervision.schemas import AnswerEntryIn

escalated = Counter(
    "zhangban_supervision_escalated_total", "Overdue answers that the manager was told of."
)


async def answer(act: Act, entry_id: UUID, given: AnswerEntryIn) -> SupervisionEntry:
    """Answer an entry: why it happened, what will be done, and until when.

    Raises:
        NotFound: not for the caller to answer. WrongStep: no answer is owed.
        InvalidBody: the day until which it will be done is over already.
    """
    if given.until < act.today:
        raise InvalidBody("完成日期不能早于今天。", field="until")
    async with act.transaction() as tx:
        entry, person = await locked_by_responsible(act, entry_id)
        late = act.today > entry.answer_due
        await move(act, entry, Move.ANSWER)
        entry.reason = given.reason.strip()
        entry.measures = given.measures.strip()
        entry.measures_until = given.until
        entry.answered_at = act.at
        entry.answered_by = person.id
        entry.first_answered_on = entry.first_answered_on or act.today
        said = f"原因：{entry.reason} 措施：{entry.measures}（{given.until.isoformat()} 前完成）"
        await done(act, tx, entry, Event.ANSWERED, said, late=late)
    return entry


async def accept(act: Act, entry_id: UUID, note: str) -> SupervisionEntry:
    """Accept the answer. The entry is closed with it, or when the overdue step is done.

    Raises:
        NotFound: not of the supervisor's halls. WrongStep: there is no answer to judge.
        OwnAnswer: the supervisor answered it themselves.
    """
    async with act.transaction() as tx:
        entry, person = await locked_by_supervisor(act, entry_id)
        await _judge(act, entry, person, Move.ACCEPT, note)
        await done(act, tx, entry, Event.ACCEPTED, f"认可答复：{entry.judgement}")
    return entry


async def send_back(act: Act, entry_id: UUID, note: str) -> SupervisionEntry:
    """Return the answer; another one is owed, and its limit begins today.

    Raises as `accept` does.
    """
    async with act.transaction() as tx:
        entry, person = await locked_by_supervisor(act, entry_id)
        await _judge(act, entry, person, Move.RETURN, note)
        entry.returns += 1
        await ask_answer(act, entry)
        await done(act, tx, entry, Event.RETURNED, f"退回重新答复：{entry.judgement}")
    return entry


async def _judge(act: Act, entry: SupervisionEntry, person: Staff, wanted: Move, note: str) -> None:
    await move(act, entry, wanted)
    answered = await SupervisionEvent.filter(entry_id=entry.id, kind=Event.ANSWERED).values_list(
        "staff_id", flat=True
    )
    if not may_judge(person.id, list(answered)):
        raise OwnAnswer
    entry.judged_at = act.at
    entry.judged_by = person.id
    entry.judgement = note.strip()


async def escalate(act: Act, entry_id: UUID) -> None:
    """Tell the manager that an answer is overdue, once for an entry; a repeat does nothing."""
    async with act.transaction() as tx:
        entry = await locked(entry_id)
        standing, told = standing_of(entry), entry.escalated_at is not None
        if not is_escalated(standing, entry.answer_due, act.today, before=told):
            return  # answered meanwhile, or another worker was faster
        entry.escalated_at = act.at
        due = entry.answer_due.isoformat()
        said = f"应于 {due} 前答复，已超期，转管理者处理。"
        department = str(entry.department_id) if entry.department_id else None
        await done(act, tx, entry, Event.ESCALATED, said, due=due, department=department)
        tx.after_commit(_count)


async def _count() -> None:
    escalated.inc()


async def note_step_done(act: Act, entry_id: UUID) -> None:
    """Note that what was overdue is done; an accepted entry is closed with it.

    A repeat does nothing.
    """
    async with act.transaction() as tx:
        entry = await locked(entry_id)
        if entry.step_done_at is not None or entry.step is None:
            return
        await move(act, entry, Move.STEP_DONE)
        await done(act, tx, entry, Event.STEP_DONE, "超期的环节已经办理完毕。")

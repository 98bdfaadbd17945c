"""Rectifications and topics as they are shown."""

from typing import Any
from uuid import UUID

from app.core.acts import Act
from app.core.lights import standing
from app.core.privacy import Personal
from app.halls import service as halls
from evaluations.ratings.schemas import TagShown, tags_shown
from evaluations.ratings.tags import NATIONAL
from evaluations.rectification import queries
from evaluations.rectification.deadlines import appeal_limit
from evaluations.rectification.models import (
    Rectification,
    RectificationEvent,
    RectificationProposal,
)
from evaluations.rectification.records import clock_of, days_of
from evaluations.rectification.rules import STATE_NAMES, Claim, State, Verdict
from evaluations.rectification.schemas import (
    MyAnswer,
    ObjectionKind,
    ObjectionShown,
    ObjectionState,
    RectificationEventShown,
    RectificationRow,
    RectificationShown,
    TopicRow,
    Way,
)


async def rows(act: Act, found: list[dict[str, Any]]) -> list[RectificationRow]:
    """Rectifications as lines of a list, each with its light of today."""
    names = await halls.names(*{row["department_id"] for row in found})
    calendars = {hall: await halls.calendar(hall) for hall in {row["hall_id"] for row in found}}

    def show(row: dict[str, Any]) -> RectificationRow:
        due = row["step_due"]
        stands = (
            standing(calendars[row["hall_id"]], act.today, due, row["step_days"]) if due else None
        )
        state = State(row["state"])
        return RectificationRow(
            id=row["id"],
            rating_id=row["rating_id"],
            hall_id=row["hall_id"],
            department_id=row["department_id"],
            department=names.get(row["department_id"]),
            item_name=row["item_name"],
            level=row["level"],
            tags=tags_shown(row["tags"]),
            named=row["citizen_id"] is not None,
            state=state,
            progress=STATE_NAMES[state],
            verdict=Verdict(row["verdict"]) if row["verdict"] else None,
            complex=row["complex"],
            sent_back=row["sent_back"],
            received_at=row["received_at"],
            due=due,
            remaining_days=stands.remaining if stands else None,
            light=stands.light if stands else None,
        )

    return [show(row) for row in found]


async def whole(
    act: Act, found: Rectification, comment: str | None, *, clear: bool
) -> RectificationShown:
    """All of a rectification.

    Args:
        comment: what the rater wrote, as others see it.
        clear: whether the reader may read what people wrote; managers may not.
    """
    [summary] = await rows(act, await queries.by_ids([found.id]))
    until = None
    if found.department_id:
        calendar = await halls.calendar(found.hall_id)
        until = appeal_limit(calendar, clock_of(found), days_of(act.house.settings)).due
    events = await RectificationEvent.filter(rectification_id=found.id).order_by("id")
    return RectificationShown(
        summary=summary,
        comment=comment if clear else None,
        rectify_due=found.rectify_due,
        due_provisional=found.due_provisional,
        appeal_until=until,
        late=found.late,
        done=found.done,
        answer=found.answer if clear else None,
        answer_way=Way(found.answer_way) if found.answer_way else None,
        answered_at=found.answered_at,
        satisfied=found.satisfied,
        closed_at=found.closed_at,
        proposals=await _proposals(found.id, clear=clear),
        timeline=[
            RectificationEventShown(
                kind=event.kind,
                at=event.at,
                by=event.by_name,
                said=event.said,
                note=_text(event.note) if clear else None,
            )
            for event in events
        ],
    )


def _text(note: Personal | None) -> str | None:
    return note.reveal() if note else None


async def _proposals(rectification_id: UUID, *, clear: bool) -> list[ObjectionShown]:
    found = await RectificationProposal.filter(rectification_id=rectification_id).order_by("id")
    people = await halls.names(*(p.proposed_by for p in found), *(p.second_id for p in found))
    return [
        ObjectionShown(
            kind=ObjectionKind(proposal.kind),
            claim=Claim(proposal.claim),
            state=ObjectionState(proposal.state),
            proposed_by=people[proposal.proposed_by],
            proposed_at=proposal.proposed_at,
            reason=proposal.reason.reveal() if clear else None,
            second_by=people[proposal.second_id] if proposal.second_id else None,
            second_at=proposal.second_at,
            second_note=_text(proposal.second_note) if clear else None,
        )
        for proposal in found
    ]


def my_answer(row: dict[str, Any]) -> MyAnswer:
    """What the rater sees of their own rating's rectification."""
    return MyAnswer(
        rating_id=row["rating_id"],
        item_name=row["item_name"],
        received_at=row["received_at"],
        progress=STATE_NAMES[State(row["state"])],
        # What was found is said with the answer, not before it.
        verdict=Verdict(row["verdict"]) if row["verdict"] and row["answered_at"] else None,
        done=row["done"] if row["answered_at"] else None,
        answer=row["answer"],
        answered_at=row["answered_at"],
        closed_at=row["closed_at"],
    )


async def topic_rows(found: list[dict[str, Any]]) -> list[TopicRow]:
    """Topics as lines of a list."""
    ids = {row["department_id"] for row in found} | {row["owner_id"] for row in found}
    names = await halls.names(*ids)
    return [
        TopicRow(
            id=row["id"],
            hall_id=row["hall_id"],
            department_id=row["department_id"],
            department=names[row["department_id"]],
            tag=TagShown(code=row["tag"], text=NATIONAL.text(row["tag"])),
            title=f"{names[row['department_id']]}：{NATIONAL.text(row['tag'])}",
            ratings=row["ratings"],
            opened_at=row["opened_at"],
            owner=names.get(row["owner_id"]),
            measures=row["measures"],
            measures_until=row["measures_until"],
            closing_note=row["closing_note"],
            closed_at=row["closed_at"],
        )
        for row in found
    ]

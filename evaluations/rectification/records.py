"""What every act of the loop shares: the locked row, who may act, the move, and its traces."""

from uuid import UUID

from app.core import db
from app.core.acts import Act, Transaction
from app.core.auth import Role, Staff, require_staff
from app.core.clock import CHINA
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.privacy import Personal
from app.halls import service as halls
from app.settings import Settings
from evaluations.rectification.deadlines import Clock, Days, clock_after, rectify_limit, step_limit
from evaluations.rectification.models import (
    Rectification,
    RectificationEvent,
    RectificationProposal,
)
from evaluations.rectification.rules import (
    STATE_NAMES,
    Claim,
    Loop,
    Move,
    State,
    Verdict,
    after,
    may_second,
)

HANDLING = (
    "contacted",
    "contact_missed",
    "found_true",
    "found_unreasonable",
    "ruling_proposed",
    "ruling_confirmed",
    "ruling_declined",
    "appealed",
    "appeal_upheld",
    "appeal_rejected",
    "rectified",
    "answered",
)
"""Events whose people have handled the rectification: they do not revisit it."""


class WrongStep(Conflict):
    """It does not wait for this; `detail` says what was done last, by whom and when."""

    code = "rectification.wrong_step"
    title = "这条差评当前不能这样办理。"


class SamePerson(Forbidden):
    """A second person is needed, and this one has taken part already."""

    code = "rectification.same_person"
    title = "您已参与办理这条差评，请由另一人处理。"


def no_such() -> NotFound:
    """What everybody gets who asks for one that is not there or not theirs."""
    return NotFound("没有找到这条差评整改。")


def subject(found: Rectification) -> str:
    """How the trail names a rectification."""
    return f"rectification:{found.id}"


def days_of(settings: Settings) -> Days:
    """The limits in force."""
    return Days(
        contact=settings.rectification_contact_days,
        rectify=settings.rectification_days,
        complex=settings.rectification_complex_days,
        appeal=settings.rectification_appeal_days,
    )


def clock_of(found: Rectification) -> Clock:
    """The department's clock as it is kept."""
    return Clock(found.clock_since, found.clock_waited, found.complex)


async def locked(rectification_id: UUID) -> Rectification:
    """The rectification, locked until the end of the transaction. Raises NotFound."""
    found = await Rectification.filter(id=rectification_id).select_for_update().first()
    if found is None:
        raise no_such()
    return found


async def locked_by_reviewer(act: Act, rectification_id: UUID) -> tuple[Rectification, Staff]:
    """One of the reviewer's department, locked. Raises NotFound for anybody else's."""
    person, found = require_staff(act.actor), await locked(rectification_id)
    if found.department_id not in person.departments(Role.REVIEWER):
        raise no_such()
    return found, person


async def locked_by_supervisor(act: Act, rectification_id: UUID) -> tuple[Rectification, Staff]:
    """One of the supervisor's halls, locked. Raises NotFound for anybody else's."""
    person, found = require_staff(act.actor), await locked(rectification_id)
    if found.hall_id not in person.halls(Role.SUPERVISOR):
        raise no_such()
    return found, person


async def open_proposal(found: Rectification) -> RectificationProposal | None:
    """The ruling or appeal that waits for a second person."""
    return await RectificationProposal.filter(rectification_id=found.id, state="open").first()


async def loop_of(found: Rectification) -> Loop:
    """Where it stands, as the rules see it."""
    state = State(found.state)
    waits = state in (State.TO_RULE, State.APPEALED)
    proposal = await open_proposal(found) if waits else None
    return Loop(
        state=state,
        named=found.citizen_id is not None,
        verdict=Verdict(found.verdict) if found.verdict else None,
        contact_over=found.contact_over,
        declined=found.declined,
        appealed=found.appealed,
        sent_back=found.sent_back,
        attempts=found.attempts,
        claim=Claim(proposal.claim) if proposal else None,
    )


async def allowed(found: Rectification, wanted: Move, claim: Claim | None = None) -> Loop:
    """The loop after `wanted`.

    Raises:
        WrongStep: it cannot be made now. The sentence says what happened last, so that the second
            of two people who press the same button is told.
    """
    then = after(await loop_of(found), wanted, claim)
    if then is None:
        raise await wrong_step(found)
    return then


async def wrong_step(found: Rectification) -> WrongStep:
    """What a person is told who comes too late, or too early."""
    last = await RectificationEvent.filter(rectification_id=found.id).order_by("-id").first()
    assert last is not None, "a rectification begins with an event"
    at = f"{last.at.astimezone(CHINA):%m月%d日 %H:%M}"
    return WrongStep(
        f"当前状态是{STATE_NAMES[State(found.state)]}：{at} 由{last.by_name}办理（{last.said}）",
        state=found.state,
    )


async def move(act: Act, found: Rectification, wanted: Move, claim: Claim | None = None) -> None:
    """Make `wanted`: its state, clock and limits. The caller sets what else changes, and saves.

    Raises:
        WrongStep: see `allowed`.
    """
    before = await loop_of(found)
    then = await allowed(found, wanted, claim)
    calendar = await halls.calendar(found.hall_id)
    clock = clock_after(
        calendar,
        clock_of(found),
        before,
        wanted,
        then,
        entered=found.entered_on,
        today=act.today,
    )
    _keep(found, then, clock)
    if then.state is not before.state or wanted is Move.ASSIGN:
        found.entered_on = act.today
        found.red_at = None
    if then.state is State.CLOSED:
        found.closed_at = act.at
    await set_limits(act, found)


def _keep(found: Rectification, loop: Loop, clock: Clock) -> None:
    found.state = loop.state
    found.verdict = loop.verdict
    found.contact_over = loop.contact_over
    found.declined = loop.declined
    found.appealed = loop.appealed
    found.sent_back = loop.sent_back
    found.attempts = loop.attempts
    found.clock_since = clock.since
    found.clock_waited = clock.waited
    found.complex = clock.complex


async def set_limits(act: Act, found: Rectification) -> None:
    """Work out the limits anew from the clock."""
    calendar = await halls.calendar(found.hall_id)
    days, clock = days_of(act.house.settings), clock_of(found)
    step = step_limit(calendar, State(found.state), clock, found.entered_on, days)
    found.step_due = step.due if step else None
    found.step_days = step.days if step else None
    whole = rectify_limit(calendar, clock, days)
    found.rectify_due = whole.due if found.department_id else None
    found.due_provisional = step.provisional if step else False


async def note(
    act: Act, found: Rectification, kind: str, said: str, text: str | None = None
) -> None:
    """Add an event. `said` holds no personal data, `text` is what a person wrote."""
    person = act.actor if isinstance(act.actor, Staff) else None
    await RectificationEvent.create(
        rectification_id=found.id,
        kind=kind,
        at=act.at,
        actor=act.actor.key,
        staff_id=person.id if person else None,
        by_name=f"{person.name}（工号{person.number}）" if person else "系统",
        said=said,
        note=Personal(text.strip(), "form") if text else None,
    )


async def done(
    act: Act,
    tx: Transaction,
    found: Rectification,
    kind: str,
    said: str,
    text: str | None = None,
    **data: str | int | bool | None,
) -> None:
    """Save the row, and leave the event and the trace of what was done to it."""
    await found.save()
    await note(act, found, kind, said, text)
    tx.audit(f"rectification.{kind}", subject(found), hall_id=found.hall_id, **data)


async def check_uninvolved(found: Rectification, person: Staff, *others: UUID | None) -> None:
    """Refuse a person who has handled it, or is one of `others`. Raises SamePerson."""
    rows = await db.fetch(
        "SELECT DISTINCT staff_id FROM rectification_events WHERE rectification_id = $1"
        " AND kind = ANY($2::text[]) AND staff_id IS NOT NULL",
        found.id,
        list(HANDLING),
    )
    if not may_second(person.id, {row["staff_id"] for row in rows} | set(others)):
        raise SamePerson

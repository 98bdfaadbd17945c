"""What is done on the board: each form is the act of the API, by the same function."""

from collections.abc import Awaitable
from typing import Protocol
from uuid import UUID

from app.console.site import SUPERVISOR, pages
from app.core.api import Call
from app.core.auth import Role, require_staff, staff
from app.pages.routes import Redirect, View
from evaluations.rectification import handling, rulings, service, topics
from evaluations.rectification.rules import STATE_NAMES, State
from evaluations.rectification.schemas import (
    AppealIn,
    AssignIn,
    CloseTopicIn,
    ContactIn,
    RaterAnswerIn,
    RectifyIn,
    RevisitIn,
    SecondOpinionIn,
    TopicMeasuresIn,
    TopicOwnerIn,
    VerifyIn,
    WhyIn,
)

REVIEWER = staff(Role.REVIEWER)
CALLERS = staff(Role.REVIEWER, Role.SUPERVISOR)


class _Moved(Protocol):
    """What an act on the board gives back: which one, and what it waits for now."""

    id: UUID
    state: str


async def _done(act: Awaitable[_Moved]) -> Redirect:
    found = await act
    state = STATE_NAMES[State(found.state)]
    return Redirect(f"/console/rectifications/{found.id}", said=f"已记录，现在是“{state}”。")


@pages.form("/rectifications/<rectification_id:uuid>/assign", guard=SUPERVISOR)
async def assign(call: Call, rectification_id: UUID, body: AssignIn) -> Redirect:
    """Give it to the responsible department, or to another one."""
    return await _done(rulings.assign(call.act, rectification_id, body))


@pages.form("/rectifications/<rectification_id:uuid>/contact", guard=REVIEWER)
async def contact(call: Call, rectification_id: UUID, body: ContactIn) -> Redirect:
    """Note a call to the rater."""
    return await _done(handling.contact(call.act, rectification_id, body))


@pages.form("/rectifications/<rectification_id:uuid>/verify", guard=REVIEWER)
async def verify(call: Call, rectification_id: UUID, body: VerifyIn) -> Redirect:
    """Say what was found."""
    return await _done(handling.verify(call.act, rectification_id, body))


@pages.form("/rectifications/<rectification_id:uuid>/rule", guard=SUPERVISOR)
async def rule(call: Call, rectification_id: UUID, body: SecondOpinionIn) -> Redirect:
    """Confirm or decline that a rating is mistaken or malicious."""
    return await _done(rulings.rule(call.act, rectification_id, body))


@pages.form("/rectifications/<rectification_id:uuid>/appeal", guard=REVIEWER)
async def appeal(call: Call, rectification_id: UUID, body: AppealIn) -> Redirect:
    """Appeal against the rating."""
    return await _done(rulings.appeal(call.act, rectification_id, body))


@pages.form("/rectifications/<rectification_id:uuid>/review", guard=SUPERVISOR)
async def review(call: Call, rectification_id: UUID, body: SecondOpinionIn) -> Redirect:
    """Answer a department's appeal."""
    return await _done(rulings.review(call.act, rectification_id, body))


@pages.form("/rectifications/<rectification_id:uuid>/complex", guard=SUPERVISOR)
async def make_complex(call: Call, rectification_id: UUID, body: WhyIn) -> Redirect:
    """Grant the longer limit of a complex one."""
    return await _done(rulings.make_complex(call.act, rectification_id, body.reason))


@pages.form("/rectifications/<rectification_id:uuid>/rectify", guard=REVIEWER)
async def rectify(call: Call, rectification_id: UUID, body: RectifyIn) -> Redirect:
    """Say what was done."""
    return await _done(handling.rectify(call.act, rectification_id, body))


@pages.form("/rectifications/<rectification_id:uuid>/answer", guard=REVIEWER)
async def answer(call: Call, rectification_id: UUID, body: RaterAnswerIn) -> Redirect:
    """Answer the rater."""
    return await _done(handling.answer(call.act, rectification_id, body))


@pages.form("/rectifications/<rectification_id:uuid>/revisit", guard=CALLERS)
async def revisit(call: Call, rectification_id: UUID, body: RevisitIn) -> Redirect:
    """Ask the rater whether they are satisfied."""
    return await _done(handling.revisit(call.act, rectification_id, body))


@pages.form("/rectifications/<rectification_id:uuid>/rater", guard=CALLERS)
async def rater(call: Call, rectification_id: UUID) -> View:
    """Name and number of the rater, to call them; an act of its own, because it is recorded."""
    found = await service.rater(call.act, rectification_id)
    return View(
        "console/rater.html",
        title="联系评价人",
        rater=found,
        back=f"/console/rectifications/{rectification_id}",
    )


@pages.form("/topics/<topic_id:uuid>/mine", guard=REVIEWER)
async def own_topic(call: Call, topic_id: UUID) -> Redirect:
    """Take the responsibility for a topic of one's own department."""
    await topics.set_owner(call.act, topic_id, require_staff(call.act.actor).id)
    return Redirect(f"/console/topics/{topic_id}", said="已由您负责。")


@pages.form("/topics/<topic_id:uuid>/owner", guard=CALLERS)
async def appoint(call: Call, topic_id: UUID, body: TopicOwnerIn) -> Redirect:
    """Make a reviewer of the department responsible for a topic."""
    await topics.set_owner(call.act, topic_id, body.staff_id)
    return Redirect(f"/console/topics/{topic_id}", said="已指定负责人。")


@pages.form("/topics/<topic_id:uuid>/measures", guard=CALLERS)
async def set_measures(call: Call, topic_id: UUID, body: TopicMeasuresIn) -> Redirect:
    """Say what is done so that it does not recur, and until when."""
    await topics.set_measures(call.act, topic_id, body)
    return Redirect(f"/console/topics/{topic_id}", said="措施已保存。")


@pages.form("/topics/<topic_id:uuid>/close", guard=CALLERS)
async def close_topic(call: Call, topic_id: UUID, body: CloseTopicIn) -> Redirect:
    """Close a topic with what has come of it."""
    await topics.close(call.act, topic_id, body.note)
    return Redirect(f"/console/topics/{topic_id}", said="专题已办结。")

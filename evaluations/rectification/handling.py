"""What the department does: contact, verify, rectify, answer; and the revisit by another person."""

from uuid import UUID

from app.core.acts import Act
from app.core.auth import Role, require_staff
from app.core.errors import Problem
from app.notices import service as notices
from app.notices.rules import Letter
from evaluations.rectification.models import Rectification
from evaluations.rectification.records import (
    allowed,
    check_uninvolved,
    done,
    locked,
    locked_by_reviewer,
    move,
    no_such,
)
from evaluations.rectification.rules import MOST_ATTEMPTS, Claim, Move, State
from evaluations.rectification.rulings import propose
from evaluations.rectification.schemas import (
    ContactIn,
    Finding,
    RaterAnswerIn,
    RectifyIn,
    RevisitIn,
    VerifyIn,
    Way,
)


class WrongWay(Problem):
    """A known rater is answered in person, an unknown one in public."""

    status = 422
    code = "rectification.wrong_way"
    title = "实名评价请通过消息或电话答复，匿名评价请公开答复。"


class SayWhether(Problem):
    """A revisit says whether the rater was satisfied exactly where they were reached."""

    status = 422
    code = "rectification.say_whether"
    title = "回访到本人时请选择是否满意，没有回访到时不能代选。"


async def contact(act: Act, rectification_id: UUID, given: ContactIn) -> Rectification:
    """Note a call to the rater: within one working day.

    Calls that nobody answers are noted too; after `MOST_ATTEMPTS` the verification goes on without.

    Raises:
        NotFound: not of the reviewer's department. WrongStep: it does not wait for a call.
    """
    async with act.transaction() as tx:
        found, _ = await locked_by_reviewer(act, rectification_id)
        await allowed(found, Move.CONTACT)  # a revisit that nobody answers is another act
        await move(act, found, Move.CONTACT if given.reached else Move.MISS)
        if given.reached:
            found.contacted_at = act.at
            await done(act, tx, found, "contacted", "已联系评价人。", given.note)
        else:
            said = _missed(found)
            await done(act, tx, found, "contact_missed", said, given.note)
    return found


def _missed(found: Rectification) -> str:
    tried = found.attempts or MOST_ATTEMPTS
    return f"第 {tried} 次联系评价人，未接通。"


async def verify(act: Act, rectification_id: UUID, given: VerifyIn) -> Rectification:
    """Say what was found. Mistaken and malicious wait for a supervisor's confirmation.

    Raises:
        NotFound, WrongStep.
    """
    async with act.transaction() as tx:
        found, person = await locked_by_reviewer(act, rectification_id)
        if given.finding in (Finding.MISTAKEN, Finding.MALICIOUS):
            await propose(act, tx, found, person, Claim(given.finding), given.reason)
            return found
        true = given.finding is Finding.TRUE
        await move(act, found, Move.FIND_TRUE if true else Move.FIND_UNREASONABLE)
        found.verified_at = act.at
        kind = "found_true" if true else "found_unreasonable"
        said = "核实属实，进入整改。" if true else "核实为诉求不合理，予以说明。"
        await done(act, tx, found, kind, said, given.reason)
    return found


async def rectify(act: Act, rectification_id: UUID, given: RectifyIn) -> Rectification:
    """Say what was done. Past its limit it is noted as late for good.

    Raises:
        NotFound, WrongStep.
    """
    async with act.transaction() as tx:
        found, _ = await locked_by_reviewer(act, rectification_id)
        limit = found.rectify_due
        await move(act, found, Move.RECTIFY)
        assert limit is not None, "a department has it, so its limit runs"
        late = act.today > limit
        found.late = found.late or late
        found.rectified_at = act.at
        found.done = given.done.strip()
        await done(act, tx, found, "rectified", "已完成整改。", given.done, late=late)
    return found


async def answer(act: Act, rectification_id: UUID, given: RaterAnswerIn) -> Rectification:
    """Answer the rater: by a message in the inbox, by a recorded call, or in public.

    An answer to an unknown rater closes the loop.

    Raises:
        NotFound, WrongStep. WrongWay: a known rater in public, or an unknown one in person.
    """
    async with act.transaction() as tx:
        found, _ = await locked_by_reviewer(act, rectification_id)
        await allowed(found, Move.ANSWER)
        if (found.citizen_id is None) != (given.way is Way.POSTED):
            raise WrongWay
        again = found.answer is not None
        await move(act, found, Move.ANSWER)
        found.answered_at = act.at
        found.answer = given.text.strip()
        found.answer_way = given.way
        said = {
            Way.INBOX: "已通过消息答复评价人。",
            Way.CALL: "已电话答复评价人。",
            Way.POSTED: "已公开答复。",
        }[given.way]
        await done(act, tx, found, "answered", said, given.text, way=given.way.value)
        if found.citizen_id and given.way is Way.INBOX:
            await notices.put_in_inbox(act, _letter(found, found.citizen_id, again=again))
    return found


def _letter(found: Rectification, citizen_id: UUID, *, again: bool) -> Letter:
    return Letter(
        citizen_id=citizen_id,
        key=f"rectification:{found.id}:answer:{2 if again else 1}",
        subject=f"rating:{found.rating_id}",
        title="差评答复",
        body=f"您对“{found.item_name}”的评价，答复如下：{found.answer}",
        page=f"pages/rate/answer?rating={found.rating_id}",
    )


async def revisit(act: Act, rectification_id: UUID, given: RevisitIn) -> Rectification:
    """Ask the rater whether they are satisfied (回访); not satisfied sends it back once.

    By a reviewer of the department or a supervisor who has not handled it. After `MOST_ATTEMPTS`
    calls without an answer it is closed, and does not count as revisited.

    Raises:
        NotFound, WrongStep. SamePerson: whoever handled it. SayWhether.
    """
    if given.reached == (given.satisfied is None):
        raise SayWhether
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        found = await locked(rectification_id)
        ours = found.department_id in person.departments(Role.REVIEWER)
        if not ours and found.hall_id not in person.halls(Role.SUPERVISOR):
            raise no_such()
        satisfied = Move.SATISFY if given.satisfied else Move.DISSATISFY
        await allowed(found, Move.SATISFY)
        await check_uninvolved(found, person)
        await move(act, found, satisfied if given.reached else Move.MISS)
        if not given.reached:
            await done(act, tx, found, "revisit_missed", "回访，未接通。", given.note)
            return found
        found.revisited_at = act.at
        found.satisfied = given.satisfied
        await done(
            act, tx, found, "revisited", _revisited(found), given.note, satisfied=given.satisfied
        )
    return found


def _revisited(found: Rectification) -> str:
    if found.satisfied:
        return "回访：评价人满意，办结。"
    if found.state == State.CLOSED:
        return "回访：评价人仍不满意，办结并记录。"
    return "回访：评价人不满意，退回重新办理。"

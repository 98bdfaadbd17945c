"""What the reader of a rectification can do with it now: for pages that offer nothing in vain.

An offer is no permission: each act checks again, under its lock, when it is made.
"""

from enum import StrEnum
from uuid import UUID

from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.halls import service as halls
from evaluations.rectification.deadlines import appeal_limit, may_be_complex, rectify_limit
from evaluations.rectification.models import Rectification
from evaluations.rectification.queries import Sight
from evaluations.rectification.records import (
    SamePerson,
    check_uninvolved,
    clock_of,
    days_of,
    loop_of,
    no_such,
    open_proposal,
)
from evaluations.rectification.rules import Claim, Loop, Move, after, may_second


class Offer(StrEnum):
    """An act on a rectification, named as its route is."""

    ASSIGN = "assign"
    CONTACT = "contact"
    VERIFY = "verify"
    RULE = "rule"
    APPEAL = "appeal"
    REVIEW = "review"
    COMPLEX = "complex"
    RECTIFY = "rectify"
    ANSWER = "answer"
    REVISIT = "revisit"
    RATER = "rater"  # reading who gave the rating, in the clear


_OF_DEPARTMENT = {
    Offer.CONTACT: Move.CONTACT,
    Offer.VERIFY: Move.FIND_TRUE,
    Offer.RECTIFY: Move.RECTIFY,
    Offer.ANSWER: Move.ANSWER,
    Offer.REVISIT: Move.SATISFY,
}
_OF_SUPERVISOR = {
    Offer.ASSIGN: Move.ASSIGN,
    Offer.RULE: Move.CONFIRM,
    Offer.REVIEW: Move.REJECT,
    Offer.REVISIT: Move.SATISFY,
}


async def offers(act: Act, rectification_id: UUID) -> frozenset[Offer]:
    """What the caller can do now. Raises NotFound for one that is not theirs to see."""
    person = require_staff(act.actor)
    found = await Rectification.get_or_none(id=rectification_id)
    if found is None or not Sight.of(person).covers(found.hall_id, found.department_id):
        raise no_such()
    loop = await loop_of(found)
    open_to: set[Offer] = set()
    if found.department_id in person.departments(Role.REVIEWER):
        open_to |= _made_by(_OF_DEPARTMENT, loop)
        if await _may_appeal(act, found, loop):
            open_to.add(Offer.APPEAL)
    if found.hall_id in person.halls(Role.SUPERVISOR):
        open_to |= _made_by(_OF_SUPERVISOR, loop)
        if await _may_be_complex(act, found, loop):
            open_to.add(Offer.COMPLEX)
    if open_to and loop.named:
        open_to.add(Offer.RATER)
    return frozenset(open_to - await _taken_part_in(found, person, open_to))


def _made_by(moves: dict[Offer, Move], loop: Loop) -> set[Offer]:
    return {offer for offer, move in moves.items() if after(loop, move) is not None}


async def _may_appeal(act: Act, found: Rectification, loop: Loop) -> bool:
    if after(loop, Move.APPEAL, Claim.NOT_OURS) is None:
        return False
    calendar = await halls.calendar(found.hall_id)
    until = appeal_limit(calendar, clock_of(found), days_of(act.house.settings)).due
    return act.today <= until


async def _may_be_complex(act: Act, found: Rectification, loop: Loop) -> bool:
    calendar, clock = await halls.calendar(found.hall_id), clock_of(found)
    limit = rectify_limit(calendar, clock, days_of(act.house.settings))
    return may_be_complex(loop, clock, act.today, limit)


async def _taken_part_in(found: Rectification, person: Staff, wanted: set[Offer]) -> set[Offer]:
    """Of these, the acts of a second person that this person cannot be."""
    refused: set[Offer] = set()
    if Offer.RULE in wanted:
        proposal = await open_proposal(found)
        if proposal is None or not may_second(person.id, {proposal.proposed_by}):
            refused.add(Offer.RULE)
    for offer, others in ((Offer.REVIEW, (found.assigned_by,)), (Offer.REVISIT, ())):
        if offer in wanted:
            try:
                await check_uninvolved(found, person, *others)
            except SamePerson:
                refused.add(offer)
    return refused

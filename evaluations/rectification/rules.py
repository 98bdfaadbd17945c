"""The bad-rating loop (差评整改): its states, its moves, and who may make them.

Pure: a loop and a move give the next loop or nothing. Its deadlines are in `deadlines.py`, the
rates in `rates.py`.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

MOST_ATTEMPTS = 3
"""Calls without an answer after which the loop goes on without the rater (this system's rule)."""


class State(StrEnum):
    """What a rectification waits for."""

    TO_ASSIGN = "to_assign"
    TO_CONTACT = "to_contact"
    TO_VERIFY = "to_verify"
    TO_RULE = "to_rule"
    APPEALED = "appealed"
    TO_RECTIFY = "to_rectify"
    TO_ANSWER = "to_answer"
    TO_REVISIT = "to_revisit"
    CLOSED = "closed"


STATE_NAMES = {
    State.TO_ASSIGN: "待分派",
    State.TO_CONTACT: "待联系",
    State.TO_VERIFY: "待核实",
    State.TO_RULE: "待裁定",
    State.APPEALED: "申诉待复核",
    State.TO_RECTIFY: "待整改",
    State.TO_ANSWER: "待答复",
    State.TO_REVISIT: "待回访",
    State.CLOSED: "已办结",
}


class Verdict(StrEnum):
    """What was found of a bad rating. Mistaken and malicious ones fall out of the scores."""

    TRUE = "true"  # 属实
    MISTAKEN = "mistaken"  # 误评
    MALICIOUS = "malicious"  # 恶意差评
    NOT_REASONABLE = "not_reasonable"  # 诉求不合理


VERDICT_NAMES = {
    Verdict.TRUE: "属实",
    Verdict.MISTAKEN: "误评",
    Verdict.MALICIOUS: "恶意差评",
    Verdict.NOT_REASONABLE: "诉求不合理",
}
INVALID = frozenset({Verdict.MISTAKEN, Verdict.MALICIOUS})
"""A ruling of these takes two persons; the rating stays, marked, and is no longer counted."""


class Claim(StrEnum):
    """What a proposed ruling or an appeal says; the first two can be ruled."""

    MISTAKEN = "mistaken"
    MALICIOUS = "malicious"
    NOT_REASONABLE = "not_reasonable"
    NOT_OURS = "not_ours"  # another department is responsible


RULINGS = frozenset({Claim.MISTAKEN, Claim.MALICIOUS})


class Move(StrEnum):
    """What can happen to a rectification. Each is one act of one person."""

    ASSIGN = "assign"  # also to another department
    CONTACT = "contact"
    MISS = "miss"  # the rater did not answer the call
    FIND_TRUE = "find_true"
    FIND_UNREASONABLE = "find_unreasonable"
    PROPOSE = "propose"  # a ruling
    CONFIRM = "confirm"
    DECLINE = "decline"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    REJECT = "reject"
    RECTIFY = "rectify"
    ANSWER = "answer"
    SATISFY = "satisfy"  # the revisit: content
    DISSATISFY = "dissatisfy"  # the revisit: not content


ASSIGNABLE = frozenset({State.TO_ASSIGN, State.TO_CONTACT, State.TO_VERIFY, State.TO_RECTIFY})
UNDER_LIMIT = frozenset({State.TO_CONTACT, State.TO_VERIFY, State.TO_RECTIFY})
"""The department is at work and its limit runs; while a second person decides, it stands still."""


@dataclass(frozen=True)
class Loop:
    """Where a rectification stands.

    Attributes:
        named: the rater is known and can be contacted, answered and revisited.
        contact_over: the rater was reached, or could not be (`MOST_ATTEMPTS`).
        declined: a ruling was declined; none can be proposed again.
        appealed: the department has used its appeal.
        sent_back: the rater was not satisfied once.
        attempts: calls without an answer in the present state.
        claim: what the open proposal or appeal says.
    """

    state: State
    named: bool
    verdict: Verdict | None = None
    contact_over: bool = False
    declined: bool = False
    appealed: bool = False
    sent_back: bool = False
    attempts: int = 0
    claim: Claim | None = None


def received(*, named: bool, department_known: bool) -> Loop:
    """The loop of a bad rating that has just come in."""
    loop = Loop(State.TO_ASSIGN, named)
    return _assigned(loop) if department_known else loop


def after(loop: Loop, move: Move, claim: Claim | None = None) -> Loop | None:
    """The loop after `move`; None if it cannot be made there.

    Args:
        claim: what is proposed or appealed for; only with PROPOSE and APPEAL.
    """
    moved = _MOVES[move](loop, claim)
    if moved is None:
        return None
    kept = moved.claim if move in (Move.PROPOSE, Move.APPEAL) else None
    attempts = moved.attempts if moved.state is loop.state else 0
    return replace(moved, claim=kept, attempts=attempts)


def _assigned(loop: Loop) -> Loop:
    # A department that gets it begins with its own verification, and has its own appeal.
    fresh = replace(loop, verdict=None, declined=False, appealed=False)
    return _at_department(fresh)


def _at_department(loop: Loop) -> Loop:
    contact = loop.named and not loop.contact_over
    return replace(loop, state=State.TO_CONTACT if contact else State.TO_VERIFY)


def _assign(loop: Loop, _: Claim | None) -> Loop | None:
    return _assigned(loop) if loop.state in ASSIGNABLE else None


def _contact(loop: Loop, _: Claim | None) -> Loop | None:
    if loop.state is not State.TO_CONTACT:
        return None
    return replace(loop, state=State.TO_VERIFY, contact_over=True)


def _miss(loop: Loop, _: Claim | None) -> Loop | None:
    if loop.state not in (State.TO_CONTACT, State.TO_REVISIT):
        return None
    if loop.attempts + 1 < MOST_ATTEMPTS:
        return replace(loop, attempts=loop.attempts + 1)
    if loop.state is State.TO_REVISIT:
        return replace(loop, state=State.CLOSED)
    return _contact(loop, None)


def _find(loop: Loop, verdict: Verdict) -> Loop | None:
    if loop.state is not State.TO_VERIFY:
        return None
    state = State.TO_RECTIFY if verdict is Verdict.TRUE else State.TO_ANSWER
    return replace(loop, state=state, verdict=verdict)


def _propose(loop: Loop, claim: Claim | None) -> Loop | None:
    if loop.state is not State.TO_VERIFY or loop.declined or claim not in RULINGS:
        return None
    return replace(loop, state=State.TO_RULE, claim=claim)


def _confirm(loop: Loop, _: Claim | None) -> Loop | None:
    if loop.state is not State.TO_RULE or loop.claim is None:
        return None
    return replace(loop, state=State.TO_ANSWER, verdict=Verdict(loop.claim))


def _decline(loop: Loop, _: Claim | None) -> Loop | None:
    if loop.state is not State.TO_RULE:
        return None
    return replace(loop, state=State.TO_VERIFY, declined=True)


def _appeal(loop: Loop, claim: Claim | None) -> Loop | None:
    open_to_it = loop.state in (State.TO_CONTACT, State.TO_VERIFY)
    # After a revisit there is nothing left to appeal against: the department has answered.
    if not open_to_it or loop.appealed or loop.sent_back or claim is None:
        return None
    return replace(loop, state=State.APPEALED, appealed=True, claim=claim)


def _uphold(loop: Loop, _: Claim | None) -> Loop | None:
    if loop.state is not State.APPEALED or loop.claim is None:
        return None
    if loop.claim is Claim.NOT_OURS:
        return _assigned(loop)
    return replace(loop, state=State.TO_ANSWER, verdict=Verdict(loop.claim))


def _reject(loop: Loop, _: Claim | None) -> Loop | None:
    return _at_department(loop) if loop.state is State.APPEALED else None


def _rectify(loop: Loop, _: Claim | None) -> Loop | None:
    return replace(loop, state=State.TO_ANSWER) if loop.state is State.TO_RECTIFY else None


def _answer(loop: Loop, _: Claim | None) -> Loop | None:
    if loop.state is not State.TO_ANSWER:
        return None
    return replace(loop, state=State.TO_REVISIT if loop.named else State.CLOSED)


def _satisfy(loop: Loop, _: Claim | None) -> Loop | None:
    return replace(loop, state=State.CLOSED) if loop.state is State.TO_REVISIT else None


def _dissatisfy(loop: Loop, _: Claim | None) -> Loop | None:
    """Back once to where the work is: what was ruled invalid stays so and is answered again."""
    if loop.state is not State.TO_REVISIT:
        return None
    if loop.sent_back:
        return replace(loop, state=State.CLOSED)
    back = replace(loop, sent_back=True)
    if loop.verdict is Verdict.TRUE:
        return replace(back, state=State.TO_RECTIFY)
    if loop.verdict is Verdict.NOT_REASONABLE:
        return replace(back, state=State.TO_VERIFY, verdict=None)
    return replace(back, state=State.TO_ANSWER)


_MOVES = {
    Move.ASSIGN: _assign,
    Move.CONTACT: _contact,
    Move.MISS: _miss,
    Move.FIND_TRUE: lambda loop, _: _find(loop, Verdict.TRUE),
    Move.FIND_UNREASONABLE: lambda loop, _: _find(loop, Verdict.NOT_REASONABLE),
    Move.PROPOSE: _propose,
    Move.CONFIRM: _confirm,
    Move.DECLINE: _decline,
    Move.APPEAL: _appeal,
    Move.UPHOLD: _uphold,
    Move.REJECT: _reject,
    Move.RECTIFY: _rectify,
    Move.ANSWER: _answer,
    Move.SATISFY: _satisfy,
    Move.DISSATISFY: _dissatisfy,
}


def may_second(person: object, involved: Collection[object]) -> bool:
    """Whether a person may confirm, review or revisit: nobody judges what they did themselves."""
    return person not in involved

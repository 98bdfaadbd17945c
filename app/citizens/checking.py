"""Checking identities: asked while the citizen waits, and later where the authority is down.

An authority that does not answer never keeps a citizen waiting: the identity stays as it was said
and is checked later, from the outbox. What did not match counts, and what is under way, so that
nobody finds out by trying which name and ID number belong together.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import msgspec
import structlog

from app.citizens.models import Citizen, CitizenChild, IdentityCheck
from app.citizens.realname import (
    Answered,
    Asked,
    RealNames,
    RealNameVerifier,
    Verdict,
    VerifierDown,
    asked_total,
)
from app.citizens.rules import ask_again_at
from app.core import db
from app.core.acts import Act
from app.core.errors import Problem, TooMany
from app.core.outbox import Handler, NotYet
from app.core.privacy import Personal

log = structlog.get_logger(__name__)
TOPIC = "citizens.check_identity"
A_DAY = timedelta(days=1)


class IdentityMismatch(Problem):
    """The authority says that name and ID number do not belong together."""

    status = 422
    code = "citizens.identity_mismatch"
    title = "姓名与身份证号不一致，请对照身份证核对后重填。确认无误的，请携带身份证到窗口核验。"


class AttemptsSpent(TooMany):
    """Too many names and ID numbers that did not match, within a day."""

    code = "citizens.attempts_spent"
    title = "今天核验身份的次数已用完，请明天再试，或者携带身份证到窗口核验。"


class CheckIdentity(msgspec.Struct, frozen=True):
    """An identity that could not be checked when it was said; of the outbox."""

    check_id: UUID


@dataclass(frozen=True)
class Outcome:
    """What became of one question; `answered` None: the authority was down."""

    check_id: UUID
    verifier: str
    answered: Answered | None

    @property
    def verdict(self) -> Verdict | None:
        """What the authority said; None where it said nothing."""
        return self.answered.verdict if self.answered else None


async def ask(
    act: Act, citizen_id: UUID, name: Personal, id_number: Personal, phone: Personal | None
) -> Outcome | None:
    """Ask the authority, outside of any transaction; None where there is none to ask.

    `record` the outcome with what was said.

    Args:
        citizen_id: who says so, of themselves or of their child; the attempts are theirs.
        phone: only where the platform vouches for it.

    Raises:
        AttemptsSpent.
    """
    verifier = act.house.part(RealNames).verifier
    if verifier is None:
        return None
    check_id = await _count(act, citizen_id, verifier)
    answered = await _answer(verifier, Asked(str(check_id), name, id_number, phone))
    return Outcome(check_id, verifier.name, answered)


async def _count(act: Act, citizen_id: UUID, verifier: RealNameVerifier) -> UUID:
    async with act.transaction():
        await db.fetch("SELECT id FROM citizens WHERE id = $1 FOR UPDATE", citizen_id)
        spent = await IdentityCheck.filter(
            citizen_id=citizen_id,
            asked_at__gt=act.at - A_DAY,
            state__in=("asked", "mismatched"),
        ).count()
        if spent >= act.house.settings.real_name_attempts:
            raise AttemptsSpent(retry_after=int(A_DAY.total_seconds()))
        made = await IdentityCheck.create(
            citizen_id=citizen_id, state="asked", verifier=verifier.name, asked_at=act.at
        )
    return made.id


async def _answer(verifier: RealNameVerifier, asked: Asked) -> Answered | None:
    try:
        answered = await verifier.check(asked)
    except VerifierDown as down:
        log.warning("citizens.verifier_down", why=str(down))
        asked_total.labels("nothing").inc()
        return None
    asked_total.labels(answered.verdict).inc()
    return answered


async def record(act: Act, outcome: Outcome, citizen_id: UUID, child_id: UUID | None) -> None:
    """Keep what was answered, in the act's transaction; what was not, is asked again later.

    Args:
        child_id: whose identity it is; None: the citizen's own. Whatever of theirs still waits for
            an answer was said before, and is dropped.
    """
    async with act.transaction() as tx:
        await db.execute(
            "UPDATE identity_checks SET state = 'dropped', answered_at = $3 WHERE citizen_id = $1"
            " AND child_id IS NOT DISTINCT FROM $2::uuid AND state = 'waiting'",
            citizen_id,
            child_id,
            act.at,
        )
        check = await IdentityCheck.get(id=outcome.check_id)
        check.child_id = child_id
        if outcome.answered is None:
            check.state = "waiting"
            tx.later(
                TOPIC,
                CheckIdentity(check.id),
                key=str(check.id),
                due_at=ask_again_at(act.at, act.at),
            )
        else:
            _close(check, act, outcome.answered)
        await check.save(update_fields=["child_id", "state", "answered_at", "reference"])
        tx.audit(
            f"citizen.identity_{check.state}",
            _subject(check),
            verifier=outcome.verifier,
            check=str(check.id),
        )


async def settle(act: Act, outcome: Outcome) -> None:
    """Keep what was answered to something that was then not said, in the act's transaction.

    An authority that was down is not asked again about it.
    """
    async with act.transaction() as tx:
        check = await IdentityCheck.get(id=outcome.check_id)
        if outcome.answered is None:
            check.state, check.answered_at = "dropped", act.at
        else:
            _close(check, act, outcome.answered)
        await check.save(update_fields=["state", "answered_at", "reference"])
        tx.audit(
            f"citizen.identity_{check.state}",
            _subject(check),
            verifier=outcome.verifier,
            check=str(check.id),
        )


_STATES = {
    Verdict.MATCH: "matched",
    Verdict.MISMATCH: "mismatched",
    Verdict.UNKNOWN: "unknown",
}


def _close(check: IdentityCheck, act: Act, answered: Answered) -> None:
    check.state, check.answered_at = _STATES[answered.verdict], act.at
    check.reference = answered.reference


def _subject(check: IdentityCheck) -> str:
    return f"child:{check.child_id}" if check.child_id else f"citizen:{check.citizen_id}"


def mark(row: Citizen | CitizenChild, act: Act, verdict: Verdict | None, verifier: str) -> None:
    """Write into the row what the authority said of it; the caller saves it."""
    matches = verdict is Verdict.MATCH
    row.verified_at = act.at if matches else None
    row.verified_by = verifier if matches else None
    row.mismatched_at = act.at if verdict is Verdict.MISMATCH else None


async def is_waiting(citizen_id: UUID) -> bool:
    """Whether the citizen's own identity waits for an authority that is down."""
    return await IdentityCheck.filter(
        citizen_id=citizen_id, child_id=None, state="waiting"
    ).exists()


async def check_later(act: Act, payload: CheckIdentity, key: str) -> None:
    """Ask an authority again that was down; from the outbox.

    Raises:
        NotYet: it still is.
    """
    check = await IdentityCheck.get_or_none(id=payload.check_id)
    if check is None or check.state != "waiting":
        return
    verifier = act.house.part(RealNames).verifier
    row = await _row(check, locked=False)
    if row is None or row.name is None or row.id_number is None or verifier is None:
        await _end(act, check.id, "dropped")
        return
    phone = row.phone if isinstance(row, Citizen) and row.phone_proven_at else None
    answered = await _answer(verifier, Asked(key, row.name, row.id_number, phone))
    if answered is None:
        again = ask_again_at(check.asked_at, act.at)
        if again is not None:
            raise NotYet(again)
        await _end(act, check.id, "unanswered")
        return
    await _apply(act, check.id, row, answered, verifier.name)


async def _row(check: IdentityCheck, *, locked: bool) -> Citizen | CitizenChild | None:
    if check.child_id:
        children = CitizenChild.filter(id=check.child_id)
        return await (children.select_for_update() if locked else children).first()
    citizens = Citizen.filter(id=check.citizen_id)
    return await (citizens.select_for_update() if locked else citizens).first()


async def _end(act: Act, check_id: UUID, state: str) -> None:
    await IdentityCheck.filter(id=check_id, state="waiting").update(state=state, answered_at=act.at)


async def _apply(
    act: Act,
    check_id: UUID,
    asked: Citizen | CitizenChild,
    answered: Answered,
    verifier: str,
) -> None:
    async with act.transaction() as tx:
        check = await IdentityCheck.get(id=check_id)
        row = await _row(check, locked=True)
        await check.refresh_from_db()
        if row is None or check.state != "waiting":
            return
        if (row.name, row.id_number) != (asked.name, asked.id_number):
            return
        _close(check, act, answered)
        await check.save(update_fields=["state", "answered_at", "reference"])
        mark(row, act, answered.verdict, verifier)
        await row.save(update_fields=["verified_at", "verified_by", "mismatched_at"])
        tx.audit(f"citizen.identity_{check.state}", _subject(check), verifier=verifier)


HANDLERS: tuple[Handler, ...] = (Handler(TOPIC, CheckIdentity, check_later),)

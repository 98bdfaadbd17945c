"""Who may see a case, and act in it on the applicant's side.

On that side stand the applicant, with all their accounts; of an enterprise's case the enterprise's
people, by their role; and a helper with a consent that is live and covers the case. Whoever is not
the applicant leaves a trace: their acts stand in the timeline under their name and in the list
that both sides see (`app.agency`), and so do a helper's readings.
"""

from dataclasses import dataclass
from uuid import UUID

from app.agency import service as agency
from app.agency.service import Acting, Capacity, Matter, Power
from app.cases import queries
from app.cases.models import Case
from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act
from app.core.auth import Citizen, Role, Staff, require_staff
from app.core.errors import Conflict, Forbidden, NotFound
from app.halls import service as halls

APPLICANT_SIDE = frozenset(
    {"submitted", "supplemented", "situation_changed", "deferred_supplied", "withdrawn"}
)
"""Entries of the timeline about what applicants do; a staff member does it as a helper."""


@dataclass(frozen=True)
class Side:
    """Where somebody stands on the applicant's side; `acting` is None for the applicant."""

    capacity: Capacity
    powers: frozenset[Power]
    acting: Acting | None


class MayOnlySee(Forbidden):
    """The caller follows the case and may not do this in it."""

    code = "cases.may_only_see"
    title = "您可以查看这个办件，但没有代为办理这项操作的权限。"


class HelperDecides(Forbidden):
    """Nobody both helps an applicant and decides their case."""

    code = "cases.helper_decides"
    title = "您曾为这个办件的申请人帮办代办，不能再审查或决定它，请由他人办理。"


class DeciderHelps(Forbidden):
    """Nobody who has decided anything in a case helps its applicant in it afterwards."""

    code = "cases.decider_helps"
    title = "您参与过这个办件的受理或审查，不能再为申请人帮办代办。"


class NotTheirCase(Conflict):
    """Whoever stands at the window is not the applicant of this case."""

    code = "cases.not_their_case"
    title = "到场的人不是这个办件的申请人，请核对身份证和办件编号后重试。"


def no_such_case() -> NotFound:
    """What everybody gets who asks for a case that is not there or not theirs."""
    return NotFound("没有找到这个办件。")


async def visible_to_staff(act: Act, case_id: UUID) -> Case:
    """A case that the staff member who asks may see, by role or by a task; raises NotFound."""
    person = require_staff(act.actor)
    case = await Case.get_or_none(id=case_id)
    if case is None or not await queries.may_see(person, case.id, case.hall_id):
        raise no_such_case()
    return case


def subject(case: Case) -> str:
    """How the audit trail, the messages and the ratings name a case."""
    return f"case:{case.number}"


async def locked(case_id: UUID) -> Case:
    """The case, locked until the end of the transaction. Raises NotFound."""
    case = await Case.filter(id=case_id).select_for_update().first()
    if case is None:
        raise no_such_case()
    return case


async def locked_of_applicant(act: Act, case_id: UUID, power: Power = Power.FILE) -> Case:
    """A case of the applicant's side, locked, for somebody who may act in it.

    Until the commit their role or consent stays as it is: a revocation waits, or was first.

    Raises:
        NotFound: not theirs to see. MayOnlySee: they lack this power over it.
        DeciderHelps: a staff helper who has accepted or decided it.
    """
    case = await locked(case_id)
    side = await side_of(act, case, hold=True)
    if side is None:
        raise no_such_case()
    if power not in side.powers:
        raise MayOnlySee
    if isinstance(act.actor, Staff) and await _has_decided(act.actor.id, case):
        raise DeciderHelps
    return case


async def locked_of_window(act: Act, case_id: UUID) -> Case:
    """A case, locked, for a clerk of its hall. Raises NotFound."""
    person = require_staff(act.actor)
    case = await locked(case_id)
    if case.hall_id not in person.halls(Role.CLERK):
        raise no_such_case()
    return case


async def check_applies(act: Act, case: Case, present: citizens.Person) -> None:
    """Make sure that this person, whose ID card the clerk has seen, is who applies in the case.

    Raises:
        NotTheirCase. MayNot: their role in the enterprise whose case it is does not let them act
            in it.
    """
    if not await _applies(act, case, present):
        raise NotTheirCase


async def _applies(act: Act, case: Case, present: citizens.Person) -> bool:
    """An account of the mini program is not theirs by a number that anybody can type; the case is,
    where it was filed in the name and under the number that stand on the card.
    """
    if case.enterprise_id is not None:
        try:
            await agency.principal_present(act, present, case.enterprise_id)
        except NotFound:
            return False
        return True
    if case.applicant_id in await citizens.identities(present.id):
        return True
    said = (case.applicant_name, case.applicant_id_number)
    return case.child_id is None and said == (present.name, present.id_number)


async def readable_by(act: Act, case_id: UUID) -> Case:
    """A case for somebody on the applicant's side; others' readings are recorded.

    Raises:
        NotFound: not theirs to see.
    """
    return (await seen_by(act, case_id))[0]


async def seen_by(act: Act, case_id: UUID) -> tuple[Case, Side]:
    """`readable_by`, with where the caller stands. Raises NotFound."""
    case = await Case.get_or_none(id=case_id)
    side = await side_of(act, case, hold=False) if case else None
    if case is None or side is None:
        raise no_such_case()
    if side.acting is not None:
        await _record_reading(act, case, side)
    return case, side


async def _record_reading(act: Act, case: Case, side: Side) -> None:
    async with act.transaction() as tx:
        tx.audit("case.read_on_behalf", subject(case), hall_id=case.hall_id, capacity=side.capacity)
        if side.capacity is Capacity.HELPER and side.acting:
            await agency.record_reading(act, side.acting, subject(case))


async def side_of(act: Act, case: Case, *, hold: bool) -> Side | None:
    """Where the caller stands on the applicant's side of a case; None if nowhere.

    Args:
        hold: keep it so until the end of the transaction.
    """
    owners: tuple[UUID, ...] = (case.applicant_id,)
    if case.enterprise_id is None:
        if isinstance(act.actor, Citizen) and act.actor.id == case.applicant_id:
            return _APPLICANT
        owners = await citizens.identities(case.applicant_id)
        if isinstance(act.actor, Citizen) and act.actor.id in owners:
            return _APPLICANT
    matter = Matter(owners, case.enterprise_id, case.item_id, case.id)
    acting = await agency.acting_in(act, matter, hold=hold)
    if acting is None:
        return None
    capacity = Capacity.HELPER if acting.consent_id else Capacity.ENTERPRISE
    return Side(capacity, acting.powers, acting)


_APPLICANT = Side(
    Capacity.APPLICANT, frozenset({Power.SEE, Power.FILE, Power.WITHDRAW}), acting=None
)


async def acting_on(act: Act, case: Case, kind: str) -> Acting | None:
    """Who does what the timeline's entry of this kind says, if they do it for the applicant.

    None for the applicant, and for staff and the system in their own work.
    """
    on_their_side = isinstance(act.actor, Citizen) or (
        isinstance(act.actor, Staff) and kind in APPLICANT_SIDE
    )
    side = await side_of(act, case, hold=False) if on_their_side else None
    return side.acting if side else None


async def name_of(act: Act, case: Case, kind: str) -> str:
    """How the timeline names whoever does what its entry of this kind says."""
    acting = await acting_on(act, case, kind)
    return acting.label if acting else await actor_name(act)


async def actor_name(act: Act) -> str:
    """How the timeline names whoever acts: the applicant, a window with its clerk, the system."""
    if isinstance(act.actor, Citizen):
        return "申请人"
    if isinstance(act.actor, Staff):
        person = act.actor
        if person.window_id:
            window = await halls.window_on_duty(person.window_id)
            return f"{window.window_number}号窗口 {person.name}"
        return f"{person.name}（工号{person.number}）"
    return "系统"


async def filed_by_name(act: Act, case: Case) -> str:
    """How the timeline names whoever files the case, which is not stored yet.

    Where that is not the applicant, it is written down for both sides to see.
    """
    return await enter_actor(act, case, "submitted")


async def enter_actor(act: Act, case: Case, kind: str) -> str:
    """`name_of`; what is done for the applicant is written down for both sides to see."""
    acting = await acting_on(act, case, kind)
    if acting is None:
        return await actor_name(act)
    await agency.record_act(act, acting, kind, subject(case))
    return acting.label


async def check_no_helper(person: Staff, case: Case) -> None:
    """Whoever helped the applicant with a case neither accepts nor decides it.

    The case is locked, so that nobody helps at this moment.

    Raises:
        HelperDecides.
    """
    if await agency.helped(person.id, subject(case)):
        raise HelperDecides


async def _has_decided(staff_id: UUID, case: Case) -> bool:
    row = await db.fetch_one(
        "SELECT 1 FROM cases c WHERE c.id = $1 AND (c.accepted_by = $2"
        " OR EXISTS (SELECT FROM case_tasks t WHERE t.case_id = c.id AND t.decided_by = $2)"
        " OR EXISTS (SELECT FROM case_proposals p WHERE p.case_id = c.id"
        "  AND (p.proposed_by = $2 OR p.second_id = $2)))",
        case.id,
        staff_id,
    )
    return row is not None

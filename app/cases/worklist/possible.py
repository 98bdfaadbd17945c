"""What somebody at the desk can do with a case now, and what the forms for it need to know.

It is what the acts themselves ask when they are tried, asked beforehand, so that nobody is offered
what would be refused. The acts go on deciding: between the two anything can happen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.agency import service as agency
from app.cases import access, queries
from app.cases.contents import offered_of
from app.cases.delivery.models import CaseShipment
from app.cases.delivery.rules import ON_ITS_WAY, Shipment
from app.cases.intake import deferrals
from app.cases.intake.corrections import asked
from app.cases.models import Case, CasePause, CasePledge, CaseProposal, CaseTask
from app.cases.rules import (
    CORRECTION_DAYS,
    ORDERED_AT_THE_DESK,
    WAITS_FOR_ACCEPTANCE,
    Delivery,
    Move,
    PauseKind,
    Proposal,
    State,
    TaskState,
    after,
    longest_extension,
    may_consent,
)
from app.cases.worklist.schemas import (
    Act as Can,
)
from app.cases.worklist.schemas import (
    Answered,
    CaseWork,
    DepartmentOfCase,
    FieldToAskFor,
    LineToAskFor,
    titles_of,
)
from app.catalog import service as catalog
from app.catalog.schemas import Offered
from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.lights import standing
from app.halls import service as halls


@dataclass(frozen=True)
class _Seen:
    """A case with what belongs to it, and who looks at it."""

    case: Case
    person: Staff
    offered: Offered
    tasks: Sequence[CaseTask]
    proposals: Sequence[CaseProposal]
    shipment: CaseShipment | None
    owes: bool
    """Whether deferred materials (容缺) have not come yet."""

    @property
    def clerk(self) -> bool:
        """Whether the person is a clerk of the case's hall."""
        return self.case.hall_id in self.person.halls(Role.CLERK)

    @property
    def reviews(self) -> bool:
        """Whether a department of the person's takes, or took, part."""
        mine = self.person.departments(Role.REVIEWER)
        return any(task.opened_at and task.department_id in mine for task in self.tasks)

    def may(self, move: Move) -> bool:
        """Whether the case can be moved so from where it stands."""
        return after(State(self.case.state), move) is not None


async def of_case(act: Act, case_id: UUID) -> CaseWork:
    """What the caller can do with a case now. Raises NotFound if it is not theirs to see."""
    case = await access.visible_to_staff(act, case_id)
    person = require_staff(act.actor)
    tasks = await CaseTask.filter(case_id=case.id).order_by("stage", "id")
    seen = _Seen(
        case=case,
        person=person,
        offered=await offered_of(case),
        tasks=tasks,
        proposals=await CaseProposal.filter(case_id=case.id, state="open"),
        shipment=await CaseShipment.get_or_none(case_id=case.id, ended_at=None),
        owes=bool(await deferrals.open_of(case.id)),
    )
    helped = await agency.helped(person.id, access.subject(case))
    return await _shown(act, seen, helped=helped)


async def _shown(act: Act, seen: _Seen, *, helped: bool) -> CaseWork:
    case, offered = seen.case, seen.offered
    calendar = await halls.calendar(case.hall_id)
    waits = State(case.state) in WAITS_FOR_ACCEPTANCE
    accept_due = case.accept_due if waits else None
    stands = standing(calendar, act.today, accept_due, CORRECTION_DAYS) if accept_due else None
    given = await queries.supplied(case.id)
    names = await halls.names(case.department_id, *(task.department_id for task in seen.tasks))
    correction = await asked(case)
    departments = dict.fromkeys([case.department_id, *(task.department_id for task in seen.tasks)])
    return CaseWork(
        case_id=case.id,
        version_id=case.version_id,
        acts=_taking_in(seen) + ([] if helped else _acts(seen) + _after_decision(seen)),
        tasks=[] if helped else _tasks(seen),
        pauses=await _pauses(seen),
        proposals=[] if helped else _proposals(seen),
        pledges=[] if helped else await _pledges(seen),
        longest_extension=longest_extension(len({task.department_id for task in seen.tasks})),
        pre_checked_item=offered.guide.pre_check,
        second_consent=case.corrections > 0,
        filed_by=case.filed_by,
        accept_due=accept_due,
        accept_remaining=stands.remaining if stands else None,
        accept_light=stands.light if stands else None,
        lines=[
            LineToAskFor(
                code=line.code,
                name=line.name,
                required=line.required,
                given=len(given.get(line.code, ())),
            )
            for line in offered.guide.materials
        ],
        fields=[
            FieldToAskFor(name=name, title=title)
            for name, title in titles_of(offered.guide.form).items()
        ],
        situation=await _situation(case),
        departments=[DepartmentOfCase(id=one, name=names[one]) for one in departments],
        results=list(offered.guide.results),
        asked=correction.places if correction else [],
        handles=await queries.handles(seen.person, case.id, case.hall_id),
    )


async def _situation(case: Case) -> list[Answered]:
    whole = await catalog.version(case.version_id)
    shown = []
    for question in whole.guide.situations:
        chosen = case.answers.get(question.code)
        if chosen is not None:
            words = {choice.code: choice.text for choice in question.choices}
            shown.append(
                Answered(question=question.text, chosen=[words.get(one, one) for one in chosen])
            )
    return shown


def _acts(seen: _Seen) -> list[Can]:
    """What can be done before the decision."""
    case, found = seen.case, list[Can]()
    proposed = any(one.task_id is None for one in seen.proposals)
    online = case.filed_by != "window"
    first = seen.offered.guide.pre_check and case.state == State.SUBMITTED and online
    if seen.clerk:
        if first:
            found.append(Can.PRE_CHECK)
        if seen.may(Move.ACCEPT) and not first:
            found.append(Can.ACCEPT)
        if seen.may(Move.ASK_CORRECTION) and not (case.corrections and proposed):
            found.append(Can.ASK_CORRECTION)
        if seen.may(Move.NOT_ACCEPT) and not proposed:
            found.append(Can.NOT_ACCEPT)
    if seen.may(Move.GRANT) and (seen.clerk or _tasks(seen)):
        found.append(Can.PAUSE)
    if seen.may(Move.GRANT) and not case.extended_days and not proposed and _leads(seen):
        found.append(Can.EXTEND)
    if seen.may(Move.TERMINATE) and not proposed and (seen.clerk or seen.reviews):
        found.append(Can.TERMINATE)
    return found


def _taking_in(seen: _Seen) -> list[Can]:
    """What is no decision: whoever has helped the applicant may do it too."""
    if seen.clerk and seen.owes and seen.may(Move.WITHDRAW):
        return [Can.SUPPLY_DEFERRED]
    return []


def _leads(seen: _Seen) -> bool:
    """Whether the person may ask to put the decision off: a clerk, or who leads the stage."""
    if seen.clerk:
        return True
    stage = [task for task in seen.tasks if task.stage == seen.case.stage]
    leading = min(stage, key=lambda task: (not task.lead, task.id), default=None)
    mine = seen.person.departments(Role.REVIEWER)
    return leading is not None and leading.department_id in mine


def _after_decision(seen: _Seen) -> list[Can]:
    if not (seen.clerk or seen.reviews):
        return []
    found = list[Can]()
    away = seen.shipment is not None and Shipment(seen.shipment.state) in ON_ITS_WAY
    if seen.may(Move.ISSUE):
        found.append(Can.ISSUE)
    if seen.may(Move.DELIVER) and not away:
        found.append(Can.POST if seen.case.delivery == Delivery.POST else Can.DELIVER)
        if seen.case.delivery == Delivery.POST:
            found.append(Can.DELIVER)
    if away:
        found.append(Can.REPORT_SHIPMENT)
    return found


def _tasks(seen: _Seen) -> list[UUID]:
    if not seen.may(Move.GRANT):
        return []
    mine = seen.person.departments(Role.REVIEWER)
    return [
        task.id
        for task in seen.tasks
        if task.state == TaskState.OPEN and task.department_id in mine
    ]


async def _pauses(seen: _Seen) -> list[UUID]:
    open_ones = await CasePause.filter(case_id=seen.case.id, ended_at=None).order_by("id")
    mine = seen.person.departments(Role.REVIEWER)
    begun = [task for task in seen.tasks if task.opened_at and task.department_id in mine]
    return [
        pause.id
        for pause in open_ones
        if PauseKind(pause.kind) in ORDERED_AT_THE_DESK
        and (seen.clerk or any(pause.task_id in (None, task.id) for task in begun))
    ]


def _proposals(seen: _Seen) -> list[UUID]:
    supervises = seen.case.hall_id in seen.person.halls(Role.SUPERVISOR)
    mine = seen.person.departments(Role.REVIEWER)
    of_mine = {task.id for task in seen.tasks if task.department_id in mine}
    return [
        one.id
        for one in seen.proposals
        if may_consent(one.proposed_by, seen.person.id)
        and (supervises or (one.kind == Proposal.REFUSE and one.task_id in of_mine))
    ]


async def _pledges(seen: _Seen) -> list[UUID]:
    mine = seen.person.departments(Role.REVIEWER)
    found = await CasePledge.filter(case_id=seen.case.id, state="to_check").order_by("id")
    return [pledge.id for pledge in found if pledge.department_id in mine]

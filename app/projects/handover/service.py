"""Certificates handed over once (统一发证): all that are ready, in one act, with one receipt."""

from collections.abc import Sequence
from uuid import UUID

from app.cases import facts as cases
from app.cases.delivery import service as delivery
from app.cases.delivery.schemas import Deliver
from app.cases.facts import CaseFacts, ResultFacts
from app.cases.rules import Delivery, State
from app.core.acts import Act
from app.core.auth import Role, require_staff
from app.core.errors import Conflict, NotFound
from app.core.privacy import Personal
from app.core.wire import File
from app.documents import service as documents
from app.halls import service as halls
from app.projects import access, numbers
from app.projects.access import About
from app.projects.handover.models import Handover, HandoverCase
from app.projects.handover.schemas import HandedOver, HandOver, ResultReady, ResultsReady
from app.projects.rules import Prefix


class NothingReady(Conflict):
    """No result waits at the counter."""

    code = "handover.nothing_ready"
    title = "没有待领取的证照，可能尚未制作完成，或已经领取。"


def is_ready(case: CaseFacts) -> bool:
    """Whether a case's result waits at the counter."""
    return case.state is State.ISSUED and case.delivery == Delivery.COUNTER


async def ready(
    act: Act, *, case_id: UUID | None = None, project_id: UUID | None = None
) -> ResultsReady:
    """What was made out for a case or project and has not reached the applicant yet, for staff.

    Raises:
        NotFound: not theirs to see.
    """
    about = await access.about_for_desk(act, case_id=case_id, project_id=project_id)
    issued = {case.id: case for case in about.cases if case.state is State.ISSUED}
    found = await cases.results(list(issued))
    names = await halls.names(*{one.department_id for one in found})
    return ResultsReady(
        results=[
            ResultReady(
                case_id=one.case_id,
                case_number=issued[one.case_id].number,
                item_name=issued[one.case_id].item_name,
                title=one.title,
                number=one.number,
                department=names[one.department_id],
                way=Delivery(issued[one.case_id].delivery),
                ready=is_ready(issued[one.case_id]),
            )
            for one in found
        ],
        waiting=[case.number for case in about.cases if case.state is State.GRANTED],
    )


async def hand_over(
    act: Act,
    given: HandOver,
    *,
    case_id: UUID | None = None,
    project_id: UUID | None = None,
) -> HandedOver:
    """Hand over all that is ready at the counter: every case is closed, or none is.

    Raises:
        NotFound: not of the clerk's halls. NothingReady. BadCollector, WrongState, OnItsWay: as
            for `cases.delivery.deliver`.
    """
    async with act.transaction() as tx:
        about = await _locked(act, case_id, project_id)
        chosen = [case for case in about.cases if is_ready(case)]
        if not chosen:
            raise NothingReady
        number = await numbers.take(Prefix.HANDOVER, about.hall_id, act.today)
        found = await cases.results([case.id for case in chosen])
        paper = await documents.write(act, await _receipt(act, about, chosen, found, number))
        made = await Handover.create(
            number=number,
            hall_id=about.hall_id,
            project_id=about.project_id,
            case_id=about.case_id,
            handed_at=act.at,
            handed_by=require_staff(act.actor).id,
            document_id=paper.id,
        )
        for case in chosen:
            await delivery.deliver(act, case.id, Deliver(collector=given.collector))
            await HandoverCase.create(handover_id=made.id, case_id=case.id)
        tx.audit(
            "handover.made",
            about.subject,
            hall_id=about.hall_id,
            number=number,
            cases=[case.number for case in chosen],
        )
    return HandedOver(
        id=made.id,
        number=number,
        case_numbers=[case.number for case in chosen],
        documents=len(found),
    )


async def _locked(act: Act, case_id: UUID | None, project_id: UUID | None) -> About:
    """The project with its cases, or the case, all locked and read anew."""
    if project_id is not None:
        await access.of_desk(act, project_id, (Role.CLERK,), lock=True)
    about = await access.about_for_desk(
        act, case_id=case_id, project_id=project_id, roles=(Role.CLERK,)
    )
    await cases.lock(about.case_ids)
    return await access.about_for_desk(
        act, case_id=case_id, project_id=project_id, roles=(Role.CLERK,)
    )


async def _receipt(
    act: Act,
    about: About,
    chosen: Sequence[CaseFacts],
    found: Sequence[ResultFacts],
    number: str,
) -> documents.Paper:
    names = await halls.names(about.hall_id, *{one.department_id for one in found})
    lines = [f"今统一发放“{about.name}”的下列证照："]
    for case in chosen:
        for one in found:
            if one.case_id == case.id:
                lines.append(
                    f"{one.title}，编号 {one.number}，{names[one.department_id]}，"
                    f"办件编号 {case.number}。"
                )
    lines.append(f"共 {len(found)} 份，办件 {len(chosen)} 件。")
    holder: Personal = (
        about.project.owner_name if about.project else await access.applicant_name(chosen[0])
    )
    return documents.Paper(
        kind=documents.Kind.RECEIPT,
        number=number,
        title="统一发证签收单",
        hall_id=about.hall_id,
        hall_name=names[about.hall_id],
        subject=about.subject,
        lines=tuple(lines),
        issued_at=act.at,
        holder=holder,
        item_name=about.project.name if about.project else chosen[0].item_name,
    )


def _no_such_handover() -> NotFound:
    return NotFound("没有找到这次发证记录。")


async def receipt_for_desk(act: Act, handover_id: UUID) -> File:
    """The receipt as a PDF for clerks and supervisors of the hall; recorded. Raises NotFound."""
    made = await Handover.get_or_none(id=handover_id)
    if made is None or made.hall_id not in require_staff(act.actor).halls(*access.HANDLERS):
        raise _no_such_handover()
    return await documents.pdf(act, made.document_id)


async def receipt_for_citizen(act: Act, handover_id: UUID) -> File:
    """The receipt as a PDF for the applicant's side. Raises NotFound for anybody else."""
    made = await Handover.get_or_none(id=handover_id)
    if made is None:
        raise _no_such_handover()
    await access.about_for_citizen(act, case_id=made.case_id, project_id=made.project_id)
    return await documents.pdf(act, made.document_id)

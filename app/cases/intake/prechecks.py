"""Pre-check (预审): what was filed online is looked at before the originals are brought."""

from uuid import UUID

from app.cases.contents import guide_of
from app.cases.intake.corrections import check_in_time
from app.cases.models import Case
from app.cases.records import (
    locked_of_clerk,
    move,
    note,
    receipt,
    settle_proposals,
    subject,
    tell,
)
from app.cases.rules import Move
from app.core.acts import Act
from app.core.errors import Conflict
from app.notices.rules import Kind


class NoPreCheck(Conflict):
    """The item is not pre-checked, or the application was filed at the window."""

    code = "cases.no_pre_check"
    title = "该办件不需要预审，请直接受理。"


async def pre_check(act: Act, case_id: UUID) -> tuple[Case, str]:
    """The materials filed online pass the pre-check; returns the number of the receipt too.

    It is no acceptance: the five days to answer the application go on (art. 32), and the case is
    accepted when the applicant has shown the originals.

    Raises:
        NotFound: not of the clerk's halls. NoPreCheck. WrongState: somebody was faster.
        AnsweredTooLate: it counts as accepted by now.
    """
    async with act.transaction() as tx:
        case, _ = await locked_of_clerk(act, case_id)
        if not (await guide_of(case)).pre_check or case.filed_by == "window":
            raise NoPreCheck
        await check_in_time(act, case)
        await move(case, Move.PRE_CHECK)
        case.pre_checked_at = act.at
        await case.save(update_fields=["state", "pre_checked_at"])
        await settle_proposals(act, case)
        lines = [
            f"您申请的“{case.item_name}”（办件编号 {case.number}）网上提交的材料已通过预审。",
            "请携带材料原件到窗口核对，核对无误后受理。",
        ]
        number = await receipt(act, case, "pre_checked", "预审通过通知书", lines)
        await note(act, case, "pre_checked", f"预审通过，通知书编号 {number}。")
        await tell(act, case, Kind.REMINDER, "预审通过", "请携带材料原件到窗口核对")
        tx.audit("case.pre_checked", subject(case), hall_id=case.hall_id, receipt=number)
    return case, number

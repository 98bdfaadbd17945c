"""Delivery: the result is made out, and handed over; beside it the post (`posting.py`).

A decision reaches the applicant within 10 working days (art. 44). It has when an electronic
certificate stands in their account, when a paper is collected, or when the post was signed for;
then, and only then, the case is closed (`handover.py`).
"""

from uuid import UUID

from app.cases.delivery import certificates, posting
from app.cases.delivery.handlers import locked_by_handler
from app.cases.delivery.handover import BadCollector, close
from app.cases.delivery.schemas import Collector, Deliver, Issue
from app.cases.models import Case
from app.cases.records import allowed, move, note, served, subject, tell
from app.cases.rules import Delivery, Move
from app.core.acts import Act
from app.core.auth import require_staff
from app.core.errors import Problem
from app.notices.rules import Kind
from evaluations.ratings.rules import Node
from evaluations.ratings.service import open_node_for_rating

__all__ = ["BadCollector", "CollectorFirst", "deliver", "issue"]


class CollectorFirst(Problem):
    """The applicant chose the post: at the counter it must be said who collects instead."""

    status = 422
    code = "cases.collector_first"
    title = "申请人选择了邮寄送达：请登记寄出；改为窗口领取的，请填写领取人。"


async def issue(act: Act, case_id: UUID, given: Issue) -> Case:
    """The documents are made out (制证), all of them at once; the applicant is told.

    Who chose the electronic way has them with that, and the case is closed.

    Raises:
        NotFound: not the caller's to handle. WrongState: not granted, or issued already.
        BadCertificate. NumberTaken: there is a paper of this number already.
    """
    async with act.transaction() as tx:
        case = await locked_by_handler(act, case_id)
        await move(case, Move.ISSUE)
        made = await certificates.make_out(act, case, given)
        case.issued_at = act.at
        case.result = {"title": made[0].title, "number": made[0].number}
        await case.save(update_fields=["state", "issued_at", "result"])
        papers = "、".join(f"{one.title}（{one.number}）" for one in made)
        await note(act, case, "issued", f"{papers}已制作完成。")
        tx.audit(
            "case.issued",
            subject(case),
            hall_id=case.hall_id,
            numbers=", ".join(one.number for one in made),
        )
        await _bring(act, case)
        assert case.decided_at is not None
        done = served(act, case, case.decided_at, require_staff(act.actor))
        # Last: the score table is locked after everything else.
        await open_node_for_rating(act, Node.ISSUED, done)
    return case


async def _bring(act: Act, case: Case) -> None:
    """Set the result on its way to the applicant."""
    way = Delivery(case.delivery)
    if way is Delivery.POST:
        await posting.begin(case, act.at)  # the applicant is told when it is posted
    elif way is Delivery.COUNTER:
        await tell(act, case, Kind.READY, "待领取", "请携带身份证到窗口领取")
    else:
        await tell(act, case, Kind.READY, "已制证", "电子证照已生成，可在小程序查看和下载")
        await close(act, case, way, "电子证照已送达小程序，可随时查看和下载。")


async def deliver(act: Act, case_id: UUID, given: Deliver | None = None) -> Case:
    """The result, or the refusal, is handed over (送达, art. 44); the case is closed.

    At the counter to the applicant or to their agent, with a note of where they signed for it; a
    refusal of an application that chose the electronic way, in the mini program.

    Raises:
        NotFound: not the caller's to handle. WrongState: nothing to deliver yet, or delivered
            already. CollectorFirst, BadCollector. OnItsWay: the post has it.
    """
    collector = given.collector if given else None
    async with act.transaction():
        case = await locked_by_handler(act, case_id)
        await allowed(case, Move.DELIVER)
        if case.delivery == Delivery.ELECTRONIC and collector is None:
            await close(act, case, Delivery.ELECTRONIC, "决定书已送达小程序，可随时查看。")
            return case
        if case.delivery == Delivery.POST and collector is None:
            raise CollectorFirst
        collector = collector or Collector()
        who = "申请人本人" if collector.by == "applicant" else "代领人"
        await posting.collected_instead(act, case)
        await close(act, case, Delivery.COUNTER, f"已由{who}到窗口领取。", collector=collector)
    return case

"""HTTP of the bad-rating loop and of improvement topics."""

from uuid import UUID

from app.core.api import Call, Routes
from app.core.auth import CITIZEN, Role, staff
from app.core.wire import File, Page, PageQuery
from evaluations.rectification import handling, ledger, rulings, service
from evaluations.rectification import topics as improvement
from evaluations.rectification.models import Rectification
from evaluations.rectification.report_schemas import (
    Ledger,
    LedgerFileQuery,
    LedgerQuery,
    RectificationBoard,
    RectificationBoardQuery,
    RectificationRates,
    RectificationRatesQuery,
)
from evaluations.rectification.rules import STATE_NAMES, State
from evaluations.rectification.schemas import (
    AppealIn,
    AssignIn,
    CloseTopicIn,
    ContactIn,
    MyAnswer,
    RaterAnswerIn,
    RaterShown,
    RectificationQuery,
    RectificationRow,
    RectificationShown,
    RectificationStands,
    RectifyIn,
    RevisitIn,
    SecondOpinionIn,
    TopicMeasuresIn,
    TopicOwnerIn,
    TopicQuery,
    TopicRow,
    TopicShown,
    VerifyIn,
    WhyIn,
)

routes = Routes("rectifications", "/api/v1/rectifications")
topics = Routes("improvement-topics", "/api/v1/improvement-topics")
REVIEWER = staff(Role.REVIEWER)
SUPERVISOR = staff(Role.SUPERVISOR)
CALLERS = staff(Role.REVIEWER, Role.SUPERVISOR)
MANAGERS = staff(Role.SUPERVISOR, Role.MANAGER)
READERS = staff(Role.REVIEWER, Role.SUPERVISOR, Role.MANAGER)


def _stands(found: Rectification) -> RectificationStands:
    state = State(found.state)
    return RectificationStands(
        id=found.id, state=state, progress=STATE_NAMES[state], due=found.step_due
    )


@routes.get("", guard=READERS)
async def list_rectifications(call: Call, query: RectificationQuery) -> Page[RectificationRow]:
    """Bad ratings that are the caller's to see, with their lights; `overdue` for those past due."""
    return await service.listed(call.act, query)


@routes.get("/board", guard=READERS)
async def board(call: Call, query: RectificationBoardQuery) -> RectificationBoard:
    """How many wait for what, by state and light."""
    return await service.board(call.act, query)


@routes.get("/rates", guard=MANAGERS)
async def rates(call: Call, query: RectificationRatesQuery) -> RectificationRates:
    """整改率, 按期整改率 and 回访率 of a hall and its departments, over a period."""
    return await service.rates(call.act, query.hall_id, query.first, query.last)


@routes.get("/ledger", guard=MANAGERS)
async def read_ledger(call: Call, query: LedgerQuery) -> Ledger:
    """One month's ledger, page by page, with its rates."""
    return await ledger.read(call.act, query)


@routes.get("/ledger.xlsx", guard=MANAGERS)
async def download_ledger(call: Call, query: LedgerFileQuery) -> File:
    """One month's ledger as a spreadsheet."""
    return await ledger.file(call.act, query)


@routes.get("/mine", guard=CITIZEN)
async def my_answers(call: Call, query: PageQuery) -> Page[MyAnswer]:
    """What has become of the citizen's own bad ratings, with the answers."""
    return await service.mine(call.act, query)


@routes.get("/<rectification_id:uuid>", guard=READERS)
async def read_rectification(call: Call, rectification_id: UUID) -> RectificationShown:
    """All of one; managers see nothing that people wrote."""
    return await service.shown(call.act, rectification_id)


@routes.get("/<rectification_id:uuid>/rater", guard=CALLERS)
async def read_rater(call: Call, rectification_id: UUID) -> RaterShown:
    """Name and number of the rater, to call them; the reading is recorded."""
    return await service.rater(call.act, rectification_id)


@routes.post("/<rectification_id:uuid>/assign", guard=SUPERVISOR, once=True)
async def assign(call: Call, rectification_id: UUID, body: AssignIn) -> RectificationStands:
    """Give it to the responsible department, or to another one."""
    return _stands(await rulings.assign(call.act, rectification_id, body))


@routes.post("/<rectification_id:uuid>/contact", guard=REVIEWER, once=True)
async def contact(call: Call, rectification_id: UUID, body: ContactIn) -> RectificationStands:
    """Note a call to the rater."""
    return _stands(await handling.contact(call.act, rectification_id, body))


@routes.post("/<rectification_id:uuid>/verify", guard=REVIEWER, once=True)
async def verify(call: Call, rectification_id: UUID, body: VerifyIn) -> RectificationStands:
    """Say what was found; mistaken and malicious wait for a supervisor."""
    return _stands(await handling.verify(call.act, rectification_id, body))


@routes.post("/<rectification_id:uuid>/rule", guard=SUPERVISOR, once=True)
async def rule(call: Call, rectification_id: UUID, body: SecondOpinionIn) -> RectificationStands:
    """Confirm or decline that a rating is mistaken or malicious."""
    return _stands(await rulings.rule(call.act, rectification_id, body))


@routes.post("/<rectification_id:uuid>/appeal", guard=REVIEWER, once=True)
async def appeal(call: Call, rectification_id: UUID, body: AppealIn) -> RectificationStands:
    """Appeal against the rating."""
    return _stands(await rulings.appeal(call.act, rectification_id, body))


@routes.post("/<rectification_id:uuid>/review", guard=SUPERVISOR, once=True)
async def review(call: Call, rectification_id: UUID, body: SecondOpinionIn) -> RectificationStands:
    """Answer a department's appeal, as somebody who has not taken part."""
    return _stands(await rulings.review(call.act, rectification_id, body))


@routes.post("/<rectification_id:uuid>/complex", guard=SUPERVISOR, once=True)
async def make_complex(call: Call, rectification_id: UUID, body: WhyIn) -> RectificationStands:
    """Grant the longer limit of a complex one."""
    return _stands(await rulings.make_complex(call.act, rectification_id, body.reason))


@routes.post("/<rectification_id:uuid>/rectify", guard=REVIEWER, once=True)
async def rectify(call: Call, rectification_id: UUID, body: RectifyIn) -> RectificationStands:
    """Say what was done."""
    return _stands(await handling.rectify(call.act, rectification_id, body))


@routes.post("/<rectification_id:uuid>/answer", guard=REVIEWER, once=True)
async def answer(call: Call, rectification_id: UUID, body: RaterAnswerIn) -> RectificationStands:
    """Answer the rater."""
    return _stands(await handling.answer(call.act, rectification_id, body))


@routes.post("/<rectification_id:uuid>/revisit", guard=CALLERS, once=True)
async def revisit(call: Call, rectification_id: UUID, body: RevisitIn) -> RectificationStands:
    """Ask the rater whether they are satisfied, as somebody who has not handled it."""
    return _stands(await handling.revisit(call.act, rectification_id, body))


@topics.get("", guard=READERS)
async def list_topics(call: Call, query: TopicQuery) -> Page[TopicRow]:
    """Improvement topics that are the caller's to see."""
    return await service.topics(call.act, query)


@topics.get("/<topic_id:uuid>", guard=READERS)
async def read_topic(call: Call, topic_id: UUID) -> TopicShown:
    """A topic with the bad ratings behind it."""
    return await service.topic(call.act, topic_id)


@topics.post("/<topic_id:uuid>/owner", guard=CALLERS)
async def set_owner(call: Call, topic_id: UUID, body: TopicOwnerIn) -> TopicShown:
    """Make a reviewer of the department responsible."""
    await improvement.set_owner(call.act, topic_id, body.staff_id)
    return await service.topic(call.act, topic_id)


@topics.post("/<topic_id:uuid>/measures", guard=CALLERS)
async def set_measures(call: Call, topic_id: UUID, body: TopicMeasuresIn) -> TopicShown:
    """Say what is done so that it does not recur, and until when."""
    await improvement.set_measures(call.act, topic_id, body)
    return await service.topic(call.act, topic_id)


@topics.post("/<topic_id:uuid>/close", guard=CALLERS)
async def close_topic(call: Call, topic_id: UUID, body: CloseTopicIn) -> TopicShown:
    """Close a topic with what has come of it."""
    await improvement.close(call.act, topic_id, body.note)
    return await service.topic(call.act, topic_id)

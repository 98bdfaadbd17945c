"""HTTP of supervision: entries, warnings, deadlines, and the figures of handling time."""

from uuid import UUID

from app.core.api import Call, Routes
from app.core.auth import Role, staff
from app.core.wire import Page
from app.supervision import answering, decided, handling, opening, reports, service
from app.supervision.decided_schemas import (
    AgainQuery,
    CorrectedAgainList,
    DecidedCases,
    DecidedQuery,
)
from app.supervision.models import SupervisionEntry
from app.supervision.report_schemas import (
    AnswerReport,
    DeadlineQuery,
    DeadlineRow,
    DefaultedReview,
    DefaultQuery,
    DefaultReport,
    FigureComparisonQuery,
    FigureQuery,
    FigureTrendQuery,
    HandlingComparison,
    HandlingReport,
    HandlingTrend,
    SupervisionPeriod,
)
from app.supervision.rules import STATE_NAMES, TO_ANSWER, State
from app.supervision.schemas import (
    AnswerEntryIn,
    EntryQuery,
    EntryRow,
    EntryShown,
    EntryStands,
    JudgeEntryIn,
    OpenEntryIn,
    SupervisionBoard,
    SupervisionBoardQuery,
    WarningQuery,
    WarningRow,
)
from evaluations.scores import asked

routes = Routes("supervision", "/api/v1/supervision")
READERS = staff(Role.CLERK, Role.REVIEWER, Role.SUPERVISOR, Role.MANAGER)
RESPONSIBLE = staff(Role.CLERK, Role.REVIEWER)
SUPERVISOR = staff(Role.SUPERVISOR)
REPORTED_TO = staff(*asked.READERS)


def _stands(entry: SupervisionEntry) -> EntryStands:
    state = State(entry.state)
    return EntryStands(
        id=entry.id,
        number=entry.number,
        state=state,
        progress=STATE_NAMES[state],
        due=entry.answer_due if state in TO_ANSWER else None,
    )


@routes.get("/entries", guard=READERS)
async def list_entries(call: Call, query: EntryQuery) -> Page[EntryRow]:
    """Entries that are the caller's to see, overdue ones first."""
    return await service.listed(call.act, query)


@routes.post("/entries", guard=SUPERVISOR, status=201, once=True)
async def open_entry(call: Call, body: OpenEntryIn) -> EntryStands:
    """Open an entry by hand on a case of the supervisor's halls."""
    return _stands(await opening.open_by_hand(call.act, body))


@routes.get("/board", guard=READERS)
async def read_board(call: Call, query: SupervisionBoardQuery) -> SupervisionBoard:
    """How many entries wait for what, by light."""
    return await service.board(call.act, query)


@routes.get("/entries/<entry_id:uuid>", guard=READERS)
async def read_entry(call: Call, entry_id: UUID) -> EntryShown:
    """An entry with its answer, its verdict and its timeline."""
    return await service.shown(call.act, entry_id)


@routes.post("/entries/<entry_id:uuid>/answer", guard=RESPONSIBLE, once=True)
async def answer_entry(call: Call, entry_id: UUID, body: AnswerEntryIn) -> EntryStands:
    """Answer: why it happened, what will be done, and until when."""
    return _stands(await answering.answer(call.act, entry_id, body))


@routes.post("/entries/<entry_id:uuid>/accept", guard=SUPERVISOR, once=True)
async def accept_answer(call: Call, entry_id: UUID, body: JudgeEntryIn) -> EntryStands:
    """Accept the answer, as somebody who has not answered."""
    return _stands(await answering.accept(call.act, entry_id, body.note))


@routes.post("/entries/<entry_id:uuid>/return", guard=SUPERVISOR, once=True)
async def return_answer(call: Call, entry_id: UUID, body: JudgeEntryIn) -> EntryStands:
    """Return the answer for a better one, as somebody who has not answered."""
    return _stands(await answering.send_back(call.act, entry_id, body.note))


@routes.get("/warnings", guard=READERS)
async def list_warnings(call: Call, query: WarningQuery) -> Page[WarningRow]:
    """Steps that will soon be overdue, the first due first."""
    return await service.warnings(call.act, query)


@routes.get("/deadlines", guard=READERS)
async def list_deadlines(call: Call, query: DeadlineQuery) -> Page[DeadlineRow]:
    """The open steps of a hall, or of a department, the soonest due first."""
    return await service.open_steps(call.act, query)


@routes.get("/answers", guard=REPORTED_TO)
async def read_answers(call: Call, query: SupervisionPeriod) -> AnswerReport:
    """How the entries opened in a period were answered, by department."""
    return await reports.answered(call.act, query)


@routes.get("/defaults", guard=REPORTED_TO)
async def read_defaults(call: Call, query: SupervisionPeriod) -> DefaultReport:
    """How often departments were taken as agreeing (超时默认, 缺席默认)."""
    return await reports.defaults(call.act, query)


@routes.get("/defaults/reviews", guard=REPORTED_TO)
async def list_defaults(call: Call, query: DefaultQuery) -> Page[DefaultedReview]:
    """The reviews that were taken as agreed, one by one."""
    return await reports.defaulted(call.act, query)


@routes.get("/figures", guard=REPORTED_TO)
async def read_figures(call: Call, query: FigureQuery) -> HandlingReport:
    """Average handling time, share within a day, compression and punctuality over a period."""
    return await handling.report(call.act, query)


@routes.get("/figures/trend", guard=REPORTED_TO)
async def read_trend(call: Call, query: FigureTrendQuery) -> HandlingTrend:
    """The figures by day, week, month or quarter."""
    return await handling.trend(call.act, query)


@routes.get("/figures/comparison", guard=REPORTED_TO)
async def read_comparison(call: Call, query: FigureComparisonQuery) -> HandlingComparison:
    """The figures of two periods side by side."""
    return await handling.comparison(call.act, query)


@routes.get("/figures/cases", guard=REPORTED_TO)
async def list_decided(call: Call, query: DecidedQuery) -> DecidedCases:
    """The decided cases behind a figure, the last decided first."""
    return await decided.cases(call.act, query)


@routes.get("/figures/second-corrections", guard=REPORTED_TO)
async def list_corrected_again(call: Call, query: AgainQuery) -> CorrectedAgainList:
    """The second corrections (二次补正) behind a figure, the newest first."""
    return await decided.corrected_again(call.act, query)

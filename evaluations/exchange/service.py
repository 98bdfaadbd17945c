"""Looking at the exchange, and sending once more what the province did not take."""

from typing import Any
from uuid import UUID

from app.core.acts import Act
from app.core.auth import Role, require_over_hall, require_staff
from app.core.errors import Conflict, NotFound
from app.core.wire import Page, after_id, page
from evaluations.exchange import queries
from evaluations.exchange.line import ProvinceLine
from evaluations.exchange.rules import Code, Kind, State
from evaluations.exchange.schemas import (
    PushQuery,
    PushShown,
    ReasonCount,
    ResendRejected,
    Resent,
    StateCount,
    Summary,
)

READERS = (Role.ADMIN, Role.MANAGER)
MOST_RESENT = 1_000


class AcceptedAlready(Conflict):
    """The province has it: there is nothing to send once more."""

    code = "exchange.accepted_already"
    title = "省平台已经接收，不需要重新发送。"


async def listed(act: Act, query: PushQuery) -> Page[PushShown]:
    """The pushes of a hall, newest first. Raises Forbidden."""
    require_over_hall(act.actor, query.hall_id, READERS)
    before = after_id(query)
    rows = await queries.listed(query.hall_id, query.kind, query.state, before, query.limit)
    return page(rows, query.limit, _shown, lambda row: (row["id"],))


async def summary(act: Act, hall_id: UUID) -> Summary:
    """Counts by state and the reasons behind them, of a hall. Raises Forbidden."""
    require_over_hall(act.actor, hall_id, READERS)
    return Summary(
        on=act.house.part(ProvinceLine).open,
        counts=[
            StateCount(
                kind=Kind(row["kind"]),
                state=State(row["state"]),
                count=row["n"],
                oldest=row["oldest"],
            )
            for row in await queries.counts(hall_id)
        ],
        reasons=[
            ReasonCount(
                kind=Kind(row["kind"]),
                state=State(row["state"]),
                code=row["code"],
                reason=row["reason"],
                count=row["n"],
            )
            for row in await queries.reasons(hall_id)
        ],
    )


async def resend(act: Act, push_id: UUID) -> PushShown:
    """Send one once more, as if for the first time.

    A rating whose record the province says it does not have takes its record with it. What is
    waiting anyway stays as it is.

    Raises:
        AcceptedAlready: the province has it. NotFound: none of the caller's halls'.
    """
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        row = await queries.locked(push_id)
        if row is None or row["hall_id"] not in person.halls(*READERS):
            raise NotFound("没有找到这条推送记录。")
        if row["state"] == State.ACCEPTED:
            raise AcceptedAlready
        if row["state"] != State.WAITING:
            await queries.put_back(_with_record(row), act.at)
            tx.audit("exchange.resent", f"push:{push_id}", hall_id=row["hall_id"])
    return _shown(await queries.one(push_id))


async def resend_rejected(act: Act, given: ResendRejected) -> Resent:
    """Send a hall's rejected ones once more, the oldest first, a thousand at most.

    Raises:
        Forbidden: not a manager or an administrator over the hall.
    """
    require_over_hall(act.actor, given.hall_id, READERS)
    async with act.transaction() as tx:
        rows = await queries.rejected_of(given.hall_id, given.code, MOST_RESENT)
        if rows:
            await queries.put_back([found for row in rows for found in _with_record(row)], act.at)
            tx.audit(
                "exchange.rejected_resent",
                f"hall:{given.hall_id}",
                hall_id=given.hall_id,
                count=len(rows),
                code=given.code or "",
            )
    return Resent(count=len(rows), more=len(rows) == MOST_RESENT)


def _with_record(row: dict[str, Any]) -> list[UUID]:
    missing = row["kind"] == Kind.RATING and row["code"] == Code.RECORD_MISSING
    return [row["service_id"], row["id"]] if missing else [row["id"]]


def _shown(row: dict[str, Any]) -> PushShown:
    return PushShown(
        id=row["id"],
        kind=Kind(row["kind"]),
        project_no=row["project_no"],
        service_number=row["service_number"],
        item_name=row["item_name"],
        state=State(row["state"]),
        code=row["code"],
        reason=row["reason"],
        attempts=row["attempts"],
        created_at=row["created_at"],
        due_at=row["due_at"],
        sent_at=row["sent_at"],
        answered_at=row["answered_at"],
    )

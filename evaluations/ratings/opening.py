"""What becomes rateable when it is over: decided cases, and nodes of a case where the hall says so.

Visits are opened in `visits`, other systems' records in `hub`; all are inserted here.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core import db
from app.core.acts import Act
from app.core.clock import day_of
from app.halls import service as halls
from evaluations.ratings import hall_rules, invitations
from evaluations.ratings.counting import Place, count_due
from evaluations.ratings.rules import NODE_NAMES, Kind, Node, rateable_until


@dataclass(frozen=True)
class NewService:
    """A case that was decided and can now be rated.

    Args:
        subject: "case:<number>"; the service is made once for each.
        place: hall, department, window, staff and item under which its rating counts.
        citizen_id: who may rate it in the mini program.
        started_at: when it was accepted.
        ended_at: when it was decided; it should be rated from this day on.
    """

    subject: str
    place: Place
    item_name: str
    citizen_id: UUID | None
    project_no: str | None
    started_at: datetime
    ended_at: datetime


async def open_for_rating(act: Act, new: NewService) -> UUID:
    """Make a decided case rateable, in the act's transaction, and count it as due.

    Call it last and once in a transaction (see `counting.count_due`). Repeating it for the same
    subject changes nothing; the id is that of the first time. Unrated, its citizen is invited once.
    """
    return await _open(act, Kind.CASE, new, invite=True)


async def open_node_for_rating(act: Act, node: Node, case: NewService) -> UUID | None:
    """Make a node of a case (受理, 出证) rateable by itself, if the hall has that set.

    Joins the act's transaction; call it last and once in it. Repeating it changes nothing.

    Args:
        case: the case as it stands; `subject` is the case's, `ended_at` when the node was done.

    Returns:
        The id of the service; None where the hall does not have this node rated.
    """
    rules = await hall_rules.of(case.place.hall_id)
    if not rules.rates(node):
        return None
    node_of_case = NewService(
        subject=f"{case.subject}:{node}",
        place=case.place,
        item_name=f"{case.item_name}（{NODE_NAMES[node]}）"[:200],
        citizen_id=case.citizen_id,
        project_no=case.project_no,
        started_at=case.started_at,
        ended_at=case.ended_at,
    )
    return await _open(act, Kind.CASE_NODE, node_of_case, invite=False)


async def _open(act: Act, kind: Kind, new: NewService, *, invite: bool) -> UUID:
    ended_on = day_of(new.ended_at)
    async with act.transaction():
        calendar = await halls.calendar(new.place.hall_id)
        made = await insert(
            act,
            kind,
            new.subject,
            new.place,
            item_name=new.item_name,
            citizen_id=new.citizen_id,
            project_no=new.project_no,
            started_at=new.started_at,
            ended_at=new.ended_at,
            until=rateable_until(kind, ended_on, calendar),
        )
        if made is None:
            row = await db.fetch_one("SELECT id FROM services WHERE subject = $1", new.subject)
            assert row, "a conflict on the subject means that it is there"
            return row["id"]
        if invite and new.citizen_id:
            await invitations.plan(act, made, new.place.hall_id, new.ended_at)
        await count_due(new.place, ended_on, rated=False)
        return made


async def insert(
    act: Act,
    kind: Kind,
    subject: str,
    place: Place,
    *,
    item_name: str,
    citizen_id: UUID | None,
    project_no: str | None,
    started_at: datetime,
    ended_at: datetime | None = None,
    until: datetime | None = None,
    service_id: UUID | None = None,
    client_id: UUID | None = None,
    service_number: int | None = None,
) -> UUID | None:
    """Insert a service; None if there is one of this subject.

    Args:
        service_number: the sender's own; without one the next of `project_no`.
    """
    if project_no:
        # Services of one number are counted one after the other: the province's serviceNumber.
        await db.fetch("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", project_no)
    rows = await db.fetch(
        "INSERT INTO services (id, kind, subject, hall_id, department_id, window_id, staff_id,"
        " item_id, item_name, citizen_id, project_no, service_number, started_at, ended_at,"
        " rateable_until, created_at, client_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
        " $11::varchar, coalesce($17::smallint, (SELECT coalesce(max(service_number), 0) + 1"
        "  FROM services WHERE project_no = $11::varchar)),"
        " $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING RETURNING id",
        service_id or db.new_id(),
        kind,
        subject,
        place.hall_id,
        place.department_id,
        place.window_id,
        place.staff_id,
        place.item_id,
        item_name,
        citizen_id,
        project_no,
        started_at,
        ended_at,
        until,
        act.at,
        client_id,
        service_number,
    )
    return rows[0]["id"] if rows else None

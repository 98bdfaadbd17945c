"""What is left to be paid in a hall, a case a row, the oldest first."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from app.cases import facts as cases
from app.core import db
from app.core.acts import Act
from app.core.auth import Role, require_over_hall
from app.core.wire import Out, Page, PageQuery, after_id, page

READERS = (Role.CLERK, Role.SUPERVISOR, Role.MANAGER)


class FeeDueQuery(PageQuery, kw_only=True, frozen=True):
    """Of which hall."""

    hall_id: UUID


class FeeDueRow(Out, frozen=True):
    """A case with fees that are not paid. `unset` lines have no amount yet; sums are in fen.

    `project_id` where it is paid with the other cases of a construction project.
    """

    case_id: UUID
    case_number: str
    item_name: str
    lines: int
    due_fen: int
    unset: int
    project_id: UUID | None
    project_number: str | None


async def in_hall(act: Act, query: FeeDueQuery) -> Page[FeeDueRow]:
    """The cases of a hall of which fees are listed and not paid, oldest first.

    Raises:
        Forbidden: not a hall of the caller's.
    """
    require_over_hall(act.actor, query.hall_id, READERS)
    rows = await _read(query.hall_id, after_id(query), query.limit)
    facts = await cases.facts([row["case_id"] for row in rows])

    def show(row: dict[str, Any]) -> FeeDueRow:
        case = facts[row["case_id"]]
        named = {"case_number": case.number, "item_name": case.item_name}
        return msgspec.convert(row | named, FeeDueRow)

    return page(rows, query.limit, show, lambda row: (row["case_id"],))


async def _read(hall_id: UUID, after: UUID | None, limit: int) -> Sequence[dict[str, Any]]:
    return await db.fetch(
        "SELECT due.*, p.id AS project_id, p.number AS project_number FROM ("
        "  SELECT case_id, count(*) AS lines,"
        "  coalesce(sum(amount_fen), 0)::bigint AS due_fen,"
        "  count(*) FILTER (WHERE amount_fen IS NULL) AS unset FROM fee_lines"
        "  WHERE hall_id = $1 AND state = 'due' AND ($2::uuid IS NULL OR case_id > $2)"
        "  GROUP BY case_id ORDER BY case_id LIMIT $3) due"
        " LEFT JOIN project_cases m ON m.case_id = due.case_id AND m.detached_at IS NULL"
        " LEFT JOIN projects p ON p.id = m.project_id ORDER BY due.case_id",
        hall_id,
        after,
        limit + 1,
    )
